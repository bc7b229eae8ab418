"""National identifiers of persons, written one way whatever they come from: type digit first, as on the cards."""

import re

from appliance.domain.errors import Malformed

_WHOLE = re.compile(r"8[0-9]{11}")
_BARE = re.compile(r"[0-9]{11}")


def rpps(text: str) -> str:
    """Return an RPPS number with its type digit (``8`` and eleven digits); blanks, dots and dashes do not count.

    Raises
    ------
    Malformed
        ``rpps``.
    """
    digits = re.sub(r"[\s.-]", "", text)
    if not digits.isascii():
        raise Malformed("rpps")
    if _WHOLE.fullmatch(digits):
        return digits
    if _BARE.fullmatch(digits):
        return f"8{digits}"
    raise Malformed("rpps")

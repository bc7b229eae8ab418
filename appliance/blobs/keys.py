"""Names of objects, the same for every store: parts that can leave no folder."""

import re

from appliance.domain.errors import Malformed

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")


def parts_of(key: str) -> list[str]:
    """Return the parts of a key; raise `Malformed` ``object_key``."""
    parts = key.split("/")
    if not all(_PART.fullmatch(part) for part in parts):
        raise Malformed("object_key")
    return parts

"""Attribute matching of C-FIND (PS3.4 C.2.2.2): single value, list of UIDs, wildcards, ranges."""

import re
import unicodedata

from pydicom.datadict import dictionary_VR

_WILD = frozenset({"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"})
_RANGED = frozenset({"DA", "TM", "DT"})


def matches(keyword: str, asked: str, held: str) -> bool:
    """Whether the value held (backslash separated) answers the key asked."""
    if asked in ("", "*"):
        return True
    vr = dictionary_VR(keyword)
    if vr == "UI":
        return any(value in asked.split("\\") for value in held.split("\\"))
    if vr in _RANGED:
        return _in_range(asked, held)
    if vr == "PN":
        return _name_matches(asked, held)
    if vr == "IS":
        return _number(asked) == _number(held)
    return any(_wild(asked.strip(), value.strip(), wild=vr in _WILD) for value in held.split("\\"))


def _wild(asked: str, held: str, *, wild: bool) -> bool:
    if not wild or not set("*?") & set(asked):
        return asked == held
    pattern = "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in asked)
    return re.fullmatch(pattern, held, re.DOTALL) is not None


def _in_range(asked: str, held: str) -> bool:
    """Both ends belong to the range; an unknown value matches no range."""
    value = held.strip().replace(":", "").replace(".", "")
    asked = asked.strip().replace(":", "").replace(".", "")
    if "-" not in asked:
        return value == asked or (bool(value) and value.startswith(asked))
    low, high = (part.strip() for part in asked.split("-", 1))
    if not value:
        return False
    return (not low or value >= low) and (not high or value[: len(high)] <= high)


def _name_matches(asked: str, held: str) -> bool:
    """Any component group may answer, without regard to case or accents (PS3.4 C.2.2.2.1)."""
    wanted = _folded(asked).rstrip("^=")
    return any(
        _wild(wanted, group, wild=True) or _wild(wanted, group.split("^")[0] + "^", wild=True)
        for group in (_folded(part).rstrip("^") for part in held.split("="))
    )


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _number(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:
        return text.strip()

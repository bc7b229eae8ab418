"""DICOM JSON of elements that mean one thing only, straight from their bytes: most of a header, at a tenth of the cost.

What is not plain (another byte order, text of a character set, sequences, bulk) is left to pydicom. Where this says
something, it says what pydicom would.
"""

import struct
from collections.abc import Callable, Mapping
from typing import TypeAlias

from pydicom.dataelem import RawDataElement

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
JsonElement: TypeAlias = dict[str, Json]

_MOST_BYTES = 4096
_NUMBERS = {"US": "H", "SS": "h", "UL": "I", "SL": "i"}
_SIZES = {"US": 2, "SS": 2, "UL": 4, "SL": 4}


def plain_element(element: object) -> JsonElement | None:
    """Return the element in the DICOM JSON model (PS3.18 F.2), None when pydicom must say it."""
    if not isinstance(element, RawDataElement) or not element.is_little_endian:
        return None
    vr, raw = element.VR or "", element.value
    read = _READERS.get(vr)
    if read is None or (raw is not None and len(raw) > _MOST_BYTES):
        return None
    if not raw:
        return {"vr": vr}
    values = read(vr, raw)
    return None if values is None else {"vr": vr, "Value": values}


def _texts(_: str, raw: bytes) -> list[Json] | None:
    if not raw.isascii():
        return None
    parts = raw.rstrip(b" \0").decode("ascii").split("\\")
    return list(parts) if all(part and part.isprintable() and part == part.strip() for part in parts) else None


def _words(vr: str, raw: bytes) -> list[Json] | None:
    """Return text that reads the same in every character set: ASCII without escapes and what JIS X 0201 moved."""
    if b"~" in raw or b"\x1b" in raw or (vr not in _SEVERAL and b"\\" in raw):
        return None
    return _texts(vr, raw)


def _names(vr: str, raw: bytes) -> list[Json] | None:
    if b"=" in raw or b"\\" in raw:
        return None
    found = _words(vr, raw)
    return None if found is None else [{"Alphabetic": name} for name in found]


_SEVERAL = frozenset({"LO", "SH"})
"""Texts of which there may be several; in the others a backslash is a character."""


def _integers(_: str, raw: bytes) -> list[Json] | None:
    parts = _texts("IS", raw)
    if parts is None or not all(_is_integer(str(part)) for part in parts):
        return None
    return [int(str(part)) for part in parts]


def _is_integer(text: str) -> bool:
    return len(text) <= 12 and text.lstrip("+-").isdigit() and len(text) - len(text.lstrip("+-")) <= 1


def _decimals(_: str, raw: bytes) -> list[Json] | None:
    parts = _texts("DS", raw)
    if parts is None or not all(len(str(part)) <= 16 and set(str(part)) <= _OF_DECIMALS for part in parts):
        return None
    try:
        return [float(str(part)) for part in parts]
    except ValueError:
        return None


_OF_DECIMALS = frozenset("0123456789+-.eE")


def _binary_numbers(vr: str, raw: bytes) -> list[Json] | None:
    count, rest = divmod(len(raw), _SIZES[vr])
    return None if rest else list(struct.unpack(f"<{count}{_NUMBERS[vr]}", raw))


_READERS: Mapping[str, Callable[[str, bytes], list[Json] | None]] = {
    **dict.fromkeys(("AE", "AS", "CS", "DA", "TM", "UI"), _texts),
    **dict.fromkeys(("LO", "SH", "ST", "LT", "UT"), _words),
    "PN": _names,
    "IS": _integers,
    "DS": _decimals,
    **dict.fromkeys(_NUMBERS, _binary_numbers),
}

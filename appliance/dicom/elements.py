"""Tolerant readers of single DICOM elements: a bad value is an absent value, never a surprise.

Hospitals send dates with hyphens, numbers with commas, empty sequences and text in the wrong
character set. What the house must know is read with these; nothing here raises.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from datetime import date
from functools import cache

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag
from pydicom.valuerep import PersonName

from appliance.domain.headers import NameGroups

#: What pydicom lets escape when a file lies about itself (found with the fuzz corpus).
FOREIGN_ERRORS: tuple[type[Exception], ...] = (
    ValueError, TypeError, AttributeError, LookupError, ArithmeticError, OSError, EOFError,
    NotImplementedError, RecursionError, AssertionError, struct.error, zlib.error, MemoryError, BytesLengthException,
    InvalidDicomError,
)

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_INT = re.compile(r"\s*([+-]?\d{1,12})(?:[.,]0*)?\s*\Z")


def raw_value(dataset: Dataset, keyword: str) -> object:
    """Return the element's value, or None when it is absent, empty or unreadable."""
    tag = _tag(keyword)
    if tag not in dataset:
        return None
    try:
        value: object = dataset[tag].value
    except FOREIGN_ERRORS:
        return None
    return None if value is None or value == "" else value


@cache
def _tag(keyword: str) -> BaseTag:
    tag = tag_for_keyword(keyword)
    if tag is None:
        raise LookupError(keyword)
    return BaseTag(tag)


def values(dataset: Dataset, keyword: str) -> list[object]:
    """Return every value of a multi-valued element (backslash separated), maybe none."""
    value = raw_value(dataset, keyword)
    if value is None:
        return []
    return list(value) if isinstance(value, (MultiValue, list, tuple)) else [value]


def text(dataset: Dataset, keyword: str, limit: int = 1024) -> str:
    """Return the first value as text without control characters, at most `limit` characters."""
    for value in values(dataset, keyword):
        try:
            cleaned = _CONTROLS.sub(" ", str(value)).strip()
        except FOREIGN_ERRORS:
            continue
        return cleaned[:limit]
    return ""


def texts(dataset: Dataset, keyword: str, limit: int = 64) -> tuple[str, ...]:
    """Return every value as text; at most `limit` values."""
    return tuple(_CONTROLS.sub(" ", str(v)).strip() for v in values(dataset, keyword)[:limit])


def integer(dataset: Dataset, keyword: str) -> int | None:
    """Return the first value as an integer, or None (also for 1.5, `A`, or a 70,000-digit IS)."""
    for value in values(dataset, keyword)[:1]:
        if isinstance(value, int):
            return int(value)
        matched = _INT.match(str(value)[:64])
        return int(matched.group(1)) if matched else None
    return None


def number(dataset: Dataset, keyword: str) -> float | None:
    """Return the first value as a finite float, or None."""
    found = numbers(dataset, keyword)
    return found[0] if found else None


def numbers(dataset: Dataset, keyword: str) -> tuple[float, ...]:
    """Return all values as finite floats, or nothing at all when one of them is not."""
    try:
        found = tuple(float(str(v).replace(",", ".")) for v in values(dataset, keyword)[:1024])
    except FOREIGN_ERRORS:
        return ()
    return found if all(abs(v) < 1e30 for v in found) else ()


def calendar_date(dataset: Dataset, keyword: str) -> date | None:
    """Return a DA (also the retired `YYYY.MM.DD` and hyphens) as a date, or None."""
    digits = date_digits(dataset, keyword)
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])) if digits else None
    except ValueError:
        return None


def date_digits(dataset: Dataset, keyword: str) -> str:
    """Return the DA as eight digits, right-filled with 0 for unknown parts, or empty."""
    digits = re.sub(r"\D", "", text(dataset, keyword, 64), flags=re.ASCII)[:8]
    return digits.ljust(8, "0") if len(digits) >= 4 else ""


def time_digits(dataset: Dataset, keyword: str) -> str:
    """Return the TM as `HHMMSS` digits (colons dropped, fraction cut), or empty."""
    digits = re.sub(r"\D", "", text(dataset, keyword, 64).split(".")[0], flags=re.ASCII)[:6]
    return digits.ljust(6, "0") if len(digits) >= 2 else ""


def name_groups(dataset: Dataset, keyword: str) -> NameGroups:
    """Return the component groups of a PN, decoded by the data set's character set."""
    value = raw_value(dataset, keyword)
    if isinstance(value, MultiValue):
        value = value[0] if value else None
    try:
        if isinstance(value, PersonName):
            groups = (value.alphabetic, value.ideographic, value.phonetic)
        else:
            groups = (str(value or ""), "", "")
        return NameGroups(*(_CONTROLS.sub(" ", g).strip()[:1024] for g in groups))
    except FOREIGN_ERRORS:
        return NameGroups()


def items(dataset: Dataset, keyword: str, limit: int = 100_000) -> Iterator[Dataset]:
    """Yield the items of a sequence, none when it is absent or not a sequence."""
    value = raw_value(dataset, keyword)
    if not isinstance(value, Sequence):
        return
    try:
        for index, item in enumerate(value):
            if index >= limit:
                return
            yield item
    except FOREIGN_ERRORS:
        return


def first_item(dataset: Dataset, keyword: str) -> Dataset | None:
    """Return the first item of a sequence, or None."""
    return next(items(dataset, keyword, 1), None)

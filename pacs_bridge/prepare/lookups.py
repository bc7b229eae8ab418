"""Lookup tables as a data set holds them: packed or listed, 8 or 16 bit, either byte order, whole or in segments."""

from collections.abc import Iterable

import numpy as np
from pydicom.dataset import Dataset, FileDataset

from appliance.dicom.elements import first_item, raw_value, text, values
from appliance.domain.errors import Malformed
from appliance.imaging.arrays import Array
from appliance.imaging.tables import LONGEST, Palette, Table, expanded, palette, table

_COLOURS = ("Red", "Green", "Blue")


def sequence_table(dataset: FileDataset, holder: Dataset, sequence: str, *, signed: bool) -> Table | None:
    """Return the table of the first item of `sequence`; None without one, or when it cannot be understood.

    A broken table leaves the pixels as sound as they were: they are drawn without it.

    Parameters
    ----------
    holder
        The data set or functional group that may hold the sequence.
    signed
        Whether input values may be negative: (0028,3002) is then read as signed (PS3.3 C.11.1.1).
    """
    item = first_item(holder, sequence)
    if item is None:
        return None
    try:
        length, first, bits = _descriptor(item, "LUTDescriptor", signed=signed)
        return table(first, _words(dataset, item, "LUTData", length)[:length], bits)
    except Malformed:
        return None


def explanation(holder: Dataset, sequence: str) -> str:
    """Return (0028,3003) *LUT Explanation*, empty without one."""
    item = first_item(holder, sequence)
    return "" if item is None else text(item, "LUTExplanation", 64)


def palette_of(dataset: FileDataset, *, signed: bool) -> Palette:
    """Return the palette of the data set, segmented or not; raise `Malformed` ``corrupt``."""
    return palette(*(_colour(dataset, name, signed=signed) for name in _COLOURS))


def has_palette(dataset: FileDataset) -> bool:
    """Whether there is a palette at all."""
    return "RedPaletteColorLookupTableDescriptor" in dataset


def _colour(dataset: FileDataset, name: str, *, signed: bool) -> Table:
    length, first, bits = _descriptor(dataset, f"{name}PaletteColorLookupTableDescriptor", signed=signed)
    segmented = f"Segmented{name}PaletteColorLookupTableData"
    if segmented in dataset:
        size = 1 if bits == 8 else 2
        return table(first, expanded(_packed(dataset, dataset, segmented, size), length, size), bits)
    words = _words(dataset, dataset, f"{name}PaletteColorLookupTableData", length)
    return table(first, words[:length], bits)


def _descriptor(holder: Dataset, keyword: str, *, signed: bool) -> tuple[int, int, int]:
    """Return how many entries, the first input value, bits an entry."""
    given = [v for v in values(holder, keyword) if isinstance(v, int)]
    if len(given) != 3:
        raise Malformed("corrupt")
    first = given[1] & 0xFFFF
    return (given[0] & 0xFFFF) or LONGEST, first - 0x10000 if signed and first & 0x8000 else first, given[2] & 0xFF


def _words(dataset: FileDataset, holder: Dataset, keyword: str, length: int) -> Array:
    """Return at least `length` entries."""
    given = raw_value(holder, keyword)
    if isinstance(given, (bytes, bytearray)):
        words = _packed(dataset, holder, keyword, 1 if len(given) < 2 * length else 2)
    else:
        words = np.asarray(given if isinstance(given, Iterable) else [given], np.int64) & 0xFFFF
    if len(words) < length:
        raise Malformed("corrupt")
    return words


def _packed(dataset: FileDataset, holder: Dataset, keyword: str, size: int) -> Array:
    """Return packed bytes as words of `size` bytes; bytes in words of the other order are turned."""
    given = raw_value(holder, keyword)
    data = bytes(given) if isinstance(given, (bytes, bytearray)) else b""
    little = dataset.original_encoding[1] is not False
    words = np.frombuffer(data[:len(data) // 2 * 2], "<u2" if little else ">u2")
    return words if size == 2 else np.frombuffer(words.astype("<u2").tobytes(), np.uint8)

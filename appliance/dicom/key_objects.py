"""The images that somebody marked as key images: Key Object Selection documents (PS3.3 A.35.4)."""

from collections.abc import Iterator
from pathlib import Path

from pydicom.dataset import Dataset

from appliance.dicom.elements import integer, items, text
from appliance.dicom.reading import read_before_pixels

_MOST = 500


def key_images(path: Path) -> list[tuple[str, int]]:
    """Return the images that a selection names, as SOP Instance UID and frame (from 1), in their order.

    Raises
    ------
    Malformed
        ``dicom_unreadable``.
    Unavailable
        ``storage``.
    """
    return list(_named(read_before_pixels(path), 0))[:_MOST]


def _named(dataset: Dataset, depth: int) -> Iterator[tuple[str, int]]:
    if depth > 8:
        return
    for item in items(dataset, "ContentSequence", _MOST):
        if text(item, "ValueType", 16) == "IMAGE":
            for one in items(item, "ReferencedSOPSequence", 1):
                yield text(one, "ReferencedSOPInstanceUID", 64), integer(one, "ReferencedFrameNumber") or 1
        yield from _named(item, depth + 1)

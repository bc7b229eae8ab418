"""The images that somebody marked as key images: Key Object Selection documents (PS3.3 A.35.4)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydicom.dataset import Dataset

from appliance.dicom.elements import first_item, items, numbers, text
from appliance.dicom.reading import read_before_pixels

_MOST = 500
_NOT_KEY = frozenset({"113001", "113010", *(str(code) for code in range(113030, 113040))})
"""Titles of other documents of this class (PS3.16 CID 7010): rejections, manifests, whole studies, groups of frames."""
_DESCRIPTION = "113012"


@dataclass(frozen=True, slots=True)
class Selection:
    """A selection: its title, the words of whoever made it, its images; a frame counts from 1, None means all."""

    title: str
    description: str
    images: tuple[tuple[str, int | None], ...]


def selection_of(dataset: Dataset) -> Selection | None:
    """Return the selection that a document is; None when it is one of another kind, or names nothing."""
    title = first_item(dataset, "ConceptNameCodeSequence")
    scheme = "" if title is None else text(title, "CodingSchemeDesignator", 16)
    if title is not None and scheme == "DCM" and text(title, "CodeValue", 16) in _NOT_KEY:
        return None
    images = tuple(dict.fromkeys(_framed(dataset, 0)))[:_MOST]
    if not images:
        return None
    return Selection("" if title is None else text(title, "CodeMeaning", 64), _description(dataset), images)


def _description(dataset: Dataset) -> str:
    for item in items(dataset, "ContentSequence", _MOST):
        name = first_item(item, "ConceptNameCodeSequence")
        if name is not None and text(name, "CodeValue", 16) == _DESCRIPTION:
            return text(item, "TextValue", 1024)
    return ""


def _framed(dataset: Dataset, depth: int) -> Iterator[tuple[str, int | None]]:
    if depth > 8:
        return
    for item in items(dataset, "ContentSequence", _MOST):
        if text(item, "ValueType", 16) == "IMAGE":
            for one in items(item, "ReferencedSOPSequence", 1):
                uid = text(one, "ReferencedSOPInstanceUID", 64)
                frames: list[int | None] = [int(n) for n in numbers(one, "ReferencedFrameNumber") if 1 <= n < 1e7]
                yield from ((uid, frame) for frame in frames or [None])
        yield from _framed(item, depth + 1)


def key_images(path: Path) -> list[tuple[str, int]]:
    """Return the images that a selection names, as SOP Instance UID and frame (from 1), in their order.

    Raises
    ------
    Malformed
        ``dicom_unreadable``.
    Unavailable
        ``storage``.
    """
    found = selection_of(read_before_pixels(path))
    return [(uid, frame or 1) for uid, frame in found.images] if found else []

"""Facts of an object from its first bytes, and where its pixels begin. Memory is bounded."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pydicom.filereader import read_partial
from pydicom.tag import BaseTag
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

from appliance.dicom import prefix
from appliance.dicom.elements import FOREIGN_ERRORS
from appliance.dicom.facts import facts_of, read_facts
from appliance.dicom.header import KEYWORDS, header_of, tags_of
from appliance.dicom.reading import PIXEL_TAGS, quiet_pydicom
from appliance.domain.errors import Malformed, Unavailable
from appliance.usecases.ports import InstanceFacts


@dataclass(frozen=True, slots=True)
class Found:
    """Facts, and the offset of the pixel data's tag in what was read, None when not reached."""

    facts: InstanceFacts
    pixels_at: int | None


def from_prefix(part10: bytes, data_at: int, transfer_syntax: str) -> Found:
    """Return what the first bytes of a Part-10 file tell, whose data set begins at ``data_at``.

    Raises `Malformed` as `read_facts`.

    A deflated object is inflated only for its header, and has no offset.
    """
    if transfer_syntax == DeflatedExplicitVRLittleEndian:
        return Found(read_facts(part10), None)
    implicit = transfer_syntax == ImplicitVRLittleEndian
    quick = None
    if transfer_syntax != ExplicitVRBigEndian:
        quick = prefix.walked(part10, data_at, implicit=implicit)
    if quick is None:
        return _read(io.BytesIO(part10))
    header = prefix.header_of_walked(quick, transfer_syntax, implicit=implicit)
    return Found(facts_of(header), quick.pixels_at)


def from_file(path: Path, transfer_syntax: str) -> Found:
    """Return what a whole Part-10 file tells; raises as `read_facts`."""
    if transfer_syntax == DeflatedExplicitVRLittleEndian:
        return Found(read_facts(path), None)
    try:
        with path.open("rb") as file:
            return _read(file)
    except OSError as exc:
        raise Unavailable("storage") from exc


def _read(file: BinaryIO) -> Found:
    quiet_pydicom()
    reached = False

    def at_pixels(tag: BaseTag, _vr: str | None, _length: int) -> bool:
        nonlocal reached
        reached = reached or tag in PIXEL_TAGS
        return reached

    try:
        dataset = read_partial(file, at_pixels, force=True, specific_tags=tags_of(KEYWORDS))
        offset = file.tell()
    except FOREIGN_ERRORS as exc:
        raise Malformed("dicom_unreadable") from exc
    return Found(facts_of(header_of(dataset)), offset if reached else None)

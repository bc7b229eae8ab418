"""Headers out of an object's first bytes, without reading again what the object before it said.

The instances of a series differ in a few elements. The top level of the data set is walked for where each element
lies (PS3.5 7.1); patient, study and series are remembered by the exact bytes of the elements that describe them, so
that equal headers are equal by construction. Whatever is not plain little endian is left to pydicom: `walked` returns
None, and nothing is guessed.
"""

import io
import struct
from dataclasses import dataclass
from functools import lru_cache

from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset
from pydicom.valuerep import EXPLICIT_VR_LENGTH_16, EXPLICIT_VR_LENGTH_32

from appliance.dicom.elements import FOREIGN_ERRORS
from appliance.dicom.header import INSTANCE_KEYWORDS, KEYWORDS, instance_of, patient_of, series_of, study_of, tags_of
from appliance.dicom.reading import PIXEL_TAGS, quiet_pydicom
from appliance.domain.errors import Malformed
from appliance.domain.headers import Header, PatientHeader, SeriesHeader, StudyHeader

REMEMBERED = 256
REMEMBERED_BYTES = 16 << 10
"""Descriptions longer than this are read anew each time."""

_INSTANCE = frozenset(tags_of(INSTANCE_KEYWORDS))
_SHARED = frozenset(tags_of(KEYWORDS)) - _INSTANCE
_SHORT = frozenset(str(vr).encode() for vr in EXPLICIT_VR_LENGTH_16)
_LONG = frozenset(str(vr).encode() for vr in EXPLICIT_VR_LENGTH_32)
_ELEMENT = struct.Struct("<HH2sHI")
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_UNDEFINED = 0xFFFFFFFF
_DEPTH = 8


@dataclass(frozen=True, slots=True)
class Walked:
    """The elements of a header, whole and in order, and the offset of the pixel data's tag."""

    shared: bytes
    instance: bytes
    pixels_at: int


def walked(data: bytes | bytearray, start: int, *, implicit: bool) -> Walked | None:
    """Return where the header's elements lie in a little-endian data set that begins at ``start``.

    None when the pixels are not reached, or when anything is not as PS3.5 has it: then only a tolerant reader may
    say what the bytes mean.
    """
    shared, instance, before, at = bytearray(), bytearray(), 0, start
    while at + _ELEMENT.size <= len(data):
        tag, value_at, length = _element(data, at, implicit=implicit)
        if tag in PIXEL_TAGS:
            return Walked(bytes(shared), bytes(instance), at)
        end = _end(data, value_at, length, implicit=implicit, depth=0)
        if tag <= before or end is None:
            return None
        if tag in _SHARED:
            shared += data[at:end]
        elif tag in _INSTANCE:
            instance += data[at:end]
        before, at = tag, end
    return None


def header_of_walked(found: Walked, transfer_syntax: str, *, implicit: bool) -> Header:
    """Return the facts; raises `Malformed` as `appliance.dicom.header.read_header`."""
    known = _remembered if len(found.shared) <= REMEMBERED_BYTES else _remembered.__wrapped__
    patient, study, series = known(found.shared, implicit)
    return Header(patient, study, series, instance_of(_dataset(found.instance, implicit), transfer_syntax))


@lru_cache(maxsize=REMEMBERED)
def _remembered(elements: bytes, implicit: bool) -> tuple[PatientHeader, StudyHeader, SeriesHeader]:
    dataset = _dataset(elements, implicit)
    return patient_of(dataset), study_of(dataset), series_of(dataset)


def _dataset(elements: bytes, implicit: bool) -> Dataset:
    quiet_pydicom()
    try:
        return read_dataset(io.BytesIO(elements), implicit, True)
    except FOREIGN_ERRORS as exc:
        raise Malformed("dicom_unreadable") from exc


def _element(data: bytes | bytearray, at: int, *, implicit: bool) -> tuple[int, int, int]:
    """Return (tag, offset of the value, length); a VR unknown to PS3.5 6.2 gives the length -1."""
    group, element, vr, short, long = _ELEMENT.unpack_from(data, at)
    tag = group << 16 | element
    if implicit or group == 0xFFFE:
        return tag, at + 8, int.from_bytes(data[at + 4 : at + 8], "little")
    if vr in _SHORT:
        return tag, at + 8, short
    # A UN of undefined length is implicit inside (PS3.5 6.2.2): left to pydicom.
    if vr in _LONG and not (vr == b"UN" and long == _UNDEFINED):
        return tag, at + 12, long
    return tag, at, -1


def _end(data: bytes | bytearray, at: int, length: int, *, implicit: bool, depth: int) -> int | None:
    """Return the offset behind a value that begins at ``at``, None when it is cut or odd."""
    if length == _UNDEFINED:
        return _sequence_end(data, at, implicit=implicit, depth=depth)
    end = at + length
    return end if length >= 0 and end <= len(data) else None


def _sequence_end(data: bytes | bytearray, at: int, *, implicit: bool, depth: int) -> int | None:
    """Return the offset behind a sequence of undefined length whose first item is at ``at`` (PS3.5 7.5)."""
    while depth < _DEPTH and at + _ELEMENT.size <= len(data):
        tag, value_at, length = _element(data, at, implicit=implicit)
        if tag == _SEQUENCE_END:
            return value_at
        if tag != _ITEM:
            return None
        if length == _UNDEFINED:
            end = _item_end(data, value_at, implicit=implicit, depth=depth + 1)
        else:
            end = _end(data, value_at, length, implicit=implicit, depth=depth + 1)
        if end is None:
            return None
        at = end
    return None


def _item_end(data: bytes | bytearray, at: int, *, implicit: bool, depth: int) -> int | None:
    while at + _ELEMENT.size <= len(data):
        tag, value_at, length = _element(data, at, implicit=implicit)
        if tag == _ITEM_END:
            return value_at
        end = _end(data, value_at, length, implicit=implicit, depth=depth)
        if end is None:
            return None
        at = end
    return None

"""A received object under another transfer syntax: its header written again, its pixels given by whoever has them.

Not a decoder: a stranger's pixels are never touched here, only cut out as they are (`encapsulated_frame`).
"""

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydicom.encaps import get_frame
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_partial
from pydicom.filewriter import write_dataset, write_file_meta_info
from pydicom.tag import BaseTag
from pydicom.uid import UID

from appliance.dicom.elements import FOREIGN_ERRORS
from appliance.dicom.reading import PIXEL_TAGS, ClippedFile, quiet_pydicom, read_before_pixels
from appliance.domain.errors import Malformed, Unavailable

PIXEL_LIMIT_BYTES = 0xFFFFFFFE
_UNDEFINED = 0xFFFFFFFF
_ITEM, _END = 0xE000, 0xE0DD


def head(path: Path, transfer_syntax: str, changes: Mapping[str, Any]) -> bytes:
    """Return the Part-10 file up to its pixels, explicit little endian, its meta naming `transfer_syntax`.

    `changes` are attributes by keyword that the other form of the pixels asks for. What stood behind the pixels is
    left out.

    Raises
    ------
    Malformed
        ``dicom_unreadable`` when the header cannot be read, or not be written again.
    """
    dataset = read_before_pixels(path)
    buffer = DicomBytesIO()
    buffer.is_implicit_VR, buffer.is_little_endian = False, True
    try:
        meta = dataset.file_meta
        meta.TransferSyntaxUID = UID(transfer_syntax)
        for keyword, value in changes.items():
            setattr(dataset, keyword, value)
        buffer.write(bytes(128) + b"DICM")
        write_file_meta_info(buffer, meta, enforce_standard=True)
        write_dataset(buffer, dataset)
    except FOREIGN_ERRORS as exc:
        raise Malformed("dicom_unreadable") from exc
    return buffer.getvalue()


def native_pixels(length: int, bits_allocated: int) -> bytes:
    """Return what stands before `length` bytes of native pixels, an even number (PS3.5 A.2)."""
    vr = b"OW" if bits_allocated > 8 else b"OB"
    return struct.pack("<HH2sxxI", 0x7FE0, 0x0010, vr, length)


def encapsulated_pixels() -> bytes:
    """Return what stands before the first fragment: an empty offset table (PS3.5 A.4)."""
    return struct.pack("<HH2sxxIHHI", 0x7FE0, 0x0010, b"OB", _UNDEFINED, 0xFFFE, _ITEM, 0)


def fragment(data: bytes) -> bytes:
    """Return one frame as one fragment, padded to an even length."""
    padded = data + b"\0" * (len(data) & 1)
    return struct.pack("<HHI", 0xFFFE, _ITEM, len(padded)) + padded


def end_of_fragments() -> bytes:
    """Return the sequence delimiter."""
    return struct.pack("<HHI", 0xFFFE, _END, 0)


def encapsulated_frame(path: Path, number: int, frames: int) -> bytes:
    """Return the compressed bytes of frame `number` (from 1) as received, its fragments joined.

    Raises
    ------
    Malformed
        ``corrupt`` when the frame cannot be found.
    Unavailable
        ``storage``.
    """
    quiet_pydicom()
    reached: list[int] = []

    def at_pixels(tag: BaseTag, _vr: str | None, length: int) -> bool:
        if tag in PIXEL_TAGS:
            reached.append(length)
        return bool(reached)

    try:
        file = ClippedFile(path)
    except OSError as exc:
        raise Unavailable("storage") from exc
    with file:
        try:
            dataset = read_partial(file, at_pixels, force=True)
            if reached != [_UNDEFINED] or not 1 <= number <= frames:
                raise Malformed("corrupt")
            table = dataset.get("ExtendedOffsetTable"), dataset.get("ExtendedOffsetTableLengths")
            file.seek(file.tell() + 12)
            return get_frame(file, number - 1, number_of_frames=frames,
                             extended_offsets=(table[0], table[1]) if table[0] and table[1] else None)  # fmt: skip
        except FOREIGN_ERRORS as exc:
            raise Malformed("corrupt") from exc

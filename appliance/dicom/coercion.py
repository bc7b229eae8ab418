"""Rewriting an object whose UIDs were settled: new header, pixels byte for byte, what it said before kept.

The header is everything before the pixels. It is read, changed and written in its own encoding, with an item of
(0400,0561) *Original Attributes Sequence* (PS3.3 C.12.1.1.9); the bytes that follow are copied.
"""

import io
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast

from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import _read_file_meta_info, read_partial, read_preamble
from pydicom.filewriter import write_dataset
from pydicom.tag import BaseTag
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from appliance.dicom.elements import FOREIGN_ERRORS, date_digits, items, name_groups, text, time_digits
from appliance.dicom.reading import quiet_pydicom
from appliance.domain.coercion import Claimed, Settled, Subject
from appliance.domain.errors import Malformed, Unavailable

HEADER_LIMIT_BYTES = 64 << 20
"""Most that may stand before the pixels, and most that a deflated object may inflate to."""
SYSTEM = "NEGATOSCOPE"
_PIXELS = 0x7FE00008
_PIECE_BYTES = 1 << 20
_KEYWORDS = {"SOPClassUID": "sop_class", "SOPInstanceUID": "sop_uid", "StudyInstanceUID": "study_uid",
             "SeriesInstanceUID": "series_uid"}


class Coercible:
    """A Part-10 file whose data set is to get other UIDs.

    Raises
    ------
    Malformed
        ``dicom_unreadable``; ``too_large`` when its header is longer than any image's.
    Unavailable
        ``storage``.
    """

    def __init__(self, path: Path) -> None:
        quiet_pydicom()
        self._path = path
        try:
            with path.open("rb") as file:
                self._read(file)
        except OSError as exc:
            raise Unavailable("storage") from exc

    def claimed(self) -> Claimed:
        """Return what the data set says of itself."""
        dataset = self._dataset
        groups = name_groups(dataset, "PatientName")
        name = "=".join((groups.alphabetic, groups.ideographic, groups.phonetic)).rstrip("=")
        return Claimed(
            **{field: _uid(dataset, keyword) for keyword, field in _KEYWORDS.items()},
            subject=Subject(text(dataset, "IssuerOfPatientID", 64), text(dataset, "PatientID", 64), name,
                            date_digits(dataset, "PatientBirthDate")),
            study=(date_digits(dataset, "StudyDate"), time_digits(dataset, "StudyTime"),
                   text(dataset, "AccessionNumber", 64)),
            series=(text(dataset, "Modality", 16), text(dataset, "SeriesNumber", 16),
                    text(dataset, "SeriesDescription", 256), date_digits(dataset, "SeriesDate"),
                    time_digits(dataset, "SeriesTime")),
        )

    def changed(self, settled: Settled) -> tuple[str, ...]:
        """Return the keywords of the attributes that get another value."""
        return tuple(keyword for keyword, field in _KEYWORDS.items()
                     if _uid(self._dataset, keyword) != getattr(settled, field))

    def rewritten(self, settled: Settled, source: str, at: datetime) -> Iterator[bytes]:
        """Yield the data set in pieces, with these UIDs; `source` is who sent it."""
        try:
            header = self._header(settled, source, at)
        except FOREIGN_ERRORS as exc:
            raise Malformed("dicom_unreadable") from exc
        if self._inflated:
            deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
            whole = header + self._inflated[self._tail_at:]
            packed = deflater.compress(whole) + deflater.flush()
            yield packed + b"\0" * (len(packed) & 1)
            return
        yield header
        try:
            with self._path.open("rb") as file:
                file.seek(self._tail_at)
                while piece := file.read(_PIECE_BYTES):
                    yield piece
        except OSError as exc:
            raise Unavailable("storage") from exc

    def _read(self, file: BinaryIO) -> None:
        self._inflated = b""
        try:
            if DeflatedExplicitVRLittleEndian.encode() in file.read(1024):
                file.seek(0)
                file = self._opened(file)
            else:
                file.seek(0)
            self._dataset: FileDataset = read_partial(
                cast(BinaryIO, _Bounded(file)), _at_pixels, force=True)
            self._tail_at = file.tell()
        except FOREIGN_ERRORS as exc:
            raise Malformed("dicom_unreadable") from exc

    def _opened(self, file: BinaryIO) -> BinaryIO:
        """Return a deflated file as a plain one in memory (PS3.5 A.5)."""
        read_preamble(file, force=True)
        meta = _read_file_meta_info(file)
        if meta.get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
            file.seek(0)
            return file
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        data = inflater.decompress(file.read(HEADER_LIMIT_BYTES), HEADER_LIMIT_BYTES)
        if inflater.unconsumed_tail or file.read(1):
            raise Malformed("too_large")
        syntax = ExplicitVRLittleEndian.encode()
        syntax += b"\0" * (len(syntax) & 1)
        head = b"\2\0\x10\0UI" + len(syntax).to_bytes(2, "little") + syntax
        self._inflated = bytes(128) + b"DICM" + head + data
        return io.BytesIO(self._inflated)

    def _header(self, settled: Settled, source: str, at: datetime) -> bytes:
        dataset = self._dataset
        implicit, little = dataset.original_encoding
        before = Dataset()
        nonconforming = []
        for keyword in self.changed(settled):
            raw = _uid(dataset, keyword)
            setattr(before, keyword, "")
            if raw:
                nonconforming.append(_nonconforming(dataset, keyword, raw))
        item = Dataset()
        item.ModifiedAttributesSequence = [before]
        if nonconforming:
            item.NonconformingModifiedAttributesSequence = nonconforming
        item.AttributeModificationDateTime = at.strftime("%Y%m%d%H%M%S.%f+0000")
        item.ModifyingSystem = SYSTEM
        item.SourceOfPreviousValues = source[:64]
        item.ReasonForTheAttributeModification = "COERCE"
        for keyword, field in _KEYWORDS.items():
            tag = BaseTag(tag_for_keyword(keyword) or 0)
            dataset[tag] = DataElement(tag, "UI", str(getattr(settled, field)))
        dataset.OriginalAttributesSequence = [*items(dataset, "OriginalAttributesSequence"), item]
        buffer = DicomBytesIO()
        buffer.is_implicit_VR, buffer.is_little_endian = bool(implicit), bool(little)
        write_dataset(buffer, dataset)
        return buffer.getvalue()


class _Bounded(io.BufferedIOBase):
    """A reader that sets memory aside for what is there, up to the limit, whatever length is declared."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        at = file.tell()
        self._end = file.seek(0, io.SEEK_END)
        file.seek(at)

    def read(self, size: int | None = -1, /) -> bytes:
        left = max(self._end - self._file.tell(), 0)
        asked = left if size is None or size < 0 else min(size, left)
        if asked > HEADER_LIMIT_BYTES:
            raise Malformed("too_large")
        return self._file.read(asked)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True


def _at_pixels(tag: BaseTag, _vr: str | None, _length: int) -> bool:
    return int(tag) >= _PIXELS


def _nonconforming(dataset: Dataset, keyword: str, raw: str) -> Dataset:
    item = Dataset()
    item.SelectorAttribute = BaseTag(dataset[keyword].tag)
    item.SelectorValueNumber = 0
    item.NonconformingDataElementValue = raw.encode("utf-8", "replace")[:65534]
    return item


def _uid(dataset: Dataset, keyword: str) -> str:
    """Return a UID as received, whatever it is; its padding is dropped."""
    try:
        value = dataset.get(keyword)
        if isinstance(value, bytes):
            return value.decode("latin-1").rstrip("\0 ")
        parts = [value] if isinstance(value, str) or value is None else list(value)
        return "\\".join("" if part is None else str(part) for part in parts).rstrip("\0 ")
    except FOREIGN_ERRORS:
        return ""

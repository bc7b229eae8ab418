"""The directory of a file set (PS3.10 8.6, PS3.3 F): DICOMDIR, made from headers that pass by one at a time.

Each record is encoded at once and kept as bytes, so that an exam of ten thousand objects takes a few megabytes here.
pydicom's own `FileSet` would want every file, copied, on a disk.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO

from pydicom import config
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.fileset import DIRECTORY_RECORDERS, _four_level_record_type
from pydicom.filewriter import dcmwrite, write_dataset
from pydicom.uid import ExplicitVRLittleEndian, MediaStorageDirectoryStorage, generate_uid

from appliance.dicom.elements import FOREIGN_ERRORS
from appliance.domain.errors import Malformed

_ROOT = "1.2.826.0.1.3680043.8.498."
_ALWAYS = {
    "PatientID": "?", "StudyDate": "19000101", "StudyTime": "000000", "StudyID": "1", "Modality": "OT",
    "SeriesNumber": 0, "InstanceNumber": 0,
}  # fmt: skip
"""What a directory must say (type 1 in F.5) where an object says nothing."""
_NEXT_AT, _LOWER_AT = 8, 30
"""Where in a record the values of (0004,1400) and (0004,1420) stand: its first and third element."""
_ITEM = b"\xfe\xff\x00\xe0"


@dataclass(slots=True)
class _Record:
    body: bytearray
    below: dict[str, "_Record"] = field(default_factory=dict)
    at: int = 0


class Directory:
    """A DICOMDIR being made."""

    def __init__(self) -> None:
        self._patients: dict[str, _Record] = {}

    def add(self, header: FileDataset, file_id: tuple[str, ...]) -> None:
        """List a file.

        Parameters
        ----------
        header
            What the file says before its pixels.
        file_id
            Folders and name of the file under the root, each 1 to 8 of ``A-Z0-9_`` (PS3.10 8.2, 8.5).

        Raises
        ------
        Malformed
            ``dicom_unreadable`` when no record can be made of it.
        """
        try:
            self._add(header, file_id)
        except FOREIGN_ERRORS as exc:
            raise Malformed("dicom_unreadable") from exc

    def _add(self, header: FileDataset, file_id: tuple[str, ...]) -> None:
        said = _said(header)
        kind = _four_level_record_type(said)
        leaf = _leaf(said, kind)
        leaf.ReferencedFileID = list(file_id)
        leaf.ReferencedSOPClassUIDInFile = header.SOPClassUID
        leaf.ReferencedSOPInstanceUIDInFile = header.SOPInstanceUID
        leaf.ReferencedTransferSyntaxUIDInFile = header.file_meta.TransferSyntaxUID
        level = self._patients
        for name, key in (("PATIENT", "PatientID"), ("STUDY", "StudyInstanceUID"), ("SERIES", "SeriesInstanceUID")):
            one = str(said[key].value)
            if one not in level:
                level[one] = _Record(_encoded(DIRECTORY_RECORDERS[name](said), name, said))
            level = level[one].below
        level[str(header.SOPInstanceUID)] = _Record(_encoded(leaf, kind, said))

    def written(self) -> bytes:
        """Return the file DICOMDIR, explicit little endian as PS3.10 8.6 asks."""
        records = list(_down(self._patients))
        at = len(self._opened(0, 0))
        for record in records:
            record.at, at = at, at + 8 + len(record.body)
        _linked(self._patients)
        first, last = (list(self._patients.values())[n].at if self._patients else 0 for n in (0, -1))
        body = b"".join(_ITEM + struct.pack("<I", len(one.body)) + bytes(one.body) for one in records)
        return self._opened(first, last)[:-4] + struct.pack("<I", len(body)) + body

    def _opened(self, first: int, last: int) -> bytes:
        """Return the file up to the first item of its sequence, which ends with the four bytes of its length."""
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
        meta.MediaStorageSOPInstanceUID = generate_uid(_ROOT, sorted(_uids(self._patients)) or ["empty"])
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
        dataset.FileSetID = "NEGATOSCOPE"
        dataset.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity = first
        dataset.OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity = last
        dataset.FileSetConsistencyFlag = 0
        dataset.DirectoryRecordSequence = []
        buffer = BytesIO()
        dcmwrite(buffer, dataset, enforce_file_format=True)
        return buffer.getvalue()


def _said(header: FileDataset) -> Dataset:
    """Return the header with what a directory cannot do without."""
    said = Dataset(header)
    for keyword, value in _ALWAYS.items():
        if said.get(keyword) in (None, ""):
            setattr(said, keyword, value)
    return said


def _leaf(said: Dataset, kind: str) -> Dataset:
    """Return the record of the object; a kind that asks for more than it says gets its number alone."""
    try:
        return DIRECTORY_RECORDERS[kind](said)
    except FOREIGN_ERRORS:
        leaf = Dataset()
        leaf.InstanceNumber = said.InstanceNumber
        return leaf


def _encoded(record: Dataset, kind: str, said: Dataset) -> bytearray:
    record.OffsetOfTheNextDirectoryRecord = 0
    record.RecordInUseFlag = 0xFFFF
    record.OffsetOfReferencedLowerLevelDirectoryEntity = 0
    record.DirectoryRecordType = kind
    # Everything is spelled in one way: the texts of a directory come from headers of many.
    record.SpecificCharacterSet = "ISO_IR 192"
    buffer = DicomBytesIO()
    buffer.is_implicit_VR, buffer.is_little_endian = False, True
    with config.disable_value_validation():
        write_dataset(buffer, record, "utf-8")
    return bytearray(buffer.getvalue())


def _down(level: dict[str, _Record]) -> Iterator[_Record]:
    for record in level.values():
        yield record
        yield from _down(record.below)


def _linked(level: dict[str, _Record]) -> None:
    """Write into every record where its next one and its first lower one stand."""
    after = 0
    for record in reversed(level.values()):
        struct.pack_into("<I", record.body, _NEXT_AT, after)
        after, lower = record.at, next(iter(record.below.values()), None)
        struct.pack_into("<I", record.body, _LOWER_AT, lower.at if lower else 0)
        _linked(record.below)


def _uids(level: dict[str, _Record]) -> Iterator[str]:
    for uid, record in level.items():
        yield uid
        yield from _uids(record.below)

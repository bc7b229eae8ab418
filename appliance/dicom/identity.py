"""An object as it leaves under the identity that is current: its header written again, its pixels copied.

What a file says of its patient stays as it was received; who takes it away must not carry an identity on that the
hospital has corrected meanwhile.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from pydicom.dataset import FileDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_partial
from pydicom.filewriter import write_dataset, write_file_meta_info
from pydicom.tag import BaseTag

from appliance.dicom.elements import FOREIGN_ERRORS
from appliance.dicom.facts import traits_of
from appliance.dicom.header import patient_of
from appliance.dicom.reading import PIXEL_TAGS, ClippedFile, quiet_pydicom, read_before_pixels
from appliance.domain.errors import Malformed, Unavailable
from appliance.domain.people import PatientTraits

_PIECE_BYTES = 1 << 18
_DEFLATED = "1.2.840.10008.1.2.1.99"


class Leaving:
    """A received file about to be given away, under the identity of its study.

    Raises
    ------
    Malformed
        ``dicom_unreadable``.
    Unavailable
        ``storage``.
    """

    def __init__(self, path: Path, traits: PatientTraits) -> None:
        self._path = path
        self.header: FileDataset = read_before_pixels(path)
        self.changed = not is_same(traits_of(patient_of(self.header)), traits)
        if self.changed:
            self._head, self._tail_at = self._rewritten(traits)

    def pieces(self) -> Iterator[bytes]:
        """Yield the file; as received unless its identity changed."""
        start = 0
        if self.changed:
            yield self._head
            start = self._tail_at
        try:
            with self._path.open("rb") as file:
                file.seek(start)
                while piece := file.read(_PIECE_BYTES):
                    yield piece
        except OSError as exc:
            raise Unavailable("storage") from exc

    def _rewritten(self, traits: PatientTraits) -> tuple[bytes, int]:
        """Return the new header, and where in the file what follows it begins."""
        quiet_pydicom()
        if self.header.file_meta.get("TransferSyntaxUID") == _DEFLATED:
            raise Malformed("dicom_unreadable")
        try:
            with ClippedFile(self._path) as file:
                dataset: FileDataset = read_partial(cast(BinaryIO, file), _at_pixels, force=True)
                tail = file.tell()
            implicit, little = dataset.original_encoding
            _take(dataset, traits)
            _take(self.header, traits)
            buffer = DicomBytesIO()
            buffer.is_implicit_VR, buffer.is_little_endian = bool(implicit), bool(little)
            write_dataset(buffer, dataset)
            whole = DicomBytesIO()
            whole.is_implicit_VR, whole.is_little_endian = False, True
            whole.write(bytes(128) + b"DICM")
            write_file_meta_info(whole, dataset.file_meta, enforce_standard=True)
        except FOREIGN_ERRORS as exc:
            raise Malformed("dicom_unreadable") from exc
        return whole.getvalue() + buffer.getvalue(), tail


def _take(dataset: FileDataset, traits: PatientTraits) -> None:
    """Give the identity; what else the header said of who it was goes: it may be of somebody else."""
    dataset.decode()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.PatientName = traits.name
    dataset.PatientID = traits.identifier.value
    dataset.IssuerOfPatientID = traits.identifier.authority
    dataset.PatientBirthDate = traits.birth_date
    dataset.PatientSex = traits.sex
    for keyword in ("IssuerOfPatientIDQualifiersSequence", "OtherPatientIDs", "OtherPatientIDsSequence",
                    "OtherPatientNames", "PatientBirthName", "PatientMotherBirthName", "PatientAddress",
                    "PatientTelephoneNumbers"):  # fmt: skip
        if keyword in dataset:
            delattr(dataset, keyword)


def is_same(said: PatientTraits, current: PatientTraits) -> bool:
    """Whether a header says who its patient is now."""
    return (
        said.identifier.value == current.identifier.value
        and said.name.rstrip("^") == current.name.rstrip("^")
        and said.birth_date == current.birth_date
        and said.sex == current.sex
    )


def _at_pixels(tag: BaseTag, _vr: str | None, _length: int) -> bool:
    return tag in PIXEL_TAGS

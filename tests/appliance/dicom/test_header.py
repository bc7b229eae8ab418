"""Facts of received objects: read whatever comes, refuse only what cannot be kept apart."""

import io
from datetime import date
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import UID as Uid
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from appliance.dicom.header import read_header
from appliance.domain.errors import Malformed
from appliance.domain.headers import NameGroups

UID = "1.2.826.0.1.3680043.9.1"


def part10(**attributes: object) -> bytes:
    """Return the bytes of a small CT object with these attributes."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = Uid(f"{UID}.3")
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    given: dict[str, object] = {"SpecificCharacterSet": "ISO_IR 192", "SOPClassUID": CTImageStorage,
             "SOPInstanceUID": f"{UID}.3", "StudyInstanceUID": f"{UID}.1",
             "SeriesInstanceUID": f"{UID}.2", **attributes}
    for keyword, value in given.items():
        if value is not None:
            setattr(dataset, keyword, value)
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()


def test_the_identity_is_read_in_its_character_set() -> None:
    header = read_header(part10(
        PatientName="LEFÈVRE^Anne-Charlotte=漢字^名=カンジ", PatientID="F-100201",
        IssuerOfPatientID="CHU", PatientBirthDate="19610314", PatientSex="F"))
    assert header.patient.name == NameGroups("LEFÈVRE^Anne-Charlotte", "漢字^名", "カンジ")
    assert (header.patient.patient_id, header.patient.issuer) == ("F-100201", "CHU")
    assert (header.patient.birth_date, header.patient.sex) == ("19610314", "F")


@pytest.mark.parametrize(("received", "kept"), [
    ("19610314", "19610314"), ("1961", "19610000"), ("196103", "19610300"),
    ("1961.03.14", "19610314"), ("1961-03-14", "19610314"), ("", ""), ("ABC", "")])
def test_a_birth_date_is_kept_as_eight_digits_or_nothing(received: str, kept: str) -> None:
    assert read_header(part10(PatientBirthDate=received)).patient.birth_date == kept


def test_bad_values_are_absent_values() -> None:
    header = read_header(part10(StudyDate="20261332", StudyTime="25h", PatientSex="FEMALE"))
    assert header.study.date is None
    assert header.patient.sex == ""
    assert header.series.number is None
    assert header.instance.frames == 1


def test_dates_and_times_of_the_study_are_read() -> None:
    study = read_header(part10(StudyDate="20261122", StudyTime="0912")).study
    assert (study.date, study.time) == (date(2026, 11, 22), "091200")


@pytest.mark.parametrize("keyword", ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"])
@pytest.mark.parametrize("value", [None, "", "1.2/../3", "1..2", ".1.2", "1" * 65])
def test_a_missing_or_bad_uid_is_malformed(keyword: str, value: str | None) -> None:
    with pytest.raises(Malformed) as caught:
        read_header(part10(**{keyword: value}))
    assert caught.value.cause == "uid"


@pytest.mark.parametrize("data", [b"", b"\0" * 200, b"DICM" * 40, b"\x89PNG" + b"x" * 500])
def test_what_is_not_dicom_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        read_header(data)


def test_every_shared_file_is_read_or_malformed(shared_dicom: Path) -> None:
    read = 0
    for path in sorted(p for p in shared_dicom.rglob("*") if p.is_file()):
        try:
            read_header(path)
        except Malformed as fault:
            assert fault.cause in ("uid", "dicom_unreadable")  # noqa: PT017
        else:
            read += 1
    assert read >= 580

"""The quick road through a header says what the tolerant one says, or steps aside."""

from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from appliance.dicom import prefix
from appliance.domain.errors import Malformed
from pacs_bridge.receive import headers, part10
from tests.peers.sender import as_bytes

FIRST = 32 << 10


def outcome(read) -> object:
    try:
        return read()
    except Malformed as fault:
        return fault.cause


def test_every_shared_file_reads_the_same_both_ways(shared_dicom: Path, monkeypatch: pytest.MonkeyPatch):
    quick = 0
    for path in sorted(p for p in shared_dicom.rglob("*") if p.is_file() and p.suffix not in {".md", ".tsv", ".txt"}):
        sent = as_bytes(path)
        head = part10.head(part10.FileMeta(sent.sop_class, sent.sop_uid, sent.syntax))
        data = head + sent.data[:FIRST]
        with monkeypatch.context() as patched:
            patched.setattr(prefix, "walked", lambda *_, **__: None)
            slow = outcome(lambda d=data, h=head, s=sent: headers.from_prefix(d, len(h), s.syntax))
        walked = prefix.walked(data, len(head), implicit=sent.syntax == ImplicitVRLittleEndian)
        quick += walked is not None
        found = outcome(lambda d=data, h=head, s=sent: headers.from_prefix(d, len(h), s.syntax))
        assert found == slow, path
    assert quick > 300


def encoded(dataset: Dataset, *, implicit: bool) -> bytes:
    target = DicomBytesIO()
    target.is_implicit_VR, target.is_little_endian = implicit, True
    write_dataset(target, dataset)
    return target.getvalue()


def described(**changed: str) -> Dataset:
    dataset = Dataset()
    values = {"SOPClassUID": "1.2", "SOPInstanceUID": "1.2.3", "StudyInstanceUID": "1.4", "SeriesInstanceUID": "1.5",
              "PatientName": "LEFÈVRE^Anne", "PatientID": "7", "SpecificCharacterSet": "ISO_IR 100"}  # fmt: skip
    for keyword, value in (values | changed).items():
        setattr(dataset, keyword, value)
    item = Dataset()
    item.PatientID, item.IssuerOfPatientID = "9", "OTHER"
    inner = Dataset()
    inner.CodeValue = "x"
    item.ConceptCodeSequence = [inner]
    dataset.OtherPatientIDsSequence = [item]
    dataset["OtherPatientIDsSequence"].is_undefined_length = True
    item.is_undefined_length_sequence_item = True
    dataset.Rows = dataset.Columns = dataset.BitsAllocated = 8
    dataset.PixelData = bytes(64)
    dataset["PixelData"].VR = "OB"
    return dataset


@pytest.mark.parametrize("implicit", [True, False])
def test_sequences_of_undefined_length_are_walked(implicit: bool):
    data = encoded(described(), implicit=implicit)
    found = prefix.walked(data, 0, implicit=implicit)
    assert found is not None
    assert data[found.pixels_at : found.pixels_at + 4] == b"\xe0\x7f\x10\x00"
    syntax = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
    header = prefix.header_of_walked(found, syntax, implicit=implicit)
    assert header.patient.name.alphabetic == "LEFÈVRE^Anne"
    assert header.patient.other_ids == (("9", "OTHER"),)
    assert (header.instance.rows, header.instance.transfer_syntax) == (8, syntax)


def test_another_patient_is_never_remembered_as_the_one_before():
    for name, identifier in (("DUPONT^Jean", "1"), ("DURAND^Jean", "1"), ("DURAND^Jean", "2")):
        data = encoded(described(PatientName=name, PatientID=identifier), implicit=False)
        found = prefix.walked(data, 0, implicit=False)
        assert found is not None
        header = prefix.header_of_walked(found, ExplicitVRLittleEndian, implicit=False)
        assert (header.patient.name.alphabetic, header.patient.patient_id) == (name, identifier)


@pytest.mark.parametrize("damage", ["cut", "vr", "order", "length"])
def test_what_is_odd_is_left_to_the_tolerant_reader(damage: str):
    data = encoded(described(), implicit=False)
    damaged = {
        "cut": data[: data.index(b"\xe0\x7f\x10\x00")],
        "vr": data.replace(b"\x10\x00\x10\x00PN", b"\x10\x00\x10\x00pn"),
        "order": data[8:16] + data,
        "length": data.replace(b"\x10\x00\x20\x00LO\x02\x00", b"\x10\x00\x20\x00LO\xff\xff"),
    }[damage]
    assert damaged != data
    assert prefix.walked(damaged, 0, implicit=False) is None


def test_the_offset_is_that_of_the_pixel_datas_tag(shared_dicom: Path):
    path = sorted((shared_dicom / "series" / "ct-head-1mm").glob("*"))[0]
    sent = as_bytes(path)
    head = part10.head(part10.FileMeta(sent.sop_class, sent.sop_uid, sent.syntax))
    found = headers.from_prefix(head + sent.data[:FIRST], len(head), sent.syntax)
    assert found.pixels_at is not None
    assert (head + sent.data)[found.pixels_at :][:4] == b"\xe0\x7f\x10\x00"
    assert found.facts.rows == dcmread(path, stop_before_pixels=True).Rows

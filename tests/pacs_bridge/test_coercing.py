"""Objects without usable UIDs: kept under settled ones, told to the sender, and what they said is not lost."""

import zlib
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.uid import CTImageStorage, DeflatedExplicitVRLittleEndian

from pacs_bridge.receive import coercing
from pacs_bridge.receive.recovery import recover
from tests.pacs_bridge.conftest import Acceptor
from tests.pacs_bridge.test_acceptor import wait_until
from tests.peers.announced import announced
from tests.peers.sender import EXPLICIT, Sender, Sent, p_data, store_command

COERCED = 0xB000
SLASH = "attack/studyuid-slash.dcm"


def bare(**elements: object) -> Dataset:
    """A CT slice whose study and series have no UID."""
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, "1.2.3.4"
    dataset.PatientID, dataset.PatientName, dataset.Modality = "P-1", "TEST^Anne", "CT"
    dataset.Rows, dataset.Columns, dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 4, 4, 8, 8, 7
    dataset.SamplesPerPixel, dataset.PixelRepresentation, dataset.PhotometricInterpretation = 1, 0, "MONOCHROME2"
    dataset.add_new(0x7FE00010, "OB", bytes(range(16)))
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return dataset


def sent_of(dataset: Dataset, sop_uid: str = "1.2.3.4", *, syntax: str = EXPLICIT) -> Sent:
    buffer = DicomBytesIO()
    buffer.is_implicit_VR, buffer.is_little_endian = False, True
    write_dataset(buffer, dataset)
    data = buffer.getvalue()
    if syntax == DeflatedExplicitVRLittleEndian:
        deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        data = deflater.compress(data) + deflater.flush()
        data += b"\0" * (len(data) & 1)
    return Sent(CTImageStorage, sop_uid, syntax, data)


def test_a_bad_study_uid_is_replaced_told_and_remembered(acceptor: Acceptor, shared_dicom: Path):
    sent = announced(shared_dicom / SLASH)
    assert Sender(acceptor.port).store(sent) == COERCED
    [file] = acceptor.house.receiving.files
    assert file.facts.study_uid.startswith("2.25.")
    assert file.coerced == ("StudyInstanceUID",)
    assert file.key.startswith(f"received/{file.facts.study_uid}/{sent.sop_uid}.")
    kept, before = dcmread(acceptor.house.objects.root / file.key), dcmread(shared_dicom / SLASH)
    assert (kept.StudyInstanceUID, kept.SeriesInstanceUID) == (file.facts.study_uid, before.SeriesInstanceUID)
    assert kept.PixelData == before.PixelData
    [item] = kept.OriginalAttributesSequence
    assert (item.ReasonForTheAttributeModification, item.ModifyingSystem) == ("COERCE", "NEGATOSCOPE")
    [value] = item.NonconformingModifiedAttributesSequence
    assert (value.SelectorAttribute, value.NonconformingDataElementValue.rstrip(b"\0")) == (
        0x0020000D, str(before.StudyInstanceUID).encode())  # fmt: skip
    changed = {"StudyInstanceUID", "OriginalAttributesSequence"}
    assert {e.keyword for e in before if e.tag not in kept or kept[e.tag] != e} <= changed
    wait_until(lambda: acceptor.house.receiving.ended)
    [(_, counts, _)] = acceptor.house.receiving.ended
    assert (counts["instances"], counts["coerced"], counts["refused"]) == (1, 1, 0)
    assert not list(acceptor.house.objects.keys(coercing.FOLDER))


def test_the_same_object_again_is_the_same(acceptor: Acceptor, shared_dicom: Path):
    sent = announced(shared_dicom / "syntax" / "JLSL_RGB_ILV0.dcm")
    assert sent.sop_uid == ""
    assert [Sender(acceptor.port).store(sent, pdu_bytes=size) for size in (65536, 700)] == [COERCED, COERCED]
    first, second = acceptor.house.receiving.files
    assert first.facts == second.facts
    assert (first.sha256, first.pixels_sha256) == (second.sha256, second.pixels_sha256)


@pytest.mark.parametrize("syntax", [EXPLICIT, DeflatedExplicitVRLittleEndian])
def test_missing_uids_in_any_encoding(acceptor: Acceptor, syntax: str):
    assert Sender(acceptor.port).store(sent_of(bare(), syntax=syntax)) == COERCED
    [file] = acceptor.house.receiving.files
    kept = dcmread(acceptor.house.objects.root / file.key)
    assert kept.file_meta.TransferSyntaxUID == syntax
    assert (kept.StudyInstanceUID, kept.SeriesInstanceUID) == (file.facts.study_uid, file.facts.series_uid)
    assert kept.PixelData == bytes(range(16))


def test_big_headers_and_pixels_are_copied_whole(acceptor: Acceptor):
    pixels = bytes(range(256)) * 80_000
    dataset = bare(Rows=5000, Columns=4096, StudyID="S" * 16)
    dataset.add_new(0x00091001, "UN", b"x" * 100_000)
    dataset.add_new(0x7FE00010, "OB", pixels)
    assert Sender(acceptor.port).store(sent_of(dataset), pdu_bytes=100_000) == COERCED
    [file] = acceptor.house.receiving.files
    kept = dcmread(acceptor.house.objects.root / file.key)
    assert kept.PixelData == pixels
    assert bytes(kept[0x00091001].value) == b"x" * 100_000


@pytest.mark.parametrize(
    ("dataset", "told", "status"),
    [
        (bare(SOPInstanceUID="1.2.9"), "1.2.3.4", 0xA900),
        (bare(SOPInstanceUID="1.2.9"), "not-a-uid", 0xA900),
        (bare(SOPClassUID="1.2.840.10008.5.1.4.1.1.4"), "1.2.3.4", 0xA900),
        (bare(SOPClassUID="", SOPInstanceUID=""), "1.2.3.4", 0xC000),
    ],
    ids=["instance", "unusable-command", "class", "says-nothing"],
)
def test_another_object_than_announced_stays_refused(acceptor: Acceptor, dataset: Dataset, told: str, status: int):
    assert Sender(acceptor.port).store(sent_of(dataset, told)) == status
    assert not list(acceptor.house.objects.keys("received"))
    assert not list(acceptor.house.objects.keys(coercing.FOLDER))


def test_no_larger_than_the_limit(acceptor: Acceptor, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(coercing, "LIMIT_BYTES", 100)
    assert Sender(acceptor.port).store(sent_of(bare())) == 0xA700
    assert not list(acceptor.house.objects.keys(coercing.FOLDER))


def test_a_deflated_object_that_inflates_without_end_is_refused(acceptor: Acceptor):
    dataset = bare()
    dataset.add_new(0x7FE00010, "OB", bytes(80 << 20))
    sent = sent_of(dataset, syntax=DeflatedExplicitVRLittleEndian)
    assert len(sent.data) < 1 << 20
    assert Sender(acceptor.port).store(sent) == 0xA700
    assert not [*acceptor.house.objects.keys(coercing.FOLDER), *acceptor.house.objects.keys("received")]


def test_a_peer_gone_in_the_middle_leaves_nothing_aside(acceptor: Acceptor):
    dataset = bare()
    dataset.add_new(0x7FE00010, "OB", bytes(20 << 20))
    sent = sent_of(dataset)
    with Sender(acceptor.port).associated(sent.sop_class, sent.syntax) as peer:
        peer.sendall(p_data(store_command(sent), 3))
        for at in range(0, 17 << 20, 100_000):
            peer.sendall(p_data(sent.data[at : at + 100_000], 0))
        wait_until(lambda: list(acceptor.house.objects.keys(coercing.FOLDER)))
    wait_until(lambda: not list(acceptor.house.objects.keys(coercing.FOLDER)))
    assert not acceptor.house.receiving.files


def test_what_a_crash_left_aside_goes_at_the_next_start(acceptor: Acceptor):
    acceptor.house.objects.put(f"{coercing.FOLDER}/left.dcm", b"half an object")
    assert recover(acceptor.house) == (0, 0)
    assert not list(acceptor.house.objects.keys(coercing.FOLDER))


def test_an_attribute_of_the_wrong_kind_is_replaced(acceptor: Acceptor, shared_dicom: Path):
    path = shared_dicom / "fuzz" / "cat01_tag_overflow" / "TC0163_seriesinstanceuid_over_64KB.dcm"
    assert Sender(acceptor.port).store(announced(path)) == COERCED
    [file] = acceptor.house.receiving.files
    assert dcmread(BytesIO(acceptor.house.objects.read(file.key))).SeriesInstanceUID == file.facts.series_uid

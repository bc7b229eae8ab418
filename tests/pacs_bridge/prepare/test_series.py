"""A series made visible: rows after objects, growth, a kill in between, and reasons by name."""

import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, KeyObjectSelectionDocumentStorage

from appliance.bootstrap import House
from appliance.config.settings import Settings
from appliance.dicom.facts import read_facts
from appliance.domain.exams import ExamState
from appliance.domain.identifiers import StudyUID, series_uid, study_uid
from appliance.usecases.exams import state_of
from appliance.usecases.ports import ReceivedFile
from pacs_bridge.prepare.pool import Pool
from pacs_bridge.prepare.series import Outcome, prepare_series
from tests.houses import new_house

STUDY, SERIES, NOTES = study_uid("1.2.9"), series_uid("1.2.9.1"), series_uid("1.2.9.2")
PREFIX = f"prepared/{STUDY}/{SERIES}"


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(workers=1) as opened:
        yield opened


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    settings = Settings(state_dir=tmp_path)
    with new_house(settings) as opened:
        yield opened


def receive(
    house: House, folder: Path, number: int, *, broken: bool = False, study: StudyUID = STUDY, patient: str = "F-1",
) -> None:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = UID(f"1.2.9.1.{number}")
    ds = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, f"1.2.9.1.{number}"
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.PatientID = study, SERIES, patient
    ds.PatientName, ds.Modality, ds.InstanceNumber = "A^B", "CT", number
    ds.ImagePositionPatient, ds.ImageOrientationPatient = [0, 0, number], [1, 0, 0, 0, 1, 0]
    ds.PixelSpacing = [1, 1]
    ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = 8, 8, 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    ds.PixelData = bytes(10) if broken else np.full((8, 8), 0xF000 | number, "<u2").tobytes()
    accept(house, folder / f"{number}.dcm", ds)


def accept(house: House, path: Path, ds: FileDataset) -> None:
    """Take the object in, as the acceptor does."""
    pydicom.dcmwrite(path, ds, enforce_file_format=True)
    facts, data = read_facts(path), path.read_bytes()
    digest = hashlib.sha256(data).digest()
    key = f"received/{facts.study_uid}/{facts.sop_uid}.0123abcd.dcm"
    house.objects.put(key, data)
    house.receiving.accept(ReceivedFile(key, len(data), digest, digest, facts, "PACS", "pacs"))


def described(house: House) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = json.loads(
        house.objects.read(f"{PREFIX}/series.json"))
    return found


def frames_spoken_of(house: House) -> set[str]:
    rows = house.preparing.instances(SERIES)
    return {key for row in rows for key in (row.frames_key, row.native_key) if key}


def frames_kept(house: House) -> set[str]:
    return {key for key in house.objects.keys(PREFIX) if key.endswith((".frames", ".native"))}


def test_frames_of_a_killed_run_do_not_stay(house: House, pool: Pool, tmp_path: Path) -> None:
    receive(house, tmp_path, 1)
    house.objects.put(f"{PREFIX}/1.2.9.1.1.0123abcd.frames", b"durable, and killed before the row")
    prepare_series(house, STUDY, SERIES, pool)
    assert frames_kept(house) == frames_spoken_of(house) != set()
    house.objects.delete(f"{PREFIX}/series.json")  # killed between the row and the description
    prepare_series(house, STUDY, SERIES, pool)
    assert len(described(house)["images"]) == 1
    assert frames_kept(house) == frames_spoken_of(house) != set()


def test_a_series_grows_and_keeps_what_it_had(house: House, pool: Pool, tmp_path: Path) -> None:
    for number in (3, 1):
        receive(house, tmp_path, number)
    assert prepare_series(house, STUDY, SERIES, pool) == Outcome(ready=2, undisplayable=0)
    receive(house, tmp_path, 2)
    assert prepare_series(house, STUDY, SERIES, pool) == Outcome(ready=3, undisplayable=0)
    assert [i["number"] for i in described(house)["images"]] == [1, 2, 3]
    metadata = json.loads(gzip.decompress(house.objects.read(f"{PREFIX}/metadata.json.gz")))
    assert len(metadata) == 3
    assert house.objects.read(f"{PREFIX}/thumbnail.jpg").startswith(b"\xff\xd8")


def test_what_cannot_be_shown_is_named(house: House, pool: Pool, tmp_path: Path) -> None:
    receive(house, tmp_path, 1)
    receive(house, tmp_path, 2, broken=True)
    assert prepare_series(house, STUDY, SERIES, pool) == Outcome(ready=1, undisplayable=1)
    named, = described(house)["undisplayable"]
    assert named == {"sop_uid": "1.2.9.1.2", "number": 2, "reason": "corrupt"}


def test_unused_high_bits_are_not_drawn(
    house: House, pool: Pool, tmp_path: Path,
) -> None:
    receive(house, tmp_path, 5)
    prepare_series(house, STUDY, SERIES, pool)
    assert described(house)["images"][0]["range"] == [5, 5]


def test_a_kill_before_the_description_is_repaired(
    house: House, pool: Pool, tmp_path: Path,
) -> None:
    receive(house, tmp_path, 1)
    prepare_series(house, STUDY, SERIES, pool)
    for name in ("series.json", "metadata.json.gz"):
        house.objects.delete(f"{PREFIX}/{name}")
    prepare_series(house, STUDY, SERIES, pool)
    assert [i["number"] for i in described(house)["images"]] == [1]


def test_preparing_twice_changes_nothing(house: House, pool: Pool, tmp_path: Path) -> None:
    receive(house, tmp_path, 1)
    prepare_series(house, STUDY, SERIES, pool)
    before = sorted(house.objects.keys("prepared/"))
    prepare_series(house, STUDY, SERIES, pool)
    assert sorted(house.objects.keys("prepared/")) == before


def test_a_series_uid_that_two_patients_share_mixes_nothing(house: House, pool: Pool, tmp_path: Path) -> None:
    other = study_uid("1.2.10")
    receive(house, tmp_path, 1)
    receive(house, tmp_path, 2, study=other, patient="F-2")
    house.receiving.prepare([(STUDY, SERIES), (other, SERIES)], delay_s=0)
    with house.database.reading() as work:
        assert work.jobs.counts()["waiting"] == 2
    for study, sop, patient in ((STUDY, "1.2.9.1.1", "F-1"), (other, "1.2.9.1.2", "F-2")):
        assert prepare_series(house, study, SERIES, pool) == Outcome(ready=1, undisplayable=0)
        prefix = f"prepared/{study}/{SERIES}"
        assert [i["sop_uid"] for i in json.loads(house.objects.read(f"{prefix}/series.json"))["images"]] == [sop]
        [told] = json.loads(gzip.decompress(house.objects.read(f"{prefix}/metadata.json.gz")))
        assert told["00100020"]["Value"] == [patient]


def reject(house: House, folder: Path, numbers: list[int], *, number: int = 90, code: str = "113001") -> None:
    """Receive a rejection note of the study."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = KeyObjectSelectionDocumentStorage
    meta.MediaStorageSOPInstanceUID = UID(f"1.2.9.2.{number}")
    ds = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID = KeyObjectSelectionDocumentStorage, f"1.2.9.2.{number}"
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.PatientID = STUDY, NOTES, "F-1"
    ds.PatientName, ds.Modality, ds.InstanceNumber = "A^B", "KO", number
    ds.ConceptNameCodeSequence = [item(CodeValue=code, CodingSchemeDesignator="DCM", CodeMeaning="Rejected")]
    references = [item(ReferencedSOPClassUID=CTImageStorage, ReferencedSOPInstanceUID=f"1.2.9.1.{n}") for n in numbers]
    series = item(SeriesInstanceUID=SERIES, ReferencedSOPSequence=references)
    elsewhere = item(StudyInstanceUID="1.2.10", ReferencedSeriesSequence=[series])
    mine = item(StudyInstanceUID=STUDY, ReferencedSeriesSequence=[series])
    ds.CurrentRequestedProcedureEvidenceSequence = [elsewhere, mine]
    accept(house, folder / f"note-{number}.dcm", ds)


def item(**values: object) -> Dataset:
    """A sequence item."""
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def select(house: House, folder: Path, title: str = "113000", number: int = 70) -> None:
    """Receive a selection of key images of the study."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = KeyObjectSelectionDocumentStorage
    meta.MediaStorageSOPInstanceUID = UID(f"1.2.9.2.{number}")
    ds = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID = KeyObjectSelectionDocumentStorage, f"1.2.9.2.{number}"
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.PatientID = STUDY, NOTES, "F-1"
    ds.PatientName, ds.Modality, ds.InstanceNumber = "A^B", "KO", number
    ds.ConceptNameCodeSequence = [item(CodeValue=title, CodingSchemeDesignator="DCM", CodeMeaning="Of Interest")]
    words = item(ValueType="TEXT", TextValue="Lésion <b>", ConceptNameCodeSequence=[
        item(CodeValue="113012", CodingSchemeDesignator="DCM", CodeMeaning="Key Object Description")])  # fmt: skip
    whole = item(ReferencedSOPClassUID=CTImageStorage, ReferencedSOPInstanceUID="1.2.9.1.2")
    framed = item(ReferencedSOPClassUID=CTImageStorage, ReferencedSOPInstanceUID="1.2.9.1.1",
                  ReferencedFrameNumber=[1, 3])  # fmt: skip
    images = [item(ValueType="IMAGE", ReferencedSOPSequence=[one]) for one in (framed, whole, whole)]
    ds.ContentSequence = [words, item(ValueType="CONTAINER", ContentSequence=images)]
    accept(house, folder / f"selection-{number}.dcm", ds)


def test_a_selection_of_key_images_is_named_with_its_frames_and_words(
    house: House, pool: Pool, tmp_path: Path
) -> None:
    select(house, tmp_path)
    select(house, tmp_path, title="113030", number=71)  # a manifest names everything and chooses nothing
    assert prepare_series(house, STUDY, NOTES, pool) == Outcome(ready=0, undisplayable=2)
    for _ in range(2):
        told = json.loads(house.objects.read(f"prepared/{STUDY}/{NOTES}/series.json"))
        assert told["selections"] == [{
            "sop_uid": "1.2.9.2.70", "title": "Of Interest", "description": "Lésion <b>",
            "images": [["1.2.9.1.1", 1], ["1.2.9.1.1", 3], ["1.2.9.1.2", None]],
        }]  # fmt: skip
        prepare_series(house, STUDY, NOTES, pool)


def test_a_saved_presentation_is_told_with_the_objects(
    house: House, pool: Pool, tmp_path: Path, shared_dicom: Path
) -> None:
    ds = pydicom.dcmread(shared_dicom / "gsps" / "bone-window-annotated.dcm")
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.PatientID, ds.PatientName = STUDY, NOTES, "F-1", "A^B"
    accept(house, tmp_path / "state.dcm", ds)
    assert prepare_series(house, STUDY, NOTES, pool) == Outcome(ready=0, undisplayable=1)
    (told,) = json.loads(house.objects.read(f"prepared/{STUDY}/{NOTES}/series.json"))["presentations"]
    assert (told["sop_uid"], told["label"]) == (ds.SOPInstanceUID, "CLE")
    assert told["windows"] == [{"images": [], "center": 600.0, "width": 2800.0}]
    assert [one["kind"] for one in told["drawings"]] == ["polyline", "text"]


def test_a_rejection_note_hides_what_it_names_at_once(house: House, pool: Pool, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        receive(house, tmp_path, number)
    prepare_series(house, STUDY, SERIES, pool)
    reject(house, tmp_path, [1, 2])
    prepare_series(house, STUDY, NOTES, pool)
    assert [row.number for row in house.preparing.instances(SERIES)] == [3]
    assert not house.exams.studies([STUDY])[0].taken_back
    prepare_series(house, STUDY, SERIES, pool)
    told = json.loads(house.objects.read(f"{PREFIX}/series.json"))
    assert [image["number"] for image in told["images"]] == [3]
    house.retention.turn()
    assert [key.split("/")[-1][:9] for key in house.objects.keys(f"received/{STUDY}")] == ["1.2.9.1.3"]
    reject(house, tmp_path, [3], number=91)
    prepare_series(house, STUDY, NOTES, pool)
    assert state_of(house.exams.studies([STUDY])[0]) is ExamState.WITHDRAWN
    house.retention.turn()
    assert list(house.objects.keys(f"prepared/{STUDY}")) == []
    assert list(house.objects.keys(f"received/{STUDY}")) == []


def test_what_comes_after_its_note_is_never_seen_and_something_new_is(house: House, pool: Pool, tmp_path: Path) -> None:
    receive(house, tmp_path, 1)
    reject(house, tmp_path, [1, 2])
    prepare_series(house, STUDY, NOTES, pool)
    receive(house, tmp_path, 2)
    assert house.preparing.instances(SERIES) == []
    assert state_of(house.exams.studies([STUDY])[0]) is ExamState.WITHDRAWN
    receive(house, tmp_path, 3)
    assert [row.number for row in house.preparing.instances(SERIES)] == [3]
    assert not house.exams.studies([STUDY])[0].taken_back


def test_an_exam_let_go_comes_again_and_is_prepared_again(house: House, pool: Pool, tmp_path: Path) -> None:
    receive(house, tmp_path, 1)
    prepare_series(house, STUDY, SERIES, pool)
    with house.database.writing() as work:
        work.retention.purge(STUDY)
    house.retention.turn()
    assert list(house.objects.keys("received")) == []
    assert not any(house.objects.keys(f"prepared/{STUDY}"))
    receive(house, tmp_path, 1)
    assert prepare_series(house, STUDY, SERIES, pool) == Outcome(ready=1, undisplayable=0)
    [row] = house.preparing.instances(SERIES)
    assert house.objects.size(row.frames_key) > 0

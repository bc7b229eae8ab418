"""Reports of marks as others judge them: units, frames, the longer axis first, names that hold separators."""

import io
import subprocess
from dataclasses import replace
from datetime import UTC, datetime

import pydicom
import pytest
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from appliance.dicom.key_selections import key_selection
from appliance.dicom.made_documents import PRODUCT, Author, Device, Image, Origin
from appliance.dicom.measurement_reports import Group, is_made_here, measurement_report
from appliance.domain.measures import Measure, Measured, Quantity, Remark, Scale, Statistic, measured
from appliance.domain.people import Identifier, PatientTraits

CT = "1.2.840.10008.5.1.4.1.1.2"
WHOLE, FRAME = Image(CT, "1.2.3.4", "1.2.3"), Image("1.2.840.10008.5.1.4.1.1.3.1", "1.2.3.5", "1.2.6", 12)
TRAITS = PatientTraits(Identifier("F-1", "HOSP"), "LEFÈVRE^Anne", "19610314", "F")


@pytest.fixture
def origin(tmp_path):
    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, CTImageStorage
    meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    ds = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
    ds.SpecificCharacterSet, ds.SOPClassUID, ds.SOPInstanceUID = "ISO_IR 100", CT, "1.2.3.4"
    ds.PatientName, ds.PatientID, ds.IssuerOfPatientID = "LEFÈVRE^Anne", "F-1", "HOSP"
    ds.PatientBirthDate, ds.PatientSex = "19610314", "F"
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.Modality = "1.2", "1.2.3", "CT"
    ds.StudyDate, ds.StudyTime, ds.StudyID, ds.AccessionNumber = "20261122", "091200.5", "S1", "A1"
    ds.ReferringPhysicianName, ds.StudyDescription = "DURAND^Éric", "TDM cerebral " + "x" * 80
    ds.save_as(tmp_path / "source.dcm", enforce_file_format=True)
    author, device = Author("O^NEILL=", "Ma\\ire", "810000000001", "Cabinet"), Device(PRODUCT, "2.25.7", "1.0", "CH")
    return Origin(tmp_path / "source.dcm", TRAITS, author, device, datetime(2026, 11, 24, 23, 30, tzinfo=UTC), "fr")


def group(kind, points, measure, image=WHOLE, said=()):
    return Group(kind, image, points, measure, kind, said)


def value(number, unit, statistic=Statistic.NONE):
    return Measured(Quantity.VALUE, number, unit, statistic)


GROUPS = [
    group("length", [(0.5, 1), (3.5, 5)], measured("length", [(0.5, 1), (3.5, 5)], Scale(None, "none")), FRAME, ["px"]),
    group("roi", [(2, 2), (4, 10)], Measure([value(1e-7, "GY"), value(-1234567.891, "CNTS", Statistic.LEAST)])),
    group("roi", [(2, 2), (10, 4)], Measure(remarks=[Remark.UNEVEN]), said=["ni aire ni angle"]),
    group("probe", [(1, 1)], Measure([value(2.5, "BQML"), value(0.25, "SUV")])),
    group("arrow", [(1, 1), (2, 2)], Measure(), FRAME, ["là"]),
]


def read(made):
    return pydicom.dcmread(io.BytesIO(made.data))


def groups_of(report):
    [held] = [one for one in report.ContentSequence if one.get("ConceptNameCodeSequence")
              and one.ConceptNameCodeSequence[0].CodeValue == "126010"]  # fmt: skip
    return held.ContentSequence


def numbers(item):
    return [(str(one.MeasuredValueSequence[0].NumericValue),
             one.MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0].CodeValue,
             one.ConceptNameCodeSequence[0].CodeValue)
            for one in item.ContentSequence if one.ValueType == "NUM"]  # fmt: skip


def test_both_documents_pass_the_judge_and_are_printed(origin, tmp_path, require):
    for made in (measurement_report(origin, "Mesures", GROUPS, "Non destiné"), key_selection(
        origin, "Clés", [WHOLE, FRAME], "Non destiné")):  # fmt: skip
        path = tmp_path / f"{made.sop_uid}.dcm"
        path.write_bytes(made.data)
        judged = subprocess.run([require("dciodvfy"), path], capture_output=True, check=False)
        lines = (judged.stdout + judged.stderr).decode("utf-8", "replace").splitlines()
        assert [line for line in lines if line.startswith("Error")] == []
        shown = subprocess.run([require("dsrdump"), path], capture_output=True, check=True).stdout
        assert b"O NEILL^Ma ire" in shown


def test_each_number_has_its_unit_and_each_image_its_frame(origin):
    length, tall, wide, probe, arrow = groups_of(read(measurement_report(origin, "Mesures", GROUPS, "–")))
    assert numbers(length) == [("5", "{pixels}", "410668003")]
    assert numbers(tall) == [("1e-07", "Gy", "128513"), ("-1234567.89", "1", "PIXELVALUE")]
    assert numbers(probe) == [("2.5", "Bq/ml", "110821"), ("0.25", "{SUVbw}g/ml", "126401")]
    [region] = [one for one in tall.ContentSequence if one.ValueType == "SCOORD"]
    assert list(region.GraphicData) == [3, 2, 3, 10, 2, 6, 4, 6]
    assert "ReferencedFrameNumber" not in region.ContentSequence[0].ReferencedSOPSequence[0]
    [region] = [one for one in wide.ContentSequence if one.ValueType == "SCOORD"]
    assert list(region.GraphicData) == [2, 3, 10, 3, 6, 2, 6, 4]
    [said] = [one for one in arrow.ContentSequence if one.ValueType == "TEXT" and "ContentSequence" in one]
    place = said.ContentSequence[0].ContentSequence[0].ReferencedSOPSequence[0]
    assert (place.ReferencedSOPInstanceUID, place.ReferencedFrameNumber) == (FRAME.sop_uid, 12)


def test_patient_study_and_evidence_are_those_of_the_images(origin):
    report = read(measurement_report(origin, "Mesures", GROUPS, "–"))
    said = (report.PatientName, report.IssuerOfPatientID, report.StudyTime, report.StudyID, report.AccessionNumber)
    assert said == ("LEFÈVRE^Anne", "HOSP", "091200.5", "S1", "A1")
    assert len(report.StudyDescription) == 64
    assert (report.ContentDate, report.ContentTime) == ("20261125", "003000")
    [evidence] = report.CurrentRequestedProcedureEvidenceSequence
    found = {one.SeriesInstanceUID: [i.ReferencedSOPInstanceUID for i in one.ReferencedSOPSequence]
             for one in evidence.ReferencedSeriesSequence}  # fmt: skip
    assert found == {"1.2.6": ["1.2.3.5"], "1.2.3": ["1.2.3.4"]}
    corrected = replace(origin, traits=replace(TRAITS, name="MARTIN^Anne", identifier=Identifier("F-2", "AUTRE")))
    other = read(key_selection(corrected, "Clés", [WHOLE], "–"))
    assert (other.PatientName, other.PatientID, other.IssuerOfPatientID) == ("MARTIN^Anne", "F-2", "AUTRE")


def test_the_uid_follows_from_what_is_said(origin):
    first = measurement_report(origin, "Mesures", GROUPS, "–")
    assert measurement_report(origin, "Mesures", GROUPS, "–").data == first.data
    renamed = replace(origin, traits=replace(TRAITS, sex="O"))
    for other in (replace(origin, at=datetime(2026, 11, 25, tzinfo=UTC)), renamed):
        made = measurement_report(other, "Mesures", GROUPS, "–")
        assert (made.sop_uid != first.sop_uid, made.series_uid) == (True, first.series_uid)
    colleague = replace(origin, author=Author("PETIT", "Dominique", "810000000002"))
    assert measurement_report(colleague, "Mesures", GROUPS, "–").series_uid != first.series_uid


def test_it_is_known_again(origin):
    assert is_made_here(read(measurement_report(origin, "Mesures", GROUPS, "–")))
    other = replace(origin, device=replace(origin.device, name="Autre"))
    assert not is_made_here(read(measurement_report(other, "Mesures", GROUPS, "–")))
    assert not is_made_here(read(key_selection(origin, "Clés", [WHOLE], "–")))

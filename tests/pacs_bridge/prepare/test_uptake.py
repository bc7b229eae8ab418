"""SUV factors from the file on: which instant counts, by vendor, and what reaches the series JSON."""

import math
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import FileDataset

from appliance.imaging.series import series_json
from tests.pacs_bridge.prepare.phantoms import grey, item, prepared, prepared_file

HALF_LIFE = 6586.2
HEAD = {"uid": "1.2", "study_uid": "1", "frame_of_reference": "1.2.3"}


def pet(tracer: dict[str, Any] | None = None, **values: Any) -> FileDataset:
    """A PET slice: 300 MBq at 10:00, 75 kg, scanned at 11:00."""
    given = {
        "Modality": "PT", "Units": "BQML", "DecayCorrection": "START", "CorrectedImage": ["DECY", "ATTN"],
        "PatientWeight": "75", "SeriesDate": "20261124", "SeriesTime": "110000.00", "AcquisitionDate": "20261124",
        "AcquisitionTime": "110500", "RescaleSlope": "2.5", "RescaleIntercept": "0",
        "RadiopharmaceuticalInformationSequence": [item(**{
            "RadiopharmaceuticalStartTime": "100000.00", "RadionuclideTotalDose": "300000000",
            "RadionuclideHalfLife": str(HALF_LIFE), **(tracer or {})})], **values}  # fmt: skip
    return grey(np.arange(64, dtype=np.uint16).reshape(8, 8), **given)


def factor(waited_s: float) -> float:
    return 75_000 / (300e6 * 2 ** (-waited_s / HALF_LIFE))


def told(dataset: FileDataset, folder: Path) -> dict[str, Any]:
    found = prepared(dataset, folder)
    series: dict[str, Any] = series_json(HEAD, found.made.images, [], None)["suv"]
    assert series == found.image["suv"]
    return series


def ge(**values: Any) -> FileDataset:
    made = pet(SeriesTime="170000", **values)
    made.private_block(0x0009, "GEMS_PETD_01", create=True).add_new(0x0D, "DT", "20261124110000.00")
    return made


@pytest.mark.parametrize(("dataset", "waited_s"), [
    (pet(), 3600),
    (pet({"RadiopharmaceuticalStartDateTime": "20261124093000.5"}), 5399.5),
    (pet(SeriesDate="20261125", SeriesTime="003000", AcquisitionDate="20261125", AcquisitionTime="003100",
         tracer={"RadiopharmaceuticalStartTime": "233000"}), 3600),
    (pet(SeriesDate="20261125", SeriesTime="003000", AcquisitionDate="20261125", AcquisitionTime="003100",
         tracer={"RadiopharmaceuticalStartDateTime": "20261124233000"}), 3600),
    (ge(), 3600),
    (pet(DecayCorrectionDateTime="20261124103000"), 1800),
    (pet(DecayCorrection="ADMIN"), 0),
])  # fmt: skip
def test_the_dose_is_decayed_to_the_instant_that_the_correction_refers_to(
    tmp_path: Path, dataset: FileDataset, waited_s: float
) -> None:
    assert told(dataset, tmp_path) == {"factor": pytest.approx(factor(waited_s), rel=1e-6), "reason": None}


def test_a_reconstruction_dated_later_is_taken_back_by_the_frames_reference_time(tmp_path: Path) -> None:
    """A bed of 3 minutes that began at 11:20, corrected to 11:00; the series was saved at 18:00."""
    rate = math.log(2) / HALF_LIFE
    # Activity at the mean: the integral of exp(-rate t) over 180 s equals 180 times its value there.
    mean_s = -math.log((1 - math.exp(-rate * 180)) / (rate * 180)) / rate
    dataset = pet(SeriesTime="180000", AcquisitionTime="112000", ActualFrameDuration="180000",
                  FrameReferenceTime=str(round((1200 + mean_s) * 1000, 3)))  # fmt: skip
    assert told(dataset, tmp_path)["factor"] == pytest.approx(factor(3600), rel=1e-6)


def test_a_reconstruction_that_does_not_tell_its_start_is_refused(tmp_path: Path) -> None:
    assert told(pet(SeriesTime="180000"), tmp_path) == {"factor": None, "reason": "scan"}


@pytest.mark.parametrize(("value", "kind", "expected"), [
    ("0.000551", "DS", {"factor": 0.000551, "reason": None}),
    (b"0.000551 ", "UN", {"factor": 0.000551, "reason": None}),
    ("0", "DS", {"factor": None, "reason": "vendor"}),
])  # fmt: skip
def test_philips_counts_have_their_own_factor(tmp_path: Path, value: Any, kind: str, expected: dict[str, Any]) -> None:
    dataset = pet(Units="CNTS")
    dataset.private_block(0x7053, "Philips PET Private Group", create=True).add_new(0x00, kind, value)
    assert told(dataset, tmp_path) == expected


def test_of_two_tracers_neither_counts(tmp_path: Path) -> None:
    dataset = pet()
    dataset.RadiopharmaceuticalInformationSequence.append(dataset.RadiopharmaceuticalInformationSequence[0])
    assert told(dataset, tmp_path)["reason"] == "dose"


def test_only_pet_is_asked_for_its_uptake(tmp_path: Path) -> None:
    made = prepared(grey(np.zeros((8, 8), np.uint8)), tmp_path)
    assert made.image["suv"] is None
    assert series_json(HEAD, made.made.images, [], None)["suv"] is None


@pytest.mark.parametrize(("name", "weight", "dose", "half_life", "waited"), [
    ("fo-dicom/GH184.dcm", 90, 474592928, 6588, timedelta(hours=1, minutes=28, seconds=36)),
    ("pt-mr/1.dcm", 69.7344, 178340011.59668, 6586.2, datetime(1960, 6, 14, 15, 23, 16, 921000)
     - datetime(1960, 6, 14, 14, 17)),
])  # fmt: skip
def test_real_pet_by_hand(
    shared_dicom: Path, tmp_path: Path, name: str, weight: float, dose: float, half_life: float, waited: timedelta
) -> None:
    made = prepared_file(shared_dicom / name, tmp_path)
    left = dose * 2 ** (-waited.total_seconds() / half_life)
    assert made.image["suv"]["factor"] == pytest.approx(weight * 1000 / left, rel=1e-6)

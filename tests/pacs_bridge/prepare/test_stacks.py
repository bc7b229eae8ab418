"""Enhanced objects split into what they are, from the file to the series JSON."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileDataset

from appliance.imaging.series import series_json
from pacs_bridge.prepare.making import Made
from tests.pacs_bridge.prepare.phantoms import grey, item, prepared, prepared_file

PIXELS = np.arange(12 * 4 * 4, dtype=np.uint16).reshape(12, 4, 4)
HEAD = {"uid": "1.2", "study_uid": "1", "frame_of_reference": "1.2.3"}


def stacks(made: Made) -> list[tuple[int, bool, list[tuple[str, Any]]]]:
    """(images, MPR, labels) of each stack; the images of the JSON follow the stacks."""
    told = series_json(HEAD, made.images, [], None)
    assert [s["first"] for s in told["stacks"]] == [sum(s["count"] for s in told["stacks"][:n])
                                                     for n in range(len(told["stacks"]))]  # fmt: skip
    assert sum(s["count"] for s in told["stacks"]) == len(told["images"]) == len(made.images)
    return [(s["count"], s["geometry"]["mpr"], [(x["kind"], x["value"]) for x in s["labels"]]) for s in told["stacks"]]


def group(z: float, **groups: Dataset) -> Dataset:
    """The functional groups of a frame at a height."""
    made = item(PlanePositionSequence=[item(ImagePositionPatient=[0, 0, z])])
    for keyword, value in groups.items():
        setattr(made, keyword, [value])
    return made


def enhanced(frames: list[Dataset], **values: Any) -> FileDataset:
    """An enhanced object; the order of its frames is that of the list."""
    shared = item(PlaneOrientationSequence=[item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])],
                  PixelMeasuresSequence=[item(PixelSpacing=[1, 1], SliceThickness=2)])  # fmt: skip
    return grey(PIXELS, SharedFunctionalGroupsSequence=[shared], PerFrameFunctionalGroupsSequence=frames, **values)


HEIGHTS = [2.0 * n for n in range(6)]


@pytest.mark.parametrize(("one", "two", "labels"), [
    ({"MREchoSequence": item(EffectiveEchoTime=4.6)}, {"MREchoSequence": item(EffectiveEchoTime=9.2)},
     [("echo_ms", 4.6), ("echo_ms", 9.2)]),
    ({"MRDiffusionSequence": item(DiffusionBValue=0.0)}, {"MRDiffusionSequence": item(DiffusionBValue=1000.0)},
     [("b_value", 0), ("b_value", 1000)]),
    ({"CardiacSynchronizationSequence": item(NominalPercentageOfCardiacPhase=40.0)},
     {"CardiacSynchronizationSequence": item(NominalPercentageOfCardiacPhase=75.0)},
     [("phase_percent", 40), ("phase_percent", 75)]),
    ({"FrameContentSequence": item(TemporalPositionIndex=1)}, {"FrameContentSequence": item(TemporalPositionIndex=2)},
     [("time", 1), ("time", 2)]),
    ({"FrameContentSequence": item(StackID="1")}, {"FrameContentSequence": item(StackID="2")},
     [("stack", "1"), ("stack", "2")]),
    ({"FrameContentSequence": item(DimensionIndexValues=[1, 1, 7])},
     {"FrameContentSequence": item(DimensionIndexValues=[1, 1, 8])}, [("dimension_3", 7), ("dimension_3", 8)]),
    ({"SegmentIdentificationSequence": item(ReferencedSegmentNumber=1)},
     {"SegmentIdentificationSequence": item(ReferencedSegmentNumber=2)}, [("segment", 1), ("segment", 2)]),
    ({"MRImageFrameTypeSequence": item(ComplexImageComponent="MAGNITUDE")},
     {"MRImageFrameTypeSequence": item(ComplexImageComponent="PHASE")},
     [("component", "MAGNITUDE"), ("component", "PHASE")]),
    ({"PETFrameTypeSequence": item(FrameType=["ORIGINAL", "PRIMARY", "STATIC"])},
     {"PETFrameTypeSequence": item(FrameType=["ORIGINAL", "PRIMARY", "GATED"])},
     [("type", "GATED"), ("type", "STATIC")]),
])  # fmt: skip
def test_an_enhanced_object_is_split_by_what_its_frames_are(
    tmp_path: Path, one: dict[str, Dataset], two: dict[str, Dataset], labels: list[tuple[str, Any]]
) -> None:
    frames = [group(z, **kind) for z in reversed(HEIGHTS) for kind in (one, two)]
    made = prepared(enhanced(frames), tmp_path)
    assert stacks(made.made) == [(6, True, [label]) for label in labels]


def test_the_frames_of_a_stack_rise_and_keep_their_numbers(tmp_path: Path) -> None:
    frames = [group(z, MREchoSequence=item(EffectiveEchoTime=e)) for z in reversed(HEIGHTS) for e in (1.0, 2.0)]
    told = series_json(HEAD, prepared(enhanced(frames), tmp_path).made.images, [], None)
    assert [i["frame"] for i in told["images"]] == [11, 9, 7, 5, 3, 1, 12, 10, 8, 6, 4, 2]
    assert told["geometry"]["reason"] == "duplicates"


def test_private_b_values_are_read(tmp_path: Path) -> None:
    found = []
    for creator, place, element, kind, value in (
        ("SIEMENS MR HEADER", 0x0019, 0x0C, "IS", "800"), ("Philips Imaging DD 001", 0x2001, 0x03, "FL", 800.0),
        ("GEMS_PARM_01", 0x0043, 0x39, "IS", ["1000000800", "8", "0"])):  # fmt: skip
        dataset = grey(PIXELS[0])
        dataset.private_block(place, creator, create=True).add_new(element, kind, value)
        found.append(prepared(dataset, tmp_path).image["traits"]["b_value"])
    assert found == [800, 800, 800]


def test_a_localiser_says_so(tmp_path: Path) -> None:
    made = prepared(grey(PIXELS[0], ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]), tmp_path)
    assert made.image["localizer"] is True


def test_the_planes_of_a_dose_rise_and_are_in_gray(tmp_path: Path) -> None:
    values = {"Modality": "RTDOSE", "DoseUnits": "GY", "DoseGridScaling": "0.001", "PixelSpacing": [2, 2],
              "ImagePositionPatient": [1, 2, 3], "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
              "GridFrameOffsetVector": [2.5 * n for n in range(12)]}  # fmt: skip
    made = prepared(grey(PIXELS, **values), tmp_path)
    assert stacks(made.made) == [(12, True, [])]
    assert [i["position"][2] for i in made.made.images[:3]] == [3.0, 5.5, 8.0]
    assert (made.image["slope"], made.image["unit"]) == (0.001, "GY")


def test_two_times_of_a_real_enhanced_mr(shared_dicom: Path, tmp_path: Path) -> None:
    images = []
    for number, name in enumerate(("6_1.dcm", "6_2.dcm")):
        made = prepared_file(shared_dicom / "mr-enhanced" / name, tmp_path).made
        images += [{**i, "sop_uid": str(number)} for i in made.images]
    assert stacks(Made(images=images)) == [(6, True, [("time", 1)]), (6, True, [("time", 2)])]


def test_a_real_tilted_gantry_is_refused_with_its_word(shared_dicom: Path, tmp_path: Path) -> None:
    files = sorted((shared_dicom / "series" / "ct-head-tilt").iterdir())
    images = [prepared_file(path, tmp_path).image for path in files]
    told = series_json(HEAD, images, [], None)
    assert [s["geometry"]["reason"] for s in told["stacks"]] == ["tilt"]

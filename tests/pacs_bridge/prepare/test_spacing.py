"""Millimetres and their origin (R-L 4)."""

from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from pacs_bridge.prepare.spacing import Spacing, regions_of, spacing_of
from tests.pacs_bridge.prepare.phantoms import prepared_file


def dataset(**attributes: object) -> Dataset:
    made = Dataset()
    for keyword, value in attributes.items():
        setattr(made, keyword, value)
    return made


def region(**attributes: object) -> Dataset:
    given: dict[str, object] = {
        "RegionSpatialFormat": 1, "PhysicalUnitsXDirection": 3, "PhysicalUnitsYDirection": 3,
        "PhysicalDeltaX": 0.02, "PhysicalDeltaY": 0.03, "RegionLocationMinX0": 0, "RegionLocationMinY0": 10,
        "RegionLocationMaxX1": 99, "RegionLocationMaxY1": 59, **attributes}
    return dataset(**given)


@pytest.mark.parametrize(("attributes", "pixel_spacing", "modality", "expected"), [
    ({}, (0.5, 0.6), "CT", Spacing((0.5, 0.6), "patient")),
    ({"ImagerPixelSpacing": [0.2, 0.2]}, (), "CR", Spacing((0.2, 0.2), "detector")),
    ({"ImagerPixelSpacing": [0.2, 0.2]}, (0.2, 0.2), "DX", Spacing((0.2, 0.2), "detector")),
    ({"ImagerPixelSpacing": [0.2, 0.2]}, (0.15, 0.15), "DX", Spacing((0.15, 0.15), "calibrated")),
    ({"ImagerPixelSpacing": [0.2, 0.2], "EstimatedRadiographicMagnificationFactor": "1.25"}, (),
     "MG", Spacing((0.16, 0.16), "detector")),
    ({"PixelSpacingCalibrationType": "FIDUCIAL"}, (0.1, 0.1), "XA",
     Spacing((0.1, 0.1), "calibrated")),
    ({"SequenceOfUltrasoundRegions": [region()]}, (), "US", Spacing((0.3, 0.2), "region")),
    ({"SequenceOfUltrasoundRegions": [region(), region(PhysicalDeltaX=0.5)]}, (), "US",
     Spacing(None, "none")),
    ({"SequenceOfUltrasoundRegions": [region(PhysicalUnitsXDirection=4)]}, (), "US",
     Spacing(None, "none")),
    ({"SequenceOfUltrasoundRegions": [region(), region(RegionSpatialFormat=3, PhysicalUnitsXDirection=4)]}, (), "US",
     Spacing((0.3, 0.2), "region")),
    ({}, (0.0, 0.0), "CT", Spacing(None, "none")),
    ({}, (), "OT", Spacing(None, "none")),
])
def test_spacing_says_where_it_comes_from(
    attributes: dict[str, object], pixel_spacing: tuple[float, ...], modality: str,
    expected: Spacing,
) -> None:
    found = spacing_of(dataset(**attributes), pixel_spacing, modality)
    assert found.origin == expected.origin
    assert found.mm == (None if expected.mm is None else pytest.approx(expected.mm))


def test_each_region_has_its_own_box_units_and_scale() -> None:
    plane = region()
    doppler = region(
        RegionSpatialFormat=3, RegionDataType=3, PhysicalUnitsXDirection=4, PhysicalUnitsYDirection=7,
        PhysicalDeltaX=0.005, PhysicalDeltaY=-0.5, RegionLocationMinY0=60, RegionLocationMaxY1=99)  # fmt: skip
    nowhere = region(RegionLocationMaxX1=-1)
    assert regions_of(dataset(SequenceOfUltrasoundRegions=[plane, doppler, nowhere])) == [
        {"box": [0, 10, 99, 59], "plane": True, "data": None, "units": ["cm", "cm"], "deltas": [0.02, 0.03],
         "mm": [0.3, 0.2]},
        {"box": [0, 60, 99, 99], "plane": False, "data": 3, "units": ["s", "cm/s"], "deltas": [0.005, -0.5],
         "mm": None},
    ]  # fmt: skip


def test_the_regions_of_a_real_ultrasound(shared_dicom: Path, tmp_path: Path) -> None:
    made = prepared_file(shared_dicom / "pydicom/examples_ybr_color.dcm", tmp_path)
    assert len(made.made.images) == 30
    told = made.image
    item = dcmread(shared_dicom / "pydicom/examples_ybr_color.dcm").SequenceOfUltrasoundRegions[0]
    corners = [item.RegionLocationMinX0, item.RegionLocationMinY0, item.RegionLocationMaxX1, item.RegionLocationMaxY1]
    assert [r["box"] for r in told["regions"]][:1] == [corners]

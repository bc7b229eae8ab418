"""Millimetres and their origin (R-L 4)."""

import pytest
from pydicom.dataset import Dataset

from pacs_bridge.prepare.spacing import Spacing, spacing_of


def dataset(**attributes: object) -> Dataset:
    made = Dataset()
    for keyword, value in attributes.items():
        setattr(made, keyword, value)
    return made


def region(**attributes: object) -> Dataset:
    given: dict[str, object] = {
        "RegionSpatialFormat": 1, "PhysicalUnitsXDirection": 3, "PhysicalUnitsYDirection": 3,
        "PhysicalDeltaX": 0.02, "PhysicalDeltaY": 0.03, **attributes}
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

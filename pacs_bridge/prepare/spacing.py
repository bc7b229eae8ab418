"""Millimetres of a pixel, and where they come from: a length without its origin misleads (R-L 4)."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from pydicom.dataset import Dataset

from appliance.dicom.elements import integer, items, number, numbers, text

Origin: TypeAlias = Literal["patient", "detector", "calibrated", "region", "none"]

_PROJECTIONS = frozenset({"CR", "DX", "MG", "XA", "RF", "RG", "IO", "PX"})
_CENTIMETRES = 3


@dataclass(frozen=True, slots=True)
class Spacing:
    """(between rows, between columns) in millimetres, or None."""

    mm: tuple[float, float] | None
    origin: Origin


def spacing_of(dataset: Dataset, pixel_spacing: tuple[float, ...], modality: str) -> Spacing:
    """Return the spacing of an image.

    Parameters
    ----------
    pixel_spacing
        (0028,0030) of the frame, from wherever it stands, maybe empty.
    """
    imager = _pair(numbers(dataset, "ImagerPixelSpacing"))
    given = _pair(pixel_spacing)
    if given is not None:
        if modality not in _PROJECTIONS:
            return Spacing(given, "patient")
        if text(dataset, "PixelSpacingCalibrationType") or (imager is not None and imager != given):
            return Spacing(given, "calibrated")
        return Spacing(given, "detector")
    if imager is not None:
        factor = number(dataset, "EstimatedRadiographicMagnificationFactor") or 1.0
        factor = factor if factor >= 1.0 else 1.0
        return Spacing((imager[0] / factor, imager[1] / factor), "detector")
    region = _of_regions(dataset)
    return Spacing(region, "region") if region is not None else Spacing(None, "none")


def _pair(values: tuple[float, ...]) -> tuple[float, float] | None:
    if len(values) != 2 or min(values) <= 0 or max(values) > 1000:
        return None
    return values[0], values[1]


def _of_regions(dataset: Dataset) -> tuple[float, float] | None:
    """Return the spacing on which all the two-dimensional ultrasound regions agree, or None."""
    found = set()
    for region in items(dataset, "SequenceOfUltrasoundRegions", 64):
        if integer(region, "RegionSpatialFormat") != 1:
            continue
        units = (integer(region, "PhysicalUnitsXDirection"),
                 integer(region, "PhysicalUnitsYDirection"))
        deltas = (number(region, "PhysicalDeltaY"), number(region, "PhysicalDeltaX"))
        if units != (_CENTIMETRES, _CENTIMETRES) or not deltas[0] or not deltas[1]:
            return None
        found.add((round(abs(deltas[0]) * 10, 6), round(abs(deltas[1]) * 10, 6)))
    return found.pop() if len(found) == 1 else None

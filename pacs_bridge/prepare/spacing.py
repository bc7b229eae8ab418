"""Millimetres of a pixel, and where they come from: a length without its origin misleads (R-L 4)."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from pydicom.dataset import Dataset

from appliance.dicom.elements import integer, items, number, numbers, text

Origin: TypeAlias = Literal["patient", "detector", "calibrated", "region", "none"]

_PROJECTIONS = frozenset({"CR", "DX", "MG", "XA", "RF", "RG", "IO", "PX"})
_CENTIMETRES = 3
#: (0018,6024) and (0018,6026).
_UNITS = {1: "%", 2: "dB", 3: "cm", 4: "s", 5: "Hz", 6: "dB/s", 7: "cm/s", 8: "cm²", 9: "cm²/s", 10: "cm³", 11: "cm³/s",
          12: "°"}


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
    plane = [region for region in regions_of(dataset) if region["plane"]]
    found = {tuple(region["mm"]) if region["mm"] else None for region in plane}
    only = found.pop() if len(found) == 1 else None
    return None if only is None else (only[0], only[1])


def regions_of(dataset: Dataset) -> list[dict[str, Any]]:
    """Return the regions of an ultrasound image (PS3.3 C.8.5.5), each with its own scale.

    ``box`` is (x0, y0, x1, y1) in pixels from the first one, both ends in it; ``units`` and ``deltas`` are along x
    and y; ``mm`` is (between rows, between columns) where both are centimetres of a two-dimensional picture.
    """
    return [_region(item) for item in items(dataset, "SequenceOfUltrasoundRegions", 64) if _box(item) is not None]


def _region(item: Dataset) -> dict[str, Any]:
    codes = (integer(item, "PhysicalUnitsXDirection"), integer(item, "PhysicalUnitsYDirection"))
    dx, dy = number(item, "PhysicalDeltaX"), number(item, "PhysicalDeltaY")
    plane = integer(item, "RegionSpatialFormat") == 1
    scaled = plane and codes == (_CENTIMETRES, _CENTIMETRES) and dx and dy
    return {
        "box": _box(item), "plane": plane, "data": integer(item, "RegionDataType"),
        "units": [_UNITS.get(code, "") if code is not None else "" for code in codes], "deltas": [dx, dy],
        "mm": [round(abs(dy) * 10, 6), round(abs(dx) * 10, 6)] if scaled and dx and dy else None}


def _box(item: Dataset) -> list[int] | None:
    corners = [integer(item, f"RegionLocation{end}") for end in ("MinX0", "MinY0", "MaxX1", "MaxY1")]
    x0, y0, x1, y1 = (-1 if corner is None else corner for corner in corners)
    return [x0, y0, x1, y1] if 0 <= x0 <= x1 and 0 <= y0 <= y1 else None

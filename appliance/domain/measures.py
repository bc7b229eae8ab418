"""What a mark measures: lengths, angles, areas and values, with the origin of their millimetres (R-L 4, 6, 8).

Said again from the points that are kept, never taken from a browser. The viewer says the same of the same mark
(``webui/viewer/src/core/measure.ts``); positions are pixels from the outer corner of the first one, x across, y down.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

Point = tuple[float, float]
Spacing = tuple[float, float]
"""Millimetres down and across a pixel, as (0028,0030) *Pixel Spacing* has them."""
NONE = "none"


class Quantity(StrEnum):
    """What was measured."""

    LENGTH = "length"
    ANGLE = "angle"
    AREA = "area"
    VALUE = "value"


class Statistic(StrEnum):
    """What a value is of its region; that of one pixel has none."""

    NONE = ""
    MEAN = "mean"
    DEVIATION = "deviation"
    LEAST = "least"
    MOST = "most"


class Remark(StrEnum):
    """What must be known beside a measure, or why there is none."""

    DETECTOR = "detector"
    CALIBRATED = "calibrated"
    REGION = "region"
    PIXELS = "pixels"
    UNEVEN = "uneven"
    """Pixels are of unequal and unknown size: no area and no angle."""
    LOSSY = "lossy"
    """The image lost something before it came here: no values."""
    COLOUR = "colour"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Region:
    """A part of an ultrasound image with a scale of its own; ``box`` is x0, y0, x1, y1."""

    box: tuple[float, float, float, float]
    mm: Spacing | None


@dataclass(frozen=True, slots=True)
class Scale:
    """What is known of the size of an image's pixels; ``aspect`` is their height over their width."""

    mm: Spacing | None
    origin: str
    regions: Sequence[Region] = ()
    aspect: float = 1.0


@dataclass(frozen=True, slots=True)
class Statistics:
    """Values of the pixels of a region, in the image's unit."""

    mean: float
    deviation: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Values:
    """What the pixels under a mark say: one value, a region's, or the word for why none is given."""

    unit: str = ""
    one: float | None = None
    region: Statistics | None = None
    suv: float | None = None
    """The factor from values to SUV by body weight, where it holds."""
    remark: Remark | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """One number. ``unit``: ``mm mm² px px² °`` or what the image says of its values, maybe nothing."""

    quantity: Quantity
    value: float
    unit: str
    statistic: Statistic = Statistic.NONE


@dataclass(frozen=True, slots=True)
class Measure:
    """What one mark says: numbers, and remarks about them."""

    numbers: Sequence[Measured] = ()
    remarks: Sequence[Remark] = ()


def measured(kind: str, points: Sequence[Point], scale: Scale, values: Values | None = None) -> Measure:
    """Return what a mark of a kind of `appliance.domain.kept_work.POINTS` measures; an arrow measures nothing."""
    if kind == "length":
        return _length(points, scale)
    if kind == "angle":
        return _angle(points, scale)
    found = _values(values) if values is not None else Measure()
    if kind == "roi":
        area = _area(points, scale)
        return Measure([*found.numbers, *area.numbers], [*found.remarks, *area.remarks])
    return found if kind == "probe" else Measure()


def _length(points: Sequence[Point], scale: Scale) -> Measure:
    (x0, y0), (x1, y1) = points
    (down, across), unit, remarks = _pixel(points, scale)
    return Measure([Measured(Quantity.LENGTH, math.hypot((x1 - x0) * across, (y1 - y0) * down), unit)], remarks)


def _angle(points: Sequence[Point], scale: Scale) -> Measure:
    """Return the angle at the second point, 0 to 180 degrees; of the body, not of the pixels."""
    (down, across), unit, _ = _pixel(points, scale)
    if unit == "px" and not _is_even(scale):
        return Measure(remarks=[Remark.UNEVEN])
    (ax, ay), (mx, my), (bx, by) = points
    ax, ay, bx, by = (ax - mx) * across, (ay - my) * down, (bx - mx) * across, (by - my) * down
    if not (math.hypot(ax, ay) and math.hypot(bx, by)):
        return Measure()
    value = math.degrees(abs(math.atan2(ax * by - ay * bx, ax * bx + ay * by)))
    return Measure([Measured(Quantity.ANGLE, value, "°")])


def _area(points: Sequence[Point], scale: Scale) -> Measure:
    """Return the area of the ellipse in the box of two points."""
    (x0, y0), (x1, y1) = points
    (down, across), unit, remarks = _pixel(points, scale)
    if unit == "px" and not _is_even(scale):
        return Measure(remarks=[Remark.UNEVEN])
    value = math.pi / 4 * abs((x1 - x0) * across * (y1 - y0) * down)
    return Measure([Measured(Quantity.AREA, value, f"{unit}²")], remarks)


def _values(values: Values) -> Measure:
    remarks = [values.remark] if values.remark else []
    if values.one is not None:
        return Measure([Measured(Quantity.VALUE, values.one, values.unit),
                        *_suv(values, (Statistic.NONE, values.one))], remarks)  # fmt: skip
    region = values.region
    if region is None:
        return Measure(remarks=remarks)
    told = [
        (Statistic.MEAN, region.mean), (Statistic.DEVIATION, region.deviation), (Statistic.LEAST, region.least),
        (Statistic.MOST, region.most),
    ]  # fmt: skip
    numbers = [Measured(Quantity.VALUE, value, values.unit, statistic) for statistic, value in told]
    uptake = _suv(values, (Statistic.MEAN, region.mean), (Statistic.MOST, region.most))
    return Measure([*numbers, *uptake], remarks)


def _suv(values: Values, *told: tuple[Statistic, float]) -> list[Measured]:
    if values.suv is None:
        return []
    return [Measured(Quantity.VALUE, value * values.suv, "SUV", statistic) for statistic, value in told]


def _pixel(points: Sequence[Point], scale: Scale) -> tuple[Spacing, str, list[Remark]]:
    """Return how high and wide a pixel is where the points lie, ``mm`` or ``px``, and what must be known of that."""
    mm, origin = _around(points, scale)
    if mm is not None and origin != NONE and min(mm) > 0:
        return mm, "mm", [] if origin == "patient" else [Remark(origin)]
    return (1.0, 1.0), "px", [Remark.PIXELS]


def _around(points: Sequence[Point], scale: Scale) -> tuple[Spacing | None, str]:
    """Return the scale of the region that holds all the points; in an image of regions nothing else counts."""
    if not scale.regions or scale.origin not in (Remark.REGION, NONE):
        return scale.mm, scale.origin
    holding = [one for one in scale.regions if all(_holds(one, point) for point in points)]
    if holding and holding[0].mm is not None and all(one.mm == holding[0].mm for one in holding):
        return holding[0].mm, Remark.REGION
    return None, NONE


def _holds(region: Region, point: Point) -> bool:
    x0, y0, x1, y1 = region.box
    return x0 <= point[0] <= x1 + 1 and y0 <= point[1] <= y1 + 1


def _is_even(scale: Scale) -> bool:
    return abs(scale.aspect - 1) < 1e-6

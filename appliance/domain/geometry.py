"""Where the images of a series lie in the patient, and whether planes may be cut through them.

Pure: tuples of floats in, a verdict out. Positions and directions are in the patient's frame (LPS,
millimetres): x grows to the Left, y to the Posterior, z to the Head (PS3.3 C.7.6.2.1.1). A plane's
position is the centre of its first pixel; its orientation is the direction of the row, then of the
column. What is refused is refused with a word: a sheared or patched volume is never drawn.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TypeAlias

Vector: TypeAlias = tuple[float, float, float]
Orientation: TypeAlias = tuple[float, float, float, float, float, float]

#: Cosine below which two directions are different (about 1 degree).
SAME_DIRECTION = 0.9998
#: Largest sideways drift of the stack, as a share of its length, taken for no tilt (0.5 degree).
TILT_LIMIT = math.sin(math.radians(0.5))
#: What positions may differ sideways by their rounding.
SIDEWAYS_ROUNDING_MM = 0.05
#: How much a step may differ from the median step: 5 %, at least 0.02 mm of rounding.
STEP_TOLERANCE = 0.05
STEP_ROUNDING_MM = 0.02
#: Planes nearer than this are the same place.
SAME_PLACE_MM = 0.01
FEWEST_FOR_VOLUME = 5


class Kind(StrEnum):
    """What a series is to look at."""

    VOLUME = "volume"
    STACK = "stack"
    NONE = "none"


class NoMpr(StrEnum):
    """Why no plane may be cut through a series."""

    TILT = "tilt"
    GAPS = "gaps"
    DUPLICATES = "duplicates"
    MIXED_ORIENTATION = "mixed_orientation"
    TOO_FEW = "too_few"
    NO_GEOMETRY = "no_geometry"
    UNEQUAL_SPACING = "unequal_spacing"
    MULTIPLE_SIZES = "multiple_sizes"
    INCOMPLETE = "incomplete"
    COLOUR = "colour"


@dataclass(frozen=True, slots=True)
class Plane:
    """One image of a series. `spacing_mm` is (between rows, between columns)."""

    rows: int
    columns: int
    position: Vector | None = None
    orientation: Orientation | None = None
    spacing_mm: tuple[float, float] | None = None
    colour: bool = False
    frame_of_reference: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`order` gives the indices of the planes as they must be shown; `spacing_mm` between them."""

    kind: Kind
    mpr: bool
    reason: NoMpr | None
    spacing_mm: float | None
    order: tuple[int, ...]


def judge(planes: Sequence[Plane], *, complete: bool = True) -> Verdict:
    """Return how the planes stand together.

    Planes that share an orientation are ordered along their normal; others keep the given order.
    The normal is the row direction × the column direction, so an axial stack runs feet to head.

    Parameters
    ----------
    complete
        False when images of the series are known to be missing: a plane through it would lie.
    """
    given = tuple(range(len(planes)))
    if not planes:
        return Verdict(Kind.NONE, mpr=False, reason=NoMpr.NO_GEOMETRY, spacing_mm=None, order=())
    unplaced = _unplaced(planes)
    if unplaced is not None:
        return Verdict(Kind.STACK, mpr=False, reason=unplaced, spacing_mm=None, order=given)
    along = depths_of(planes)
    order = tuple(sorted(given, key=lambda i: (along[i], i)))
    depths = [along[i] for i in order]
    reason = (
        _unlike(planes)
        or _spacing_fault(depths)
        or _tilt_fault(planes, order, depths)
        or (None if complete else NoMpr.INCOMPLETE)
    )
    spacing = _median_step(depths)
    kind = Kind.VOLUME if reason in (None, NoMpr.TILT, NoMpr.INCOMPLETE) else Kind.STACK
    return Verdict(kind, mpr=reason is None, reason=reason, spacing_mm=spacing, order=order)


def normal_of(orientation: Orientation) -> Vector:
    """Return the unit vector row × column, or zeros when the orientation is degenerate."""
    (a, b, c), (d, e, f) = orientation[:3], orientation[3:]
    cross = (b * f - c * e, c * d - a * f, a * e - b * d)
    length = math.sqrt(sum(v * v for v in cross))
    if length <= 1e-6:
        return (0.0, 0.0, 0.0)
    return (cross[0] / length, cross[1] / length, cross[2] / length)


def same_direction(one: Orientation, other: Orientation) -> bool:
    """Whether rows and columns run the same way, to about a degree."""
    return _dot(one[:3], other[:3]) >= SAME_DIRECTION and _dot(one[3:], other[3:]) >= SAME_DIRECTION


def is_orientation(values: Sequence[float]) -> bool:
    """Whether six numbers are two perpendicular unit vectors, to the rounding of DICOM's text."""
    if len(values) != 6 or not all(math.isfinite(v) for v in values):
        return False
    row, column = values[:3], values[3:]
    lengths = (math.hypot(*row), math.hypot(*column))
    return all(abs(v - 1) < 0.02 for v in lengths) and abs(_dot(row, column)) < 0.02


def letters(direction: Sequence[float], limit: float = 0.0872) -> str:
    """Return where a direction of the patient points, main letter first: ``L``, ``LP``, ``HLA``.

    Letters are R L (right, left), A P (anterior, posterior), H F (head, foot); components below
    `limit` (5 degrees of a unit vector) are silent. R-L 3.
    """
    pairs = zip(direction, ("LR", "PA", "HF"), strict=True)
    named = [(abs(value), pair[0] if value > 0 else pair[1]) for value, pair in pairs]
    return "".join(letter for size, letter in sorted(named, key=lambda n: -n[0]) if size > limit)


def edge_letters(orientation: Orientation) -> tuple[str, str]:
    """Return the letters at the right edge and at the bottom edge, as (0020,0020) gives them."""
    return letters(orientation[:3]), letters(orientation[3:])


def _unplaced(planes: Sequence[Plane]) -> NoMpr | None:
    """Return why the planes have no common normal, or None when they can be ordered in space."""
    directions = [
        p.orientation
        for p in planes
        if p.position is not None and p.orientation is not None and is_orientation(p.orientation)
    ]
    if len(directions) < len(planes):
        return NoMpr.COLOUR if any(p.colour for p in planes) else NoMpr.NO_GEOMETRY
    if len({p.frame_of_reference for p in planes}) > 1:
        return NoMpr.MIXED_ORIENTATION
    turned = any(not same_direction(directions[0], other) for other in directions)
    return NoMpr.MIXED_ORIENTATION if turned else None


def depths_of(planes: Sequence[Plane]) -> list[float]:
    """Return each plane's depth along the normal of the first, in millimetres."""
    orientation = planes[0].orientation
    normal = normal_of(orientation) if orientation is not None else (0.0, 0.0, 0.0)
    return [_dot(normal, p.position) if p.position is not None else 0.0 for p in planes]


def _unlike(planes: Sequence[Plane]) -> NoMpr | None:
    if any(p.colour for p in planes):
        return NoMpr.COLOUR
    if len({(p.rows, p.columns) for p in planes}) > 1:
        return NoMpr.MULTIPLE_SIZES
    if any(p.spacing_mm is None or min(p.spacing_mm) <= 0 for p in planes):
        return NoMpr.NO_GEOMETRY
    spacings = {(round(p.spacing_mm[0], 3), round(p.spacing_mm[1], 3)) for p in planes if p.spacing_mm is not None}
    return NoMpr.MULTIPLE_SIZES if len(spacings) > 1 else None


def _median_step(depths: Sequence[float]) -> float | None:
    """Return the usual distance between neighbours, duplicates apart; None for one plane."""
    steps = sorted(s for s in _steps(depths) if s > SAME_PLACE_MM)
    return round(steps[len(steps) // 2], 4) if steps else None


def _spacing_fault(depths: Sequence[float]) -> NoMpr | None:
    steps = _steps(depths)
    if any(step <= SAME_PLACE_MM for step in steps):
        return NoMpr.DUPLICATES
    if len(depths) < FEWEST_FOR_VOLUME:
        return NoMpr.TOO_FEW
    usual = _median_step(depths) or 0.0
    tolerance = max(usual * STEP_TOLERANCE, STEP_ROUNDING_MM)
    odd = [step for step in steps if abs(step - usual) > tolerance]
    if not odd:
        return None
    holes = all(
        round(step / usual) >= 2 and abs(step - round(step / usual) * usual) <= tolerance * round(step / usual)
        for step in odd
    )
    return NoMpr.GAPS if holes else NoMpr.UNEQUAL_SPACING


def _tilt_fault(planes: Sequence[Plane], order: Sequence[int], depths: Sequence[float]) -> NoMpr | None:
    """Refuse a stack whose positions drift sideways anywhere: the gantry was tilted (cornerstone3D#227)."""
    first = planes[order[0]].position
    deep = depths[-1] - depths[0]
    for index, depth in zip(order, depths, strict=True):
        position = planes[index].position
        if first is None or position is None:
            return NoMpr.NO_GEOMETRY
        travelled = math.dist(first, position)
        sideways = math.sqrt(max(travelled * travelled - (depth - depths[0]) ** 2, 0.0))
        if sideways > max(TILT_LIMIT * deep, SIDEWAYS_ROUNDING_MM):
            return NoMpr.TILT
    return None


def _steps(depths: Sequence[float]) -> list[float]:
    return [after - before for before, after in pairwise(depths)]


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))

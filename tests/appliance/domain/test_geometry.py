"""Verdicts on series: which may be cut, and the word for those that may not."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.geometry import (
    Kind,
    NoMpr,
    Orientation,
    Plane,
    edge_letters,
    is_orientation,
    judge,
    letters,
    normal_of,
)

AXIAL: Orientation = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
CORONAL: Orientation = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)


def stack(count: int = 10, step_mm: float = 1.25, tilt_deg: float = 0.0) -> list[Plane]:
    """Return axial planes rising by `step_mm`, drifting sideways as a tilted gantry does."""
    shift = math.tan(math.radians(tilt_deg)) * step_mm
    return [Plane(512, 512, (0.0, index * shift, index * step_mm), AXIAL, (0.5, 0.5))
            for index in range(count)]


def without(planes: list[Plane], *indices: int) -> list[Plane]:
    return [plane for index, plane in enumerate(planes) if index not in indices]


def test_a_regular_stack_is_a_volume() -> None:
    verdict = judge(stack())
    assert (verdict.kind, verdict.mpr, verdict.reason) == (Kind.VOLUME, True, None)
    assert verdict.spacing_mm == pytest.approx(1.25)


@given(st.permutations(range(12)))
def test_planes_are_ordered_along_the_normal_however_they_arrive(arrival: list[int]) -> None:
    planes = stack(12)
    verdict = judge([planes[i] for i in arrival])
    assert [arrival[i] for i in verdict.order] == list(range(12))
    assert verdict.mpr


@pytest.mark.parametrize(("planes", "reason"), [
    (stack(tilt_deg=10), NoMpr.TILT),
    (without(stack(), 4), NoMpr.GAPS),
    (without(stack(), 4, 5), NoMpr.GAPS),
    ([*stack(), stack()[3]], NoMpr.DUPLICATES),
    ([*stack(), replace(stack()[3], orientation=CORONAL)], NoMpr.MIXED_ORIENTATION),
    (stack(4), NoMpr.TOO_FEW),
    (stack(1), NoMpr.TOO_FEW),
    ([replace(p, position=None) for p in stack()], NoMpr.NO_GEOMETRY),
    ([replace(p, orientation=(1.0, 0, 0, 1.0, 0, 0)) for p in stack()], NoMpr.NO_GEOMETRY),
    ([replace(p, spacing_mm=None) for p in stack()], NoMpr.NO_GEOMETRY),
    ([replace(p, spacing_mm=(0.0, 0.0)) for p in stack()], NoMpr.NO_GEOMETRY),
    ([*stack()[:-1], replace(stack()[-1], rows=256)], NoMpr.MULTIPLE_SIZES),
    ([*stack()[:-1], replace(stack()[-1], spacing_mm=(0.6, 0.6))], NoMpr.MULTIPLE_SIZES),
    ([replace(p, colour=True) for p in stack()], NoMpr.COLOUR),
    ([*stack(), replace(stack()[0], position=(0.0, 0.0, 13.1))], NoMpr.UNEQUAL_SPACING),
    ([], NoMpr.NO_GEOMETRY),
])
def test_what_cannot_be_cut_has_a_reason(planes: list[Plane], reason: NoMpr) -> None:
    verdict = judge(planes)
    assert (verdict.mpr, verdict.reason) == (False, reason)
    assert sorted(verdict.order) == list(range(len(planes)))


def test_a_drift_in_the_middle_is_seen_though_the_ends_are_aligned() -> None:
    planes = stack(11)
    bent = [replace(p, position=(float(5 - abs(5 - i)), 0.0, i * 1.25)) for i, p in enumerate(planes)]
    assert judge(bent).reason is NoMpr.TILT


def test_an_incomplete_series_is_not_cut() -> None:
    assert judge(stack(), complete=False).reason is NoMpr.INCOMPLETE


def test_a_tilted_stack_stays_a_volume_to_reshear() -> None:
    assert judge(stack(tilt_deg=20)).kind is Kind.VOLUME


def test_rounding_of_positions_is_no_fault() -> None:
    planes = [replace(p, position=(0.0, 0.0, round(i * 0.625, 1))) for i, p in enumerate(stack(30))]
    assert judge(planes).reason is NoMpr.UNEQUAL_SPACING  # 0.1 mm is more than rounding
    planes = [replace(p, position=(0.0, 0.0, round(i * 0.625, 2))) for i, p in enumerate(stack(30))]
    assert judge(planes).mpr


@pytest.mark.parametrize(("direction", "expected"), [
    ((1, 0, 0), "L"), ((-1, 0, 0), "R"), ((0, 1, 0), "P"), ((0, -1, 0), "A"), ((0, 0, 1), "H"),
    ((0, 0, -1), "F"), ((0.8, 0.6, 0), "LP"), ((0.01, 0.9999, 0), "P"), ((0, 0, 0), "")])
def test_letters_say_where_a_direction_points(
    direction: tuple[float, float, float], expected: str,
) -> None:
    assert letters(direction) == expected


def test_edges_of_the_usual_planes() -> None:
    assert edge_letters(AXIAL) == ("L", "P")
    assert edge_letters(CORONAL) == ("L", "F")


def test_the_normal_of_an_axial_plane_points_to_the_head() -> None:
    assert normal_of(AXIAL) == (0.0, 0.0, 1.0)


@pytest.mark.parametrize("values", [(1, 0, 0), (0,) * 6, (1, 0, 0, 1, 0, 0), (math.nan,) * 6])
def test_bad_orientations_are_seen(values: tuple[float, ...]) -> None:
    assert not is_orientation(values)

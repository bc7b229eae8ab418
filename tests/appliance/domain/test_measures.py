"""Numbers of marks against geometry computed here, with what must be known beside them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.measures import Quantity, Region, Remark, Scale, Statistics, Values, measured

PATIENT, UNKNOWN = Scale((2.0, 0.5), "patient"), Scale(None, "none")
ULTRASOUND = Scale(None, "none", [Region((0, 0, 99, 99), (0.1, 0.2)), Region((100, 0, 199, 99), None)])


def told(kind, points, scale, values=None):
    found = measured(kind, points, scale, values)
    return [(one.quantity, round(one.value, 6), one.unit, one.statistic) for one in found.numbers], list(found.remarks)


@pytest.mark.parametrize(("points", "scale", "value", "unit", "remarks"), [
    ([(0, 0), (6, 2)], PATIENT, 5.0, "mm", []),
    ([(0, 0), (3, 4)], Scale((1, 1), "detector"), 5.0, "mm", [Remark.DETECTOR]),
    ([(0, 0), (3, 4)], UNKNOWN, 5.0, "px", [Remark.PIXELS]),
    ([(0, 0), (3, 4)], Scale((1, 1), "none"), 5.0, "px", [Remark.PIXELS]),
    ([(10, 10), (25, 50)], ULTRASOUND, 5.0, "mm", [Remark.REGION]),
    ([(10, 10), (110, 10)], ULTRASOUND, 100.0, "px", [Remark.PIXELS]),
    ([(110, 10), (113, 14)], ULTRASOUND, 5.0, "px", [Remark.PIXELS]),
])  # fmt: skip
def test_a_length_has_the_scale_of_where_it_lies(points, scale, value, unit, remarks):
    assert told("length", points, scale) == ([(Quantity.LENGTH, value, unit, "")], remarks)


def test_an_angle_is_that_of_the_body_and_none_is_told_on_uneven_pixels():
    assert told("angle", [(4, 0), (0, 0), (4, 1)], PATIENT)[0] == [("angle", 45.0, "°", "")]
    assert told("angle", [(1, 0), (0, 0), (0, 1)], UNKNOWN) == ([("angle", 90.0, "°", "")], [])
    assert told("angle", [(1, 0), (0, 0), (0, 1)], Scale(None, "none", aspect=2.0)) == ([], [Remark.UNEVEN])
    assert told("angle", [(0, 0), (0, 0), (0, 1)], PATIENT) == ([], [])


def test_a_zone_says_its_statistics_its_uptake_and_its_area():
    values = Values("BQML", region=Statistics(10, 1, 8, 20), suv=0.5)
    numbers, remarks = told("roi", [(0, 0), (4, 2)], PATIENT, values)
    assert numbers == [
        ("value", 10, "BQML", "mean"), ("value", 1, "BQML", "deviation"), ("value", 8, "BQML", "least"),
        ("value", 20, "BQML", "most"), ("value", 5.0, "SUV", "mean"), ("value", 10.0, "SUV", "most"),
        ("area", round(math.pi / 4 * 2 * 4, 6), "mm²", ""),
    ]  # fmt: skip
    assert remarks == []
    assert told("roi", [(0, 0), (4, 2)], Scale(None, "none", aspect=1.1), Values(remark=Remark.LOSSY)) == (
        [], [Remark.LOSSY, Remark.UNEVEN])  # fmt: skip


def test_a_value_is_that_of_one_pixel_and_an_arrow_measures_nothing():
    assert told("probe", [(1, 1)], UNKNOWN, Values("HU", one=-3.0)) == ([("value", -3.0, "HU", "")], [])
    assert told("arrow", [(1, 1), (2, 2)], PATIENT) == ([], [])


@given(*[st.floats(-500, 500) for _ in range(6)])
def test_every_angle_lies_between_0_and_180(ax, ay, mx, my, bx, by):
    for one in measured("angle", [(ax, ay), (mx, my), (bx, by)], PATIENT).numbers:
        assert 0 <= one.value <= 180

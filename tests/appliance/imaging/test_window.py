"""Greys through windows, against the formulas of PS3.3 C.11.2.1.2 written out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.imaging.window import VoiFunction, percentile_window, windowed


def linear(x: float, center: float, width: float) -> float:
    if x <= center - 0.5 - (width - 1) / 2:
        return 0
    if x > center - 0.5 + (width - 1) / 2:
        return 255
    return ((x - (center - 0.5)) / (width - 1) + 0.5) * 255


@given(st.integers(-2000, 4000), st.integers(-1000, 1000), st.integers(2, 4000))
def test_linear_follows_the_standard(value: int, center: int, width: int) -> None:
    drawn = windowed(np.array([[value]], np.int16), center, width)
    assert abs(float(drawn[0, 0]) - linear(value, center, width)) <= 0.5 + 1e-9


@pytest.mark.parametrize("width", [1, 0.5, 0, -3])
def test_a_width_that_cannot_be_is_a_threshold(width: float) -> None:
    drawn = windowed(np.array([[9, 10, 11]], np.int16), 10, width)
    assert drawn.tolist() == [[0, 255, 255]]


@given(st.integers(-2000, 4000), st.floats(-1000, 1000), st.floats(0.5, 4000))
def test_linear_exact_follows_the_standard(value: int, center: float, width: float) -> None:
    wanted = min(max(((value - center) / width + 0.5) * 255, 0), 255)
    drawn = windowed(np.array([[value]], np.int16), center, width, VoiFunction.LINEAR_EXACT)
    assert abs(float(drawn[0, 0]) - wanted) <= 0.5 + 1e-9


@given(st.integers(-2000, 4000), st.floats(-1000, 1000), st.floats(0.5, 4000))
def test_sigmoid_follows_the_standard(value: int, center: float, width: float) -> None:
    wanted = 255 / (1 + math.exp(min(-4 * (value - center) / width, 700)))
    drawn = windowed(np.array([[value]], np.int16), center, width, VoiFunction.SIGMOID)
    assert abs(float(drawn[0, 0]) - wanted) <= 0.5 + 1e-6


@given(st.lists(st.integers(-2000, 4000), min_size=2, max_size=30), st.integers(-500, 500), st.floats(1, 3000),
       st.sampled_from(VoiFunction))
def test_every_function_keeps_the_order_of_values(
    values: list[int], center: int, width: float, function: VoiFunction
) -> None:
    drawn = windowed(np.array([sorted(values)]), center, width, function)[0].astype(int)
    assert (np.diff(drawn) >= 0).all()


def test_linear_exact_spans_the_whole_width() -> None:
    drawn = windowed(np.array([[0, 50, 100]], np.int16), 50, 100, VoiFunction.LINEAR_EXACT)
    assert drawn.tolist() == [[0, 128, 255]]


def test_sigmoid_is_half_at_its_centre_and_never_overflows() -> None:
    values = np.array([[-32768, 40, 32767]], np.int32)
    drawn = windowed(values, 40, 1e-9, VoiFunction.SIGMOID)
    assert drawn.tolist() == [[0, 128, 255]]


def test_percentiles_leave_the_extremes_out() -> None:
    values = np.arange(10_000).reshape(100, 100)
    center, width = percentile_window(values)
    assert abs(center - 5000) < 5
    assert abs(width - 9800) < 5
    assert percentile_window(np.zeros((4, 4)))[1] == 1.0

"""Statistics of an ellipse against a loop over every pixel."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from appliance.imaging.statistics import statistics_in, value_at

FRAME = np.random.default_rng(7).integers(-1000, 3000, (12, 9)).astype(np.int16)
PLACES = st.floats(-4, 16)


def slowly(box, slope, intercept, padding):
    (x0, y0), (x1, y1) = box
    cx, cy, rx, ry = (x0 + x1) / 2, (y0 + y1) / 2, abs(x1 - x0) / 2, abs(y1 - y0) / 2
    found = []
    for row in range(12):
        for column in range(9):
            stored = float(FRAME[row, column])
            inside = ((column + 0.5 - cx) / rx) ** 2 + ((row + 0.5 - cy) / ry) ** 2 <= 1
            if inside and not (padding and padding[0] <= stored <= padding[1]):
                found.append(stored * slope + intercept)
    return found


@given(PLACES, PLACES, PLACES, PLACES, st.sampled_from([1.0, -0.5, 2.25]), st.sampled_from([None, (-1000, 0)]))
def test_the_pixels_whose_middle_lies_inside_count(x0, y0, x1, y1, slope, padding):
    box = [(x0, y0), (x1, y1)]
    found = statistics_in(FRAME, box, (slope, -1024), padding)
    if abs(x1 - x0) < 1e-3 or abs(y1 - y0) < 1e-3:
        return
    values = slowly(box, slope, -1024, padding)
    if not values:
        assert found is None
        return
    mean = sum(values) / len(values)
    deviation = math.sqrt(sum((one - mean) ** 2 for one in values) / len(values))
    wanted = (mean, deviation, min(values), max(values))
    assert np.allclose((found.mean, found.deviation, found.least, found.most), wanted, atol=1e-6)


def test_a_value_is_that_of_the_pixel_under_it():
    assert value_at(FRAME, (8.9, 11.2), (2.0, 5.0), None) == float(FRAME[11, 8]) * 2 + 5
    assert value_at(FRAME, (9.0, 3), (1, 0), None) is None
    assert value_at(FRAME, (-0.1, 3), (1, 0), None) is None
    assert value_at(FRAME, (1, 1), (1, 0), (-1000, 3000)) is None

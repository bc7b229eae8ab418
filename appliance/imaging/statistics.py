"""Values of pixels under a position and in an ellipse, in the image's unit (R-L 6).

As the viewer says them: the deviation is that of the whole population, padding is left out, and a pixel counts when
its middle lies in the ellipse.
"""

import math
from collections.abc import Sequence

import numpy as np

from appliance.domain.measures import Point, Statistics
from appliance.imaging.arrays import Array

Rescale = tuple[float, float]
"""Slope and intercept."""
Padding = tuple[float, float] | None
"""Closed bounds of stored values that are no image."""
_LEAST_PX = 1e-3
"""As fine as positions are kept."""


def value_at(frame: Array, point: Point, rescale: Rescale, padding: Padding) -> float | None:
    """Return the value of the pixel under a position of a ``(rows, columns)`` frame; None outside and on padding."""
    column, row = math.floor(point[0]), math.floor(point[1])
    if not (0 <= row < frame.shape[0] and 0 <= column < frame.shape[1]):
        return None
    stored = float(frame[row, column])
    if padding is not None and padding[0] <= stored <= padding[1]:
        return None
    return stored * rescale[0] + rescale[1]


def statistics_in(frame: Array, box: Sequence[Point], rescale: Rescale, padding: Padding) -> Statistics | None:
    """Return the statistics of the ellipse in the box of two points of a ``(rows, columns)`` frame; None of nothing."""
    (x0, y0), (x1, y1) = box
    left, right, top, bottom = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
    if min(right - left, bottom - top) < _LEAST_PX:
        return None
    rows = slice(max(0, math.floor(top)), max(0, min(frame.shape[0], math.ceil(bottom))))
    columns = slice(max(0, math.floor(left)), max(0, min(frame.shape[1], math.ceil(right))))
    y = (np.arange(rows.start, rows.stop) + 0.5 - (top + bottom) / 2) / ((bottom - top) / 2)
    x = (np.arange(columns.start, columns.stop) + 0.5 - (left + right) / 2) / ((right - left) / 2)
    inside = y[:, None] ** 2 + x[None, :] ** 2 <= 1
    stored = frame[rows, columns][inside].astype(np.float64)
    if padding is not None:
        stored = stored[(stored < padding[0]) | (stored > padding[1])]
    if stored.size == 0:
        return None
    slope, intercept = rescale
    ends = sorted((float(stored.min()) * slope + intercept, float(stored.max()) * slope + intercept))
    return Statistics(float(stored.mean()) * slope + intercept, abs(slope) * float(stored.std()), *ends)

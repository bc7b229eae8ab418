"""From values to greys: PS3.3 C.11.2.1. Arrays in, ``uint8`` of the same shape out."""

from enum import StrEnum

import numpy as np
import numpy.typing as npt

from appliance.imaging.arrays import Array

Grey = npt.NDArray[np.uint8]


class VoiFunction(StrEnum):
    """(0028,1056) *VOI LUT Function*."""

    LINEAR = "LINEAR"
    LINEAR_EXACT = "LINEAR_EXACT"
    SIGMOID = "SIGMOID"


def windowed(
    values: Array, center: float, width: float, function: VoiFunction = VoiFunction.LINEAR,
) -> Grey:
    """Return greys 0..255 of modality values.

    A width below 1 (LINEAR) or not above 0 is taken as the narrowest allowed: a threshold.
    """
    given = values.astype(np.float64)
    if function is VoiFunction.SIGMOID:
        exponent = np.clip(-4.0 * (given - center) / max(width, 1e-6), -700.0, 700.0)
        return _grey(255.0 / (1.0 + np.exp(exponent)))
    if function is VoiFunction.LINEAR_EXACT:
        return _grey(((given - center) / max(width, 1e-6) + 0.5) * 255.0)
    if width <= 1.0:
        return np.where(given > center - 0.5, 255, 0).astype(np.uint8)
    return _grey(((given - (center - 0.5)) / (width - 1.0) + 0.5) * 255.0)


def percentile_window(values: Array, low: float = 1.0, high: float = 99.0) -> tuple[float, float]:
    """Return (center, width) that shows all but the darkest and brightest shares."""
    sample = values.ravel()[::16] if values.size > 1 << 18 else values
    first, last = (float(v) for v in np.percentile(sample, (low, high)))
    return (first + last) / 2, max(last - first, 1.0)


def _grey(values: npt.NDArray[np.float64]) -> Grey:
    return np.rint(np.clip(values, 0.0, 255.0)).astype(np.uint8)

"""YCbCr to RGB: PS3.3 C.7.6.3.1.2."""

from enum import StrEnum

import numpy as np

from appliance.imaging.arrays import Array


class Ybr(StrEnum):
    """How far luminance and colour differences reach."""

    FULL = "full"
    """0 to 255 (JPEG, CCIR 601)."""
    PARTIAL = "partial"
    """16 to 235 and 16 to 240 (video)."""


_FORWARD = {
    Ybr.FULL: ((0.2990, 0.5870, 0.1140), (-0.1687, -0.3313, 0.5000), (0.5000, -0.4187, -0.0813)),
    Ybr.PARTIAL: ((0.2568, 0.5041, 0.0979), (-0.1482, -0.2910, 0.4392), (0.4392, -0.3678, -0.0714)),
}
"""As the standard prints them, from RGB."""
_OFFSETS = {Ybr.FULL: (0.0, 128.0, 128.0), Ybr.PARTIAL: (16.0, 128.0, 128.0)}


def rgb_of(ycbcr: Array, reach: Ybr) -> Array:
    """Return ``uint8`` RGB of ``uint8`` YCbCr, the three last."""
    backward = np.linalg.inv(np.asarray(_FORWARD[reach], np.float64)).astype(np.float32)
    centred = ycbcr.astype(np.float32) - np.asarray(_OFFSETS[reach], np.float32)
    rgb: Array = np.clip(np.rint(centred @ backward.T), 0, 255).astype(np.uint8)
    return rgb

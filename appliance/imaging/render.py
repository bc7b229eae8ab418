"""A frame as a JPEG: thumbnails, mail, print, the console, browsers without WebGL2."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from appliance.imaging.arrays import Array
from appliance.imaging.window import VoiFunction, percentile_window, windowed

THUMBNAIL_PX = 160


@dataclass(frozen=True, slots=True)
class Look:
    """How to draw a display frame. Without `center` and `width`, the percentiles 1 to 99."""

    slope: float = 1.0
    intercept: float = 0.0
    center: float | None = None
    width: float | None = None
    function: VoiFunction = VoiFunction.LINEAR
    invert: bool = False
    size_px: int | None = None
    quality: int = 90
    aspect: float = 1.0
    """Height of a pixel over its width."""


def rendered(frame: Array, look: Look) -> bytes:
    """Return the frame as JPEG, its longer side at most `look.size_px`."""
    pixels = frame if frame.ndim == 3 else greys(frame, look)
    image = Image.fromarray(np.ascontiguousarray(pixels))
    if look.aspect != 1.0:
        height = max(round(image.height * look.aspect), 1)
        image = image.resize((image.width, min(height, 8 * image.height)))
    if look.size_px is not None:
        image.thumbnail((look.size_px, look.size_px), Image.Resampling.BILINEAR, reducing_gap=2.0)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=look.quality)
    return buffer.getvalue()


def greys(frame: Array, look: Look) -> Array:
    """Return the display pixels as ``uint8`` greys through rescale and window."""
    values = frame * look.slope + look.intercept
    center, width = look.center, look.width
    if center is None or width is None:
        center, width = percentile_window(values)
    drawn = windowed(values, center, width, look.function)
    return 255 - drawn if look.invert else drawn

"""A frame as a JPEG: thumbnails, mail, print, the console, browsers without WebGL2."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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
    padding: Sequence[int] | None = None
    """Closed bounds of pixels that are no image: percentiles leave them out."""


def aspect_of(image: Mapping[str, Any]) -> float:
    """Return the height of a pixel over its width: of its millimetres, else as the image says (R-L 4)."""
    row, column = image.get("spacing_mm") or (0.0, 0.0)
    return float(row / column if row > 0 and column > 0 else image.get("aspect", 1.0))


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
        center, width = percentile_window(_image(frame, values, look.padding))
    drawn = windowed(values, center, width, look.function)
    return 255 - drawn if look.invert else drawn


def _image(frame: Array, values: Array, padding: Sequence[int] | None) -> Array:
    """Return the values that are no padding; all of them when nothing is left."""
    if padding is None:
        return values
    kept: Array = values[(frame < padding[0]) | (frame > padding[1])]
    return kept if kept.size else values

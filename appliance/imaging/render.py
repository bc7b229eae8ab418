"""A frame as a JPEG: thumbnails, mail, print, the console, browsers without WebGL2."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from appliance.imaging.arrays import Array
from appliance.imaging.window import VoiFunction, percentile_window, windowed

THUMBNAIL_PX = 160


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a frame, in pixels from its top left corner."""

    left: int
    top: int
    width: int
    height: int
    mirrored: bool = False
    upside_down: bool = False


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
    region: Region | None = None
    fit: tuple[int, int] | None = None
    """Width and height that the picture fills without being stretched, larger than its pixels or not."""
    notes: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    """Lines written at the top left and at the top right."""
    form: str = "JPEG"
    """As Pillow calls it: ``JPEG``, ``PNG`` or ``GIF``."""


def aspect_of(image: Mapping[str, Any]) -> float:
    """Return the height of a pixel over its width: of its millimetres, else as the image says (R-L 4)."""
    row, column = image.get("spacing_mm") or (0.0, 0.0)
    return float(row / column if row > 0 and column > 0 else image.get("aspect", 1.0))


def rendered(frame: Array, look: Look) -> bytes:
    """Return the frame as a picture, its longer side at most `look.size_px`, or filling `look.fit`."""
    pixels = frame if frame.ndim == 3 else greys(frame, look)
    image = Image.fromarray(np.ascontiguousarray(pixels))
    if look.region is not None:
        image = _cut(image, look.region)
    if look.aspect != 1.0:
        height = max(round(image.height * look.aspect), 1)
        image = image.resize((image.width, min(height, 8 * image.height)))
    if look.size_px is not None:
        image.thumbnail((look.size_px, look.size_px), Image.Resampling.BILINEAR, reducing_gap=2.0)
    if look.fit is not None:
        image = _filling(image, look.fit)
    if any(look.notes):
        image = _annotated(image, look.notes)
    buffer = io.BytesIO()
    image.save(buffer, look.form, **({"quality": look.quality} if look.form == "JPEG" else {}))
    return buffer.getvalue()


def _cut(image: Image.Image, region: Region) -> Image.Image:
    """Return the part of the picture inside the region, at least one pixel, turned as it says."""
    left = min(max(region.left, 0), image.width - 1)
    top = min(max(region.top, 0), image.height - 1)
    right = min(max(left + region.width, left + 1), image.width)
    bottom = min(max(top + region.height, top + 1), image.height)
    cut = image.crop((left, top, right, bottom))
    if region.mirrored:
        cut = cut.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return cut.transpose(Image.Transpose.FLIP_TOP_BOTTOM) if region.upside_down else cut


def _filling(image: Image.Image, fit: tuple[int, int]) -> Image.Image:
    scale = min(fit[0] / image.width, fit[1] / image.height)
    size = (max(round(image.width * scale), 1), max(round(image.height * scale), 1))
    return image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)


def _annotated(image: Image.Image, notes: tuple[tuple[str, ...], tuple[str, ...]]) -> Image.Image:
    """Return the picture with text burnt in: white with a black rim, readable on any grey."""
    size = max(9, min(image.width, image.height) // 28)
    font, drawing, margin = ImageFont.load_default(size), ImageDraw.Draw(image), size // 2
    white, black = ((255, 255, 255), (0, 0, 0)) if image.mode == "RGB" else (255, 0)
    for lines, left in zip(notes, (True, False), strict=True):
        for number, line in enumerate(lines):
            at = (margin if left else image.width - margin, margin + number * size * 5 // 4)
            anchor = "la" if left else "ra"
            drawing.text(at, line, fill=white, font=font, anchor=anchor, stroke_width=1, stroke_fill=black)
    return image


def greys(frame: Array, look: Look) -> Array:
    """Return the display pixels as ``uint8`` greys through rescale and window."""
    center, width = look.center, look.width
    if center is None or width is None:
        values = frame * look.slope + look.intercept
        center, width = percentile_window(_image(frame, values, look.padding))
    values, places = _distinct(frame)
    drawn = windowed(values * look.slope + look.intercept, center, width, look.function)
    if look.invert:
        drawn = 255 - drawn
    return drawn if places is None else drawn[places]


def _distinct(frame: Array) -> tuple[Array, Array | None]:
    """Return every value between the frame's least and greatest and where its pixels are among them.

    A window is then looked up, not computed a pixel. The frame itself and None where that would not be less.
    """
    if not np.issubdtype(frame.dtype, np.integer) or not frame.size:
        return frame, None
    least, greatest = int(frame.min()), int(frame.max())
    if greatest - least >= frame.size:
        return frame, None
    return np.arange(least, greatest + 1), np.subtract(frame, least, dtype=np.intp)


def _image(frame: Array, values: Array, padding: Sequence[int] | None) -> Array:
    """Return the values that are no padding; all of them when nothing is left."""
    if padding is None:
        return values
    kept: Array = values[(frame < padding[0]) | (frame > padding[1])]
    return kept if kept.size else values

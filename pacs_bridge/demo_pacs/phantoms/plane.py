"""Flat drawing for projection images: lines of known radius, letters, resampling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageDraw, ImageFont

from pacs_bridge.demo_pacs.phantoms.noise import F32


@dataclass(frozen=True)
class Sheet:
    """Square pixels on a plane; ``left`` and ``top`` are the edges of the first pixel, mm."""

    shape: tuple[int, int]
    spacing: float
    left: float
    top: float

    def columns(self) -> F32:
        """Horizontal coordinate, shape (1, columns), mm."""
        return (self.left + self.spacing * (np.arange(self.shape[1]) + 0.5)).astype(np.float32)[
            None, :
        ]

    def rows(self) -> F32:
        """Vertical coordinate, shape (rows, 1), mm downwards."""
        return (self.top + self.spacing * (np.arange(self.shape[0]) + 0.5)).astype(np.float32)[
            :, None
        ]


def chord(
    out: F32, sheet: Sheet, points: ArrayLike, radii: ArrayLike | float, add: bool = False
) -> None:
    """Draw the thickness (mm) crossed by rays through a tube.

    Parameters
    ----------
    out
        Thickness, shape of the sheet; the larger value is kept, or the sum with ``add``.
    points, radii
        Centre line (n, 2) as (across, down) and radius, mm.
    """
    p = np.asarray(points, np.float32)
    r = np.broadcast_to(np.asarray(radii, np.float32), len(p))
    cols, rows = sheet.columns()[0], sheet.rows()[:, 0]
    for a, b, ra, rb in zip(p[:-1], p[1:], r[:-1], r[1:], strict=True):
        reach = max(ra, rb) + sheet.spacing
        lo, hi = np.minimum(a, b) - reach, np.maximum(a, b) + reach
        i = slice(*np.searchsorted(rows, (lo[1], hi[1])))
        j = slice(*np.searchsorted(cols, (lo[0], hi[0])))
        if i.stop <= i.start or j.stop <= j.start:
            continue
        x, y = cols[None, j], rows[i, None]
        d = b - a
        t = np.clip(((x - a[0]) * d[0] + (y - a[1]) * d[1]) / max(float(d @ d), 1e-6), 0, 1)
        gap2 = (x - a[0] - t * d[0]) ** 2 + (y - a[1] - t * d[1]) ** 2
        thick = 2 * np.sqrt(np.maximum((ra + t * (rb - ra)) ** 2 - gap2, 0))
        part = out[i, j]
        if add:
            part += thick
        else:
            np.maximum(part, thick, out=part)


def resize(image: F32, shape: tuple[int, int]) -> F32:
    """Bicubic resampling over the same field."""
    return np.asarray(Image.fromarray(image).resize(shape[::-1], Image.Resampling.BICUBIC))


def soften(image: F32, pixels: float) -> F32:
    """Wide blur, by reducing and enlarging; ``pixels`` about its sigma."""
    small = (max(int(image.shape[0] / pixels), 4), max(int(image.shape[1] / pixels), 4))
    reduced = Image.fromarray(image).resize(small[::-1], Image.Resampling.BOX)
    return np.asarray(reduced.resize(image.shape[::-1], Image.Resampling.BICUBIC))


def letters(text: str, height: int) -> F32:
    """Text as a cover (0..1) of the given height in pixels."""
    font = ImageFont.load_default(height)
    box = font.getbbox(text)
    tile = Image.new("L", (int(box[2]) + 2, int(box[3]) + 2))
    ImageDraw.Draw(tile).text((1, 1), text, fill=255, font=font)
    return np.asarray(tile, np.float32) / 255


def stamp(image: F32, text: str, height: int, row: int, column: int, value: float) -> None:
    """Write text in an image, its top left corner at (row, column)."""
    cover = letters(text, height)
    part = image[row : row + cover.shape[0], column : column + cover.shape[1]]
    part += cover[: part.shape[0], : part.shape[1]] * (np.float32(value) - part)

"""Pixel data: attributes, lossless JPEG-LS, lossy JPEG."""

from __future__ import annotations

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGBaseline8Bit, JPEGLSLossless

LOSSLESS = JPEGLSLossless
LOSSY = JPEGBaseline8Bit


def grey(d: Dataset, image: NDArray[np.uint16], bits: int, photometric: str = "MONOCHROME2") -> str:
    """Put an unsigned grey image, or frames (n, rows, columns), in an object.

    Returns
    -------
    str
        Transfer syntax to save it with.
    """
    d.SamplesPerPixel, d.PhotometricInterpretation = 1, photometric
    d.Rows, d.Columns = image.shape[-2:]
    d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = 16, bits, bits - 1, 0
    frames = image[None] if image.ndim == 2 else image
    if image.ndim == 3:
        d.NumberOfFrames = len(frames)
    _embed(d, [bytes(imagecodecs.jpegls_encode(np.ascontiguousarray(f))) for f in frames])
    return LOSSLESS


def colour(d: Dataset, frames: NDArray[np.uint8], quality: int = 82) -> str:
    """Put colour frames (n, rows, columns, 3), RGB, in an object as baseline JPEG."""
    coded = [
        bytes(
            imagecodecs.jpeg8_encode(
                f, level=quality, colorspace="RGB", outcolorspace="YCBCR", subsampling="422"
            )
        )
        for f in frames
    ]
    d.SamplesPerPixel, d.PhotometricInterpretation, d.PlanarConfiguration = 3, "YBR_FULL_422", 0
    d.NumberOfFrames = len(frames)
    d.Rows, d.Columns = frames.shape[1:3]
    d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = 8, 8, 7, 0
    d.LossyImageCompression, d.LossyImageCompressionMethod = "01", "ISO_10918_1"
    d.LossyImageCompressionRatio = f"{frames.nbytes / sum(map(len, coded)):.2f}"
    _embed(d, coded)
    return LOSSY


def _embed(d: Dataset, coded: list[bytes]) -> None:
    d.PixelData = encapsulate(coded)
    d["PixelData"].VR = "OB"
    d["PixelData"].is_undefined_length = True


__all__ = ["LOSSLESS", "LOSSY", "colour", "grey"]

"""Colours on their way to the screen: planes, YCbCr, palettes, against arithmetic and DCMTK."""

import io
import subprocess
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
)

from tests.pacs_bridge.prepare.phantoms import grey, image, prepared

ROWS, COLUMNS = 16, 24
_y, _x = np.mgrid[0:ROWS, 0:COLUMNS]
RGB = np.stack([_x * 10, _y * 15, (_x + _y) * 6], axis=-1).astype(np.uint8)
FULL = ((0.2990, 0.5870, 0.1140), (-0.1687, -0.3313, 0.5000), (0.5000, -0.4187, -0.0813))
PARTIAL = ((0.2568, 0.5041, 0.0979), (-0.1482, -0.2910, 0.4392), (0.4392, -0.3678, -0.0714))


def ycbcr(rgb: np.ndarray, matrix: tuple[tuple[float, ...], ...] = FULL, dark: int = 0) -> np.ndarray:
    """YCbCr by the formulas of PS3.3 C.7.6.3.1.2."""
    made = np.empty(rgb.shape)
    for at, (row, offset) in enumerate(zip(matrix, (dark, 128, 128), strict=True)):
        made[..., at] = sum(rgb[..., n] * share for n, share in enumerate(row)) + offset
    return np.clip(np.rint(made), 0, 255).astype(np.uint8)


def halved(pixels: np.ndarray) -> bytes:
    """Y Y Cb Cr of each pair of pixels, PS3.3 C.7.6.3.1.2 YBR_FULL_422."""
    pairs = pixels.reshape(-1, 2, 3)
    return np.stack([pairs[:, 0, 0], pairs[:, 1, 0], pairs[:, 0, 1], pairs[:, 0, 2]], axis=-1).tobytes()


def colours(pixels: bytes, photometric: str, syntax: str = ExplicitVRLittleEndian, **values: Any) -> FileDataset:
    return image(pixels, syntax, Rows=ROWS, Columns=COLUMNS, SamplesPerPixel=3, PhotometricInterpretation=photometric,
                 **{"PlanarConfiguration": 0, **values})  # fmt: skip


def planes(pixels: np.ndarray) -> bytes:
    return np.moveaxis(pixels, -1, 0).tobytes()


def rle(pixels: np.ndarray) -> bytes:
    """The frame in RLE, each plane a segment of literal runs."""
    segments = []
    for plane in np.moveaxis(pixels, -1, 0):
        data = plane.tobytes()
        runs = b"".join(bytes([len(data[i : i + 128]) - 1]) + data[i : i + 128] for i in range(0, len(data), 128))
        segments.append(runs + b"\0" * (len(runs) % 2))
    offsets = [64 + sum(len(s) for s in segments[:n]) for n in range(len(segments))]
    header = np.array([len(segments), *offsets], "<u4").tobytes().ljust(64, b"\0")
    return encapsulate([header + b"".join(segments)])


JPEG = imagecodecs.jpeg8_encode(RGB, level=98, subsampling="444")


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian])
@pytest.mark.parametrize(("pixels", "planar"), [(RGB.tobytes(), 0), (planes(RGB), 1)])
def test_rgb_is_kept_whatever_the_planes(tmp_path: Path, syntax: str, pixels: bytes, planar: int) -> None:
    made = prepared(colours(pixels, "RGB", syntax, PlanarConfiguration=planar), tmp_path)
    assert np.array_equal(made.frame, RGB)
    assert (made.image["photometric"], made.image["windows"]) == ("RGB", [])


def test_sixteen_bit_colours_lose_their_low_byte(tmp_path: Path) -> None:
    wide = (RGB.astype("<u2") << 8) + 7
    dataset = colours(wide.tobytes(), "RGB", BitsAllocated=16, BitsStored=16, HighBit=15)
    assert np.array_equal(prepared(dataset, tmp_path).frame, RGB)


@pytest.mark.parametrize(("dataset", "near"), [
    (colours(ycbcr(RGB).tobytes(), "YBR_FULL"), 2),
    (colours(planes(ycbcr(RGB)), "YBR_FULL", PlanarConfiguration=1), 2),
    (colours(rle(ycbcr(RGB)), "YBR_FULL", RLELossless), 2),
    (colours(rle(RGB), "RGB", RLELossless, PlanarConfiguration=1), 0),
    (colours(encapsulate([imagecodecs.jpeg2k_encode(RGB, level=0, reversible=True, mct=True, codecformat="j2k")]),
             "YBR_RCT", JPEG2000Lossless), 0),
    (colours(encapsulate([imagecodecs.jpeg2k_encode(RGB, level=0, reversible=True, mct=False, codecformat="j2k")]),
             "RGB", JPEG2000Lossless), 0),
    (colours(encapsulate([imagecodecs.jpegls_encode(RGB)]), "RGB", JPEGLSLossless), 0),
    (colours(encapsulate([JPEG]), "YBR_FULL", JPEGBaseline8Bit), 9),
    (colours(encapsulate([JPEG]), "RGB", JPEGBaseline8Bit), 9),
], ids=lambda value: value.PhotometricInterpretation if isinstance(value, FileDataset) else None)  # fmt: skip
def test_ycbcr_becomes_rgb_within_its_rounding(tmp_path: Path, dataset: FileDataset, near: int) -> None:
    made = prepared(dataset, tmp_path)
    assert np.abs(made.frame.astype(int) - RGB).max() <= near


PAIRED = np.repeat(RGB[:, ::2], 2, axis=1)


@pytest.mark.parametrize(("photometric", "matrix", "dark"), [
    ("YBR_FULL_422", FULL, 0), ("YBR_PARTIAL_422", PARTIAL, 16)])  # fmt: skip
def test_halved_colours_come_back_at_every_pixel(
    tmp_path: Path, photometric: str, matrix: tuple[tuple[float, ...], ...], dark: int
) -> None:
    made = prepared(colours(halved(ycbcr(PAIRED, matrix, dark)), photometric), tmp_path)
    assert np.abs(made.frame.astype(int) - PAIRED).max() <= 3


def test_a_fragmented_frame_without_an_offset_table_is_put_together(tmp_path: Path) -> None:
    stream = imagecodecs.jpegls_encode(RGB)
    dataset = colours(encapsulate([stream, stream], fragments_per_frame=3, has_bot=False), "RGB", JPEGLSLossless)
    dataset.NumberOfFrames = 2
    made = prepared(dataset, tmp_path)
    assert [np.array_equal(frame, RGB) for frame in made.frames] == [True, True]


def palette(bits: int, *, syntax: str = ExplicitVRLittleEndian, scale: int = 1, **values: Any) -> FileDataset:
    """64 indices, a table that begins at 10 and has 40 entries."""
    values = {"PhotometricInterpretation": "PALETTE COLOR", **values}
    dataset = grey(np.arange(64, dtype=np.uint8).reshape(8, 8), syntax, **values)
    order = ">" if syntax == ExplicitVRBigEndian else "<"
    for at, name in enumerate(("Red", "Green", "Blue")):
        entries = TABLES[at] * scale
        setattr(dataset, f"{name}PaletteColorLookupTableDescriptor", [40, 10, bits])
        kind = f"{order}u2" if scale > 1 or bits == 16 else "u1"
        setattr(dataset, f"{name}PaletteColorLookupTableData", entries.astype(kind).tobytes())
    return dataset


TABLES = [np.arange(40) * 6, 255 - np.arange(40) * 3, (np.arange(40) * 37) % 256]
PAINTED = np.stack([t[np.clip(np.arange(64) - 10, 0, 39)] for t in TABLES], axis=-1).reshape(8, 8, 3)


@pytest.mark.parametrize("dataset", [
    palette(8), palette(16, scale=257), palette(16), palette(16, scale=257, syntax=ExplicitVRBigEndian)])  # fmt: skip
def test_palettes_of_eight_and_sixteen_bits(tmp_path: Path, dataset: FileDataset) -> None:
    made = prepared(dataset, tmp_path)
    assert np.array_equal(made.frame, PAINTED)
    assert made.image["photometric"] == "RGB"


def test_dcmtk_paints_the_same(tmp_path: Path, require) -> None:
    made = prepared(palette(16, scale=257), tmp_path)
    other = subprocess.run([require("dcm2pnm"), str(made.path)], check=True, capture_output=True).stdout
    assert np.array_equal(made.frame, np.asarray(Image.open(io.BytesIO(other))))


def test_a_segmented_palette_is_the_table_it_stands_for(tmp_path: Path) -> None:
    dataset = grey(np.arange(64, dtype=np.uint8).reshape(8, 8), PhotometricInterpretation="PALETTE COLOR")
    segments = np.array([0, 1, 0, 1, 39, 39 * 257], "<u2")
    for name in ("Red", "Green", "Blue"):
        setattr(dataset, f"{name}PaletteColorLookupTableDescriptor", [40, 10, 16])
        setattr(dataset, f"Segmented{name}PaletteColorLookupTableData", segments.tobytes())
    wanted = [round(min(max(n - 10, 0), 39) * 257) >> 8 for n in range(64)]
    assert prepared(dataset, tmp_path).frame[..., 1].ravel().tolist() == wanted


def test_a_palette_that_is_not_there_is_named(tmp_path: Path) -> None:
    dataset = palette(8)
    del dataset.GreenPaletteColorLookupTableData
    assert prepared(dataset, tmp_path).made.reason == "corrupt"


def test_a_supplemental_palette_paints_its_own_values_only(tmp_path: Path) -> None:
    values = {"PhotometricInterpretation": "MONOCHROME2", "PixelPresentation": "COLOR"}
    dataset = palette(8, WindowCenter=5.5, WindowWidth=10, **values)
    made = prepared(dataset, tmp_path)
    greys = [round(min(max((n - 5) / 9 + 0.5, 0), 1) * 255) for n in range(10)]
    assert made.frame.reshape(-1, 3)[:10].tolist() == [[v] * 3 for v in greys]
    assert np.array_equal(made.frame.reshape(-1, 3)[10:], PAINTED.reshape(-1, 3)[10:])
    assert made.image["photometric"] == "RGB"

"""Grey pixels on their way to the screen: tables, windows, padding, MONOCHROME1, against arithmetic and DCMTK."""

import io
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

from appliance.imaging.render import Look, greys
from appliance.imaging.window import VoiFunction
from tests.pacs_bridge.prepare.phantoms import Prepared, grey, item, prepared

RAMP = np.arange(4096, dtype=np.uint16).reshape(64, 64)
CURVE = [round(4095 * (n / 255) ** 0.5) for n in range(256)]


def lut(entries: list[int], first: int, bits: int, **values: Any) -> Any:
    made = item(**values)
    made.add_new("LUTDescriptor", "SS" if first < 0 else "US", [len(entries), first, bits])
    made.add_new("LUTData", "US", entries)
    return made


def packed(entries: list[int], first: int, bits: int, syntax: str) -> Any:
    made = lut(entries, first, bits)
    made.add_new("LUTData", "OW", np.array(entries, ">u2" if syntax == ExplicitVRBigEndian else "<u2").tobytes())
    return made


def drawn(made: Prepared) -> np.ndarray:
    """What the viewer draws of the first frame: its own window on the display pixels."""
    told = made.image
    [window] = told["windows"][:1]
    look = Look(told["slope"], told["intercept"], window["center"], window["width"], VoiFunction(told["voi"]),
                told["inverted"])  # fmt: skip
    return greys(made.frame, look)


def by_dcmtk(dcm2pnm: str, made: Prepared, *options: str) -> np.ndarray:
    """What DCMTK draws of the file."""
    raw = subprocess.run([dcm2pnm, *options, str(made.path)], check=True, capture_output=True).stdout
    return np.asarray(Image.open(io.BytesIO(raw)))


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian])
@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.uint16])
def test_pixels_are_the_same_in_every_native_syntax(tmp_path: Path, syntax: str, kind: type) -> None:
    pixels = (np.arange(96) - (40 if kind is np.int16 else 0)).astype(kind).reshape(2, 6, 8)
    made = prepared(grey(pixels, syntax), tmp_path)
    assert np.array_equal(np.stack(made.frames), pixels)
    assert made.image["range"] == [int(pixels[0].min()), int(pixels[0].max())]


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_a_modality_table_replaces_slope_and_intercept(tmp_path: Path, syntax: str) -> None:
    table = [1000 + n * 3 for n in range(100)]
    made = prepared(grey(RAMP, syntax, ModalityLUTSequence=[packed(table, 50, 16, syntax)]), tmp_path)
    wanted = [table[min(max(int(v) - 50, 0), 99)] for v in RAMP.ravel()]
    assert made.frame.ravel().tolist() == wanted
    assert (made.image["slope"], made.image["intercept"], made.image["range"]) == (1.0, 0.0, [1000, 1297])


def test_signed_pixels_find_the_negative_start_of_their_table(tmp_path: Path) -> None:
    pixels = np.arange(-8, 8, dtype=np.int16).reshape(4, 4)
    made = prepared(grey(pixels, ModalityLUTSequence=[lut(list(range(500, 510)), -5, 16)]), tmp_path)
    assert made.frame.ravel().tolist() == [500] * 3 + list(range(500, 510)) + [509] * 3


def test_a_voi_table_is_read_after_the_rescale(tmp_path: Path) -> None:
    made = prepared(grey(RAMP, RescaleSlope="2", RescaleIntercept="-1000", VOILUTSequence=[lut(CURVE, -100, 12)]),
                    tmp_path)  # fmt: skip
    wanted = [CURVE[min(max(int(v) * 2 - 1000 + 100, 0), 255)] for v in RAMP.ravel()]
    assert made.frame.ravel().tolist() == wanted
    assert made.image["windows"] == [{"center": 2048.0, "width": 4096.0, "name": "VOI LUT"}]
    assert made.image["unit"] is None


def test_a_window_goes_before_a_table(tmp_path: Path) -> None:
    made = prepared(grey(RAMP, VOILUTSequence=[lut(CURVE, 0, 12)], WindowCenter=10, WindowWidth=5), tmp_path)
    assert np.array_equal(made.frame, RAMP)
    assert made.image["windows"][0]["center"] == 10


@pytest.mark.parametrize(("values", "options"), [
    ({"VOILUTSequence": [lut(CURVE, 300, 12, LUTExplanation="SOFT")]}, ["+Wl", "1"]),
    ({"ModalityLUTSequence": [lut(CURVE, 300, 12)], "WindowCenter": 2000, "WindowWidth": 1000}, ["+Wi", "1"]),
    ({"WindowCenter": 2000, "WindowWidth": 1000}, ["+Wi", "1"]),
    ({"WindowCenter": 2000, "WindowWidth": 1000, "VOILUTFunction": "SIGMOID"}, ["+Wi", "1"]),
    ({"WindowCenter": 900, "WindowWidth": 1700, "RescaleSlope": "0.5", "RescaleIntercept": "10"}, ["+Wi", "1"]),
    ({"WindowCenter": 2000, "WindowWidth": 1000, "PhotometricInterpretation": "MONOCHROME1"}, ["+Wi", "1"]),
    ({"VOILUTSequence": [lut(CURVE, 300, 12)], "PhotometricInterpretation": "MONOCHROME1"}, ["+Wl", "1"]),
])  # fmt: skip
def test_dcmtk_draws_the_same(tmp_path: Path, require, values: dict[str, Any], options: list[str]) -> None:
    made = prepared(grey(RAMP, **values), tmp_path)
    other = by_dcmtk(require("dcm2pnm"), made, *options).astype(int)
    assert np.abs(drawn(made).astype(int) - other).max() <= 1


def test_a_broken_table_leaves_the_pixels_as_they_are(tmp_path: Path) -> None:
    broken = [lut([1, 2, 3], 0, 16)]
    broken[0].LUTDescriptor = [400, 0, 16]
    made = prepared(grey(RAMP, VOILUTSequence=broken, ModalityLUTSequence=broken), tmp_path)
    assert np.array_equal(made.frame, RAMP)
    assert (made.image["windows"], made.image["slope"]) == ([], 1.0)


def test_a_table_of_a_frame_is_that_frames(tmp_path: Path) -> None:
    pixels = np.stack([RAMP[:8, :8]] * 2)
    groups = [item(FrameVOILUTSequence=[item(VOILUTSequence=[lut([7, 9], 3, 8)])]),
              item(FrameVOILUTSequence=[item(WindowCenter=5, WindowWidth=4)])]  # fmt: skip
    made = prepared(grey(pixels, PerFrameFunctionalGroupsSequence=groups), tmp_path)
    assert made.frames[0].ravel()[:5].tolist() == [7, 7, 7, 7, 9]
    assert np.array_equal(made.frames[1], pixels[1])
    assert [i["windows"][0]["width"] for i in made.made.images] == [256.0, 4]


@pytest.mark.parametrize(("kind", "values", "padding", "low"), [
    (np.int16, {"PixelPaddingValue": -2000}, [-2000, -2000], 5),
    (np.int16, {"PixelPaddingValue": -2000, "PixelPaddingRangeLimit": 5}, [-2000, 5], 7),
    (np.uint16, {"PixelPaddingValue": 65000, "PixelPaddingRangeLimit": 63536}, [63536, 65000], 5),
    (np.uint8, {"PixelPaddingValue": 3}, [3, 3], 5),
])  # fmt: skip
def test_padding_is_left_out_of_the_range(
    tmp_path: Path, kind: type, values: dict[str, int], padding: list[int], low: int
) -> None:
    pixels = np.full((8, 8), values["PixelPaddingValue"]).astype(kind)
    pixels[2:6, 2:6], pixels[3, 3], pixels[4, 4] = 100, 5, 7
    made = prepared(grey(pixels, **values), tmp_path)
    assert np.array_equal(made.frame, pixels)
    assert (made.image["padding"], made.image["range"]) == (padding, [low, 100])


def test_padding_does_not_darken_the_picture_of_the_series(tmp_path: Path) -> None:
    pixels = np.full((64, 64), -30000, np.int16)
    pixels[16:48, 16:48] = np.linspace(100, 200, 32, dtype=np.int16)
    made = prepared(grey(pixels, PixelPaddingValue=-30000), tmp_path)
    inside = np.asarray(Image.open(io.BytesIO(made.made.thumbnail)))[20:44, 16:48]
    assert inside.min() < 40
    assert inside.max() > 215


def test_an_image_of_nothing_but_padding_still_has_a_range(tmp_path: Path) -> None:
    made = prepared(grey(np.full((4, 4), 9, np.uint8), PixelPaddingValue=9), tmp_path)
    assert made.image["range"] == [9, 9]


def test_floats_are_spread_without_their_padding_and_what_is_no_number(tmp_path: Path) -> None:
    values = np.linspace(-1, 3, 64, dtype=np.float32).reshape(8, 8)
    values[0, 0], values[0, 1] = np.finfo(np.float32).min, np.nan
    dataset = grey(values, FloatPixelPaddingValue=float(np.finfo(np.float32).min))
    dataset.BitsStored = dataset.HighBit = dataset.PixelRepresentation = None
    dataset.FloatPixelData = dataset.PixelData
    del dataset.PixelData
    made = prepared(dataset, tmp_path)
    restored = made.frame * made.image["slope"] + made.image["intercept"]
    sound = values.ravel() > -1e20
    assert np.abs(restored.ravel()[sound] - values.ravel()[sound]).max() < 1e-4
    assert made.image["range"] == [0, 65535]


@pytest.mark.parametrize(("values", "shape"), [
    ({"PixelAspectRatio": ["2", "1"]}, (160, 80)),
    ({"PixelSpacing": [1.0, 0.5]}, (160, 80)),
    ({"PixelSpacing": [0.5, 0.5], "PixelAspectRatio": ["2", "1"]}, (160, 160)),
])  # fmt: skip
def test_pixels_that_are_not_square_are_drawn_so(
    tmp_path: Path, values: dict[str, Any], shape: tuple[int, int]
) -> None:
    made = prepared(grey(np.zeros((256, 256), np.uint8) + 9, **values), tmp_path)
    assert Image.open(io.BytesIO(made.made.thumbnail)).size[::-1] == shape

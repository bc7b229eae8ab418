"""Real files of four kinds on the page, on a desk and on a telephone: MR, radiograph, colour clip, tilted head."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread

from tests.journeys.canvas import assert_shows, greys
from tests.journeys.prepared import prepared
from tests.journeys.viewer_fixture import STUDY, Made
from tests.journeys.viewing import IS_SHOWN, NEEDED, heard, opened, press, text, until

pytestmark = NEEDED
SIZES = {"desk": {"viewport": {"width": 1440, "height": 900}},
         "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}}  # fmt: skip


@pytest.fixture(params=SIZES)
def page(browser: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    with heard(browser, request.node.name, **SIZES[request.param]) as page:
        yield page


def laid(made: Made, files: list[Path]) -> dict[str, Any]:
    """Put the series of these files on the page; return it."""
    found = prepared(files, STUDY)
    made.series = [found.series]
    made.frames.update(found.frames)
    return found.series


def dragged(page: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag over the film, in shares of its width and height from the middle."""
    box = page.locator(".film canvas").bounding_box()
    page.mouse.move(box["x"] + box["width"] * start[0], box["y"] + box["height"] * start[1])
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * end[0], box["y"] + box["height"] * end[1], steps=4)
    page.mouse.up()


def test_an_mr_series(page: Any, address: str, made: Made, shared_dicom: Path) -> None:
    files = sorted((shared_dicom / "mr-adc-series" / "pm-example-dcm.zip_701-ADCb500").iterdir())
    series = laid(made, files)
    opened(page, address)
    total = len(series["images"])
    until(page, "() => document.body.dataset.framesLoaded", str(total))
    for at in (total // 2, total - 1):
        by_uid = {str(one.SOPInstanceUID): one for one in map(dcmread, files)}
        image, found = series["images"][at], by_uid[series["images"][at]["sop_uid"]]
        window = image["windows"][0]
        slope, intercept = float(found.get("RescaleSlope", 1)), float(found.get("RescaleIntercept", 0))
        assert_shows(page, greys(found.pixel_array * slope, window["center"], window["width"], intercept))
        page.keyboard.press("End")
        until(page, "() => document.querySelector('.film').dataset.image", str(total))
    press(page, "preset-hard")
    assert "Fenêtre" in text(page, ".film .bl")
    assert page.evaluate("() => document.querySelector('[data-presets=CT]').hidden"), "no Hounsfield presets"
    page.keyboard.press("m")
    dragged(page, (0.4, 0.5), (0.6, 0.5))
    box = page.locator(".film canvas").bounding_box()
    scale = min(box["width"] / 256, box["height"] / 256)
    told = page.evaluate("() => document.querySelector('#marks-said li').textContent")
    assert abs(float(told.split()[2].replace(",", ".")) - 0.2 * box["width"] / scale * 0.7031) < 1.5
    assert "plan patient" in told


def test_a_radiograph(page: Any, address: str, made: Made, shared_dicom: Path, require: Any, tmp_path: Path) -> None:
    path = shared_dicom / "wg04" / "RG2_JPLL.dcm"
    series = laid(made, [path])
    opened(page, address)
    subprocess.run([require("dcmdjpeg"), str(path), str(tmp_path / "plain")], check=True, capture_output=True)
    found, (image,) = dcmread(tmp_path / "plain"), series["images"]
    [window] = image["windows"][:1] or [{"center": None, "width": None}]
    if window["center"] is not None:
        grey = greys(found.pixel_array * image["slope"], window["center"], window["width"], image["intercept"])
        assert_shows(page, 255 - grey if image["inverted"] else grey)
    press(page, "invert")
    page.keyboard.press("+")
    until(page, IS_SHOWN)
    assert "Sans perte" in text(page, ".film .tr")


def test_a_colour_clip_plays_at_its_own_speed(page: Any, address: str, made: Made, shared_dicom: Path) -> None:
    path = shared_dicom / "pydicom" / "examples_ybr_color.dcm"
    series = laid(made, [path])
    opened(page, address)
    frames = len(series["images"])
    assert frames == 30
    until(page, "() => document.body.dataset.framesLoaded", "30")
    assert text(page, "#cine-rate") == "30 im/s"
    assert "Avec perte" in text(page, ".film .tr")
    page.keyboard.press("Home")
    until(page, "() => document.querySelector('.film').dataset.image", "1")
    colours = page.evaluate("""() => {
      const c = document.querySelector('.film canvas'), small = new OffscreenCanvas(40, 30), d = small.getContext('2d');
      const scale = Math.min(c.width / 320, c.height / 240), w = 320 * scale, h = 240 * scale;
      d.drawImage(c, (c.width - w) / 2, (c.height - h) / 2, w, h, 0, 0, 40, 30);
      return [...d.getImageData(0, 0, 40, 30).data]; }""")
    seen = np.array(colours).reshape(30, 40, 4)[..., :3].astype(float)
    # Decoded to red, green and blue by pydicom.
    wanted = Image.fromarray(dcmread(path).pixel_array[0]).resize((40, 30), Image.Resampling.BOX)
    assert np.abs(seen - np.asarray(wanted, float)).mean() < 8
    page.evaluate("() => document.querySelector('[data-command=cine]').click()")
    until(page, "() => Number(document.querySelector('.film').dataset.image) > 5")
    page.evaluate("() => document.querySelector('[data-command=cine]').click()")


def test_a_tilted_head_has_no_planes_and_says_why(page: Any, address: str, made: Made, shared_dicom: Path) -> None:
    files = sorted((shared_dicom / "series" / "ct-head-tilt").iterdir())
    series = laid(made, files)
    assert not series["geometry"]["mpr"]
    opened(page, address)
    title = page.get_attribute(".tools [data-command=mpr]", "title")
    assert page.get_attribute(".tools [data-command=mpr]", "aria-disabled") == "true"
    assert "inclin" in str(title)

"""Two thousand slices, and a radiograph of 4,000 by 4,000: reached, right, and within what the device can keep."""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.journeys.canvas import assert_shows, canvas, greys
from tests.journeys.viewer_fixture import (
    COLUMNS,
    CT,
    ROWS,
    SLICES,
    STUDY,
    XR,
    Made,
    encoded,
    image,
    series,
    slice_of,
    volume,
)
from tests.journeys.viewing import IS_SHOWN, NEEDED, opened, settle, text, until

pytestmark = NEEDED
MANY = 2000
GIB = 0.25
KEPT = int(GIB * 80) << 20
"""What a device with a quarter of a gibibyte keeps compressed; it says so itself."""
SMALL = f"Object.defineProperty(navigator, 'deviceMemory', {{ value: {GIB} }})"
ASKED = "() => performance.getEntriesByType('resource').filter(one => one.name.includes('/frames/')).length"


def stack(made: Made) -> None:
    """Lay the made-up head over and over, a few hundred thousand bytes a slice."""
    made.series = [series(CT, 1, "CT", "Corps entier", [
        slice_of(f"1.2.3.{at + 1}", at + 1, ROWS, COLUMNS, position=[-128.0, -96.0, 0.5 * at]) for at in range(MANY)
    ])]  # fmt: skip
    grain = np.random.default_rng(1).integers(-3, 4, (ROWS, COLUMNS), dtype=np.int16)
    own = [encoded(one + grain) for one in volume()]
    made.frames = {f"1.2.3.{at + 1}/1": own[at % SLICES] for at in range(MANY)}


def test_two_thousand_slices_are_reached_within_what_may_be_kept(page: Any, address: str, made: Made) -> None:
    stack(made)
    page.add_init_script(SMALL)
    page.add_init_script("performance.setResourceTimingBufferSize(10000)")
    size = len(made.frames["1.2.3.1/1"])
    most = KEPT // size + 8  # those under way count when they came
    assert most < MANY
    opened(page, address)
    assert page.evaluate("() => document.querySelectorAll('*').length") < 1500
    for key, number in (("End", MANY), ("Home", 1), ("PageDown", 11), ("End", MANY)):
        page.keyboard.press(key)
        until(page, "() => document.getElementById('cine-count').textContent", f"{number} / {MANY}")
        until(page, IS_SHOWN)
        assert_shows(page, greys(volume()[(number - 1) % SLICES], 40, 80, -1024))
    # Whoever goes farther than what is kept is served: then what came first goes.
    loaded = 0
    for _ in range(100):
        now, loaded = loaded, int(page.evaluate("() => Number(document.body.dataset.framesLoaded)"))
        if now == loaded > 0:
            break
        page.wait_for_timeout(500)
    before = page.evaluate(ASKED)
    for _ in range(90):
        page.keyboard.press("PageUp")
        until(page, IS_SHOWN)
    assert page.evaluate("() => Number(document.body.dataset.framesLoaded)") <= most
    assert page.evaluate(ASKED) > before
    assert text(page, "#cine-count") == f"{MANY - 900} / {MANY}"


@cache
def plate() -> NDArray[np.uint16]:
    y, x = np.mgrid[0:4000, 0:4000]
    found: NDArray[np.uint16] = ((x // 2 + y // 3) % 4096).astype(np.uint16)
    return found


def test_a_radiograph_of_sixteen_million_pixels_is_windowed_and_enlarged(page: Any, address: str, made: Made) -> None:
    large = image("1.2.4.1", 1, 4000, 4000, range=[0, 4095], windows=[{"center": 2048, "width": 4096, "name": ""}])
    made.series = [series(XR, 1, "DX", "Thorax", [large])]
    made.frames["1.2.4.1/1"] = encoded(plate())
    opened(page, address)
    shown = canvas(page)
    assert shown.shape[0] < 1000, "as large as the screen, not as the image"
    middle = shown.shape[0] // 2, shown.shape[1] // 2
    expected = greys(plate()[1990:2010, 1990:2010], 2048, 4096, 0).mean()
    assert abs(float(shown[middle]) - expected) < 6
    for _ in range(12):
        page.keyboard.press("+")
    settle(page)
    enlarged = canvas(page)
    assert abs(float(enlarged[middle]) - expected) < 6
    # Enlarged, its slope is less steep: fewer steps of grey over the same width of the screen.
    line = (middle[0], slice(middle[1] - 40, middle[1] + 40))
    steep, flat = (np.abs(np.diff(one[line].astype(int))).mean() for one in (shown, enlarged))
    assert flat < steep
    page.keyboard.press("i")
    settle(page)
    assert abs(255 - float(canvas(page)[middle]) - expected) < 6


def test_a_large_image_that_was_cut_on_its_way_is_told(page: Any, address: str, made: Made) -> None:
    made.series = [series(XR, 1, "DX", "Thorax", [image("1.2.4.1", 1, 4000, 4000, range=[0, 4095])])]
    made.frames["1.2.4.1/1"] = encoded(plate())[:200]
    page.goto(f"{address}/viewer?study={STUDY}")
    until(page, "() => document.querySelector('.film-say')?.hidden", False)
    assert not page.evaluate(IS_SHOWN)

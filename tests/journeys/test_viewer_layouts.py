"""Several films: layouts, priors beside, drag and drop, linked scrolling, reference lines, the 3D cursor, tabs."""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.journeys.canvas import assert_shows, canvas, greys
from tests.journeys.viewer_fixture import CORONAL, CT, PRIOR, PRIOR_CT, SLICES, STUDY, XR, Made, coronal, volume
from tests.journeys.viewing import NEEDED, opened, press, text, until

pytestmark = NEEDED
FILMS = "() => [...document.querySelectorAll('.film')].map(film => [film.dataset.series ?? null, film.dataset.image])"
ACTIVE = "() => [...document.querySelectorAll('.film')].findIndex(film => film.classList.contains('is-active'))"


def compared(page: Any, address: str, made: Made) -> None:
    made.compared = True
    opened(page, address)


def nth(n: int) -> str:
    return f".film:nth-child({n + 1}) canvas"


def rows_that_differ(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Return the rows where something is drawn; a repeated drawing may differ by a grey level."""
    return (np.abs(one.astype(int) - other) > 20).any(axis=1).nonzero()[0]


def click(page: Any, n: int) -> None:
    box = page.locator(nth(n)).bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def test_two_and_four_views_show_what_was_not_shown(page: Any, address: str, made: Made) -> None:
    compared(page, address, made)
    page.keyboard.press("2")
    until(page, FILMS, [[CT, "13"], [XR, "1"]])
    assert_shows(page, greys(volume()[SLICES // 2], 40, 80, -1024), nth(0))
    page.keyboard.press("4")
    until(page, "() => document.querySelectorAll('.film').length", 4)
    until(page, "() => document.querySelectorAll('.film[data-series]').length", 4)
    assert page.evaluate(ACTIVE) == 0
    page.keyboard.press("n")
    assert page.evaluate(ACTIVE) == 1
    press(page, "layout-1")
    until(page, FILMS, [[XR, "1"]])


def test_a_series_replaces_the_active_view_only(page: Any, address: str, made: Made) -> None:
    compared(page, address, made)
    press(page, "layout-2")
    click(page, 1)
    assert page.evaluate(ACTIVE) == 1
    page.evaluate("uid => document.querySelector(`button[data-series='${uid}']`).click()", CORONAL)
    until(page, FILMS, [[CT, "13"], [CORONAL, "13"]])
    assert_shows(page, greys(coronal()[12].repeat(2, axis=0), 40, 80, -1024), nth(1))
    press(page, "invert")
    assert_shows(page, greys(volume()[SLICES // 2], 40, 80, -1024), nth(0))


def test_a_series_is_dragged_to_a_view(page: Any, address: str, made: Made) -> None:
    compared(page, address, made)
    press(page, "layout-2")
    page.drag_and_drop(f"button[data-series='{CORONAL}']", nth(1))
    until(page, FILMS, [[CT, "13"], [CORONAL, "13"]])
    assert page.evaluate(ACTIVE) == 1


def test_a_prior_opens_beside_in_one_click(page: Any, address: str, made: Made) -> None:
    compared(page, address, made)
    page.click("#priors button")
    until(page, FILMS, [[CT, "13"], [PRIOR_CT, "11"]])
    assert "03/05/2026" in text(page, ".film:nth-child(2) .tl")
    assert "22/11/2026" in text(page, ".film:nth-child(1) .tl")
    assert f"study={STUDY}&study={PRIOR}" in page.url
    page.reload()
    until(page, FILMS, [[CT, "13"], [PRIOR_CT, "11"]])


def test_linked_views_of_one_space_go_to_the_same_place(page: Any, address: str, made: Made) -> None:
    compared(page, address, made)
    page.click("#priors button")
    until(page, FILMS, [[CT, "13"], [PRIOR_CT, "11"]])
    # Another space: the offset at the moment of linking is kept, in millimetres.
    click(page, 1)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    until(page, FILMS, [[CT, "13"], [PRIOR_CT, "9"]])
    page.keyboard.press("l")
    assert "décalage actuel" in text(page, "[data-notice=why]")
    click(page, 0)
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    until(page, FILMS, [[CT, "16"], [PRIOR_CT, "12"]])
    assert_shows(page, greys(volume()[15], 40, 80, -1024), nth(1))
    press(page, "preset-bone")
    assert "Os 2000 / 500" in text(page, ".film:nth-child(2) .bl")
    page.keyboard.press("l")
    page.keyboard.press("ArrowDown")
    until(page, FILMS, [[CT, "17"], [PRIOR_CT, "12"]])


def test_reference_lines_show_where_the_active_view_cuts(page: Any, address: str, made: Made) -> None:
    compared(page, address, made)
    press(page, "layout-2")
    page.drag_and_drop(f"button[data-series='{CORONAL}']", nth(1))
    until(page, FILMS, [[CT, "13"], [CORONAL, "13"]])
    click(page, 0)
    with_line = canvas(page, nth(1))
    press(page, "lines")
    without = canvas(page, nth(1))
    rows = rows_that_differ(with_line, without)
    # Slice 13 of 24 from the feet, 2 mm each: its middle lies 11.5 slices below the top of the picture.
    height = without.shape[0]
    scale = min(without.shape[1] / 256, height / (SLICES * 2))
    assert abs(rows.mean() - (height / 2 + (11.5 - SLICES / 2) * 2 * scale)) < 3
    press(page, "lines")
    page.keyboard.press("ArrowDown")
    until(page, FILMS, [[CT, "14"], [CORONAL, "13"]])
    moved = rows_that_differ(canvas(page, nth(1)), without)
    assert moved.mean() < rows.mean(), "one slice higher"


def test_the_3d_cursor_takes_the_other_view_to_the_point(page: Any, address: str, made: Made) -> None:
    compared(page, address, made)
    press(page, "layout-2")
    page.drag_and_drop(f"button[data-series='{CORONAL}']", nth(1))
    until(page, FILMS, [[CT, "13"], [CORONAL, "13"]])
    click(page, 0)
    page.keyboard.press("x")
    box = page.locator(nth(0)).bounding_box()
    scale = min(box["width"] / 256, box["height"] / 192)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 + (40.5 - 96) * scale)
    until(page, FILMS, [[CT, "13"], [CORONAL, "6"]])


def test_one_exam_too_many_is_refused_in_words_and_the_open_one_stays(page: Any, address: str) -> None:
    opened(page, address)
    refusal = json.dumps({"error": "exams_hour"})
    page.route("**/viewer-api/studies*", lambda route: route.fulfill(
        status=429, body=refusal, content_type="application/json", headers={"Retry-After": "600"}))  # fmt: skip
    page.click("#priors button")
    until(page, "() => document.querySelector('[data-notice=prior]')?.getAttribute('role')", "alert")
    said = text(page, "[data-notice=prior]")
    assert "Trop d’examens ouverts depuis une heure" in said
    assert "Ceux qui sont ouverts le restent" in said
    assert_shows(page, greys(volume()[SLICES // 2], 40, 80, -1024))
    page.reload()
    until(page, "() => document.querySelector('[data-notice=open]')?.getAttribute('role')", "alert")
    assert "Trop d’examens ouverts depuis une heure" in text(page, "[data-notice=open]")


def test_tabs_hold_the_exams_of_this_session_and_no_other(page: Any, address: str, made: Made) -> None:
    opened(page, address)
    page.goto(f"{address}/viewer?study={STUDY}&study={PRIOR}")
    until(page, "() => document.querySelectorAll('.film[data-image]').length", 2)
    assert page.evaluate("() => [...document.querySelectorAll('a.tab')].map(tab => tab.getAttribute('href'))") == [
        "/codes", f"/viewer?study={STUDY}", None]  # fmt: skip
    made.csrf = "another-session-token"
    page.reload()
    until(page, "() => document.querySelectorAll('.film[data-image]').length", 2)
    assert page.evaluate("() => document.querySelectorAll('a.tab').length") == 2


def test_fast_mode_shows_previews_and_measures_nothing(page: Any, address: str) -> None:
    opened(page, address)
    page.keyboard.press("q")
    until(page, "() => document.body.dataset.quality", "preview")
    assert "Aperçu" in text(page, ".film .tr")
    page.keyboard.press("m")
    box = page.locator(nth(0)).bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 200)
    page.mouse.up()
    assert "sans perte pour mesurer" in text(page, "[data-notice=why]")
    assert page.evaluate("() => document.querySelectorAll('#marks-said li').length") == 0
    press(page, "preset-bone")
    until(page, "() => performance.getEntriesByType('resource').some(e => e.name.includes('center=500&width=2000'))")
    page.reload()
    until(page, "() => document.body.dataset.quality", "preview")
    page.keyboard.press("q")
    until(page, "() => document.body.dataset.quality", "lossless")
    assert_shows(page, greys(volume()[SLICES // 2], 40, 80, -1024))


def test_a_finger_scrolls_and_two_pinch(page: Any, address: str) -> None:
    opened(page, address)
    send = page.context.new_cdp_session(page).send

    def touch(kind: str, *points: tuple[float, float]) -> None:
        fingers = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(points)]
        send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    touch("touchStart", (600, 400), (700, 400))
    for gap in (60, 80, 100, 150):
        touch("touchMove", (650 - gap, 400), (650 + gap, 400))
    touch("touchEnd")
    wide = canvas(page)
    assert (wide[:, wide.shape[1] // 2] > 0).mean() > 0.9, "three times larger: the head fills the film"
    before = int(page.evaluate("() => document.querySelector('.film').dataset.image"))
    touch("touchStart", (600, 300), (700, 300))
    for y in (320, 340, 360, 380, 400):
        touch("touchMove", (600, y), (700, y))
    touch("touchEnd")
    until(page, "() => Number(document.querySelector('.film').dataset.image)", before + 5)

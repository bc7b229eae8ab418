"""The viewer alone, in a real browser: pixels against an independent rendering, tools, faults, the phone."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.journeys.canvas import assert_shows, canvas, greys
from tests.journeys.viewer_fixture import CT, SLICES, STUDY, XR, Made, radiograph, volume
from tests.journeys.viewing import IS_SHOWN, NEEDED, WITH_GL, WITHOUT_GL, chromium, opened, press, text, until

pytestmark = NEEDED


@pytest.fixture(scope="module", params=[WITH_GL, WITHOUT_GL], ids=["webgl", "no-webgl"])
def browser(request: pytest.FixtureRequest) -> Iterator[Any]:
    yield from chromium(request.param)


def test_the_first_image_is_the_slice_and_nothing_else(page: Any, address: str) -> None:
    opened(page, address)
    assert_shows(page, greys(volume()[SLICES // 2], 40, 80, -1024))
    assert page.evaluate("() => document.querySelector('.film').dataset.series") == CT
    assert "LEFÈVRE (utilisé : MARTIN) Anne-Charlotte" in text(page, ".tl")
    assert "14/03/1961" in text(page, ".tl")
    assert "F-100201" in text(page, ".tl")
    assert page.title() == "LEFÈVRE (utilisé : MARTIN) Anne-Charlotte 14/03/1961"
    assert [text(page, f".or-{edge}") for edge in "tblr"] == ["A", "P", "R", "L"]
    assert "Cerveau 80 / 40" in text(page, ".bl")
    assert "Non destiné au diagnostic" in text(page, ".bl")
    until(page, "() => document.body.dataset.framesLoaded", str(SLICES))
    assert page.evaluate("() => document.body.dataset.framesTotal") == str(SLICES)
    assert page.evaluate("() => document.body.dataset.quality") == "lossless"


def test_wheel_keys_and_bar_reach_the_last_slice(page: Any, address: str) -> None:
    opened(page, address)
    page.mouse.move(700, 400)
    page.mouse.wheel(0, 100)
    until(page, "() => document.getElementById('cine-count').textContent", f"{SLICES // 2 + 2} / {SLICES}")
    page.keyboard.press("End")
    until(page, "() => document.getElementById('cine-count').textContent", f"{SLICES} / {SLICES}")
    until(page, IS_SHOWN)
    assert_shows(page, greys(volume()[-1], 40, 80, -1024))
    page.evaluate(
        "() => { const bar = document.querySelector('.scrollbar'); bar.value = 1;"
        " bar.dispatchEvent(new Event('input')); }"
    )
    until(page, "() => document.getElementById('cine-count').textContent", f"1 / {SLICES}")
    until(page, IS_SHOWN)
    assert_shows(page, greys(volume()[0], 40, 80, -1024))


def test_windows_by_preset_mouse_and_inversion(page: Any, address: str) -> None:
    opened(page, address)
    middle = volume()[SLICES // 2]
    press(page, "preset-bone")
    assert_shows(page, greys(middle, 500, 2000, -1024))
    assert "Os 2000 / 500" in text(page, ".bl")
    press(page, "invert")
    seen = canvas(page)
    assert abs(int(seen[seen.shape[0] // 2, seen.shape[1] // 2]) - (255 - greys(middle, 500, 2000, -1024)[96, 128])) < 4
    press(page, "invert")
    page.keyboard.press("c")
    page.mouse.move(700, 400)
    page.mouse.down()
    page.mouse.move(750, 430, steps=4)
    page.mouse.up()
    assert "Fenêtre 2100 / 560" in text(page, ".bl")
    assert_shows(page, greys(middle, 560, 2100, -1024))
    press(page, "reset")
    assert "Cerveau 80 / 40" in text(page, ".bl")
    assert_shows(page, greys(middle, 40, 80, -1024))


def test_turning_moves_pixels_and_letters_together(page: Any, address: str) -> None:
    opened(page, address)
    grey = greys(volume()[SLICES // 2], 40, 80, -1024)
    press(page, "rotate")
    assert_shows(page, np.rot90(grey, -1))
    assert [text(page, f".or-{edge}") for edge in "tblr"] == ["R", "L", "P", "A"]
    press(page, "flip-h")
    assert_shows(page, np.rot90(grey, -1)[:, ::-1])
    assert [text(page, f".or-{edge}") for edge in "tblr"] == ["R", "L", "A", "P"]
    assert "Image retournée" in text(page, ".tr")
    press(page, "reset")
    assert_shows(page, grey)


def test_another_series_replaces_the_shown_one_and_starts_afresh(page: Any, address: str) -> None:
    opened(page, address)
    press(page, "flip-h")
    press(page, "series-next")
    until(page, "() => document.querySelector('.film').dataset.series", XR)
    until(page, IS_SHOWN)
    stored = radiograph()
    width = float(int(stored.max()) - int(stored.min()) + 1)
    assert_shows(page, 255 - greys(stored, (int(stored.max()) + int(stored.min()) + 1) / 2, width, 0))
    assert "Avec perte 12:1" in text(page, ".tr")
    assert "Côté : R" in text(page, ".tr")
    assert "retournée" not in text(page, ".tr")
    assert [text(page, f".or-{edge}") for edge in "tblr"] == ["H", "F", "R", "L"]
    assert page.evaluate("() => document.querySelector('[data-presets=CT]').hidden")
    assert "document joint" in text(page, ".undisplayable")


def test_each_stack_of_a_series_is_shown_like_a_series(page: Any, address: str, made: Made) -> None:
    made.stacked = True
    opened(page, address)
    third = SLICES // 3
    assert "écho 4,6 ms" in text(page, ".tr")
    assert_shows(page, greys(volume()[third // 2], 40, 80, -1024))
    press(page, "series-next")
    until(page, "() => document.querySelector('.film .tr').textContent.includes('écho 9,2 ms')")
    until(page, IS_SHOWN)
    assert_shows(page, greys(volume()[third + (SLICES - third) // 2], 40, 80, -1024))
    names = page.evaluate("() => [...document.querySelectorAll('button.serie b')].map(b => b.textContent)")
    assert names == ["Axiale, parties molles – écho 4,6 ms", "Axiale, parties molles – écho 9,2 ms", "Face"]
    pressed = page.evaluate("() => [...document.querySelectorAll('button.serie')].map(b => b.ariaPressed)")
    assert pressed == ["false", "true", "false"]


def test_a_missing_frame_is_told_and_tried_again(page: Any, address: str, made: Made) -> None:
    made.broken = {f"1.2.3.{SLICES // 2 + 1}/1"}
    page.goto(f"{address}/viewer?study={STUDY}")
    until(page, "() => document.querySelector('.film-say')?.hidden", False)
    assert "Le serveur n’a pas pu envoyer cette image." in text(page, ".film-say")
    assert not page.evaluate(IS_SHOWN)
    made.broken = set()
    page.evaluate("() => document.querySelector('.film-say button').click()")
    until(page, IS_SHOWN)
    assert_shows(page, greys(volume()[SLICES // 2], 40, 80, -1024))


def test_cine_plays_until_stopped(page: Any, address: str) -> None:
    opened(page, address)
    page.keyboard.press("Space")
    until(page, f"() => document.getElementById('cine-count').textContent !== '{SLICES // 2 + 1} / {SLICES}'")
    page.keyboard.press("Space")
    assert page.evaluate("() => document.querySelector('[data-command=cine]').ariaPressed") == "false"


def test_tools_that_cannot_be_used_say_why(page: Any, address: str) -> None:
    opened(page, address)
    for command in ("mpr", "volume"):
        title = page.evaluate("name => { const b = document.querySelector(`[data-command='${name}']`);"
                              " return b.ariaDisabled + ' ' + b.title; }", command)  # fmt: skip
        assert title.startswith("true ")
        assert "les images ne disent pas où elles se trouvent" in title


def test_the_end_of_the_session_closes_the_images(page: Any, address: str, made: Made) -> None:
    made.idle_s = 1
    opened(page, address)
    made.session = "idle"
    until(page, "() => document.getElementById('end-h').textContent.startsWith('Votre session a pris fin')")
    assert page.evaluate("() => document.querySelectorAll('.film').length") == 0
    assert page.evaluate("() => document.querySelector('#end-actions a').getAttribute('href')") == "/login"


def test_only_gestures_keep_the_session_alive(page: Any, address: str, made: Made) -> None:
    opened(page, address)
    page.keyboard.press("ArrowDown")
    page.wait_for_timeout(1200)
    assert made.beats == 0


def test_a_refusal_is_shown_in_the_server_s_words(page: Any, address: str, made: Made) -> None:
    made.refusal = {"error": "two_persons", "message": "Deux personnes ne partagent jamais un affichage."}
    page.goto(f"{address}/viewer?study={STUDY}")
    until(page, "() => document.querySelector('[data-notice=open] .notice-title')?.textContent",
          "Deux personnes ne partagent jamais un affichage.")  # fmt: skip
    assert page.evaluate("() => document.querySelectorAll('.film').length") == 0


def test_a_growing_exam_completes_itself(page: Any, address: str, made: Made) -> None:
    made.state = "preparing"
    opened(page, address)
    assert "Cet examen arrive encore" in text(page, "[data-notice=growing]")
    made.state = "available"
    until(page, "() => document.querySelector('[data-notice=growing]') === null")


def test_a_phone_shows_the_film_and_sheets(page: Any, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, address)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert page.evaluate("() => document.querySelector('.film').clientHeight") > 400
    page.click("[data-dock=series]")
    assert page.is_visible("#series button")
    page.click("#series button:nth-of-type(2)")
    until(page, "() => document.querySelector('.film').dataset.series", XR)
    assert not page.is_visible("#series button")

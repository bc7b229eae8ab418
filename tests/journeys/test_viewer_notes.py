"""Notes, work found again, and key images, in a real browser under the product's policy."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from appliance.domain.kept_work import Work
from tests.journeys.canvas import canvas, fitted, greys
from tests.journeys.test_viewer_marks import SAID, Film
from tests.journeys.viewer_fixture import CT, ROWS, STUDY, Made, series, slice_of, volume
from tests.journeys.viewing import NEEDED, opened, press, text, until

pytestmark = NEEDED
TEXTS = "() => [...document.querySelectorAll('#notes-list .note-text')].map(p => p.textContent)"
HOSTILE = "<img src=x onerror=\"window.hurt=1\">\n<script>window.hurt=1</script>"
IMAGE = f"{CT}/1.2.3.5/1"


def wait(page: Any, ready: Callable[[], bool]) -> None:
    for _ in range(200):
        if ready():
            return
        page.wait_for_timeout(50)
    raise AssertionError("never ready")


def test_notes_are_written_edited_and_deleted_by_keyboard_and_hostile_text_stays_text(
    page: Any, address: str, made: Made
) -> None:
    opened(page, address)
    until(page, "() => document.querySelector('.no-note')?.textContent.includes('Aucune note') ?? false")
    page.locator("#note").focus()
    page.keyboard.type("m d l a 2")  # keys of commands are letters here
    page.keyboard.press("Control+Enter")
    until(page, TEXTS, ["m d l a 2"])
    assert page.evaluate("() => [document.activeElement.id, document.activeElement.value]") == ["note", ""]
    assert made.notes[0]["scope"] == "private"
    page.locator("#note").fill(HOSTILE)
    page.locator("#note-scope").select_option("hospital")
    page.locator("#notes [data-form=new] button[type=submit]").click()
    until(page, TEXTS, ["m d l a 2", HOSTILE])
    assert page.evaluate("() => window.hurt ?? null") is None
    assert "pour l’hôpital" in page.locator("#notes-list li small").nth(1).text_content()
    page.locator("[data-note='1'] [data-act='note.edit']").click()
    page.locator("#note-1").fill("Comparer à l’IRM")
    page.keyboard.press("Control+Enter")
    until(page, TEXTS, ["Comparer à l’IRM", HOSTILE])
    assert "modifiée le" in page.locator("#notes-list li small").nth(0).text_content()
    page.locator("[data-note='2'] [data-act='note.delete']").click()
    page.keyboard.press("Enter")  # on « Annuler »: one slip deletes nothing
    until(page, TEXTS, ["Comparer à l’IRM", HOSTILE])
    page.locator("[data-note='2'] [data-act='note.delete']").click()
    page.locator("[data-note='2'] [data-act='note.sure']").click()
    until(page, TEXTS, ["Comparer à l’IRM"])
    assert len(made.notes) == 1


def test_a_note_being_typed_outlives_the_session(page: Any, address: str, made: Made) -> None:
    opened(page, address)
    page.locator("#note").fill("à finir")
    made.session = "idle"
    # Whatever the page asks meanwhile may end it first: then its dialog stands before the button.
    page.evaluate("() => document.querySelector('#notes [data-form=new] button[type=submit]').click()")
    until(page, "() => document.querySelector('#session-end').open")
    made.session = "open"
    opened(page, address)
    assert page.evaluate("() => document.querySelector('#note').value") == "à finir"
    assert made.notes == []


def test_marks_window_and_layout_are_found_again(page: Any, address: str, made: Made) -> None:
    made.work = Work()
    opened(page, address)
    film = Film(page, (ROWS, 256))
    page.keyboard.press("m")
    film.drag((40, 40), (150, 90))
    press(page, "invert")
    said = film.said()
    assert len(said) == 1
    wait(page, lambda: made.work is not None and bool(made.work.marks))
    opened(page, address)
    until(page, SAID, said)
    assert made.work is not None
    assert made.work.arrangement is not None
    until(page, "() => document.querySelector('.film .bl').textContent.includes('inversé')")


def test_work_done_while_the_session_ends_is_sent_after_the_next_log_in(page: Any, address: str, made: Made) -> None:
    made.work = Work()
    page.route("**/viewer-api/work/**", lambda route: route.abort())
    opened(page, address)
    film = Film(page, (ROWS, 256))
    page.keyboard.press("m")
    film.drag((40, 40), (150, 90))
    said = film.said()
    made.session = "idle"
    page.locator("#note").fill("x")
    page.keyboard.press("Control+Enter")
    until(page, "() => document.querySelector('#session-end').open")
    assert made.work.revision == 0
    made.session = "open"
    page.unroute("**/viewer-api/work/**")
    opened(page, address)
    until(page, SAID, said)
    wait(page, lambda: made.work is not None and bool(made.work.marks))


def test_another_reader_on_the_same_tab_gets_nothing_that_waited(page: Any, address: str, made: Made) -> None:
    opened(page, address)
    page.locator("#note").fill("à moi")
    page.evaluate("() => sessionStorage.setItem('stash', sessionStorage.getItem('stash').replace('\"7\"', '\"8\"'))")
    page.evaluate("() => { const other = JSON.parse(sessionStorage.getItem('stash')); other.reader = '8';"
                  " sessionStorage.setItem('stash', JSON.stringify(other)); }")  # fmt: skip
    opened(page, address)
    assert page.evaluate("() => document.querySelector('#note').value") == ""
    assert page.evaluate("() => sessionStorage.getItem('stash')") is None


def test_what_another_tab_did_is_joined_and_said(page: Any, address: str, made: Made) -> None:
    made.work = Work()
    opened(page, address)
    wait(page, lambda: made.work is not None and made.work.revision > 0)
    mark = {"kind": "probe", "points": [{"x": 1, "y": 2}]}
    made.work = replace(made.work, revision=made.work.revision + 1, marks={IMAGE: [mark]})
    film = Film(page, (ROWS, 256))
    page.keyboard.press("m")
    film.drag((40, 40), (150, 90))
    until(page, "() => document.querySelector('[data-notice=work]')?.textContent.includes('ouvert ailleurs') ?? false")
    assert len(made.work.marks) == 2


def test_key_images_of_the_hospital_and_of_the_reader(page: Any, address: str, made: Made) -> None:
    made.work = Work()
    made.key_images = [
        {"sop_uid": "1.2.3.5", "frame": 1, "title": "Of Interest", "description": "Lésion <b>"},
        {"sop_uid": "9.9.9", "frame": None, "title": "", "description": ""},
    ]
    opened(page, address)
    keys = "() => [...document.querySelectorAll('#key-images button')].map(b => [b.dataset.key, b.dataset.own ?? null])"
    until(page, keys, [["1.2.3.5/1", None]])
    marked = "() => document.querySelector('.film .key-mark')?.textContent"
    until(page, marked, "Cet examen a des images clés")
    page.locator("#key-images button").first.click()
    until(page, "() => document.querySelector('.film').dataset.image", "5")
    until(page, marked, "★ image clé")
    assert "Lésion <b>" in page.locator("#key-images button").first.get_attribute("title")
    page.locator(".film canvas").first.focus()
    page.keyboard.press("ArrowDown")
    until(page, "() => document.querySelector('.film').dataset.image", "6")
    page.keyboard.press("g")
    until(page, keys, [["1.2.3.5/1", None], ["1.2.3.6/1", ""]])
    until(page, marked, "★ votre image clé")
    wait(page, lambda: made.work is not None and list(made.work.keys) == [f"{CT}/1.2.3.6/1"])
    opened(page, address)
    until(page, keys, [["1.2.3.5/1", None], ["1.2.3.6/1", ""]])
    page.locator("#key-images button").nth(1).click()
    until(page, "() => document.querySelector('.film').dataset.image", "6")
    press(page, "key")
    until(page, keys, [["1.2.3.5/1", None]])
    wait(page, lambda: made.work is not None and not made.work.keys)
    assert STUDY in page.url


def test_a_saved_presentation_is_said_from_the_first_image(page: Any, address: str, made: Made) -> None:
    image = slice_of("1.2.3.1", 1, ROWS, 256, position=[-128.0, -96.0, 0.0])
    state = {"sop_uid": "1.2.4.9", "number": 1, "reason": "presentation_state"}
    made.series = [series(CT, 1, "CT", "Axiale", [image]), series("1.2.4", 2, "PR", "", [], undisplayable=[state])]
    opened(page, address)
    until(page, "() => document.querySelector('.film .key-mark')?.textContent",
          "cet examen a des présentations enregistrées")  # fmt: skip
    # What is no image is named where the series are, and nothing that could be chosen.
    assert text(page, "[data-objects='1.2.4']") == "Série 21 × état de présentation"
    assert page.locator("button[data-series]").count() == 1


LINE = {"images": [], "kind": "polyline", "points": [40, 120, 200, 120], "relative": False, "filled": False, "text": ""}


def test_a_saved_presentation_is_applied_on_demand_and_taken_off(page: Any, address: str, made: Made) -> None:
    named = [["1.2.3.13", None]]
    made.presentations = [{
        "sop_uid": "9.9", "label": "OS", "description": "", "made_on": "20261124", "images": named,
        "windows": [{"images": [], "center": 500, "width": 2000}], "slope": 1, "intercept": -1024,
        "inverted": False, "rotation": 90, "flipped": False, "drawings": [LINE],
    }]  # fmt: skip
    opened(page, address)
    mark = "() => document.querySelector('.film .key-mark')?.textContent"
    until(page, mark, "présentation enregistrée, non appliquée")
    before = canvas(page)
    page.keyboard.press("j")
    until(page, mark, "présentation appliquée : OS")
    assert "Os 2000 / 500" in text(page, ".film .bl")
    assert [text(page, f".or-{edge}") for edge in "tblr"] == ["R", "L", "P", "A"]
    applied, turned = canvas(page).astype(float), np.rot90(greys(volume()[12], 500, 2000, -1024), -1)
    purple = np.abs(applied - fitted(turned, applied.shape)) > 40
    scale = min(applied.shape[0] / turned.shape[0], applied.shape[1] / turned.shape[1])
    # Row 120 of 192 lies 24 pixels below the middle: turned by a quarter, as much on its left.
    assert abs(np.nonzero(purple)[1].mean() - (applied.shape[1] / 2 - 24 * scale)) < 3 * scale
    page.keyboard.press("ArrowDown")
    until(page, mark, "cet examen a des présentations enregistrées")
    assert page.get_attribute("[data-command=gsps]", "aria-disabled") == "true"
    page.keyboard.press("ArrowUp")
    until(page, mark, "présentation appliquée : OS")
    page.keyboard.press("j")
    until(page, mark, "présentation enregistrée, non appliquée")
    page.wait_for_timeout(150)
    assert (np.abs(canvas(page).astype(int) - before) < 8).all()

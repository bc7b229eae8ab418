"""The viewer by keyboard only, on a telephone, and as axe sees it: every panel, menu and dialog."""

from typing import Any

import pytest

from tests.journeys.canvas import canvas
from tests.journeys.viewer_fixture import CORONAL, CT, SLICES, XR, Made
from tests.journeys.viewing import NEEDED, opened, press, text, until

pytestmark = NEEDED
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PRESSED = (
    "([key, code]) => document.body.dispatchEvent(new KeyboardEvent('keydown', { key, code, bubbles: true }))"
)


def faults(page: Any) -> list[str]:
    """Return what axe finds wrong, by rule and place."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {node['target']}" for one in found for node in one["nodes"]]


@pytest.fixture
def open_page(browser: Any) -> Any:
    """A page without the policy: axe is a script of its own."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="fr-FR", bypass_csp=True)
    page = context.new_page()
    yield page
    context.close()


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)], ids=["desk", "phone"])
def test_axe_finds_no_fault_on_any_panel(open_page: Any, address: str, made: Made, size: tuple[int, int]) -> None:
    made.compared, page = True, open_page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    opened(page, address)
    assert faults(page) == []
    for opener in ("m-c", "m-m", "m-l", "m-cine"):
        page.evaluate("menu => document.querySelector(`[data-menu='${menu}']`).click()", opener)
        assert page.is_visible(f"#{opener}")
        assert faults(page) == [], opener
    page.keyboard.press("Escape")
    for panel in ("series", "report", "notes", "priors"):
        page.evaluate("name => document.querySelector(`[data-dock='${name}']`).click()", panel)
        assert faults(page) == [], panel
    page.evaluate("() => document.querySelector(`[data-dock='']`).click()")
    press(page, "layout-4")
    until(page, "() => document.querySelectorAll('.film[data-image]').length", 4)
    assert faults(page) == []
    press(page, "keys")
    assert faults(page) == []


def test_everything_is_reached_by_the_keyboard_alone(page: Any, address: str, made: Made) -> None:
    made.compared = True
    opened(page, address)
    reached: list[str] = []
    for _ in range(90):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(
            "() => document.activeElement.dataset.command ?? document.activeElement.dataset.series"
            " ?? document.activeElement.localName"))  # fmt: skip
        if reached[-1] == "body":
            break
    wanted = {"scroll", "window", "length", "layout-2", "reset", "cine", "fullscreen", "save", "print", CT, XR, CORONAL}
    assert wanted | {"canvas"} <= set(reached)
    # The ring of focus is seen, and Enter does what a click does.
    page.evaluate("() => document.querySelector('[data-command=layout-2]').focus()")
    assert page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("Enter")
    until(page, "() => document.querySelectorAll('.film').length", 2)
    page.evaluate("() => document.querySelector('[data-menu=m-m]').focus()")
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.dataset.command") == "length"
    page.keyboard.press("ArrowDown")
    assert page.evaluate("() => document.activeElement.dataset.command") == "angle"
    page.keyboard.press("Escape")
    back = page.evaluate("() => document.activeElement.dataset.menu")
    assert back == "m-m", "the focus goes back to the menu's button"


def test_single_keys_may_be_turned_off(page: Any, address: str) -> None:
    opened(page, address)
    page.keyboard.press("?")
    page.uncheck("#keys-on")
    page.keyboard.press("Escape")
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("ArrowDown")
    page.wait_for_timeout(100)
    assert text(page, "#cine-count") == f"{SLICES // 2 + 1} / {SLICES}"
    page.focus(".film canvas")
    page.keyboard.press("ArrowDown")
    until(page, "() => document.getElementById('cine-count').textContent", f"{SLICES // 2 + 2} / {SLICES}")


def test_a_french_keyboard_gives_figures_without_shift(page: Any, address: str, made: Made) -> None:
    made.compared = True
    opened(page, address)
    page.evaluate(PRESSED, ["é", "Digit2"])
    until(page, "() => document.querySelectorAll('.film').length", 2)
    page.evaluate(PRESSED, ["(", "Digit5"])
    until(page, "() => document.querySelector('.film .bl').textContent.includes('Os 2000')")


def test_a_telephone_reaches_every_tool(page: Any, address: str, made: Made) -> None:
    made.compared = True
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, address)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    before = canvas(page)
    for command in ("rotate", "layout-2", "reset"):
        page.locator(f".tools [data-command={command}]").first.scroll_into_view_if_needed()
        page.locator(f".tools [data-command={command}]").first.click()
    until(page, "() => document.querySelectorAll('.film[data-image]').length", 2)
    tops = page.evaluate("() => [...document.querySelectorAll('.film')].map(film => film.getBoundingClientRect().top)")
    assert tops[1] > tops[0] + 100, "one above the other"
    page.locator("[data-menu=m-m]").scroll_into_view_if_needed()
    page.locator("[data-menu=m-m]").click()
    box = page.locator("#m-m").bounding_box()
    assert 0 <= box["x"] <= 390 - box["width"]
    assert box["y"] >= 0
    page.keyboard.press("Escape")
    page.click(".more [data-menu]")
    named = page.evaluate("() => [...document.querySelectorAll('#m-x [data-command]')].map(one => one.dataset.command)")
    assert named == ["lossless", "save", "print", "send", "download", "open-with", "keys"]
    page.click("#m-x [data-command=save]")
    page.wait_for_selector("#save[open] .save-preview")
    box = page.locator("#save").bounding_box()
    assert box["width"] <= 390
    page.keyboard.press("Escape")
    sizes = page.evaluate(
        "() => [...document.querySelectorAll('.tools .tool, .vdock button, .cine .mini')]"
        ".filter(one => one.offsetParent).map(one => [one.offsetWidth, one.offsetHeight])"
    )
    assert min(min(size) for size in sizes) >= 36
    assert before.size > 0

"""How the journeys of the viewer start Chromium, wait and read the page."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.viewer_fixture import STUDY

CHROMIUM = next((one for one in map(Path, ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium")) if one.exists()),
                Path("/usr/bin/chromium"))  # fmt: skip
"""Chromium without a window of its own where Debian has it: half the time; the journeys of the demo open the whole."""
BUNDLE = Path(__file__).parents[2] / "webui/static/viewer/.vite/manifest.json"
NEEDED = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's Chromium (apt install chromium)"),
    pytest.mark.skipif(not BUNDLE.exists(), reason="needs the built viewer (npm run build)"),
]
COMMON = [
    "--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
]  # fmt: skip
WITH_GL = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
WITHOUT_GL = ["--disable-gpu", "--disable-3d-apis"]
WAIT_S = 15.0
CSP_EARS = """
addEventListener('securitypolicyviolation', e => (window.heard ??= []).push(e.effectiveDirective + ' ' + e.blockedURI));
addEventListener('error', e => (window.heard ??= []).push('error ' + e.message));
addEventListener('unhandledrejection', e => (window.heard ??= []).push('rejected ' + e.reason));
"""


def chromium(flags: Sequence[str]) -> Iterator[Any]:
    """Give a browser, and close it."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*COMMON, *flags])
        yield browser
        browser.close()


@contextmanager
def heard(browser: Any, name: str, **options: Any) -> Iterator[Any]:
    """Give a fresh page that hears every violation of the policy and every error of the script.

    Where ``TESTS_PICTURES`` names a folder, how the page looked at the end is kept there under the name of the test.
    """
    context = browser.new_context(locale="fr-FR", **options)
    context.add_init_script(CSP_EARS)
    page = context.new_page()
    yield page
    if folder := os.environ.get("TESTS_PICTURES"):
        page.screenshot(path=Path(folder) / f"{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}.png")
    assert page.evaluate("() => window.heard ?? []") == []
    context.close()


def until(page: Any, script: str, wanted: Any = True) -> None:
    """Wait until ``script`` gives ``wanted``; polling, since the policy forbids evaluating strings."""
    seen: Any = None
    for _ in range(int(WAIT_S / 0.05)):
        seen = page.evaluate(script)
        if seen == wanted:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{script} stayed {seen!r}, wanted {wanted!r}")


IS_SHOWN = (
    "() => { const at = document.querySelector('.film')?.dataset.image;"
    " return !!at && at === document.querySelector('.scrollbar').value; }"
)


def opened(page: Any, address: str) -> None:
    page.goto(f"{address}/viewer?study={STUDY}")
    until(page, IS_SHOWN)


def settle(page: Any) -> None:
    """Wait for the next picture of the screen: what changes together is drawn together."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))")


def text(page: Any, selector: str) -> str:
    settle(page)
    return str(page.evaluate("selector => document.querySelector(selector).textContent", selector))


def press(page: Any, command: str) -> None:
    page.evaluate("name => document.querySelector(`[data-command='${name}']`).click()", command)
    settle(page)

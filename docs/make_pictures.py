"""``python docs/make_pictures.py``: start the demo, walk through it in Chromium, keep the pictures of the documents."""

import sys
import tempfile
from pathlib import Path
from typing import Any

import pyotp

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.journeys import running  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"


def main() -> None:
    """Make every picture."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running.demo(Path(folder)) as demo:
        with running.browser() as page:
            _portal(page, demo)
        with running.browser() as page:
            _desk(page, demo)


def _keep(page: Any, name: str) -> None:
    page.screenshot(path=PICTURES / f"{name}.png")


def _portal(page: Any, demo: running.Demo) -> None:
    page.goto(f"{demo.web}/")
    _keep(page, "login")
    running.log_in(page, demo)
    for code in demo.ready["codes"]:
        running.redeem(page, code["code"], code["birth_date"], code["given_name"])
        page.wait_for_url("**/codes/*")
        page.goto(f"{demo.web}/codes")
    _keep(page, "codes")
    page.get_by_text("LEF").first.wait_for()
    page.locator("tr", has_text="LEFÈVRE").locator("a.code").click()
    running.until(page, "() => document.body.innerText.includes('Disponible') || (location.reload(), false)")
    _keep(page, "code")
    page.get_by_text("Afficher l’examen").first.click()
    running.until(page, "() => Number(document.querySelector('[data-frames-loaded]')?.dataset.framesLoaded) > 20")
    _keep(page, "viewer")


def _desk(page: Any, demo: running.Demo) -> None:
    desk_log_in(page, demo)
    page.fill("input[name=query]", "F-100201")
    page.keyboard.press("Enter")
    page.get_by_text("LEFÈVRE").first.wait_for()
    _keep(page, "desk")


def desk_log_in(page: Any, demo: running.Demo) -> None:
    """Log in at the desk with password and authenticator."""
    who = demo.ready["accounts"]["secretary"]
    page.goto(f"{demo.web}/desk/login")
    page.fill("input[name=login]", who["login"])
    page.fill("input[name=password]", who["password"])
    page.keyboard.press("Enter")
    page.wait_for_selector("input[name=code]")
    page.fill("input[name=code]", pyotp.TOTP(who["totp_secret"]).now())
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk")


if __name__ == "__main__":
    main()

"""A card in Chromium's own certificate store: first log-in, a one-time password, the card revoked, a new card."""

import http.client
import re
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.journeys import card_browser, running
from tests.journeys.issuing import RPPS, Issuer

PASSWORD, EMAIL = "vert Bison 27 lampe", "kit.doc@cabinet.example"
KNOWN_S = 60
"""A card known to be revoked is out within this time."""


@pytest.fixture
def issuer(demo: running.Demo) -> Issuer:
    return Issuer(demo.state / "pki")


def by_card(page: Any, web: str, *, account: bool = False) -> None:
    """Choose the card on the first page, as the guide says; the card page goes on by itself."""
    page.goto(f"{web}/")
    page.select_option("#mode", "card")
    if account:
        page.check("input[name=account]")
    page.click("main button[type=submit]")
    page.wait_for_url(re.compile(r"/(codes|account|login/card/return)"), timeout=30_000)


def by_password(page: Any, demo: running.Demo) -> None:
    seen = len(demo.mailbox())
    page.goto(f"{demo.web}/login/otp")
    page.fill("input[name=email]", EMAIL)
    page.fill("input[name=password]", PASSWORD)
    page.click("button[name=channel][value=email]")
    page.wait_for_selector("input[name=code], .notice-bad")
    if page.locator("input[name=code]").count():
        page.fill("input[name=code]", demo.digits(seen))
        page.keyboard.press("Enter")
        page.wait_for_url("**/codes")


def set_up(page: Any, demo: running.Demo) -> None:
    """Choose a password and confirm an address: the account page."""
    page.fill("#pw1", PASSWORD)
    page.fill("#pw2", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/account**")
    page.wait_for_selector("#s-otp")
    seen = len(demo.mailbox())
    page.check("[name=enable]")
    page.fill("#mail", EMAIL)
    page.keyboard.press("Enter")
    page.wait_for_selector("#code-email")
    page.fill("#code-email", demo.digits(seen))
    page.keyboard.press("Enter")
    page.get_by_text("L’adresse e-mail est confirmée.").wait_for()


def a_minute_later(state: Path) -> None:
    """Make the codes sent so far a minute older: one may be asked for a minute."""
    with closing(sqlite3.connect(state / "negatoscope.db", timeout=10)) as database, database:
        database.execute("UPDATE otp SET sent_at = sent_at - 61000000")


def causes(demo: running.Demo, verb: str) -> list[str]:
    return [one["cause"] for one in demo.cli("journal", "list") if one["verb"] == verb]


def test_from_the_first_card_to_the_one_after(demo, issuer, tmp_path):
    (first, certificate), (second, _) = issuer.card(tmp_path), issuer.card(tmp_path)
    with card_browser.browser(card_browser.home(tmp_path / "first", first)) as page:
        by_card(page, demo.web, account=True)
        assert page.url == f"{demo.web}/account"
        assert page.get_by_text(f"KIT DOC0036624, identifiant national {RPPS}").is_visible()
        set_up(page, demo)
        page.get_by_role("button", name="Déconnexion").click()
        page.wait_for_url(f"{demo.web}/")
        by_password(page, demo)
        assert page.url == f"{demo.web}/codes"
        issuer.revoke(certificate)
        end = time.monotonic() + KNOWN_S
        while "/login" not in page.url:
            assert time.monotonic() < end
            page.wait_for_timeout(500)
            page.goto(f"{demo.web}/codes")
        assert page.get_by_text("Votre carte CPS a été mise en opposition : la session est fermée.").is_visible()
        by_card(page, demo.web)
        assert page.get_by_text("Votre carte CPS a été mise en opposition.").is_visible()
        assert page.get_by_text("En attendant").is_visible()
        assert re.search(r"R\d{4}", page.inner_text("main"))
        by_password(page, demo)
        assert page.get_by_text("Connexion sans carte suspendue").is_visible()
    assert causes(demo, "card.refused")[0] == "revoked"
    assert causes(demo, "proof.revoked") == ["revoked"]
    with card_browser.browser(card_browser.home(tmp_path / "second", second)) as page:
        by_card(page, demo.web)
        assert page.url == f"{demo.web}/codes"
        page.get_by_role("button", name="Déconnexion").click()
        page.wait_for_url(f"{demo.web}/")
        a_minute_later(issuer.folder.parent)
        by_password(page, demo)
        assert page.url == f"{demo.web}/codes"


def test_what_a_card_may_not_is_explained(demo, issuer, tmp_path):
    path, _ = issuer.card(tmp_path, "Pharmacien")
    with card_browser.browser(card_browser.home(tmp_path / "home", path)) as page:
        by_card(page, demo.web)
        assert "n’est pas admise sur ce portail" in page.inner_text("main")
        assert page.get_by_text("01 99 00 12 34").first.is_visible()


def test_a_browser_without_a_card_reads_what_to_do(demo, issuer, tmp_path):
    with card_browser.browser(card_browser.home(tmp_path / "home")) as page:
        by_card(page, demo.web)
        assert page.get_by_text("Aucun certificat de carte n’a été présenté.").is_visible()
        assert page.locator("h1").inner_text() == "La carte n’a pas ouvert la session"


def another_browsers_address(web: str) -> str:
    connection = http.client.HTTPConnection(web.removeprefix("http://"), timeout=20)
    connection.request("GET", "/login/card/go")
    location = connection.getresponse().headers["Location"]
    connection.close()
    return location


def test_the_address_of_the_card_host_is_worth_nothing_elsewhere(demo, issuer, tmp_path):
    """Somebody who gets a card's holder to open his own address has no session: the cookie is another browser's."""
    path, _ = issuer.card(tmp_path)
    with card_browser.browser(card_browser.home(tmp_path / "home", path)) as page:
        page.goto(f"{demo.web}/login/card/go", wait_until="commit")
        page.wait_for_url("**/codes")
        page.context.clear_cookies()
        page.goto(another_browsers_address(demo.web))
        assert page.get_by_text("La page de connexion par carte s’est fermée.").is_visible()
        page.goto(f"{demo.web}/codes")
        assert "/login" in page.url

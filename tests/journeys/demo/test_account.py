"""A physician's first time after the card: password, OTP with a confirmed address, log-out, log-in without the card."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from appliance.bootstrap import open_house
from appliance.config.settings import load
from appliance.domain import passwords
from appliance.domain.identifiers import AccountId
from appliance.domain.journal import Actor
from appliance.domain.passwords import PasswordPolicy
from appliance.domain.sign_in import Means
from appliance.usecases.my_account import own_words
from appliance.usecases.ports import AccountRow
from appliance.usecases.sessions import open_session, physician
from tests.journeys import running

PASSWORD, EMAIL = "vert Bison 27 lampe", "morgan.petit@cabinet.example"


@pytest.fixture(scope="module")
def house(demo: running.Demo) -> Iterator[Any]:
    """The house of the demo from outside: the card's own log-in has its own journey."""
    with open_house(load(demo.state / "demo.toml"), threads=1) as opened:
        yield opened


def newcomer(house: Any, national_id: str) -> AccountRow:
    """A physician who came once, by card."""
    now = house.clock.now()
    row = AccountRow(
        AccountId(0), "", "Morgan", "Petit", "Cabinet", "", national_id, "10", "", False, None, now, "card",
        now + timedelta(days=300), now + timedelta(days=300), "good",
    )  # fmt: skip
    return house.people.account(house.people.add_account(row, "", Actor("system", "test")))


def cookies(house: Any, account: AccountRow, web: str) -> dict[str, Any]:
    """The state of a browser in which this physician came in by card."""
    with house.database.writing() as work:
        who = physician(account, Means.CARD, "127.0.0.1", user_agent="test")
        opened = open_session(work, house.secrets, who, house.clock.now(), house.sign_in.policy.sessions)
    host = re.match(r"https?://([^:/]+)", web).group(1)
    cookie = {"name": "negatoscope", "value": opened.token, "domain": host, "path": "/", "expires": -1,
              "httpOnly": True, "secure": False, "sameSite": "Lax"}  # fmt: skip
    return {"cookies": [cookie], "origins": []}


def test_from_the_card_to_a_log_in_without_it(demo, house):
    account = newcomer(house, "10100000025")
    with running.browser(storage_state=cookies(house, account, demo.web)) as page:
        page.goto(f"{demo.web}/account")
        assert page.get_by_text("Bienvenue.").is_visible()
        page.fill("#pw1", PASSWORD)
        assert page.locator("[data-rule][data-ok=true]").count() == 6
        page.fill("#pw2", PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_text("Le mot de passe est enregistré.").wait_for()
        page.wait_for_load_state()
        seen = len(demo.mailbox())
        page.focus("[name=enable]")
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.type(EMAIL)
        page.keyboard.press("Enter")
        page.wait_for_selector("#code-email")
        page.fill("#code-email", demo.digits(seen))
        page.keyboard.press("Enter")
        page.get_by_text("L’adresse e-mail est confirmée.").wait_for()
        assert page.locator("#s-otp .tag-ok").inner_text().strip() == "Activé"
        page.get_by_role("link", name="Continuer vers l’application").click()
        page.wait_for_url("**/codes")
        page.get_by_role("button", name="Déconnexion").click()
        page.wait_for_url(f"{demo.web}/")
        seen = len(demo.mailbox())
        page.goto(f"{demo.web}/login/otp")
        page.fill("input[name=email]", EMAIL)
        page.fill("input[name=password]", PASSWORD)
        page.click("button[name=channel][value=email]")
        page.wait_for_selector("#code")
        assert page.locator("[data-again]").first.is_disabled()
        page.reload()
        assert 200 < int(page.locator("#life").get_attribute("value")) <= 300
        page.fill("input[name=code]", demo.digits(seen))
        page.keyboard.press("Enter")
        page.wait_for_url("**/codes")
        page.goto(f"{demo.web}/account")
        assert page.get_by_text("Mot de passe actuel").count() == 2
        assert page.locator("#s-log li").count() == 1
        assert page.faults == []


def test_a_passkey_is_made_named_and_opens_alone(demo, house):
    web = demo.web.replace("127.0.0.1", "localhost")
    account = newcomer(house, "10100000033")
    with running.browser(storage_state=cookies(house, account, web)) as page:
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                   "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        page.goto(f"{web}/account")
        page.fill("#pk-name", "Cabinet des Tilleuls")
        page.keyboard.press("Enter")
        page.get_by_text("La clé d’accès est enregistrée.").wait_for()
        page.get_by_text("Renommer").click()
        page.locator(".rename input[name=name]").fill("Maison")
        page.keyboard.press("Enter")
        page.get_by_text("La clé d’accès est renommée.").wait_for()
        assert page.locator("#s-pk li b").inner_text() == "Maison"
        page.get_by_role("button", name="Déconnexion").click()
        page.wait_for_url(f"{web}/")
        page.goto(f"{web}/login/otp")
        page.get_by_role("button", name="Clé d’accès").click()
        page.wait_for_url("**/codes")
        assert page.faults == []
        page.get_by_role("button", name="Déconnexion").click()
        page.wait_for_url(f"{web}/")
    assert house.people.account(account.id).last_login_at is not None


def test_the_page_judges_a_password_as_the_domain_does(demo, house):
    account = newcomer(house, "10100000041")
    typed = [
        PASSWORD, "", "Negat7", "Kx7mQp2vR", "Kx7mQp2vRt9w", "kx7mqp2vrt9wb", "KX7MQP2VRT9WB", "Aaaaaaaaaaa1",
        "Motdepasse2026!", "M0td3p@sse2026", "Morgan-Petit-1975", "Azertyuiop1234", "123456789012", "épinard7Œuf&zinc",
        "ÉLAN-côtier-٣٤-été", "Ωmega-Bison-27-vert", "𝔘nicode-Bison-27", "ŒUVRE-de-nuit-27", "abcABC123abcABC123",
        "!!!!!!!!aA1!!!!", "Straße-Löwe-2731",
    ]  # fmt: skip
    with running.browser(storage_state=cookies(house, account, demo.web)) as page:
        page.goto(f"{demo.web}/account")
        script = page.locator("script[src*='js/password.js']").get_attribute("src")
        banned = json.loads(page.locator("#pw1").get_attribute("data-banned"))
        judge = "async ([script, typed, banned]) => { const { judged } = await import(script);" \
            " return typed.map((one) => judged(one, 12, 50, new Set(banned))); }"  # fmt: skip
        judged = page.evaluate(judge, [script, typed, banned])
        assert page.faults == []
    for password, found in zip(typed, judged, strict=True):
        wrong = set(passwords.broken(password, own_words(account), PasswordPolicy()))
        assert {rule for rule, met in found.items() if not met} == wrong, password

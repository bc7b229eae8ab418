"""A member of the desk adds a passkey, and enters by password and passkey the next time."""

from typing import Any

from tests.journeys import running


def _password(page: Any, web: str, who: dict[str, str]) -> None:
    page.goto(f"{web}/desk/login")
    page.fill("input[name=login]", who["login"])
    page.fill("input[name=password]", who["password"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/login/code")


def _authenticator(page: Any) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
               "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_the_desk_is_entered_by_password_and_passkey(demo, authenticator, require):
    require("chromium")
    with running.browser() as page:
        web, who = demo.web.replace("127.0.0.1", "localhost"), demo.ready["accounts"]["secretary"]
        _authenticator(page)
        _password(page, web, who)
        assert page.get_by_role("button", name="Clé d’accès").count() == 0
        page.fill("input[name=code]", authenticator())
        page.keyboard.press("Enter")
        page.wait_for_url("**/desk")
        page.get_by_role("link", name="Mon accès").click()
        page.get_by_text("Aucune clé d’accès.").wait_for()
        page.fill("#pk-name", "Guichet 2")
        page.keyboard.press("Enter")
        page.get_by_text("La clé d’accès est enregistrée.").wait_for()
        page.get_by_text("Renommer").click()
        page.locator(".rename input[name=name]").fill("Guichet 3")
        page.keyboard.press("Enter")
        page.get_by_text("La clé d’accès est renommée.").wait_for()
        assert page.locator("#s-pk li b").inner_text() == "Guichet 3"
        page.get_by_role("button", name="Déconnexion").click()
        page.wait_for_url("**/desk/login")
        _password(page, web, who)
        page.get_by_role("button", name="Clé d’accès").click()
        page.wait_for_url("**/desk")
        newest = next(row for row in demo.cli("journal", "list") if row["verb"] == "login")
        assert newest["facts"]["means"] == "staff_passkey"
        page.get_by_role("link", name="Mon accès").click()
        page.get_by_role("button", name="Supprimer : Guichet 3").click()
        page.get_by_text("La clé d’accès est supprimée.").wait_for()
        assert page.faults == []

"""« Mon accès » and the log-in of the staff by passkey: offered to whom, forms, refusals in words."""

import json
import re
from dataclasses import replace

import pytest
import pytest_asyncio

from appliance.config.settings import Settings
from appliance.domain.staff import Role
from appliance.usecases.people import NewMember
from tests.peers.authenticator import Authenticator
from tests.webui.conftest import DESK, enter_staff

CODE, OFFERED = "/desk/login/code", 'data-begin="/desk/login/passkey/begin"'
NAME = {"Host": "localhost"}
"""Browsers have passkeys for names, not for addresses."""


def add_member(house, login="guichet", role=Role.DESK):
    return house.people.add_staff(NewMember(login, f"Une personne {login}", role, must_set_up=False), DESK)


@pytest.fixture
def made(house):
    return add_member(house)


@pytest_asyncio.fixture
async def member(browser, made, clock):
    """The browser, inside, on the page of the own access."""
    await enter_staff(browser, made, clock)
    await browser.get("/desk/access", **NAME)
    return browser


async def script(browser, path, body=None):
    """What the page's script posts, and the JSON it gets."""
    headers = NAME | {"X-CSRF-Token": re.search(r'data-csrf="([^"]+)"', browser.text).group(1)}
    answer = await browser.client.post(path, json=body or {}, headers=headers, allow_redirects=False)
    return answer, await answer.json() if answer.content_type == "application/json" else {}


async def add_key(browser, name="Guichet 2"):
    key = Authenticator("http://localhost")
    _, options = await script(browser, "/desk/access/passkeys/begin")
    credential = json.loads(key.create(json.dumps(options)))
    _, said = await script(browser, "/desk/access/passkeys", {"credential": credential, "name": name})
    assert said == {"href": "/desk/access?done=passkey_add#s-pk"}
    return key


async def password(browser, made):
    await browser.get("/desk/access", **NAME)
    await browser.post("/logout", face="desk")
    await browser.get("/desk/login")
    answer = await browser.post("/desk/login", login=made.login, password=made.password)
    if answer.status == 303:
        await browser.get(CODE, **NAME)
    return answer


async def sign(browser, key):
    answer, options = await script(browser, "/desk/login/passkey/begin")
    assert answer.status == 200, options
    return await script(browser, "/desk/login/passkey", {"credential": json.loads(key.get(json.dumps(options)))})


def form_token(browser):
    return {cookie.key: cookie.value for cookie in browser.client.session.cookie_jar}["negatoscope-form"]


def switch(house, **methods):
    named = Settings(sign_in={"methods": {name: {"enabled": on} for name, on in methods.items()}}).sign_in.policy()
    for part in (house.sign_in, house.staff_passkeys):
        part.policy = replace(part.policy, methods=named)


async def test_a_passkey_is_added_named_used_and_removed(member, made, house):
    assert "Aucune clé d’accès." in member.text
    key = await add_key(member, "Guichet <2>")
    await member.get("/desk/access?done=passkey_add", **NAME)
    assert "La clé d’accès est enregistrée." in member.text
    assert "Guichet &lt;2&gt;" in member.text
    assert "jamais utilisée" in member.text
    [row] = house.staff_passkeys.listed(_who(house))
    assert (await member.post("/desk/access", action="passkey_rename", id=row.id, name=" ")).status == 400
    assert "Donnez un nom à cette clé." in member.text
    answer = await member.post("/desk/access", action="passkey_rename", id=row.id, name="Guichet 3")
    assert answer.headers["Location"] == "/desk/access?done=passkey_rename#s-pk"
    await password(member, made)
    assert OFFERED in member.text
    answer, said = await sign(member, key)
    assert (answer.status, said) == (200, {"href": "/desk"})
    await member.get("/desk/access", **NAME)
    assert "utilisée le 24/11/2026" in member.text
    await member.post("/desk/access", action="passkey_remove", id=row.id)
    await member.get("/desk/access?done=passkey_remove")
    assert "Aucune clé d’accès." in member.text
    assert (await member.post("/desk/access", action="drop")).status == 404


def _who(house):
    from appliance.domain.sign_in import Means, Requester

    return Requester("staff", house.people.staff()[0].id, "", Means.STAFF_TOTP, 0)


async def test_the_button_is_for_who_gave_the_password_and_has_a_key(member, made, house):
    other = add_member(house, "autre")
    await password(member, made)
    assert OFFERED not in member.text
    await member.post(CODE, code="000000")
    await enter_staff(member, made, _later(house))
    await member.get("/desk/access", **NAME)
    await add_key(member)
    await password(member, other)
    assert OFFERED not in member.text
    await password(member, made)
    assert OFFERED in member.text
    assert 'name="code"' in member.text
    await member.get(CODE)
    assert OFFERED not in member.text, "by address there are no passkeys"
    assert 'name="code"' in member.text


def _later(house):
    house.clock.move(seconds=30)
    return house.clock


async def test_refusals_are_said_in_words(member, made, house, clock):
    key = await add_key(member)
    await password(member, made)
    answer, said = await sign(member, Authenticator("http://localhost"))
    assert (answer.status, said["title"]) == (403, "Cette clé d’accès n’a pas été acceptée.")
    answer, said = await script(member, "/desk/login/passkey", {"credential": 7})
    assert (answer.status, said["error"]) == (403, "passkey")
    answer, said = await script(member, "/desk/login/passkey", {})
    assert (answer.status, said["error"]) == (400, "passkey")
    clock.move(minutes=5)
    answer, said = await script(member, "/desk/login/passkey/begin")
    assert (answer.status, said["title"]) == (403, "Cette connexion n’est plus valable.")
    await password(member, made)
    assert (await sign(member, key))[0].status == 200


@pytest.mark.parametrize("role", list(Role))
async def test_every_role_has_the_own_access(browser, house, clock, role):
    home = await enter_staff(browser, add_member(house, role.value, role), clock)
    await browser.get(home)
    assert 'href="/desk/access"' in browser.text
    assert (await browser.get("/desk/access", **NAME)).status == 200
    await add_key(browser)


async def test_before_the_set_up_the_own_access_is_closed(browser, house, clock):
    made = house.people.add_staff(NewMember("nouveau"), DESK)
    assert await enter_staff(browser, made, clock) == "/desk"
    assert (await browser.get("/desk/access")).headers["Location"] == "/desk/setup"
    await browser.get("/desk/setup")
    assert 'href="/desk/access"' not in browser.text
    for path in ("/desk/access", "/desk/access/passkeys", "/desk/access/passkeys/begin"):
        assert (await browser.post(path)).headers["Location"] == "/desk/setup"


async def test_a_physician_has_no_access_of_the_desk(physician):
    await physician.get("/account")
    for path in ("/desk/access", "/desk/access/passkeys", "/desk/access/passkeys/begin"):
        assert (await physician.post(path)).headers["Location"] == "/desk/login"


async def test_what_is_switched_off_is_not_offered(member, made, house):
    key = await add_key(member)
    switch(house, staff_passkey=False)
    await member.get("/desk/access", **NAME)
    assert "Cet hôpital n’accepte pas ce mode d’authentification." in member.text
    assert "data-passkey-add" not in member.text
    assert "Guichet 2" in member.text, "it can still be removed"
    await password(member, made)
    assert OFFERED not in member.text
    switch(house, staff_totp=False)
    await password(member, made)
    assert OFFERED in member.text
    assert 'name="code"' not in member.text
    await member.get(CODE)
    assert "en https" in member.text
    assert 'name="code"' not in member.text
    assert (await member.post(CODE, csrf=form_token(member), code="000000")).status == 403
    assert "Cet hôpital n’accepte pas ce mode d’authentification." in member.text
    await password(member, made)
    assert (await sign(member, key))[0].status == 200


async def test_who_has_nothing_left_to_enter_by_is_told(member, house):
    other = add_member(house, "autre")
    switch(house, staff_totp=False)
    answer = await password(member, other)
    assert answer.status == 403
    assert "Aucune clé d’accès n’est enregistrée pour votre accès." in member.text
    switch(house, staff_totp=True)
    await password(member, other)
    switch(house, staff_totp=False)
    assert (await member.get(CODE)).headers["Location"] == "/desk/login"


@pytest.mark.parametrize(("language", "words"), [("fr", "Mon accès"), ("en", "My access")])
async def test_the_page_speaks_both_languages(member, language, words):
    await member.get(f"/desk/access?lang={language}")
    assert f"<h1>{words}</h1>" in member.text
    assert not [part for part in (">access.", ">passkey.", ">desk.") if part in member.text]

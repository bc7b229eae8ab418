"""The account's page: each section's form, what is said beside its fields, what a weak session may not do."""

import re
from dataclasses import replace

import pyotp
import pytest
import pytest_asyncio

from appliance.config.settings import Settings
from appliance.domain.identifiers import AccountId
from appliance.domain.sign_in import Means
from appliance.usecases.ports import Page
from appliance.usecases.sessions import open_session, physician
from tests.webui.conftest import DESK, EMAIL, PASSWORD
from webui.middlewares.cookies import SESSION_COOKIE

NEW = "vert Bison 27 lampe"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def enter(browser, account_id: int, means: Means = Means.CARD, agent: str = FIREFOX, address: str = "192.0.2.7") -> int:
    """Open a session of the account as that means would; return its id."""
    house = browser.house
    with house.database.writing() as work:
        account = work.accounts.by_id(AccountId(account_id))
        who = physician(account, means, address, user_agent=agent)
        opened = open_session(work, house.secrets, who, house.clock.now(), house.sign_in.policy.sessions)
    browser.client.session.cookie_jar.update_cookies({SESSION_COOKIE: opened.token}, browser.client.make_url("/"))
    return opened.session.requester.session_id


def messages(browser, to: str) -> list[str]:
    with browser.house.database.reading() as work:
        rows, _ = work.outbox.listed(Page())
    return [row.message.text for row in sorted(rows, key=lambda row: row.id) if row.message.to == to]


def digits(browser, to: str) -> str:
    return re.search(r"\b\d{6}\b", messages(browser, to)[-1]).group()


def stored(browser, account_id: int):
    return browser.house.people.account(AccountId(account_id))


@pytest_asyncio.fixture
async def newcomer(browser, house, account):
    """A physician who just came with the card for the first time: no address, no password."""
    row = replace(
        account, email="", password_hash="", phone="", otp_enabled=False, national_id="810000000002",
        given_name="Camille", family_name="ROUSSEAU", email_verified_at=None, phone_verified_at=None,
    )  # fmt: skip
    made = house.people.add_account(row, "", DESK)
    enter(browser, made)
    await browser.get("/account")
    browser.account_id = made
    return browser


@pytest_asyncio.fixture
async def owner(browser, account):
    """The physician of the fixtures, in by card."""
    enter(browser, account.id)
    await browser.get("/account")
    browser.account_id = account.id
    return browser


async def test_the_first_time_says_what_to_do(newcomer):
    for words in ("Bienvenue", "Choisissez un mot de passe", "Modifier le mot de passe", "Paramètres OTP",
                  "Activer l’authentification OTP sur mon compte", "Continuer vers l’application",
                  "Ces données servent uniquement", "Carte CPS valide jusqu’au"):  # fmt: skip
        assert words in newcomer.text, words
    assert "Mot de passe actuel" not in newcomer.text


async def test_password_then_otp_then_log_in_without_the_card(newcomer, house):
    answer = await newcomer.post("/account", action="password", password=NEW, password_again=NEW)
    assert (answer.status, answer.headers["Location"]) == (303, "/account?done=password#s-pw")
    await newcomer.get("/account?done=password")
    assert "Le mot de passe est enregistré." in newcomer.text
    form = {"action": "otp", "enable": "1", "email": "Camille@Cabinet.Example", "phone": "06 39 98 00 02"}
    assert (await newcomer.post("/account", **form)).headers["Location"] == "/account#s-otp"
    await newcomer.get("/account")
    assert "envoyé à camille@cabinet.example" in newcomer.text
    assert "SMS au 06 39 98 00 02" in newcomer.text
    before = stored(newcomer, newcomer.account_id)
    assert (before.email, before.phone, before.otp_enabled) == ("", "", False)
    code = digits(newcomer, "camille@cabinet.example")
    answer = await newcomer.post("/account", action="confirm_email", code=f"{code[:3]} {code[3:]}")
    assert answer.headers["Location"] == "/account?done=confirm_email#s-otp"
    await newcomer.post("/account", action="confirm_phone", code=digits(newcomer, "+33639980002"))
    after = stored(newcomer, newcomer.account_id)
    assert (after.email, after.phone, after.otp_enabled) == ("camille@cabinet.example", "+33639980002", True)
    await newcomer.get("/account")
    await newcomer.post("/logout")
    await newcomer.get("/login/otp")
    await newcomer.post("/login/otp", email="camille@cabinet.example", password=NEW, channel="sms")
    await newcomer.get("/login/otp/code")
    answer = await newcomer.post("/login/otp/code", code=digits(newcomer, "+33639980002"))
    assert answer.headers["Location"] == "/codes"
    verbs = [record.event.verb for record in house.journal.listed(Page())[0]]
    assert verbs[-1] == "account.add"
    assert {"account.password", "account.email", "account.phone", "login"} <= set(verbs)


@pytest.mark.parametrize(("form", "words"), [
    ({"password": "Court1a", "password_again": "Court1a"}, "ne respecte pas toutes les règles"),
    ({"password": "Martin-1975-Alix", "password_again": "Martin-1975-Alix"}, "ne respecte pas toutes les règles"),
    ({"password": NEW, "password_again": f"{NEW}."}, "Les deux saisies sont différentes"),
])  # fmt: skip
async def test_a_password_that_will_not_do_is_told_beside_its_field(owner, form, words):
    before = stored(owner, owner.account_id).password_hash
    answer = await owner.post("/account", action="password", **form)
    assert answer.status == 400
    assert words in owner.text
    assert 'aria-invalid="true"' in owner.text
    assert stored(owner, owner.account_id).password_hash == before


async def test_broken_rules_are_marked_by_the_server_too(owner):
    await owner.post("/account", action="password", password="motdepasse2026", password_again="motdepasse2026")
    assert re.findall(r'data-rule="(\w+)" data-broken', owner.text) == ["upper", "common"]


@pytest.mark.parametrize(("email", "phone", "words"), [
    ("alix@medecin.mssante.fr", "", "Une adresse MSSanté ne peut pas recevoir nos codes"),
    ("alix", "", "Cette adresse e-mail n’est pas complète"),
    ("", "", "Cette adresse e-mail n’est pas complète"),
    ("alix@cabinet.example", "01 99 00 12 34", "Ce numéro ne peut pas recevoir de SMS"),
])  # fmt: skip
async def test_a_contact_that_will_not_do_is_told_beside_its_field(owner, email, phone, words):
    answer = await owner.post("/account", action="otp", enable="1", email=email, phone=phone)
    assert answer.status in (400, 403)
    assert words in owner.text
    assert f'value="{email}"' in owner.text


async def test_otp_asks_for_a_password_first(newcomer):
    answer = await newcomer.post("/account", action="otp", enable="1", email="camille@cabinet.example", phone="")
    assert answer.status == 403
    assert "Choisissez d’abord un mot de passe." in newcomer.text


async def test_nothing_says_that_an_address_is_somebody_elses(newcomer):
    await newcomer.post("/account", action="password", password=NEW, password_again=NEW)
    await newcomer.get("/account")
    answer = await newcomer.post("/account", action="otp", enable="1", email=EMAIL, phone="")
    assert answer.headers["Location"] == "/account#s-otp"
    await newcomer.get("/account")
    assert f"envoyé à {EMAIL}" in newcomer.text
    assert "C’est déjà celui du vôtre" in messages(newcomer, EMAIL)[-1]
    answer = await newcomer.post("/account", action="confirm_email", code="000000")
    assert answer.status == 403
    assert "Il vous reste 4 essais" in newcomer.text
    assert stored(newcomer, newcomer.account_id).email == ""


async def test_a_new_address_counts_once_confirmed_and_the_old_one_is_told(owner):
    await owner.post("/account", action="otp", enable="1", email="new@cabinet.example", phone="06 00 00 00 01")
    assert stored(owner, owner.account_id).email == EMAIL
    await owner.get("/account")
    await owner.post("/account", action="confirm_email", code=digits(owner, "new@cabinet.example"))
    assert stored(owner, owner.account_id).email == "new@cabinet.example"
    assert "L’adresse e-mail de votre compte a été remplacée" in messages(owner, EMAIL)[-1]


async def test_a_weak_session_gives_the_current_password(physician, account):
    await physician.get("/account")
    assert physician.text.count('autocomplete="current-password"') == 2
    for action, form in (("password", {"password": NEW, "password_again": NEW}),
                         ("otp", {"enable": "1", "email": "other@cabinet.example", "phone": ""})):  # fmt: skip
        answer = await physician.post("/account", action=action, current="wrong", **form)
        assert answer.status == 403
        assert "Le mot de passe actuel n’est pas le bon." in physician.text
    answer = await physician.post("/account", action="password", current=PASSWORD, password=NEW, password_again=NEW)
    assert answer.status == 303
    assert "Le mot de passe de votre compte a été changé" in messages(physician, EMAIL)[-1]


async def test_guessing_the_current_password_is_bounded(physician):
    await physician.get("/account")
    for _ in range(5):
        await physician.post("/account", action="password", current="wrong", password=NEW, password_again=NEW)
    answer = await physician.post("/account", action="password", current=PASSWORD, password=NEW, password_again=NEW)
    assert answer.status == 429
    assert int(answer.headers["Retry-After"]) > 0


async def test_sessions_are_listed_and_closed(owner, account):
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) AppleWebKit/605 Version/18.0 Mobile/15E148 Safari/604.1"
    other = enter(owner, account.id, Means.PASSWORD_SMS, agent=phone)
    enter(owner, account.id, Means.CARD)
    await owner.get("/account")
    assert "Safari, iPhone" in owner.text
    assert owner.text.count("Firefox, Windows") >= 2
    assert "Cette session, ouverte à" in owner.text
    await owner.post("/account", action="close_session", id=str(other))
    await owner.get("/account")
    assert "Safari, iPhone" not in owner.text
    await owner.post("/account", action="close_others")
    await owner.get("/account")
    assert owner.text.count("<b>Firefox, Windows</b>") == 1


async def test_nobody_closes_anothers_session(owner, newcomer, house, account):
    theirs = enter(owner, account.id)
    enter(newcomer, newcomer.account_id)
    await newcomer.get("/account")
    await newcomer.post("/account", action="close_session", id=str(theirs))
    with house.database.reading() as work:
        assert theirs in {one.id for one in work.sessions.live(account.id, account.created_at)}


async def test_own_log_ins_are_shown_and_nobody_elses(physician, house, account):
    await physician.get("/account")
    assert "Dernières connexions" in physician.text
    assert "Mot de passe et code par e-mail, depuis 127.0.0.1" in physician.text
    await physician.post("/logout")
    await physician.get("/login/otp")
    await physician.post("/login/otp", email=EMAIL, password="wrong", channel="email")
    enter(physician, account.id)
    await physician.get("/account")
    assert "Mot de passe refusé" in physician.text


async def test_the_application_is_set_up_used_once_a_step_and_removed(owner, clock, account):
    await owner.post("/account", action="totp_begin")
    await owner.get("/account")
    assert "data:image/svg+xml" in owner.text
    secret = re.search(r'class="code secret">([A-Z2-7 ]+)<', owner.text).group(1).replace(" ", "")
    answer = await owner.post("/account", action="totp_confirm", code="000000")
    assert answer.status == 403
    assert "ne sont pas ceux de l’application" in owner.text
    await owner.post("/account", action="totp_confirm", code=pyotp.TOTP(secret).at(clock.now()))
    kept = stored(owner, account.id).totp_secret
    assert kept
    assert secret not in kept
    await owner.get("/account")
    await owner.post("/logout")
    clock.move(seconds=30)
    code = pyotp.TOTP(secret).at(clock.now())
    for expected in ("/codes", None):
        await owner.get("/login/otp")
        assert (await owner.post("/login/otp", email=EMAIL, password=PASSWORD, channel="totp")).status == 303
        await owner.get("/login/otp/code")
        assert "Ouvrez votre application" in owner.text
        answer = await owner.post("/login/otp/code", code=code)
        assert answer.headers.get("Location") == expected
        await owner.get("/account")
        if expected:
            await owner.post("/logout")
    enter(owner, account.id)
    await owner.get("/account")
    await owner.post("/account", action="totp_remove")
    assert stored(owner, account.id).totp_secret == ""


async def test_a_weak_session_adds_no_second_factor(physician):
    await physician.get("/account")
    assert "Pour en ajouter, connectez-vous avec votre carte CPS" in physician.text
    assert (await physician.post("/account", action="totp_begin")).status == 403
    headers = {"X-CSRF-Token": physician.csrf}
    answer = await physician.client.post("/account/passkeys/begin", headers=headers)
    assert answer.status == 403


async def test_an_unknown_action_is_nothing(owner):
    assert (await owner.post("/account", action="drop")).status == 404


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_the_page_speaks_both_languages(owner, language):
    await owner.get(f"/account?lang={language}")
    words = {"fr": "Paramètres OTP", "en": "OTP settings"}
    assert words[language] in owner.text
    assert not re.search(r">(account|pw|otp|totp|sess|passkey)\.[a-z.]+<", owner.text)


@pytest.mark.parametrize(("methods", "gone", "kept"), [
    ({"passkey": {"enabled": False}}, ["Clés d’accès"], ["Application d’authentification"]),
    ({"password_sms": {"enabled": False}}, ["Téléphone mobile"], ["Adresse e-mail"]),
    ({"password_totp": {"enabled": False}}, ["Application d’authentification"], ["Clés d’accès"]),
])  # fmt: skip
async def test_a_method_switched_off_is_not_on_the_page(owner, account, methods, gone, kept):
    named = Settings(sign_in={"methods": methods}).sign_in.policy()
    house = owner.house
    house.sign_in.policy = replace(house.sign_in.policy, methods=named)
    await owner.get("/account")
    assert not [words for words in gone if words in owner.text]
    assert all(words in owner.text for words in kept)
    await owner.post("/logout")
    await owner.get("/login/otp")
    for channel, means in (("sms", Means.PASSWORD_SMS), ("totp", Means.PASSWORD_TOTP)):
        assert (f'value="{channel}"' in owner.text) is named.is_on(means)


async def test_when_every_password_is_closed_its_way_is_not_offered(browser, house):
    closed = {name: {"enabled": False} for name in ("password_email", "password_sms", "password_totp", "passkey")}
    named = Settings(sign_in={"methods": closed}).sign_in.policy()
    house.sign_in.policy = replace(house.sign_in.policy, methods=named)
    await browser.get("/")
    assert "/login/otp" not in browser.text
    assert (await browser.get("/login/otp")).status == 403
    assert "Cet hôpital n’accepte pas ce mode d’authentification." in browser.text


async def test_the_waiting_page_survives_a_reload_and_sends_again(browser, account, clock):
    await browser.get("/login/otp")
    await browser.post("/login/otp", email=EMAIL, password=PASSWORD, channel="email")
    clock.move(seconds=20)
    for _ in range(2):
        await browser.get("/login/otp/code")
        assert 'max="300" value="280"' in browser.text
        assert 'data-again="40"' in browser.text
        assert "a•••••@cabinet.example" in browser.text
    answer = await browser.post("/login/otp/again", channel="email")
    assert answer.status == 429
    assert "Un code vient déjà d’être envoyé." in browser.text
    assert 'max="300" value="280"' in browser.text
    clock.move(seconds=40)
    first = digits(browser, EMAIL)
    answer = await browser.post("/login/otp/again", channel="sms")
    assert answer.headers["Location"] == "/login/otp/code?sent=1"
    await browser.get("/login/otp/code?sent=1")
    assert "le précédent ne fonctionne plus" in browser.text
    assert "•• •• •• •• 01" in browser.text
    await browser.post("/login/otp/code", code=first)
    assert "Il vous reste 4 essais" in browser.text
    assert 'max="300" value="300"' in browser.text
    answer = await browser.post("/login/otp/code", code=digits(browser, "+33600000001"))
    assert answer.headers["Location"] == "/codes"


async def test_a_code_that_is_over_asks_for_the_password_again(browser, account, clock):
    await browser.get("/login/otp")
    await browser.post("/login/otp", email=EMAIL, password=PASSWORD, channel="email")
    await browser.get("/login/otp/code")
    clock.move(seconds=301)
    answer = await browser.post("/login/otp/code", code=digits(browser, EMAIL))
    assert answer.status == 403
    assert "Ce code a plus de cinq minutes." in browser.text
    assert 'name="password"' in browser.text
    assert (await browser.get("/login/otp/code")).headers["Location"] == "/login/otp"

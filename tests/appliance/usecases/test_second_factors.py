"""Authenticator application and passkeys: who may add one, what opens, what never does."""

import json
from dataclasses import replace

import pyotp
import pytest

from appliance.domain.errors import Malformed, Refused, TryLater
from appliance.domain.methods import Method, Methods
from appliance.domain.sign_in import Means
from appliance.usecases.ports import Page, Site
from appliance.usecases.sessions import physician as requester_of
from tests.peers.authenticator import Authenticator

PASSWORD, HERE = "Correct-Horse-9-Battery", "192.0.2.7"
SITE = Site("images.hopital.example", "Hôpital", ("https://images.hopital.example",))
BROWSER = (HERE, "Firefox")


@pytest.fixture
def strong(account):
    return requester_of(account, Means.CARD, HERE, 1)


@pytest.fixture
def weak(account):
    return requester_of(account, Means.PASSWORD_SMS, HERE, 1)


@pytest.fixture
def key(house, strong):
    """A passkey that the account knows."""
    made = Authenticator(SITE.origins[0])
    begun = house.second_factors.begin_passkey(strong, SITE)
    house.second_factors.add_passkey(strong, SITE, begun.token, made.create(begun.options), "Cabinet")
    return made


def subjects(house) -> list[str]:
    with house.database.reading() as work:
        return [row.message.text.split("\n")[2] for row in work.outbox.listed(Page())[0]]


def log_in(house, key, site=SITE):
    begun = house.second_factors.begin_login(site, HERE)
    return house.second_factors.login(site, begun.token, key.get(begun.options), BROWSER)


def totp_secret(house, strong, clock) -> str:
    token = house.second_factors.begin_totp(strong)
    secret, uri = house.second_factors.totp_waiting(strong, token, "Hôpital")
    assert "issuer=H%C3%B4pital" in uri
    house.second_factors.finish_totp(strong, token, pyotp.TOTP(secret).at(clock.now()))
    return secret


def test_a_passkey_opens_alone_and_is_told_by_mail(house, account, key, clock):
    opened = log_in(house, key)
    assert (opened.session.requester.means, opened.session.requester.id) == (Means.PASSKEY, account.id)
    assert opened.session.until - clock.now() == house.sign_in.policy.sessions.otp
    assert any("Une clé d’accès a été ajoutée" in line for line in subjects(house))
    event = house.journal.listed(Page())[0][0].event
    assert (event.verb, event.facts) == ("login", {"means": "passkey"})


def test_the_request_names_no_account(house, key):
    options = json.loads(house.second_factors.begin_login(SITE, HERE).options)
    assert options["allowCredentials"] == []
    assert options["userVerification"] == "required"


def test_an_answer_opens_once(house, key):
    begun = house.second_factors.begin_login(SITE, HERE)
    answer = key.get(begun.options)
    assert house.second_factors.login(SITE, begun.token, answer, BROWSER)
    with pytest.raises(Refused, match="passkey"):
        house.second_factors.login(SITE, begun.token, answer, BROWSER)


def test_a_ceremony_ends_after_five_minutes(house, key, clock):
    begun = house.second_factors.begin_login(SITE, HERE)
    answer = key.get(begun.options)
    clock.move(minutes=5)
    with pytest.raises(Refused, match="passkey"):
        house.second_factors.login(SITE, begun.token, answer, BROWSER)


@pytest.mark.parametrize(
    "how", ["origin", "site", "unverified", "other key", "challenge", "counter", "rubbish", "made for"]
)
def test_what_does_not_hold_opens_nothing(house, strong, key, how):
    begun, site = house.second_factors.begin_login(SITE, HERE), SITE
    forged = replace(key)
    options = begun.options
    if how == "origin":
        forged.origin = "https://images.hopital.example.evil.example"
    elif how == "site":
        site = Site("evil.example", "", (*SITE.origins, "https://evil.example"))
    elif how == "unverified":
        forged.verifies = False
    elif how == "other key":
        forged = Authenticator(key.origin, credential_id=key.credential_id)
    elif how == "challenge":
        options = house.second_factors.begin_login(SITE, HERE).options
    elif how == "counter":
        log_in(house, key)
        forged.counter = 0
    elif how == "made for":
        begun = house.second_factors.begin_passkey(strong, SITE)
    answer = '{"rawId": [1]}' if how == "rubbish" else forged.get(options)
    with pytest.raises(Refused, match="passkey"):
        house.second_factors.login(site, begun.token, answer, BROWSER)
    assert house.journal.listed(Page())[0][0].event.cause == "passkey"


@pytest.mark.parametrize(
    "answer", ["", "[]", "null", "{}", "[" * 100_000, '{"rawId": "é"}', '{"rawId": "AAAA", "response": 3}']
)
def test_rubbish_is_refused_in_words(house, key, answer):
    begun = house.second_factors.begin_login(SITE, HERE)
    with pytest.raises(Refused, match="passkey"):
        house.second_factors.login(SITE, begun.token, answer, BROWSER)


def test_the_proof_behind_the_account_counts_for_a_passkey_too(house, key, clock):
    clock.move(days=401)
    with pytest.raises(Refused, match="card_expired"):
        log_in(house, key)


def test_a_passkey_needs_no_otp_switch_and_dies_with_the_account(house, account, key):
    with house.database.writing() as work:
        work.accounts.change(replace(work.accounts.by_id(account.id), otp_enabled=False))
    assert log_in(house, key)
    with house.database.writing() as work:
        work.accounts.disable(account.id, house.clock.now())
    with pytest.raises(Refused, match="disabled"):
        log_in(house, key)


def test_only_a_strong_session_adds(house, strong, weak):
    for act in (lambda: house.second_factors.begin_totp(weak), lambda: house.second_factors.begin_passkey(weak, SITE)):
        with pytest.raises(Refused, match="strong_needed"):
            act()
    begun = house.second_factors.begin_passkey(strong, SITE)
    answer = Authenticator(SITE.origins[0]).create(begun.options)
    with pytest.raises(Refused, match="strong_needed"):
        house.second_factors.add_passkey(weak, SITE, begun.token, answer, "")


def test_names_and_removal_are_ones_own(house, account, strong, key):
    with house.database.reading() as work:
        [row] = work.passkeys.of(account_id=account.id)
    foreign = replace(strong, id=account.id + 1)
    with pytest.raises(Refused, match="session"):
        house.second_factors.rename_passkey(foreign, row.id, "Volée")
    house.second_factors.rename_passkey(strong, row.id, " Maison\n")
    with pytest.raises(Malformed, match="passkey_name"):
        house.second_factors.rename_passkey(strong, row.id, "\n ")
    with house.database.reading() as work:
        assert work.passkeys.of(account_id=account.id)[0].name == "Maison"
    house.second_factors.remove_passkey(strong, row.id)
    with pytest.raises(Refused, match="passkey"):
        log_in(house, key)


def test_the_same_key_is_never_two_accounts(house, strong, key):
    begun = house.second_factors.begin_passkey(strong, SITE)
    with pytest.raises(Refused, match="passkey"):
        house.second_factors.add_passkey(strong, SITE, begun.token, key.create(begun.options), "again")


def test_ten_passkeys_are_enough(house, strong):
    for _ in range(10):
        begun = house.second_factors.begin_passkey(strong, SITE)
        answer = Authenticator(SITE.origins[0]).create(begun.options)
        house.second_factors.add_passkey(strong, SITE, begun.token, answer, "")
    with pytest.raises(Refused, match="passkeys_full"):
        house.second_factors.begin_passkey(strong, SITE)


def test_digits_of_the_application_open_and_a_step_is_never_used_twice(house, account, strong, clock):
    secret = totp_secret(house, strong, clock)
    at_setup = pyotp.TOTP(secret).at(clock.now())
    with pytest.raises(Refused, match="otp_wrong"):
        house.sign_in.confirm_otp(house.sign_in.start_totp(account.email, PASSWORD, HERE), at_setup, HERE)
    clock.move(seconds=30)
    digits = pyotp.TOTP(secret).at(clock.now())
    opened = house.sign_in.confirm_otp(house.sign_in.start_totp(account.email, PASSWORD, HERE), digits, HERE)
    assert opened.session.requester.means == Means.PASSWORD_TOTP
    with pytest.raises(Refused, match="otp_wrong"):
        house.sign_in.confirm_otp(house.sign_in.start_totp(account.email, PASSWORD, HERE), digits, HERE)


def test_the_secret_is_stored_sealed(house, account, strong, clock):
    secret = totp_secret(house, strong, clock)
    with house.database.reading() as work:
        kept = work.accounts.by_id(account.id).totp_secret
    assert secret not in kept
    assert 40 < len(kept) <= 256


def test_whoever_knows_the_password_does_not_try_every_code(house, account, strong, clock):
    secret = totp_secret(house, strong, clock)
    clock.move(seconds=60)
    wrong = f"{(int(pyotp.TOTP(secret).at(clock.now())) + 1) % 1_000_000:06d}"
    for number in range(10):
        pending = house.sign_in.start_totp(account.email, PASSWORD, f"198.51.{number}.7")
        with pytest.raises(Refused, match="otp_wrong"):
            house.sign_in.confirm_otp(pending, wrong, f"198.51.{number}.7")
    with pytest.raises(TryLater, match="totp_hour"):
        house.sign_in.start_totp(account.email, PASSWORD, "203.0.113.7")
    with pytest.raises(TryLater, match="totp_hour"):
        house.sign_in.confirm_otp(pending, wrong, "203.0.113.7")
    clock.move(hours=1)
    assert house.sign_in.start_totp(account.email, PASSWORD, HERE)


def test_without_an_application_its_way_is_closed(house, account):
    with pytest.raises(Refused, match="no_totp"):
        house.sign_in.start_totp(account.email, PASSWORD, HERE)
    with pytest.raises(Refused, match="credentials"):
        house.sign_in.start_totp(account.email, "wrong", HERE)


def test_a_method_switched_off_is_refused_everywhere(house, account, strong, key, clock):
    secret = totp_secret(house, strong, clock)
    pending = house.sign_in.start_totp(account.email, PASSWORD, HERE)
    off = Methods({means: Method(enabled=False) for means in (Means.PASSKEY, Means.PASSWORD_TOTP)})
    for part in (house.sign_in, house.second_factors):
        part.policy = replace(part.policy, methods=off)
    clock.move(seconds=30)
    for act in (
        lambda: house.second_factors.begin_login(SITE, HERE),
        lambda: house.second_factors.login(SITE, "x", "{}", BROWSER),
        lambda: house.second_factors.begin_passkey(strong, SITE),
        lambda: house.second_factors.begin_totp(strong),
        lambda: house.sign_in.start_totp(account.email, PASSWORD, HERE),
        lambda: house.sign_in.confirm_otp(pending, pyotp.TOTP(secret).at(clock.now()), HERE),
    ):
        with pytest.raises(Refused, match="method_off"):
            act()


def test_nobody_begins_for_ever(house, clock):
    for _ in range(30):
        house.second_factors.begin_login(SITE, HERE)
    with pytest.raises(TryLater, match="password_address"):
        house.second_factors.begin_login(SITE, HERE)
    assert house.second_factors.begin_login(SITE, "198.51.100.1")
    clock.move(seconds=61)
    assert house.second_factors.begin_login(SITE, HERE)

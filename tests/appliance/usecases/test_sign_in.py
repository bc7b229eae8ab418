"""Log-in by one-time password: the clock, the limits, and what never differs."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from appliance.domain.errors import Malformed, Refused, TryLater
from appliance.domain.sign_in import Channel
from appliance.domain.staff import Role
from appliance.usecases.people import NewMember
from appliance.usecases.ports import OtpRow, Page
from tests.appliance.usecases.conftest import DESK

PASSWORD, HERE = "Correct-Horse-9-Battery", "192.0.2.7"


def digits(house) -> str:
    with house.database.writing() as work:
        return re.search(r"\b\d{6}\b", work.outbox.listed(Page())[0][0].message.text).group()


def wrong(right: str) -> str:
    return f"{(int(right) + 1) % 1_000_000:06d}"


def start(house, channel=Channel.EMAIL) -> str:
    return house.sign_in.start_otp("ALIX@cabinet.example", PASSWORD, channel, HERE)


def test_the_code_of_the_mail_opens_a_session_once(house, account):
    pending, code = start(house), digits(house)
    opened = house.sign_in.confirm_otp(pending, f" {code[:3]} {code[3:]}", HERE)
    assert opened.session.requester.label == "Alix MARTIN"
    assert house.sign_in.session(opened.token, HERE).csrf == opened.session.csrf
    with pytest.raises(Refused, match="otp_used"):
        house.sign_in.confirm_otp(pending, code, HERE)


def test_another_browser_cannot_use_the_code(house, account):
    start(house)
    with pytest.raises(Refused, match="otp_unknown"):
        house.sign_in.confirm_otp("another", digits(house), HERE)


@pytest.mark.parametrize(("seconds", "opens"), [(299, True), (301, False)])
def test_the_code_lives_five_minutes(house, account, clock, seconds, opens):
    pending, code = start(house), digits(house)
    clock.move(seconds=seconds)
    if opens:
        assert house.sign_in.confirm_otp(pending, code, HERE).token
    else:
        with pytest.raises(Refused, match="otp_expired"):
            house.sign_in.confirm_otp(pending, code, HERE)


def test_the_sixth_try_is_refused_even_when_right(house, account):
    pending, code = start(house), digits(house)
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(Refused, match="otp_wrong") as refused:
            house.sign_in.confirm_otp(pending, wrong(code), HERE)
        assert refused.value.facts["left"] == left
    with pytest.raises(Refused, match="otp_tries"):
        house.sign_in.confirm_otp(pending, code, HERE)
    with pytest.raises(Malformed, match="otp_digits"):
        house.sign_in.confirm_otp(pending, "12345", HERE)


def test_sending_again_kills_the_code_before_and_waits_a_minute(house, account, clock):
    pending, code = start(house), digits(house)
    with pytest.raises(TryLater, match="otp_pause") as later:
        start(house)
    assert later.value.facts["retry_after_s"] == 60
    clock.move(seconds=61)
    start(house, Channel.SMS)
    with pytest.raises(Refused, match="otp_replaced"):
        house.sign_in.confirm_otp(pending, code, HERE)


def test_unknown_and_known_are_told_the_same(house, account):
    for email in ("alix@cabinet.example", "nobody@cabinet.example"):
        with pytest.raises(Refused, match="credentials") as refused:
            house.sign_in.start_otp(email, "wrong", Channel.EMAIL, HERE)
        assert not refused.value.facts


def test_five_wrong_passwords_pause_the_pair_only(house, account):
    for _ in range(5):
        with pytest.raises(Refused):
            house.sign_in.start_otp(account.email, "wrong", Channel.EMAIL, HERE)
    with pytest.raises(TryLater, match="password_limit"):
        start(house)
    assert house.sign_in.start_otp(account.email, PASSWORD, Channel.EMAIL, "198.51.100.9")


@pytest.mark.parametrize(("days", "cause"), [(401, "card_expired"), (3, "card_unchecked")])
def test_the_password_works_only_while_the_card_holds(house, account, clock, days, cause):
    clock.move(days=days)
    with pytest.raises(Refused, match=cause):
        start(house)
    assert house.journal.listed(Page())[0][0].event.cause == cause


@pytest.mark.parametrize(("minutes", "alive"), [(14.98, True), (15.02, False)])
def test_a_session_ends_after_fifteen_idle_minutes(house, account, clock, minutes, alive):
    opened = house.sign_in.confirm_otp(start(house), digits(house), HERE)
    clock.move(minutes=minutes)
    if alive:
        assert house.sign_in.session(opened.token, HERE)
    else:
        with pytest.raises(Refused) as refused:
            house.sign_in.session(opened.token, HERE)
        assert refused.value.facts["end"] == "idle"


def test_gestures_keep_a_session_until_its_limit(house, account, clock):
    opened = house.sign_in.confirm_otp(start(house), digits(house), HERE)
    for _ in range(23):
        clock.move(minutes=10)
        house.sign_in.beat(opened.token, HERE)
    clock.move(minutes=11)
    with pytest.raises(Refused) as refused:
        house.sign_in.beat(opened.token, HERE)
    assert refused.value.facts["end"] == "limit"


def test_a_disabled_account_is_out_at_the_next_request(house, account):
    opened = house.sign_in.confirm_otp(start(house), digits(house), HERE)
    house.people.disable(account.id, DESK)
    with pytest.raises(Refused) as refused:
        house.sign_in.session(opened.token, HERE)
    assert refused.value.facts["end"] == "revoked"


def test_log_out_ends_the_session(house, account):
    opened = house.sign_in.confirm_otp(start(house), digits(house), HERE)
    house.sign_in.logout(opened.token, HERE)
    with pytest.raises(Refused) as refused:
        house.sign_in.session(opened.token, HERE)
    assert refused.value.facts["end"] == "logout"


def test_staff_enter_by_password_and_authenticator_never_twice_with_the_same_digits(house, clock):
    import pyotp

    made = house.people.add_staff(NewMember("accueil", "Accueil B", Role.DESK), DESK)
    code = pyotp.TOTP(made.totp_secret).at(clock.now())
    pending = house.sign_in.start_staff("accueil", made.password, HERE)
    opened = house.sign_in.confirm_staff(pending, code, HERE)
    assert opened.session.requester.role == "desk"
    event = house.journal.listed(Page())[0][0].event
    assert (event.verb, event.facts) == ("login", {"means": "staff_totp"})
    with pytest.raises(Refused, match="otp_wrong"):
        house.sign_in.confirm_staff(house.sign_in.start_staff("accueil", made.password, HERE), code, HERE)
    with pytest.raises(Refused, match="credentials"):
        house.sign_in.start_staff("accueil", "wrong", HERE)


@pytest.mark.parametrize("email", ["x" * 300, "é" * 200 + "@cabinet.example", "", "a\0b@cabinet.example"])
def test_any_text_in_place_of_an_address_is_only_refused(house, email):
    with pytest.raises(Refused, match="credentials"):
        house.sign_in.start_otp(email, "x", Channel.EMAIL, "2001:db8:1111:2222:3333:4444:5555:6666")
    house.journal.listed(Page())


def refusals(house) -> int:
    return sum(record.event.verb == "otp.refused" for record in house.journal.listed(Page(0, 500))[0])


@pytest.mark.parametrize("face", ["confirm_otp", "confirm_staff"])
def test_digits_that_nobody_asked_for_are_journaled_and_bounded(house, clock, face):
    for _ in range(20):
        with pytest.raises(Refused, match="otp_unknown"):
            getattr(house.sign_in, face)("nobody", "123456", HERE)
    for _ in range(5):
        with pytest.raises(TryLater, match="password_address") as later:
            getattr(house.sign_in, face)("nobody", "123456", HERE)
        assert later.value.facts["retry_after_s"] == 600
    assert refusals(house) == 20
    newest = house.journal.listed(Page())[0][0].event
    assert (newest.cause, newest.actor.id, newest.actor.address) == ("otp_unknown", "unknown", HERE)
    clock.move(minutes=10)
    with pytest.raises(Refused, match="otp_unknown"):
        getattr(house.sign_in, face)("nobody", "123456", HERE)
    assert refusals(house) == 21


def test_a_network_that_guesses_digits_is_bounded_too(house):
    for number in range(100):
        with pytest.raises(Refused, match="otp_unknown"):
            house.sign_in.confirm_otp("nobody", "123456", f"192.0.2.{number}")
    with pytest.raises(TryLater, match="password_address"):
        house.sign_in.confirm_otp("nobody", "123456", "192.0.2.200")
    with pytest.raises(Refused, match="otp_unknown"):
        house.sign_in.confirm_otp("nobody", "123456", "198.51.100.1")


def test_right_digits_pass_where_others_failed(house, account):
    pending, code = start(house), digits(house)
    for _ in range(19):
        with pytest.raises(Refused):
            house.sign_in.confirm_otp("nobody", "123456", HERE)
    assert house.sign_in.confirm_otp(pending, code, HERE).token


def test_a_network_that_guesses_passwords_waits(house, account):
    for number in range(100):
        with pytest.raises(Refused, match="credentials"):
            house.sign_in.start_otp(f"nobody{number}@cabinet.example", "wrong", Channel.EMAIL, f"192.0.2.{number}")
    with pytest.raises(TryLater, match="password_address"):
        house.sign_in.start_otp(account.email, PASSWORD, Channel.EMAIL, "192.0.2.200")
    assert house.sign_in.start_otp(account.email, PASSWORD, Channel.EMAIL, "198.51.100.9")


def test_no_more_sms_than_the_day_allows_and_mail_still_leaves(house, account, clock):
    with house.database.writing() as work:
        for number in range(300):
            work.otps.add(OtpRow(0, b"%032d" % number, account.id, None, Channel.SMS, b"x" * 32,
                                 clock.now() - timedelta(hours=9), 0, None, clock.now()))  # fmt: skip
    # Nine hours ago it was one in the morning in Paris; the account's own limits are not the point here.
    generous = replace(house.sign_in.policy, otp=replace(house.sign_in.policy.otp, per_day=10_000))
    house.sign_in.policy = generous
    assert house.sign_in.sms_spent() == 300
    with pytest.raises(TryLater, match="sms_day") as later:
        start(house, Channel.SMS)
    assert later.value.facts["retry_after_s"] == 14 * 3600
    assert start(house, Channel.EMAIL)
    clock.move(hours=14)
    assert house.sign_in.sms_spent() == 0
    assert start(house, Channel.SMS)

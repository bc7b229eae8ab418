"""The staff's first log-in, what a reset ends, and who may do what to whom; on both databases."""

import pyotp
import pytest

from appliance.bootstrap import open_house
from appliance.config.sections import Database
from appliance.config.settings import Settings
from appliance.domain.errors import Fault, Malformed, Refused
from appliance.domain.journal import Actor
from appliance.domain.staff import Role
from appliance.usecases.people import NewMember
from appliance.usecases.staff_access import Chosen
from tests.appliance.usecases.conftest import DESK
from tests.houses import cheap_passwords

HERE, GOOD = "192.0.2.7", "Lampe-Verte-7-Nuages"


@pytest.fixture
def house(laid_url, tmp_path, clock):
    settings = Settings(state_dir=tmp_path, database=Database(url=laid_url))
    with open_house(settings, clock=clock, passwords=cheap_passwords()) as opened:
        yield opened


@pytest.fixture
def made(house):
    return house.people.add_staff(NewMember("accueil", "Accueil B"), DESK)


def log_in(house, login, password, secret):
    pending = house.sign_in.start_staff(login, password, HERE)
    opened = house.sign_in.confirm_staff(pending, pyotp.TOTP(secret).at(house.clock.now()), HERE)
    return opened.token, house.sign_in.session(opened.token, HERE).requester


def digits(house, secret):
    return pyotp.TOTP(secret).at(house.clock.now())


def test_what_was_given_is_replaced_and_serves_no_more(house, made, clock):
    token, who = log_in(house, "accueil", made.password, made.totp_secret)
    assert who.must_set_up
    clock.move(seconds=30)
    other, _ = log_in(house, "accueil", made.password, made.totp_secret)
    new = house.staff_access.begin(who)
    assert "accueil" in new.uri
    assert new.secret != made.totp_secret
    house.staff_access.set_up(who, new.token, Chosen(GOOD, GOOD, digits(house, new.secret)))
    assert not house.sign_in.session(token, HERE).requester.must_set_up
    with pytest.raises(Refused, match="session"):
        house.sign_in.session(other, HERE)
    with pytest.raises(Refused, match="credentials"):
        house.sign_in.start_staff("accueil", made.password, HERE)
    pending = house.sign_in.start_staff("accueil", GOOD, HERE)
    with pytest.raises(Refused, match="otp_wrong"):
        house.sign_in.confirm_staff(pending, digits(house, new.secret), HERE)  # the digits of the set-up: once
    clock.move(seconds=30)
    _, again = log_in(house, "accueil", GOOD, new.secret)
    assert not again.must_set_up
    with pytest.raises(Refused, match="totp_over"):
        house.staff_access.set_up(who, new.token, Chosen(GOOD + "8", GOOD + "8", digits(house, new.secret)))


@pytest.mark.parametrize(
    ("password", "again", "typed", "cause"),
    [
        ("court", "court", None, "password_rules"),
        ("Accueil-2026-Accueil", "Accueil-2026-Accueil", None, "password_rules"),
        (GOOD, GOOD + "x", None, "password_again"),
        (GOOD, GOOD, "12345", "otp_digits"),
        (GOOD, GOOD, "wrong", "otp_digits"),
    ],
)
def test_what_is_wrong_is_said_and_the_secret_waits_on(house, made, password, again, typed, cause):
    _, who = log_in(house, "accueil", made.password, made.totp_secret)
    new = house.staff_access.begin(who)
    with pytest.raises(Malformed, match=cause):
        house.staff_access.set_up(who, new.token, Chosen(password, again, typed or digits(house, new.secret)))
    assert house.staff_access.waiting(who, new.token) == new


def test_the_password_given_is_no_own_password(house, made):
    with house.database.writing() as work:
        work.staff.reset("accueil", house.sign_in._passwords.hash(GOOD), made.totp_secret)
    _, who = log_in(house, "accueil", GOOD, made.totp_secret)
    new = house.staff_access.begin(who)
    with pytest.raises(Refused, match="password_given"):
        house.staff_access.set_up(who, new.token, Chosen(GOOD, GOOD, digits(house, new.secret)))


def test_digits_of_another_secret_or_too_late_set_nothing_up(house, made, clock):
    _, who = log_in(house, "accueil", made.password, made.totp_secret)
    new = house.staff_access.begin(who)
    with pytest.raises(Refused, match="totp_wrong"):
        house.staff_access.set_up(who, new.token, Chosen(GOOD, GOOD, digits(house, made.totp_secret)))
    new = house.staff_access.begin(who)
    clock.move(minutes=15)
    assert house.staff_access.waiting(who, new.token) is None
    with pytest.raises(Refused, match="totp_over"):
        house.staff_access.set_up(who, new.token, Chosen(GOOD, GOOD, digits(house, new.secret)))


def test_another_session_cannot_use_the_secret(house, made, clock):
    _, who = log_in(house, "accueil", made.password, made.totp_secret)
    new = house.staff_access.begin(who)
    clock.move(seconds=30)
    _, thief = log_in(house, "accueil", made.password, made.totp_secret)
    assert house.staff_access.waiting(thief, new.token) is None
    with pytest.raises(Refused, match="totp_over"):
        house.staff_access.set_up(thief, new.token, Chosen(GOOD, GOOD, digits(house, new.secret)))


def test_a_reset_ends_sessions_and_asks_for_the_set_up_again(house, made, clock):
    seeded = house.people.add_staff(NewMember("prete", must_set_up=False), DESK)
    token, who = log_in(house, "prete", seeded.password, seeded.totp_secret)
    assert not who.must_set_up
    again = house.people.reset_staff("prete", DESK)
    with pytest.raises(Refused) as info:
        house.sign_in.session(token, HERE)
    assert info.value.facts["end"] == "revoked"
    assert log_in(house, "prete", again.password, again.totp_secret)[1].must_set_up
    house.people.remove_staff("prete", DESK)
    with pytest.raises(Refused, match="credentials"):
        house.sign_in.start_staff("prete", again.password, HERE)
    for act in (house.people.remove_staff, house.people.reset_staff):
        with pytest.raises(Refused, match="staff_unknown"):
            act("prete", DESK)


def test_nobody_resets_or_removes_the_own_access(house, made):
    me = Actor("staff", str(house.people.staff()[0].id), "accueil")
    for act in (house.people.remove_staff, house.people.reset_staff):
        with pytest.raises(Refused, match="staff_self"):
            act("accueil", me)


@pytest.mark.parametrize(
    ("member", "cause"),
    [
        (NewMember(""), "login"),
        (NewMember("two words"), "login"),
        (NewMember("x" * 65), "login"),
        (NewMember("accueil"), "staff_exists"),
        (NewMember("autre", national_id="12"), "national_id"),
        (NewMember("autre", national_id="3001234567/42"), "national_id_taken"),
    ],
)
def test_who_cannot_be_added_is_said(house, made, member, cause):
    house.people.add_staff(NewMember("carte", national_id=" 3001234567/42 ", role=Role.AUDITOR), DESK)
    with pytest.raises(Fault, match=cause):
        house.people.add_staff(member, DESK)


def test_a_card_number_is_written_as_on_the_card(house):
    house.people.add_staff(NewMember("docteur", national_id="10000000001"), DESK)
    [member] = house.people.staff()
    assert (member.national_id, member.must_set_up) == ("810000000001", True)

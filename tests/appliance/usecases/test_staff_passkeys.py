"""Passkeys of the staff: after the password, of that member alone; who adds one and what ends it. On both databases."""

import json
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest

from appliance.bootstrap import open_house
from appliance.config.sections import Database
from appliance.config.settings import Settings
from appliance.domain.errors import Malformed, Refused, TryLater
from appliance.domain.identifiers import AccountId
from appliance.domain.journal import Actor
from appliance.domain.methods import Method, Methods
from appliance.domain.sign_in import Means
from appliance.usecases.ceremonies import Answered
from appliance.usecases.people import NewMember
from appliance.usecases.ports import AccountRow, Page, Site
from appliance.usecases.sessions import physician as requester_of
from tests.houses import cheap_passwords
from tests.peers.authenticator import Authenticator

CHIEF = Actor("staff", "99", "responsable")
HERE, BROWSER = "192.0.2.7", ("192.0.2.7", "Firefox")
SITE = Site("images.hopital.example", "Hôpital", ("https://images.hopital.example",))


@pytest.fixture
def house(laid_url, tmp_path, clock):
    settings = Settings(state_dir=tmp_path, database=Database(url=laid_url))
    with open_house(settings, clock=clock, passwords=cheap_passwords()) as opened:
        yield opened


class Member:
    """Somebody of the desk who came in once by the authenticator's digits."""

    def __init__(self, house, login, *, must_set_up=False):
        self.house = house
        self.made = house.people.add_staff(NewMember(login, must_set_up=must_set_up), CHIEF)
        opened = house.sign_in.confirm_staff(self.pending(), self.digits(), HERE)
        self.token, self.who = opened.token, house.sign_in.session(opened.token, HERE).requester

    def pending(self, address=HERE):
        return self.house.sign_in.start_staff(self.made.login, self.made.password, address)

    def digits(self):
        return pyotp.TOTP(self.made.totp_secret).at(self.house.clock.now())

    def add(self, name="Accueil"):
        key, begun = Authenticator(SITE.origins[0]), self.house.staff_passkeys.begin(self.who, SITE)
        self.house.staff_passkeys.add(self.who, SITE, Answered(begun.token, key.create(begun.options)), name)
        return key

    def keys(self):
        return self.house.staff_passkeys.listed(self.who)


@pytest.fixture
def member(house):
    return Member(house, "accueil")


@pytest.fixture
def key(member):
    return member.add()


def log_in(house, key, pending):
    begun = house.staff_passkeys.begin_login(SITE, pending, HERE)
    return house.staff_passkeys.login(SITE, pending, Answered(begun.token, key.get(begun.options)), BROWSER)


def last_event(house):
    return house.journal.listed(Page())[0][0].event


def a_physician(house):
    now = house.clock.now()
    row = AccountRow(
        AccountId(0), "alix@cabinet.example", "Alix", "MARTIN", "", "", "810000000001", "10", "", True, None, now,
        "card", now + timedelta(days=400), now, "good",
    )  # fmt: skip
    account = house.people.account(house.people.add_account(row, "Correct-Horse-9-Battery", CHIEF))
    return requester_of(account, Means.CARD, HERE, 1)


def a_key_of(house, doctor):
    key, begun = Authenticator(SITE.origins[0]), house.second_factors.begin_passkey(doctor, SITE)
    house.second_factors.add_passkey(doctor, SITE, begun.token, key.create(begun.options), "Cabinet")
    return key


def test_password_then_passkey_open_the_desk(house, member, key, clock):
    opened = log_in(house, key, member.pending())
    who = house.sign_in.session(opened.token, HERE).requester
    assert (who.kind, who.id, who.role, who.means) == ("staff", member.who.id, "desk", Means.STAFF_PASSKEY)
    assert opened.session.until - clock.now() == house.sign_in.policy.sessions.absolute
    event = last_event(house)
    assert (event.verb, event.actor.label, event.facts) == ("login", "accueil", {"means": "staff_passkey"})
    [row] = member.keys()
    assert (row.sign_count, row.used_at) == (1, clock.now())


def test_the_challenge_is_for_the_keys_of_that_member_alone(house, member, key):
    Member(house, "autre").add()
    second = member.add("Maison")
    options = json.loads(house.staff_passkeys.begin_login(SITE, member.pending(), HERE).options)
    allowed = [one["id"] for one in options["allowCredentials"]]
    assert allowed == [json.loads(one.create(_making()))["rawId"] for one in (key, second)]
    assert options["userVerification"] == "required"


def _making():
    return json.dumps({"challenge": "AAAA", "rp": {"id": SITE.rp_id}})


def test_the_key_of_another_member_is_refused(house, member, key):
    other = Member(house, "autre").add()
    with pytest.raises(Refused, match="passkey"):
        log_in(house, other, member.pending())
    event = last_event(house)
    assert (event.verb, event.cause, event.actor.label) == ("otp.refused", "passkey", "accueil")
    assert other.counter == 1
    with house.database.reading() as work:
        assert work.passkeys.by_credential(other.credential_id).sign_count == 0


def test_the_key_of_a_physician_opens_no_desk_and_that_of_the_staff_no_account(house, member, key):
    doctor = a_physician(house)
    theirs = a_key_of(house, doctor)
    assert doctor.id == member.who.id, "the numbers meet"
    with pytest.raises(Refused, match="passkey"):
        log_in(house, theirs, member.pending())
    begun = house.second_factors.begin_login(SITE, HERE)
    with pytest.raises(Refused, match="passkey"):
        house.second_factors.login(SITE, begun.token, key.get(begun.options), BROWSER)


def test_a_ticket_serves_only_whom_it_was_made_for(house, member, key):
    doctor = a_physician(house)
    assert doctor.id == member.who.id
    fresh = Authenticator(SITE.origins[0])
    begun = house.second_factors.begin_passkey(doctor, SITE)
    with pytest.raises(Refused, match="passkey"):
        house.staff_passkeys.add(member.who, SITE, Answered(begun.token, fresh.create(begun.options)), "")
    begun = house.staff_passkeys.begin(member.who, SITE)
    with pytest.raises(Refused, match="passkey"):
        house.second_factors.add_passkey(doctor, SITE, begun.token, fresh.create(begun.options), "")
    pending = member.pending()
    for begun in (house.second_factors.begin_login(SITE, HERE), house.staff_passkeys.begin(member.who, SITE)):
        answer = key.get(json.dumps({**json.loads(begun.options), "rpId": SITE.rp_id}))
        with pytest.raises(Refused, match="passkey"):
            house.staff_passkeys.login(SITE, pending, Answered(begun.token, answer), BROWSER)
    theirs = a_key_of(house, doctor)
    begun = house.staff_passkeys.begin_login(SITE, pending, HERE)
    with pytest.raises(Refused, match="passkey"):
        house.second_factors.login(SITE, begun.token, theirs.get(begun.options), BROWSER)


def test_an_authenticator_sees_two_users_in_account_and_member_of_one_number(house, member):
    doctor = a_physician(house)
    options = [
        json.loads(one.options)
        for one in (house.second_factors.begin_passkey(doctor, SITE), house.staff_passkeys.begin(member.who, SITE))
    ]
    assert options[0]["user"]["id"] != options[1]["user"]["id"]
    assert options[1]["user"]["name"] == "accueil"


@pytest.mark.parametrize("how", ["same pending", "other pending"])
def test_an_answer_opens_once(house, member, key, how):
    pending = member.pending()
    begun = house.staff_passkeys.begin_login(SITE, pending, HERE)
    answered = Answered(begun.token, key.get(begun.options))
    assert house.staff_passkeys.login(SITE, pending, answered, BROWSER)
    again, cause = (pending, "otp_used") if how == "same pending" else (member.pending(), "passkey")
    with pytest.raises(Refused, match=cause):
        house.staff_passkeys.login(SITE, again, answered, BROWSER)


def test_the_ticket_of_one_log_in_serves_no_other(house, member, key):
    mine, other = member.pending(), member.pending()
    begun = house.staff_passkeys.begin_login(SITE, mine, HERE)
    with pytest.raises(Refused, match="passkey"):
        house.staff_passkeys.login(SITE, other, Answered(begun.token, key.get(begun.options)), BROWSER)


def test_what_waits_too_long_is_over(house, member, key, clock):
    pending = member.pending()
    begun = house.staff_passkeys.begin_login(SITE, pending, HERE)
    clock.move(minutes=5)
    with pytest.raises(Refused, match="otp_expired"):
        house.staff_passkeys.login(SITE, pending, Answered(begun.token, key.get(begun.options)), BROWSER)
    with pytest.raises(Refused, match="otp_expired"):
        house.staff_passkeys.begin_login(SITE, pending, HERE)
    late = house.staff_passkeys.begin(member.who, SITE)
    answer = Authenticator(SITE.origins[0]).create(late.options)
    clock.move(minutes=5)
    with pytest.raises(Refused, match="passkey"):
        house.staff_passkeys.add(member.who, SITE, Answered(late.token, answer), "")


@pytest.mark.parametrize("pending", ["", "nobody's"])
def test_nobody_begins_or_ends_without_the_password(house, member, key, pending):
    with pytest.raises(Refused, match="otp_unknown"):
        house.staff_passkeys.begin_login(SITE, pending, HERE)
    with pytest.raises(Refused, match="otp_unknown"):
        house.staff_passkeys.login(SITE, pending, Answered("x", "{}"), BROWSER)
    assert not house.staff_passkeys.offered(pending)


def test_who_has_a_passkey_is_told_after_the_password_alone(house, member, key, clock):
    other = Member(house, "autre")
    pending = member.pending()
    assert house.staff_passkeys.offered(pending)
    assert not house.staff_passkeys.offered(other.pending())
    log_in(house, key, pending)
    assert not house.staff_passkeys.offered(pending)
    pending = member.pending()
    clock.move(minutes=5)
    assert not house.staff_passkeys.offered(pending)


def test_without_a_passkey_nothing_is_asked_for(house, member):
    with pytest.raises(Refused, match="no_passkey"):
        house.staff_passkeys.begin_login(SITE, member.pending(), HERE)


def test_five_tries_are_enough_and_digits_count_with_them(house, member, key):
    pending = member.pending()
    for _ in range(4):
        with pytest.raises(Refused, match="passkey"):
            house.staff_passkeys.login(SITE, pending, Answered("x", "{}"), BROWSER)
    with pytest.raises(Refused, match="otp_wrong"):
        house.sign_in.confirm_staff(pending, "000000", HERE)
    with pytest.raises(Refused, match="otp_tries"):
        house.staff_passkeys.login(SITE, pending, Answered("x", "{}"), BROWSER)
    with pytest.raises(Refused, match="otp_tries"):
        house.staff_passkeys.begin_login(SITE, pending, HERE)
    assert not house.staff_passkeys.offered(pending)


def test_refusals_are_counted_where_they_come_from(house, member, key):
    for _ in range(20):
        with pytest.raises(Refused):
            house.staff_passkeys.login(SITE, "nobody", Answered("x", "{}"), BROWSER)
    pending = member.pending("198.51.100.1")
    with pytest.raises(TryLater, match="password_address"):
        house.staff_passkeys.login(SITE, pending, Answered("x", "{}"), BROWSER)


def test_nobody_begins_for_ever(house, member, key):
    pending = member.pending()
    for _ in range(30):
        house.staff_passkeys.begin_login(SITE, pending, HERE)
    with pytest.raises(TryLater, match="password_address"):
        house.staff_passkeys.begin_login(SITE, pending, HERE)


@pytest.mark.parametrize("act", ["reset_staff", "remove_staff"])
def test_a_reset_and_a_removal_take_the_passkeys(house, member, key, act):
    member.add("Maison")
    spared = Member(house, "autre")
    spared.add()
    pending = member.pending()
    getattr(house.people, act)("accueil", CHIEF)
    with house.database.reading() as work:
        assert work.passkeys.of(staff_id=member.who.id) == []
    assert len(spared.keys()) == 1
    event = last_event(house)
    assert (event.verb, event.facts) == (f"staff.{act.removesuffix('_staff')}", {"passkeys": 2})
    with pytest.raises(Refused, match="no_passkey" if act == "reset_staff" else "otp_unknown"):
        house.staff_passkeys.begin_login(SITE, pending, HERE)


def test_before_the_set_up_nothing_is_added_nor_changed(house, member, key):
    new = Member(house, "nouveau", must_set_up=True)
    with pytest.raises(Refused, match="role"):
        house.staff_passkeys.begin(new.who, SITE)
    begun = house.staff_passkeys.begin(member.who, SITE)
    answer = Authenticator(SITE.origins[0]).create(begun.options)
    house.people.reset_staff("accueil", CHIEF)  # in the middle of the ceremony
    for act in (
        lambda: house.staff_passkeys.add(member.who, SITE, Answered(begun.token, answer), ""),
        lambda: house.staff_passkeys.rename(member.who, 1, "x"),
        lambda: house.staff_passkeys.remove(member.who, 1),
        lambda: house.staff_passkeys.listed(member.who),
    ):
        with pytest.raises(Refused, match="role"):
            act()


@pytest.mark.parametrize("means", list(Means))
def test_only_a_session_of_the_staff_adds(house, member, means):
    who = replace(member.who, means=means)
    if means in (Means.STAFF_TOTP, Means.STAFF_PASSKEY, Means.STAFF_CARD):
        assert house.staff_passkeys.begin(who, SITE)
    else:
        with pytest.raises(Refused, match="role"):
            house.staff_passkeys.begin(who, SITE)
    with pytest.raises(Refused, match="session"):
        house.staff_passkeys.begin(replace(who, kind="account"), SITE)


def test_names_and_removal_are_ones_own_and_journaled(house, member, key):
    other = Member(house, "autre")
    assert (last_event(house).verb, member.keys()[0].name) == ("login", "Accueil")
    [row] = member.keys()
    house.staff_passkeys.rename(other.who, row.id, "Volée")
    house.staff_passkeys.remove(other.who, row.id)
    house.staff_passkeys.rename(member.who, row.id, " Guichet 2\n")
    with pytest.raises(Malformed, match="passkey_name"):
        house.staff_passkeys.rename(member.who, row.id, "\n ")
    assert member.keys()[0].name == "Guichet 2"
    house.staff_passkeys.remove(member.who, row.id)
    assert member.keys() == []
    verbs = [record.event.verb for record in house.journal.listed(Page())[0] if "passkey" in record.event.verb]
    assert verbs == ["staff.passkey_removed", "staff.passkey_added"]
    assert last_event(house).actor == Actor("staff", str(member.who.id), "accueil", HERE)


def test_ten_passkeys_are_enough_whatever_was_begun(house, member):
    waiting = house.staff_passkeys.begin(member.who, SITE)
    for _ in range(10):
        member.add()
    with pytest.raises(Refused, match="passkeys_full"):
        house.staff_passkeys.begin(member.who, SITE)
    answer = Authenticator(SITE.origins[0]).create(waiting.options)
    with pytest.raises(Refused, match="passkeys_full"):
        house.staff_passkeys.add(member.who, SITE, Answered(waiting.token, answer), "")


def switch_off(house, *means):
    off = Methods({one: Method(enabled=False) for one in means})
    for part in (house.sign_in, house.staff_passkeys):
        part.policy = replace(part.policy, methods=off)


def test_passkeys_switched_off_are_refused_at_each_step(house, member, key):
    pending = member.pending()
    begun = house.staff_passkeys.begin_login(SITE, pending, HERE)
    answered = Answered(begun.token, key.get(begun.options))
    switch_off(house, Means.STAFF_PASSKEY)
    assert not house.staff_passkeys.offered(pending)
    for act in (
        lambda: house.staff_passkeys.begin_login(SITE, pending, HERE),
        lambda: house.staff_passkeys.login(SITE, pending, answered, BROWSER),
        lambda: house.staff_passkeys.begin(member.who, SITE),
        lambda: house.staff_passkeys.add(member.who, SITE, answered, ""),
    ):
        with pytest.raises(Refused, match="method_off"):
            act()
    house.staff_passkeys.remove(member.who, member.keys()[0].id)
    assert member.keys() == []


def test_without_digits_the_passkey_is_the_only_way(house, member, key, clock):
    other, waiting = Member(house, "autre"), member.pending()
    switch_off(house, Means.STAFF_TOTP)
    clock.move(seconds=30)
    with pytest.raises(Refused, match="method_off"):
        house.sign_in.confirm_staff(waiting, member.digits(), HERE)
    assert log_in(house, key, member.pending())
    with pytest.raises(Refused, match="no_passkey"):
        other.pending()
    assert (last_event(house).verb, last_event(house).cause) == ("otp.refused", "no_passkey")
    with pytest.raises(Refused, match="credentials"):
        house.sign_in.start_staff("autre", "wrong", HERE)
    switch_off(house, Means.STAFF_TOTP, Means.STAFF_PASSKEY)
    with pytest.raises(Refused, match="method_off"):
        member.pending()

"""Log-in by card and what becomes of it, on both databases: tickets, accounts, promises, the card's end."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from cps_card.simulator.pki import CrlWanted, person
from cryptography.hazmat.primitives import hashes

from appliance.bootstrap import House, open_house
from appliance.config.settings import Settings
from appliance.domain import cards
from appliance.domain.cards import TOLD
from appliance.domain.errors import Refused, TryLater
from appliance.domain.identifiers import PersonId, StudyUID
from appliance.domain.journal import Actor
from appliance.domain.people import Identifier, PatientTraits
from appliance.domain.sign_in import Channel, Means
from appliance.domain.staff import Role
from appliance.usecases.people import NewMember
from appliance.usecases.ports import Page, PromiseRow, StudyRow
from appliance.usecases.sessions import open_session
from tests.appliance.usecases.conftest import DESK, MovedClock
from tests.cards import PERSONS, Trust, der
from tests.houses import cheap_passwords
from tests.smartcard.worlds import NOW, World, wanted
from webui.faults import WORDS

EMAIL, PASSWORD = "kit@cabinet.example", "Correct-Horse-9-Battery"
HERE, PORTAL = "192.0.2.7", "https://imagerie.example"
RPPS = "899700366240"


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture
def trust(tmp_path, world) -> Trust:
    return Trust(tmp_path, world)


@pytest.fixture
def house(laid_url, tmp_path, clock: MovedClock, trust) -> Iterator[House]:
    clock.time = NOW
    card = {"issuers": [PERSONS], "public_url": "https://cps.example"}
    settings = Settings(state_dir=tmp_path, card=card, database={"url": laid_url})
    with open_house(settings, clock=clock, passwords=cheap_passwords()) as opened:
        yield opened


def begin(house: House, *, wants_account: bool = False):
    return house.card_sign_in.begin(PORTAL, "", HERE, wants_account=wants_account)


def ticket(house: House, begun, certificate) -> str:
    received = house.card_sign_in.receive(begun.state, certificate and der(certificate), HERE)
    assert received.origin == PORTAL
    return received.ticket


def log_in(house: House, certificate, **how):
    begun = begin(house, **how)
    return house.card_sign_in.enter(ticket(house, begun, certificate), begun.browser, HERE, "Browser")


def account(house: House, national_id: str = RPPS):
    with house.database.reading() as work:
        return work.accounts.by_national_id(national_id)


def journal(house: House) -> list[tuple[str, str]]:
    records, _ = house.journal.listed(Page())
    return [(r.event.verb, r.event.cause) for r in reversed(records)]


def end_of(house: House, token: str) -> str:
    with pytest.raises(Refused, match="session") as over:
        house.sign_in.session(token, HERE)
    return str(over.value.facts["end"])


def test_the_first_card_makes_an_account_that_rests_on_it(house, world):
    card = world.card()
    entered = log_in(house, card, wants_account=True)
    assert entered.wants_account
    who = house.sign_in.session(entered.opened.token, HERE).requester
    assert (who.national_id, who.profession, who.means, who.label) == (RPPS, "10", Means.CARD, "KIT DOC0036624")
    made = account(house)
    assert (made.proof, made.proof_status, made.certificate, made.email) == ("card", "good", der(card), "")
    assert (made.proof_until, made.proof_checked_at) == (card.not_valid_after_utc, NOW)
    assert not made.otp_enabled
    assert journal(house) == [("card.accepted", ""), ("login", "")]


def test_a_new_card_of_the_same_person_takes_the_place_of_the_old_one(house, world, trust):
    old, new = world.card(ends=20), world.card(subject=person(RPPS, "DOC0036624", "KITTY"))
    log_in(house, old)
    first = account(house)
    trust.revoke(old)
    house.proofs.look()
    assert account(house).proof_status == "revoked"
    log_in(house, new)
    now = account(house)
    assert (now.id, now.given_name, now.proof_status, now.warned_days) == (first.id, "KITTY", "good", 0)
    assert now.certificate == der(new)
    assert house.proofs.look().good == 1


def test_a_ticket_is_for_one_browser_and_one_use_and_a_minute(house, world, clock):
    begun = begin(house)
    given = ticket(house, begun, world.card())
    for browser in ("", "another"):
        with pytest.raises(Refused, match="card_ticket"):
            house.card_sign_in.enter(given, browser, HERE)
    assert house.card_sign_in.enter(given, begun.browser, HERE).opened.token  # nobody else spoilt it
    with pytest.raises(Refused, match="card_ticket"):
        house.card_sign_in.enter(given, begun.browser, HERE)
    late = ticket(house, begun := begin(house), world.card())
    clock.move(seconds=61)
    with pytest.raises(Refused, match="card_ticket"):
        house.card_sign_in.enter(late, begun.browser, HERE)
    in_time = ticket(house, begun := begin(house), world.card())
    clock.move(seconds=59)
    assert house.card_sign_in.enter(in_time, begun.browser, HERE).opened.token


def test_the_address_of_the_card_host_serves_once_and_ten_minutes(house, world, clock):
    begun = begin(house)
    ticket(house, begun, None)
    with pytest.raises(Refused, match="card_state"):
        house.card_sign_in.receive(begun.state, der(world.card()), HERE)
    begun = begin(house)
    clock.move(minutes=11)
    with pytest.raises(Refused, match="card_state"):
        house.card_sign_in.receive(begun.state, der(world.card()), HERE)
    with pytest.raises(Refused, match="card_state"):
        house.card_sign_in.receive("invented", None, HERE)


def test_a_refusal_reaches_the_portal_with_a_reference_of_the_journal(house, world, trust):
    card = world.card()
    trust.revoke(card)
    with pytest.raises(Refused, match="card_opposed") as refused:
        log_in(house, card)
    records, _ = house.journal.listed(Page())
    assert (records[0].event.verb, records[0].event.cause) == ("card.refused", "revoked")
    assert refused.value.facts["reference"] == f"R{records[0].number:04d}"
    assert account(house) is None


def test_a_disabled_account_stays_closed_and_unchanged(house, world):
    log_in(house, world.card())
    before = account(house)
    with house.database.writing() as work:
        work.accounts.disable(before.id, NOW)
    with pytest.raises(Refused, match="disabled") as refused:
        log_in(house, world.card())
    assert refused.value.facts["reference"]
    assert account(house).certificate == before.certificate


def test_what_was_promised_is_opened_at_the_first_log_in(house, world, clock):
    traits = PatientTraits(Identifier("F-1", "HOSP"), "LEFÈVRE^Anne", "19610314", "F")
    uid, until = StudyUID("1.2.3"), NOW + timedelta(hours=8)
    with house.database.writing() as work:
        who = work.people.ensure(traits)
        row = StudyRow(uid, PersonId(who), traits, date(2026, 11, 22), "", "TDM", ("CT",), "A1", "", "")
        work.studies.ensure(row)
        for number in (RPPS, "899700366241"):
            work.promises.add(PromiseRow(0, number, uid, who, "urgence", "on call", "1", NOW, until))
    entered = log_in(house, world.card())
    digest = house.secrets.hashed(entered.opened.token)
    assert len(house.gate.study(digest, uid).grants) == 1
    assert house.exams.may_see(digest, uid)
    assert ("promise.kept", "") in journal(house)
    with house.database.reading() as work:
        assert work.promises.open(RPPS, NOW) == []
        assert len(work.promises.open("899700366241", NOW)) == 1
    log_in(house, world.card())
    assert len(house.gate.study(digest, uid).grants) == 1
    clock.time = until
    assert not house.exams.may_see(digest, uid)


def test_thirty_handshakes_a_minute_from_one_address(house, world, clock):
    for n in range(30):
        if n % 15 == 0:
            begun = begin(house)
        with pytest.raises(Refused, match="card_state"):
            house.card_sign_in.receive("invented", None, HERE)
    with pytest.raises(TryLater, match="card_handshakes") as later:
        house.card_sign_in.receive(begun.state, der(world.card()), HERE)
    assert later.value.facts["retry_after_s"] == 60
    assert house.card_sign_in.receive(begun.state, der(world.card()), "192.0.2.8").ticket
    clock.move(seconds=61)
    assert ticket(house, begin(house), world.card())


def test_a_card_that_ends_between_two_requests_ends_the_session(house, world, clock):
    card = world.card(ends=1 / 24)
    clock.time = card.not_valid_after_utc - timedelta(seconds=1)
    opened = log_in(house, card).opened
    assert opened.session.until == card.not_valid_after_utc
    assert house.sign_in.session(opened.token, HERE)
    clock.move(seconds=1)
    assert end_of(house, opened.token) == "card_expired"
    assert end_of(house, opened.token) == "card_expired"
    clock.move(seconds=1)
    with pytest.raises(Refused, match="card_ended") as refused:
        log_in(house, card)
    assert refused.value.facts["at"] == card.not_valid_after_utc


def test_a_revoked_card_ends_its_sessions_at_the_next_look(house, world, trust):
    card, other = world.card(), world.card(subject=person("899700366241", "AUTRE", "ALIX"))
    tokens = [log_in(house, card).opened.token for _ in range(2)]
    untouched = log_in(house, other).opened.token
    trust.revoke(card)
    looked = house.proofs.look()
    assert (looked.cards, looked.revoked, looked.good, looked.ended) == (2, 1, 1, 2)
    assert [end_of(house, token) for token in tokens] == ["card_revoked", "card_revoked"]
    assert house.sign_in.session(untouched, HERE)
    assert journal(house)[-2:] == [("session.ended", "card_revoked"), ("proof.revoked", "revoked")]
    assert house.proofs.look().ended == 0
    assert journal(house)[-1] == ("proof.revoked", "revoked")  # told once


@pytest.mark.parametrize(("hours", "status"), [(23.9, "good"), (24.1, "unknown")])
def test_lists_count_a_day_longer_for_sessions_and_never_for_a_new_log_in(house, world, trust, clock, hours, status):
    card = world.card()
    log_in(house, card)
    clock.move(days=7, hours=hours)  # the lists ended seven days after NOW
    with pytest.raises(Refused, match="card_unverified"):
        log_in(house, card)
    house.proofs.look()
    assert account(house).proof_status == status
    assert journal(house)[-1] == (("card.refused", "crl_stale") if status == "good" else ("proof.unknown", "crl_stale"))


def test_the_session_of_a_card_nobody_can_verify_any_more_ends_and_comes_back(house, world, trust, clock):
    card = world.card()
    trust.revoke(until=0.01)
    token = log_in(house, card).opened.token
    with house.database.writing() as work:  # the session itself would be over by then
        work.sessions.gesture(house.sign_in.session(token, HERE).requester.session_id, NOW + timedelta(days=2))
    clock.move(days=1, minutes=15)
    house.proofs.look()
    assert end_of(house, token) == "card_unverified"
    trust.publish("persons", world.persons.crl(CrlWanted()))
    house.proofs.look()
    assert account(house).proof_status == "good"
    assert journal(house)[-1] == ("proof.good", "")


@pytest.mark.parametrize("trouble", ["missing", "forged"])
def test_without_a_list_at_all_what_is_known_goes_on_for_its_grace(house, world, trust, trouble):
    log_in(house, world.card())
    if trouble == "missing":
        (trust.lists / "persons.crl").unlink()
    else:
        trust.publish("persons", world.persons.crl(signer=world.rogue.key))
    assert house.proofs.look().unknown == 0
    assert account(house).proof_status == "good"
    assert account(house).proof_checked_at == NOW


def with_password(house) -> None:
    """The physician chose a password and confirmed an address."""
    with house.database.writing() as work:
        made = work.accounts.by_national_id(RPPS)
        hashed = house.sign_in._passwords.hash(PASSWORD)
        work.accounts.change(
            replace(made, email=EMAIL, password_hash=hashed, otp_enabled=True, email_verified_at=NOW)
        )


def test_each_log_in_without_the_card_judges_it_first(house, world, trust, clock):
    card = world.card()
    log_in(house, card)
    with_password(house)
    clock.move(days=6)
    assert house.sign_in.start_otp(EMAIL, PASSWORD, Channel.EMAIL, HERE)
    assert account(house).proof_checked_at == clock.now()
    clock.move(minutes=2)
    trust.revoke(card)
    with pytest.raises(Refused, match="card_revoked"):
        house.sign_in.start_otp(EMAIL, PASSWORD, Channel.EMAIL, HERE)
    assert ("proof.revoked", "revoked") in journal(house)


@pytest.mark.parametrize(("hours", "refused"), [(23.9, ""), (24.1, "card_unchecked")])
def test_the_grace_of_a_one_time_password(house, world, clock, hours, refused):
    log_in(house, world.card())
    with_password(house)
    clock.move(days=7, hours=hours)
    if refused:
        with pytest.raises(Refused, match=refused):
            house.sign_in.start_otp(EMAIL, PASSWORD, Channel.EMAIL, HERE)
    else:
        assert house.sign_in.start_otp(EMAIL, PASSWORD, Channel.EMAIL, HERE)


def test_the_sessions_that_rest_on_something_else_stay(house, world, trust):
    card = world.card()
    by_card = log_in(house, card).opened
    other = replace(by_card.session.requester, means=Means.PSC)
    with house.database.writing() as work:
        psc = open_session(work, house.secrets, other, NOW, house.sign_in.policy.sessions)
    trust.revoke(card)
    assert house.proofs.look().ended == 1
    assert end_of(house, by_card.token) == "card_revoked"
    assert house.sign_in.session(psc.token, HERE)


def test_a_refusal_keeps_what_the_certificate_claims_for_the_journal_alone(house, world):
    stranger = world.rogue.issue(wanted())
    with pytest.raises(Refused, match="card_issuer") as refused:
        log_in(house, stranger)
    assert set(refused.value.facts) == {"at", "reference"}
    body = house.journal.listed(Page())[0][0].body
    assert f'"claims":"{RPPS}"' in body
    assert stranger.fingerprint(hashes.SHA256()).hex() in body


def test_mails_leave_sixty_fifteen_and_three_days_before_once_each(house, world, trust, clock):
    card = world.card(ends=70)
    trust.revoke(until=100)
    trust.publish("top", world.top.crl(CrlWanted(until=100)))
    log_in(house, card)
    with house.database.writing() as work:
        made = work.accounts.by_national_id(RPPS)
        work.accounts.change(replace(made, email="kit@cabinet.example"))
    for _ in range(75):
        clock.move(days=1)
        house.proofs.look()
        house.proofs.look()
    with house.database.reading() as work:
        rows, _ = work.outbox.listed(Page())
        sent = sorted(rows, key=lambda row: row.id)
    assert [row.message.subject for row in sent] == [
        f"Votre carte CPS expire dans {days} jours" for days in (60, 15, 3)
    ]
    assert {row.message.to for row in sent} == {"kit@cabinet.example"}
    assert card.not_valid_after_utc.strftime("%d/%m/%Y") in sent[0].message.text


def test_every_refusal_of_a_card_has_words():
    assert not TOLD - WORDS.keys()
    assert cards.refusal("a cause nobody heard of").cause == "card_unverified"


CPE = "3001234567/42"


def staff_log_in(house: House, certificate):
    begun = house.card_sign_in.begin(PORTAL, "", HERE, wants_account=False, staff=True)
    given = ticket(house, begun, certificate)
    return house.card_sign_in.enter(given, begun.browser, HERE, "Browser")


def test_the_card_of_a_member_of_the_staff_opens_the_desk_and_no_account(house, world):
    card = world.card(subject=person(CPE, "ACCUEIL", "DOMINIQUE", ""))
    with pytest.raises(Refused, match="card_no_rpps"):
        log_in(house, card)
    with pytest.raises(Refused) as stranger:
        staff_log_in(house, card)
    assert (stranger.value.cause, stranger.value.facts["staff"]) == ("card_no_staff", True)
    house.people.add_staff(NewMember("accueil", national_id=CPE, must_set_up=False), DESK)
    who = house.sign_in.session(staff_log_in(house, card).opened.token, HERE).requester
    assert (who.kind, who.role, who.means, who.must_set_up) == ("staff", "desk", Means.STAFF_CARD, False)
    assert account(house, CPE) is None
    house.people.remove_staff("accueil", Actor("unix", "0"))
    with pytest.raises(Refused, match="card_no_staff"):
        staff_log_in(house, card)
    assert [line for line in journal(house) if line[0] in ("login", "card.refused")] == [
        ("card.refused", "no_rpps"), ("card.refused", "no_staff"), ("login", ""), ("card.refused", "no_staff"),
    ]  # fmt: skip


def test_a_physician_on_the_staff_enters_where_he_asked_to(house, world):
    card = world.card()
    house.people.add_staff(NewMember("docteur", national_id=RPPS, role=Role.AUDITOR), DESK)
    assert log_in(house, card).opened.session.requester.kind == "account"
    who = house.sign_in.session(staff_log_in(house, card).opened.token, HERE).requester
    assert (who.kind, who.role, who.must_set_up) == ("staff", "auditor", True)


def test_a_revoked_card_opens_no_desk_either(house, world, trust):
    card = world.card(subject=person(CPE, "ACCUEIL", "DOMINIQUE", ""))
    house.people.add_staff(NewMember("accueil", national_id=CPE), DESK)
    trust.revoke(card)
    with pytest.raises(Refused) as refused:
        staff_log_in(house, card)
    assert (refused.value.cause, refused.value.facts["staff"]) == ("card_opposed", True)

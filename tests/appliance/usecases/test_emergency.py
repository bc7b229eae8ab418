"""Exams given by telephone: at once to a known physician, at the first log-in to another, never past their hours."""

from dataclasses import replace
from datetime import timedelta

import pytest

from appliance.bootstrap import open_house
from appliance.config.sections import Database
from appliance.config.settings import Settings
from appliance.domain.errors import Fault, Refused
from appliance.domain.identifiers import AccountId, StudyUID
from appliance.domain.jobs import JobKind
from appliance.domain.people import Identifier
from appliance.domain.psc import PscIdentity
from appliance.domain.sign_in import Means
from appliance.usecases.emergency import GiftState, Urgency
from appliance.usecases.ports import Page
from appliance.usecases.sessions import open_session, physician
from tests.appliance.usecases.conftest import DESK
from tests.houses import cheap_passwords

RPPS, WHY = "10000000001", "AVC, appel du SAMU"
ONE, TWO = StudyUID("1.2.3"), StudyUID("1.2.4")


@pytest.fixture
def house(laid_url, tmp_path, clock):
    """The house of these tests stands on both databases."""
    settings = Settings(state_dir=tmp_path, database=Database(url=laid_url))
    with open_house(settings, clock=clock, passwords=cheap_passwords()) as opened:
        yield opened


def log_in(house, account) -> bytes:
    with house.database.writing() as work:
        requester = physician(account, Means.CARD, "192.0.2.7")
        opened = open_session(work, house.secrets, requester, house.clock.now(), house.sign_in.policy.sessions)
    return house.secrets.hashed(opened.token)


def test_a_known_physician_sees_at_once_and_until_the_end(house, account, studies, clock):
    token = log_in(house, account)
    gift = house.emergency.give(Urgency(studies, "100 0000 0001", WHY, 1), DESK)
    assert (gift.state, gift.physician, len(gift.studies)) == (GiftState.OPEN, "Alix MARTIN", 2)
    assert gift.until == clock.now() + timedelta(hours=1)
    assert house.exams.may_see(token, ONE)
    assert not house.exams.may_take(token, ONE)
    assert set(house.exams.granted(account.id)) == {ONE, TWO}
    [held] = house.emergency.held(account.id)
    assert (held.until, {s.uid for s in held.studies}) == (gift.until, {ONE, TWO})
    with house.database.writing() as work:
        work.sessions.gesture(1, clock.now() + timedelta(hours=1))
    clock.move(minutes=59, seconds=59)
    assert house.exams.may_see(token, ONE)
    clock.move(seconds=1)
    assert not house.exams.may_see(token, ONE)
    assert house.emergency.held(account.id) == []
    assert house.exams.granted(account.id) == []
    [over] = house.emergency.listed(Page())
    assert over.state is GiftState.OVER


def test_a_stranger_finds_the_exams_at_his_first_log_in(house, studies, clock):
    gift = house.emergency.give(Urgency(studies[:1], RPPS, WHY), DESK)
    assert (gift.state, gift.physician, gift.until) == (GiftState.WAITING, "", clock.now() + timedelta(hours=4))
    clock.move(hours=3)
    opened = house.psc_sign_in.enter(PscIdentity(f"8{RPPS}", "Alix", "MARTIN", ("10",), "eidas1"), "192.0.2.7")
    assert house.exams.may_see(house.secrets.hashed(opened.token), ONE)
    assert not house.exams.may_see(house.secrets.hashed(opened.token), TWO)
    [listed] = house.emergency.listed(Page())
    assert (listed.state, listed.physician, listed.until) == (GiftState.OPEN, "Alix MARTIN", gift.until)


def test_a_promise_whose_hours_are_over_opens_nothing(house, studies, clock):
    house.emergency.give(Urgency(studies, RPPS, WHY), DESK)
    clock.move(hours=4)
    opened = house.psc_sign_in.enter(PscIdentity(f"8{RPPS}", "Alix", "MARTIN", ("10",), "eidas1"), "192.0.2.7")
    assert not house.exams.may_see(house.secrets.hashed(opened.token), ONE)


def test_the_desk_ends_a_gift_and_only_that_one(house, account, studies, clock):
    token = log_in(house, account)
    first = house.emergency.give(Urgency(studies, RPPS, WHY), DESK)
    clock.move(seconds=1)
    second = house.emergency.give(Urgency(studies[1:], RPPS, WHY, 6), DESK)
    assert {gift.id for gift in house.emergency.listed(Page())} == {first.id, second.id}
    house.emergency.end(first.id, DESK)
    assert not house.exams.may_see(token, ONE)
    assert house.exams.may_see(token, TWO)
    house.emergency.end(second.id, DESK)
    assert not house.exams.may_see(token, TWO)
    with pytest.raises(Refused, match="emergency_over"):
        house.emergency.end(second.id, DESK)
    with pytest.raises(Refused, match="not_found"):
        house.emergency.end(999, DESK)


def test_a_gift_ended_before_the_first_log_in_is_never_kept(house, studies):
    gift = house.emergency.give(Urgency(studies, RPPS, WHY), DESK)
    house.emergency.end(gift.id, DESK)
    opened = house.psc_sign_in.enter(PscIdentity(f"8{RPPS}", "Alix", "MARTIN", ("10",), "eidas1"), "192.0.2.7")
    assert not house.exams.may_see(house.secrets.hashed(opened.token), ONE)


def test_giving_fetches_the_images_and_is_journaled_with_its_reason(house, account, studies):
    house.emergency.give(Urgency(studies, RPPS, f"  {WHY}\n "), DESK)
    with house.database.reading() as work:
        assert {job.subject for job in work.jobs.listed(Page())[0] if job.kind is JobKind.PULL} == {ONE, TWO}
    events = [record.event for record in house.journal.listed(Page(), family="access")[0]]
    given = next(event for event in events if event.verb == "emergency.give")
    assert (given.subject, given.actor.kind, given.facts["reason"]) == (f"8{RPPS}", "staff", WHY)
    assert [event.verb for event in events] == ["emergency.give"], "nobody else acted"


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"studies": []}, "no_studies"),
        ({"rpps": "1234"}, "rpps"),
        ({"rpps": "0123456789"}, "rpps"),
        ({"reason": " a  b "}, "reason"),
        ({"reason": "x" * 513}, "reason"),
        ({"hours": 0}, "hours"),
        ({"hours": 25}, "hours"),
    ],
)
def test_what_is_missing_is_asked(house, studies, changed, cause):
    with pytest.raises(Fault, match=cause):
        house.emergency.give(replace(Urgency(studies, RPPS, WHY), **changed), DESK)
    assert house.emergency.listed(Page()) == []


def test_two_persons_or_a_doubtful_one_are_refused(house, account, studies):
    twin = replace(studies[1], traits=replace(studies[1].traits, identifier=Identifier("F-2", "HOSP")))
    with pytest.raises(Refused, match="two_persons"):
        house.emergency.give(Urgency([studies[0], twin], RPPS, WHY), DESK)
    house.emergency.give(Urgency(studies[:1], RPPS, WHY), DESK)
    with house.database.writing() as work:
        work.studies.alarm(ONE, "moved")
    with pytest.raises(Refused, match="identity"):
        house.emergency.give(Urgency(studies[:1], RPPS, WHY), DESK)
    assert not house.exams.may_see(log_in(house, account), ONE)


def test_an_account_sees_only_its_own(house, account, studies, clock):
    other = replace(account, id=AccountId(0), email="b@cabinet.example", national_id="810000000002")
    other_id = house.people.add_account(other, "", DESK)
    house.emergency.give(Urgency(studies, RPPS, WHY), DESK)
    assert house.emergency.held(other_id) == []
    assert not house.exams.may_see(log_in(house, house.people.account(other_id)), ONE)

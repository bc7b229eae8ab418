"""Exams asked again of their PACS: what closes, what grows, and that a silent PACS closes nothing."""

import threading
import time

import pytest

from appliance.domain.errors import Refused
from appliance.domain.jobs import JobKind
from appliance.domain.nodes import Method, Node
from appliance.domain.people import Identifier
from appliance.usecases.ports import Page
from appliance.usecases.sharing import Order
from tests.appliance.usecases.conftest import DESK, TRAITS


@pytest.fixture
def issued(house, studies):
    house.nodes.add(Node("pacs", "PACS", "127.0.0.1", 104, Method.MOVE), DESK)
    return house.sharing.issue(Order(studies), DESK)


def answer(study, **changes):
    """What the PACS tells of a study."""
    return {
        "study_uid": study.uid, "patient_id": TRAITS.identifier.value, "issuer": TRAITS.identifier.authority,
        "patient_name": TRAITS.name, "birth_date": TRAITS.birth_date, "node": "pacs", **changes,
    }  # fmt: skip


def asked(house):
    """The subjects of the questions that wait."""
    jobs, _ = house.queue.listed(Page(0, 50), JobKind.REASK)
    return {job.subject for job in jobs}


def alarm_of(house, study):
    with house.database.reading() as work:
        return work.studies.by_uid(study.uid).identity_alarm


def test_issuing_asks_about_every_exam(house, issued):
    assert asked(house) == {study.uid for study in issued.studies}


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"patient_id": "F-2"}, "patient_id"),
        ({"issuer": "OTHER"}, "issuer"),
        ({"birth_date": "19610313"}, "birth_date"),
    ],
)
def test_what_moved_is_closed_and_told(house, issued, studies, changes, cause):
    assert house.reasking.judge(studies[0].uid, answer(studies[0], **changes)) == cause
    assert alarm_of(house, studies[0]) == cause
    assert alarm_of(house, studies[1]) == ""
    entries, _ = house.journal.listed(Page(0, 5), "identity.alarm")
    assert [(one.event.facts["study"], one.event.cause) for one in entries] == [(studies[0].uid, cause)]
    assert house.sharing.shown(issued.share.id).share.blocked_cause == "identity"
    with pytest.raises(Refused, match="identity"):
        house.sharing.issue(Order(studies), DESK)


def test_what_is_gone_is_closed(house, issued, studies):
    assert house.reasking.judge(studies[0].uid, None) == "gone"
    assert alarm_of(house, studies[0]) == "gone"
    assert house.reasking.judge(studies[0].uid, None) == "gone"
    assert house.journal.listed(Page(0, 5), "identity.alarm")[1] == 1


def decide(house, verb):
    [view] = house.identity.listed(Page())[0]
    getattr(house.identity, verb)(view.alarm.id, "vu avec l’archive", DESK)


@pytest.mark.parametrize("told", [None, {"patient_id": "F-2"}])
def test_what_is_confirmed_gone_or_somebody_else_s_is_withdrawn_for_good(house, issued, studies, told):
    said = answer(studies[0], **told) if told else None
    house.reasking.judge(studies[0].uid, said)
    decide(house, "confirm")
    with house.database.reading() as work:
        row = work.studies.by_uid(studies[0].uid)
    assert (row.withdrawn_at is not None, row.identity_alarm) == (True, "")
    assert house.sharing.shown(issued.share.id).share.blocked_cause is None
    house.reasking.judge(studies[0].uid, said)
    assert house.identity.count() == 0


def test_a_birth_date_corrected_in_the_pacs_opens_once_confirmed(house, issued, studies):
    corrected = answer(studies[0], birth_date="19610313")
    house.reasking.judge(studies[0].uid, corrected)
    decide(house, "confirm")
    share = house.sharing.shown(issued.share.id).share
    assert share.blocked_cause is None
    assert {"19610313", "19610314"} <= {trait.value for trait in share.traits}
    assert house.reasking.judge(studies[0].uid, corrected) == ""


def test_a_change_that_is_refused_closes_again_while_the_pacs_insists(house, issued, studies):
    house.reasking.judge(studies[0].uid, answer(studies[0], patient_id="F-2"))
    decide(house, "refuse")
    assert alarm_of(house, studies[0]) == ""
    assert house.reasking.judge(studies[0].uid, answer(studies[0])) == ""
    assert house.reasking.judge(studies[0].uid, answer(studies[0], patient_id="F-2")) == "patient_id"


def test_an_identifier_that_the_feed_changed_closes_nothing(house, issued, studies):
    with house.database.writing() as work:
        person = work.studies.by_uid(studies[0].uid).person_id
        work.identities.attach(person, [Identifier("F-2", "HOSP")], house.clock.now())
    assert house.reasking.judge(studies[0].uid, answer(studies[0], patient_id="F-2")) == ""
    assert alarm_of(house, studies[0]) == ""


def test_nothing_new_closes_nothing(house, issued, studies):
    assert house.reasking.judge(studies[0].uid, answer(studies[0])) == ""
    assert alarm_of(house, studies[0]) == ""


def test_every_night_asks_what_may_be_opened(house, issued, studies, clock):
    house.reasking.judge(studies[0].uid, answer(studies[0]))
    assert house.reasking.nightly() == 1
    clock.move(hours=21)
    assert house.reasking.nightly() == 2
    house.sharing.revoke(issued.share.id, "desk", DESK)
    assert house.reasking.nightly() == 0


def test_the_first_opening_of_the_day_waits_for_the_answer(house, issued, studies):
    def bridge():
        end = time.monotonic() + 5
        while time.monotonic() < end:
            if job := house.queue.claim([JobKind.REASK], "bridge"):
                house.reasking.judge(job.subject, answer(studies[0], patient_id="F-2"))
                house.queue.finish(job, {})
                return
            time.sleep(0.01)

    with house.database.writing() as work:
        for study in issued.studies:
            work.jobs.cancel(work.jobs.current(JobKind.REASK, study.uid).id)
    thread = threading.Thread(target=bridge)
    thread.start()
    assert house.reasking.opening([studies[0].uid])
    thread.join()
    assert alarm_of(house, studies[0]) == "patient_id"


def test_a_pacs_away_keeps_nobody_waiting(house, issued, studies):
    with house.database.appending() as work:
        work.nodes.silent("pacs", house.clock.now())
    started = time.monotonic()
    assert house.reasking.opening([studies[0].uid])
    assert time.monotonic() - started < 1
    assert alarm_of(house, studies[0]) == ""


def test_an_exam_asked_today_is_not_asked_again(house, issued, studies, clock):
    house.reasking.judge(studies[0].uid, answer(studies[0]))
    clock.move(hours=2)
    assert not house.reasking.opening([studies[0].uid])

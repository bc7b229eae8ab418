"""Exams asked again of their PACS: what closes, what grows, and that a silent PACS closes nothing."""

import threading
import time

import pytest

from appliance.domain.errors import Refused
from appliance.domain.jobs import JobKind
from appliance.domain.nodes import Method, Node
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
    entries, _ = house.journal.listed(Page(0, 5), "study.closed")
    assert [(one.event.subject, one.event.cause) for one in entries] == [(studies[0].uid, cause)]
    with pytest.raises(Refused, match="identity"):
        house.sharing.issue(Order(studies), DESK)


def test_what_is_gone_is_closed(house, issued, studies):
    assert house.reasking.judge(studies[0].uid, None) == "gone"
    assert alarm_of(house, studies[0]) == "gone"
    assert house.reasking.judge(studies[0].uid, None) == "gone"
    assert house.journal.listed(Page(0, 5), "study.closed")[1] == 1


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

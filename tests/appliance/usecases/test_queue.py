"""Asking for a study: one job, one record; and what its failure says beside the exam."""

from dataclasses import replace

import pytest

from appliance.domain.errors import Refused
from appliance.domain.exams import ExamState
from appliance.domain.jobs import JobKind, Priority
from appliance.domain.nodes import Node
from appliance.usecases.exams import state_of
from appliance.usecases.ports import Page
from appliance.usecases.recording import hurry, lacks
from tests.appliance.usecases.conftest import DESK


@pytest.fixture
def indexed(house, studies) -> str:
    """A study that is known and of which nothing is here."""
    with house.database.writing() as work:
        work.studies.ensure(replace(studies[0], person_id=work.people.ensure(studies[0].traits)))
    return studies[0].uid


def row(house, uid):
    with house.database.reading() as work:
        return work.studies.by_uid(uid)


def failed(house, clock, error: str) -> None:
    job = house.queue.claim([JobKind.PULL], "test")
    assert job is not None
    house.queue.fail(job, error)
    clock.move(hours=1)


def test_a_pull_is_asked_for_once_and_journaled(house, indexed):
    first = house.queue.pull(indexed, None, DESK)
    assert (first.kind, first.subject, first.max_attempts) == (JobKind.PULL, indexed, 5)
    assert house.queue.pull(indexed, None, DESK).id == first.id
    assert [r.event.verb for r in house.journal.listed(Page())[0]] == ["study.pull", "study.pull"]


def test_a_node_that_is_unknown_is_refused_and_nothing_is_asked(house, indexed):
    with pytest.raises(Refused, match="node_unknown"):
        house.queue.pull(indexed, "nowhere", DESK)
    assert house.queue.listed(Page())[1] == 0
    house.nodes.add(Node("somewhere", "PACS", "127.0.0.1", 104), DESK)
    assert house.queue.pull(indexed, "somewhere", DESK).payload["node"] == "somewhere"


def test_a_pull_that_failed_tells_its_cause_while_it_waits_and_when_it_is_dead(house, clock, indexed):
    assert state_of(row(house, indexed)) is ExamState.REQUESTED
    house.queue.pull(indexed, None, DESK)
    assert state_of(row(house, indexed)) is ExamState.REQUESTED
    for _ in range(5):
        failed(house, clock, "study_unknown")
        found = row(house, indexed)
        assert (state_of(found), found.pull_error) == (ExamState.UNREACHABLE, "study_unknown")
    assert house.queue.counts()["dead"] == 1


def test_a_later_pull_that_works_takes_the_cause_away(house, clock, indexed):
    house.queue.pull(indexed, None, DESK)
    for _ in range(5):
        failed(house, clock, "failed_status")
    house.queue.pull(indexed, None, DESK)
    assert row(house, indexed).pull_error == ""
    job = house.queue.claim([JobKind.PULL], "test")
    house.queue.finish(job, {"received": 0})
    assert row(house, indexed).pull_error == ""
    assert state_of(row(house, indexed)) is ExamState.REQUESTED


def hurried(house, uid):
    """The pull of a study once somebody opens it, and its priority."""
    with house.database.appending() as work:
        if lacks(work.studies.by_uid(uid)):
            hurry(work, work.studies.by_uid(uid), house.clock.now())
        return work.jobs.current(JobKind.PULL, uid)


def urgent(house):
    return house.queue.claim([JobKind.PULL], "kept", Priority.WAITED_FOR)


def test_an_exam_being_opened_is_brought_first_and_once(house, indexed):
    promised = house.queue.pull(indexed, None, DESK)
    assert urgent(house) is None
    assert hurried(house, indexed).id == promised.id
    taken = urgent(house)
    assert taken.id == promised.id
    assert hurried(house, indexed).id == promised.id
    house.queue.fail(taken, "timeout")
    assert hurried(house, indexed).due == house.clock.now()


def test_an_opening_does_not_ask_again_what_has_just_ended(house, indexed, clock):
    first = hurried(house, indexed)
    house.queue.cancel(first.id, DESK)
    assert hurried(house, indexed).id == first.id
    clock.move(minutes=16)
    assert hurried(house, indexed).id > first.id


def test_what_a_modality_sent_of_itself_is_not_asked_for(house, indexed):
    pushed = replace(row(house, indexed), received=3)
    assert lacks(row(house, indexed))
    assert not lacks(pushed)
    assert lacks(replace(pushed, requested_at=house.clock.now()))
    assert not lacks(replace(pushed, complete=True))
    assert not lacks(replace(row(house, indexed), identity_alarm="gone"))

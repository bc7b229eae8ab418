"""What an account opens and downloads is counted on both databases, by every process, across restarts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from appliance.domain.bulk import Limits, Way
from appliance.domain.errors import TryLater, Unavailable
from appliance.domain.identifiers import StudyUID
from appliance.domain.sign_in import Means, Requester
from appliance.store.database import Database
from appliance.store.gate import open_gate
from appliance.usecases.bulk import InBulk
from appliance.usecases.exams import Exams
from appliance.usecases.ports import BearerRow, Page
from tests.appliance.store.test_bearers import KEY, token_of
from tests.appliance.store.test_store import NOW, fill

FEW = Limits(2, 4, 1, 3)


class Standing:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self):
        return self.time


@pytest.fixture
def clock() -> Standing:
    return Standing()


@pytest.fixture
def account(database) -> int:
    return fill(database)


@pytest.fixture
def physician(database, account) -> Requester:
    with database.reading() as work:
        session = work.sessions.by_token(b"token")
    return Requester("account", account, "Alix MARTIN", Means.CARD, session.id, "192.0.2.7", "10", "810000000001")


@pytest.fixture
def exams(database, clock):
    gate = open_gate(database)
    yield Exams(database, clock, gate, timedelta(minutes=15), None, limits=FEW)
    gate.close()


def uid(number: int) -> StudyUID:
    return StudyUID(f"1.2.{number}")


def events(database: Database, verb: str) -> list[str]:
    with database.reading() as work:
        return [r.event.subject or r.event.cause for r in work.journal.listed(Page(0, 500), "", "")[0]
                if r.event.verb == verb]  # fmt: skip


def bearer(database: Database, row: BearerRow) -> int:
    with database.writing() as work:
        return work.bearers.add(row)


def test_the_third_is_told_once_the_fifth_is_refused_and_those_that_are_open_stay(database, exams, physician, clock):
    for number in (1, 2):
        exams.viewed(physician, uid(number))
    assert exams.bulk.standing() == []
    for number in (3, 4):
        exams.viewed(physician, uid(number))
    assert events(database, "bulk.alarm") == ["opened"]
    assert [(one.way, one.paused) for one in exams.bulk.standing()] == [(Way.OPENED, False)]
    for _ in range(2):
        with pytest.raises(TryLater, match="exams_hour"):
            exams.viewed(physician, uid(5))
    exams.viewed(physician, uid(1), uid(4))
    assert events(database, "bulk.alarm") == ["opened"]
    assert events(database, "bulk.pause") == ["exams_hour"]
    assert exams.bulk.standing() == [InBulk(Way.OPENED, "Alix MARTIN", True)]
    assert sorted(events(database, "exam.view")) == [uid(n) for n in (1, 2, 3, 4)]
    clock.time += timedelta(hours=1)
    exams.viewed(physician, uid(5))
    clock.time += timedelta(days=1)
    assert exams.bulk.standing() == []


def test_of_several_at_once_all_are_opened_or_none(database, exams, physician):
    exams.viewed(physician, uid(1), uid(2), uid(3))
    with pytest.raises(TryLater, match="exams_hour"):
        exams.viewed(physician, uid(3), uid(4), uid(5))
    assert len(events(database, "exam.view")) == 3
    exams.viewed(physician, uid(4))


def test_a_restart_forgets_nothing(laid_url, database, exams, physician, clock):
    exams.viewed(physician, *(uid(n) for n in range(4)))
    again = Database(laid_url)
    gate = open_gate(again)
    try:
        other = Exams(again, clock, gate, timedelta(minutes=15), None, limits=FEW)
        with pytest.raises(TryLater, match="exams_hour"):
            other.viewed(physician, uid(9))
    finally:
        gate.close()
        again.close()


def test_at_once_no_more_pass_than_one_after_the_other(database, exams, physician):
    def opened(number: int) -> bool:
        try:
            exams.viewed(physician, uid(number))
        except TryLater:
            return False
        return True

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(opened, range(12))) == FEW.exams_pause_per_hour
    assert len(events(database, "exam.view")) == FEW.exams_pause_per_hour
    assert len(events(database, "bulk.alarm")) == len(events(database, "bulk.pause")) == 1


def test_an_exam_counts_once_and_what_a_token_reads_counts_as_downloaded(database, exams, physician):
    exams.viewed(physician, uid(1))
    with database.reading() as work:
        row = token_of(work)
    token = Requester("account", physician.id, "Alix MARTIN", Means.TOKEN, physician.session_id, "192.0.2.8",
                      bearer_id=bearer(database, row))  # fmt: skip
    for number in (1, 2, 3):
        exams.viewed(token, uid(number))
    assert sorted(events(database, "bulk.alarm")) == ["downloaded", "opened"]
    with pytest.raises(TryLater, match="downloads_day"):
        exams.viewed(token, uid(4))
    assert uid(4) not in events(database, "exam.view")
    exams.viewed(physician, uid(4))
    exams.bulk.check(physician, Way.DOWNLOADED, uid(1))
    with pytest.raises(TryLater, match="downloads_day"):
        exams.bulk.check(physician, Way.DOWNLOADED, uid(4))


def test_the_key_of_a_machine_is_not_an_account(database, account, exams):
    number = bearer(database, KEY)
    machine = Requester("key", number, "archive", Means.KEY, 0, "192.0.2.9", bearer_id=number)
    for n in range(6):
        exams.viewed(machine, uid(n))
    assert events(database, "bulk.alarm") == []


def test_where_nothing_can_be_counted_nothing_opens(database, exams, physician, monkeypatch):
    def broken(*_: object) -> None:
        raise Unavailable("database")

    monkeypatch.setattr("appliance.store.failures.SqlFailures.add", broken)
    with pytest.raises(Unavailable):
        exams.viewed(physician, uid(1))
    assert events(database, "exam.view") == []

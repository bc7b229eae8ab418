"""The months of the journal: sealed, purged, checked, on a clock that moves."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from appliance.adminapi.schedule import Seals
from appliance.crypto.signing import Ed25519Sealing
from appliance.domain.errors import Refused
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.segments import Flaw, SegmentState
from appliance.usecases.ports import Page
from appliance.usecases.segments import Segments
from tests.appliance.usecases.conftest import MovedClock

EVENT = Event(Family.ACCESS, "exam.view", Actor("account", "7"), "1.2.3")


@pytest.fixture
def clock():
    moved = MovedClock()
    moved.time = datetime(2020, 1, 20, 9, 0, tzinfo=UTC)
    return moved


@pytest.fixture
def year(house, clock):
    """Records of twelve months, each sealed when it is over; it is January 2021."""
    for _ in range(12):
        for _ in range(3):
            house.journal.record(EVENT)
        clock.time = (clock.time.replace(day=1) + timedelta(days=40)).replace(day=20)
        assert house.segments.seal() is not None
        assert house.segments.seal() is None
    return house


def forge(house, *statements):
    engine = sa.create_engine(house.settings.database_url)
    with engine.begin() as connection:
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
        for name in names:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def found(house):
    verdict = house.segments.verify()
    return verdict.broken_at, verdict.flaw


def test_each_month_is_sealed_once_it_is_over(year, clock):
    assert [one.anchor.segment.last_at.month for one in year.segments.sealed()] == list(range(1, 13))
    assert found(year) == (None, None)
    clock.move(days=-400)
    assert year.segments.seal() is None
    assert found(year) == (None, None)


def test_a_month_goes_when_it_is_36_months_old_and_its_anchor_stays(year, clock):
    clock.time = datetime(2023, 1, 20, 8, 59, tzinfo=UTC)
    assert list(year.segments.purge()) == []
    clock.time = datetime(2023, 2, 25, tzinfo=UTC)
    gone = year.segments.purge()
    assert [one.last_at.month for one in gone] == [1, 2]
    assert list(year.segments.purge()) == []
    clock.move(days=-2000)
    assert list(year.segments.purge()) == []
    verdict = year.segments.verify()
    assert verdict.broken_at is None
    assert [state for _, state in verdict.segments][:3] == [SegmentState.PURGED] * 2 + [SegmentState.SEALED]
    assert sum(1 for one in year.journal.listed(Page())[0] if one.event.verb == "journal.purge") == 2
    year.journal.record(EVENT)
    assert found(year) == (None, None)


def test_what_is_forged_shows(year, clock):
    clock.time = datetime(2023, 2, 25, tzinfo=UTC)
    first, second = year.segments.purge()
    forge(year, f"UPDATE journal_anchor SET last_at = last_at + 1 WHERE last = {first.last}")
    assert found(year) == (1, Flaw.ANCHOR)
    forge(year, f"UPDATE journal_anchor SET last_at = last_at - 1 WHERE last = {first.last}")
    assert found(year) == (None, None)
    forge(year, f"DELETE FROM journal_purge WHERE last = {second.last}")
    assert found(year) == (second.first, Flaw.RECORD)
    forge(year, f"DELETE FROM journal_anchor WHERE last = {second.last}")
    assert found(year) == (second.first, Flaw.MISSING)


def test_the_anchor_of_the_last_month_is_missed_by_the_record_of_it(year):
    last = year.segments.sealed()[-1].anchor.segment
    forge(year, f"DELETE FROM journal_anchor WHERE last = {last.last}")
    assert found(year) == (last.first, Flaw.MISSING)


def test_what_does_not_hold_is_neither_signed_nor_purged(year, clock, tmp_path):
    stranger = Segments(year.database, clock, Ed25519Sealing(tmp_path / "other.key"), 6)
    clock.time = datetime(2021, 12, 1, tzinfo=UTC)
    with pytest.raises(Refused, match="anchor_forged"):
        stranger.purge()
    year.journal.record(EVENT)
    clock.move(days=60)
    number = year.journal.listed(Page(0, 1))[0][0].number
    forge(year, f"UPDATE journal SET body = replace(body, '7', '8') WHERE number = {number}")
    assert year.segments.seal() is not None  # January, which says that December was sealed
    with pytest.raises(Refused, match="journal_broken"):
        year.segments.seal()
    assert Seals(year).turn() is False  # told in the log, and not again before an hour


def test_anchors_are_checked_by_others_with_the_public_key(year):
    lines = [json.loads(line) for line in year.segments.exported()]
    assert len(lines) == 12
    for one in lines:
        key = load_pem_public_key(one["public_key"].encode())
        key.verify(bytes.fromhex(one["signature"]), one["text"].encode())


def test_every_hour_months_are_sealed_and_old_ones_go(house, clock, caplog):
    caplog.set_level("INFO")
    house.journal.record(EVENT)
    seals = Seals(house)
    assert seals.turn() is True
    assert house.segments.sealed() == []
    assert seals.turn() is False
    clock.time = datetime(2023, 3, 1, tzinfo=UTC)
    assert seals.turn() is True
    assert "journal sealed" in caplog.text
    assert [one.purged_at for one in house.segments.sealed()] == [clock.time]
    assert house.segments.verify().broken_at is None

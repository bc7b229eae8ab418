"""What the database itself lets go of the journal, on both."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from appliance.domain.errors import Refused
from appliance.domain.segments import Anchor
from appliance.store.migrations import migrate
from tests.appliance.store.test_store import EVENT

OLD = datetime(2020, 1, 10, tzinfo=UTC)
FEBRUARY, MARCH = datetime(2020, 2, 1, tzinfo=UTC), datetime(2020, 3, 1, tzinfo=UTC)


def lately():
    return datetime.now(UTC) - timedelta(days=170)


def written(work, *instants):
    for at in instants:
        work.journal.append(EVENT, at)


def sealed(work, boundary):
    segment = work.segments.segment(work.segments.end()[0], boundary)
    work.segments.seal(Anchor(segment, boundary, b"signature"))
    return segment


def numbers(work):
    return [number for number, _, _ in work.journal.chain(0, 100)]


@pytest.fixture
def segments(database):
    """January and February 2020, sealed, and a record of March."""
    with database.writing() as work:
        written(work, OLD, OLD, OLD + timedelta(days=30), OLD + timedelta(days=60))
        return sealed(work, FEBRUARY), sealed(work, MARCH)


def test_anchors_come_back_as_they_were_made(database, segments):
    with database.reading() as work:
        january, february = work.segments.sealed()
        assert (january.anchor.segment, february.anchor.segment) == segments
        assert january.anchor.segment.digest == february.anchor.segment.before
        assert (january.anchor.sealed_at, january.purged_at) == (FEBRUARY, None)
        assert work.segments.end() == (segments[1].last, segments[1].digest)
        assert work.segments.segment(segments[1].last, MARCH) is None
        assert work.segments.began(segments[1].last) == OLD + timedelta(days=60)


def test_a_clock_that_went_back_is_within_its_segment(database):
    with database.writing() as work:
        written(work, OLD, FEBRUARY + timedelta(days=2), OLD - timedelta(days=400), FEBRUARY + timedelta(days=3))
        segment = sealed(work, FEBRUARY)
    assert (segment.last, segment.first_at) == (3, OLD - timedelta(days=400))
    assert segment.last_at == FEBRUARY + timedelta(days=2)


def test_whole_segments_go_the_oldest_first_and_once(database, segments):
    january, february = segments
    with pytest.raises(Refused, match="journal_purge"), database.writing() as work:
        work.segments.purge(february, MARCH)
    with database.writing() as work:
        work.segments.purge(january, MARCH)
        assert numbers(work) == [3, 4]
    with pytest.raises(Refused, match="journal_purge"), database.writing() as work:
        work.segments.purge(january, MARCH)
    with database.writing() as work:
        work.segments.purge(february, MARCH)
        assert numbers(work) == [4]
        assert [one.purged_at for one in work.segments.sealed()] == [MARCH, MARCH]


def test_what_is_younger_than_six_months_does_not_go(database):
    young = lately()
    with database.writing() as work:
        written(work, OLD, young)
        segment = sealed(work, young + timedelta(days=1))
    with pytest.raises(Refused, match="journal_purge"), database.writing() as work:
        work.segments.purge(segment, MARCH)


SCHEMES = [
    "UPDATE journal SET body = 'x'",
    "DELETE FROM journal",
    "DELETE FROM journal WHERE number = 1",
    "UPDATE journal_anchor SET first = 2",
    "DELETE FROM journal_anchor",
    "INSERT INTO journal_purge (last, at) VALUES (1, 0)",  # inside a segment
    "INSERT INTO journal_purge (last, at) VALUES (3, 0)",  # out of turn
    "INSERT INTO journal_purge (last, at) VALUES (4, 0)",  # not sealed
]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_nothing_else_takes_a_record_away(database, segments, laid_url, scheme):
    engine = sa.create_engine(laid_url)
    with pytest.raises(sa.exc.DBAPIError), engine.begin() as connection:
        connection.exec_driver_sql(scheme)
    engine.dispose()
    with database.reading() as work:
        assert numbers(work) == [1, 2, 3, 4]


def test_a_purged_segment_opens_no_way_to_the_rest(database, segments, laid_url):
    with database.writing() as work:
        work.segments.purge(segments[0], MARCH)
    engine = sa.create_engine(laid_url)
    for scheme in ("DELETE FROM journal", "UPDATE journal_purge SET last = 3", "DELETE FROM journal_purge"):
        with pytest.raises(sa.exc.DBAPIError), engine.begin() as connection:
            connection.exec_driver_sql(scheme)
    engine.dispose()
    with database.reading() as work:
        assert numbers(work) == [3, 4]


def test_a_record_is_not_replaced_on_sqlite(tmp_path):
    url = f"sqlite:///{tmp_path / 'index.db'}"
    migrate(url)
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO journal VALUES (1, 0, '', '', '', 'x', 'x')")
    with pytest.raises(sa.exc.DBAPIError, match="append only"), engine.begin() as connection:
        connection.exec_driver_sql("INSERT OR REPLACE INTO journal VALUES (1, 0, '', '', '', 'y', 'y')")
    engine.dispose()

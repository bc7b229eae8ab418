"""One role of PostgreSQL a service: what the bridge cannot see, and what nobody can do."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from appliance.domain.jobs import JobKind
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.segments import Anchor
from appliance.domain.sending import Commitment, Ending, ObjectState, Outcome, Proof
from appliance.store import roles
from appliance.store.database import Database
from appliance.store.migrations import migrate
from appliance.store.tables import metadata
from tests.appliance.store.test_store import NOW, SOP, STUDY, fill


@pytest.fixture
def url(laid_postgres_url):
    with closing(Database(laid_postgres_url)) as database:
        fill(database)
    return laid_postgres_url


@contextmanager
def connected(url: str, service: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(make_url(url).set(username=roles.role_of(service)))
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def refused(url: str, service: str, statement: str) -> bool:
    with connected(url, service) as connection:
        try:
            connection.exec_driver_sql(statement)
        except sa.exc.ProgrammingError as exc:
            return "permission denied" in str(exc) or "must be owner" in str(exc)
    return False


def test_every_table_is_given_to_the_bridge_or_kept_from_it():
    """Whoever adds a table decides: `appliance.store.roles`."""
    assert set(roles.BRIDGE) | roles.KEPT_FROM_BRIDGE == set(metadata.tables)
    assert not set(roles.BRIDGE) & roles.KEPT_FROM_BRIDGE


SECRETS = [
    "SELECT cipher FROM share",
    "SELECT lookup FROM share",
    "SELECT * FROM share",
    "UPDATE share SET expires_at = 0",
    "UPDATE share SET revoked_at = NULL",
    "INSERT INTO study_grant (account_id) VALUES (1)",
    "SELECT * FROM session",
    "SELECT * FROM otp",
    "SELECT * FROM ticket",
    "SELECT * FROM staff",
    "SELECT * FROM passkey",
    "SELECT password_hash FROM account",
    "SELECT totp_secret FROM account",
    "UPDATE account SET email = ''",
    "SELECT text FROM outbox",
    "UPDATE outbox SET recipient = ''",
    "DELETE FROM study",
]
PAST = [
    "DELETE FROM journal",
    "UPDATE journal SET body = ''",
    "DELETE FROM journal_anchor",
    "UPDATE journal_anchor SET signature = ''",
    "DELETE FROM journal_purge",
    "ALTER TABLE journal DISABLE TRIGGER ALL",
    "DROP TABLE journal",
    "CREATE TABLE mine (x int)",
    "UPDATE alembic_version SET version_num = ''",
]


def test_the_bridge_sees_no_secret_and_opens_nothing(url):
    assert [one for one in SECRETS if not refused(url, "bridge", one)] == []


def test_no_service_changes_the_schema_or_the_past(url):
    assert [(who, one) for who in roles.SERVICES for one in PAST if not refused(url, who, one)] == []


def test_the_courier_reads_messages_and_no_exams(url):
    assert not refused(url, "courier", "SELECT text FROM outbox")
    for table in ("study", "share", "session", "staff", "otp"):
        assert refused(url, "courier", f"SELECT * FROM {table}")


def test_each_service_does_its_work(url):
    for service in roles.SERVICES:
        narrow = make_url(url).set(username=roles.role_of(service))
        with closing(Database(narrow, service=service)) as database, database.writing() as work:
            work.jobs.enqueue(JobKind.ECHO, "pacs", {}, now=NOW)
            work.journal.append(Event(Family.SYSTEM, "test", Actor("system", service)), NOW)
            if service != "courier":
                assert work.studies.by_uid(STUDY) is not None


def test_the_bridge_sends_deposits_and_proves_them_but_asks_for_nothing(url):
    with closing(Database(url)) as database, database.writing() as work:
        work.sendings.deposited(SOP, STUDY, NOW, anew=True)
        number = work.sendings.add(STUDY, "archive", work.sendings.unproven(STUDY), NOW)
    narrow = make_url(url).set(username=roles.role_of("bridge"))
    with closing(Database(narrow, service="bridge")) as database, database.writing() as work:
        work.sendings.deposited(SOP, STUDY, NOW, anew=True)
        assert [one.sop_uid for one in work.sendings.files(number)] == [SOP]
        work.sendings.settle(number, [Outcome(SOP, ObjectState.SENT)])
        work.sendings.ask(Commitment("2.25.1", number, "archive", (SOP,), NOW))
        work.sendings.accepted("2.25.1", NOW)
        work.sendings.prove(number, [SOP], Proof.COMMITMENT, NOW)
        work.sendings.ended("2.25.1", Ending.REPORTED, NOW)
        assert work.sendings.by_id(number).counts == {"proven": 1}
        assert work.sendings.commitment("2.25.1").ending is Ending.REPORTED
        assert work.sendings.deposit(STUDY).proven == 1
    assert refused(url, "bridge", "INSERT INTO sending (study_uid, node, asked_at) VALUES ('1.2.3', 'x', 0)")


def test_a_migration_takes_back_what_was_given_beyond(url):
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"GRANT SELECT ON session TO {roles.role_of('bridge')}")
    engine.dispose()
    assert not refused(url, "bridge", "SELECT * FROM session")
    migrate(url)
    assert refused(url, "bridge", "SELECT * FROM session")


def test_only_the_admin_service_seals_and_purges_and_deletes_no_record(url):
    old, later = datetime(2020, 1, 10, tzinfo=UTC), datetime(2020, 2, 1, tzinfo=UTC)
    with closing(Database(url)) as database, database.writing() as work:
        number = work.journal.append(Event(Family.SYSTEM, "test", Actor("system", "x")), old)
    narrow = make_url(url).set(username=roles.role_of("admin"))
    with closing(Database(narrow, service="admin")) as database, database.writing() as work:
        segment = work.segments.segment(0, later)
        work.segments.seal(Anchor(segment, later, b"signature"))
        work.segments.purge(segment, later)
        assert (segment.last, work.journal.chain(0, 10)) == (number, [])
    sealing = "INSERT INTO journal_anchor (last) VALUES (9)"
    purging = "INSERT INTO journal_purge VALUES (9, 0)"
    others = [one for one in roles.SERVICES if one != "admin"]
    assert [(who, one) for who in others for one in (sealing, purging) if not refused(url, who, one)] == []

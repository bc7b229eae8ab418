"""Schema upgrades: all pending revisions in one transaction, so that a killed upgrade leaves the old schema whole.

Batch mode rebuilds tables: foreign keys are off meanwhile (they would delete every child row) and the guards of
append-only tables are laid again afterwards (it drops triggers silently).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.pool import NullPool

from appliance.domain.errors import Unavailable
from appliance.domain.journal import GENESIS
from appliance.store import roles
from appliance.store.database import WRITE_LOCK, link
from appliance.store.guards import guard
from appliance.store.tables import journal_head, metadata

_FOLDER = Path(__file__).parent / "alembic"


def latest() -> str:
    """Return the revision this program needs."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def current(url: str | URL) -> str:
    """Return the revision of the database, empty when it has none; raise `Unavailable` ``database``."""
    engine = sa.create_engine(url, poolclass=NullPool, connect_args=link(make_url(url)))
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision() or ""
    except sa.exc.OperationalError as exc:
        raise Unavailable("database") from exc


def migrate(url: str | URL, *, with_roles: bool = False) -> str:
    """Bring the schema to the latest revision; return it. Safe to run twice and to kill.

    ``with_roles``: make the roles of the services too; on PostgreSQL those that are there are granted what they need.
    """
    parsed = make_url(url)
    with _alone(parsed) as connection:
        config = _config()
        config.attributes["configure"] = {
            "connection": connection,
            "target_metadata": metadata,
            "render_as_batch": connection.dialect.name == "sqlite",
            "transactional_ddl": True,
            "transaction_per_migration": False,
            "compare_type": True,
        }
        command.upgrade(config, "head")
        _first_head(connection)
        guard(connection)
        if connection.dialect.name == "postgresql":
            _ring(connection)
            if with_roles:
                roles.create_roles(connection)
            roles.grant(connection)
    return latest()


@contextmanager
def _alone(url: URL) -> Iterator[Connection]:
    engine = sa.create_engine(url, poolclass=NullPool, hide_parameters=True)
    if url.get_backend_name() == "sqlite":
        sa.event.listen(engine, "connect", _plain)
        sa.event.listen(engine, "begin", lambda c: c.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.connect() as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(WRITE_LOCK)))
        yield connection
        if connection.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise Unavailable("schema_broken", rows=len(broken))


def _plain(dbapi: object, _record: object) -> None:
    dbapi.isolation_level = None  # type: ignore[attr-defined]
    for pragma in ("journal_mode=WAL", "foreign_keys=OFF", "synchronous=FULL"):
        dbapi.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    return config


def _first_head(connection: Connection) -> None:
    if connection.execute(sa.select(journal_head.c.one)).first() is None:
        connection.execute(sa.insert(journal_head), {"one": 1, "number": 0, "digest": GENESIS})


def _ring(connection: Connection) -> None:
    connection.exec_driver_sql(
        "CREATE OR REPLACE FUNCTION ring() RETURNS trigger AS "
        "$$ BEGIN NOTIFY negatoscope; RETURN NULL; END $$ LANGUAGE plpgsql"
    )
    for table in ("job", "outbox"):
        connection.exec_driver_sql(
            f"CREATE OR REPLACE TRIGGER {table}_ring AFTER INSERT OR UPDATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ring()"
        )

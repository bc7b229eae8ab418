"""How the database is opened and how a transaction begins: one writer at a time, on SQLite and PostgreSQL alike.

SQLite: WAL, one writer connection a process, BEGIN IMMEDIATE is the lock. PostgreSQL: one advisory lock, since plain
READ COMMITTED loses updates. Ingest on SQLite runs with ``synchronous=NORMAL``: the file it speaks of is durable
already, and at start a file without a row is adopted.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url

from appliance.domain.errors import Unavailable
from appliance.store.work import SqlWork

WRITE_LOCK = 0x4E45_4741
_PG_OPTIONS = (
    "-c timezone=UTC -c lock_timeout=10s -c statement_timeout=30s -c idle_in_transaction_session_timeout=30s"
    " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
)
_PG_LINK = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""A link that is cut says nothing: both ends give up within half a minute, and their locks go with them."""
_NAME = "negatoscope-"
_SPEAKS = sa.text(
    "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE application_name = :name AND datname = current_database())"
)


def is_sqlite(url: str | URL) -> bool:
    """Whether the URL names a SQLite file."""
    return make_url(url).get_backend_name() == "sqlite"


def link(url: URL, service: str = "") -> dict[str, Any]:
    """Return what a connection to this database is opened with; nothing on SQLite."""
    if is_sqlite(url):
        return {}
    return {**_PG_LINK, "application_name": f"{_NAME}{service}"}


class Database:
    """Opens transactions and rings when something changed.

    Parameters
    ----------
    url
        SQLAlchemy URL, ``sqlite:///file`` or ``postgresql+psycopg://…``.
    threads
        How many threads of this process use it at once.
    service
        Who this process is, for `speaks`.
    """

    def __init__(self, url: str | URL, *, threads: int = 8, service: str = "") -> None:
        self.url = make_url(url)
        self.link = link(self.url, service)
        self._sqlite = is_sqlite(url)
        self._writer = self._open(1 if self._sqlite else threads, read_only=False, synchronous="FULL")
        self._ingest = self._open(1, read_only=False, synchronous="NORMAL") if self._sqlite else self._writer
        self.reader = self._open(threads, read_only=True, synchronous="FULL")

    @contextmanager
    def writing(self) -> Iterator[SqlWork]:
        """One writer at a time, durable when the block ends; rolled back on any exception."""
        with _wrapped(), self._writer.begin() as connection:
            if not self._sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(WRITE_LOCK)))
            yield SqlWork(connection)

    @contextmanager
    def appending(self) -> Iterator[SqlWork]:
        """Idempotent single-row work only: ingest, job claims."""
        with _wrapped(), self._ingest.begin() as connection:
            yield SqlWork(connection)

    @contextmanager
    def reading(self) -> Iterator[SqlWork]:
        """A consistent view."""
        with _wrapped(), self.reader.begin() as connection:
            yield SqlWork(connection)

    def speaks(self, service: str) -> bool:
        """Whether a process of this service is connected now; only PostgreSQL knows."""
        if self._sqlite:
            return False
        with _wrapped(), self.reader.begin() as connection:
            return bool(connection.execute(_SPEAKS, {"name": f"{_NAME}{service}"}).scalar_one())

    def close(self) -> None:
        """Close every connection."""
        for engine in {self._writer, self._ingest, self.reader}:
            engine.dispose()

    def _open(self, size: int, *, read_only: bool, synchronous: str) -> Engine:
        pool = {"pool_size": size, "max_overflow": 0, "pool_timeout": 10, "hide_parameters": True}
        if self._sqlite:
            return _sqlite_engine(self.url, pool, read_only=read_only, synchronous=synchronous)
        options = _PG_OPTIONS + (" -c default_transaction_read_only=on" if read_only else "")
        isolation = {"isolation_level": "REPEATABLE READ"} if read_only else {}
        arguments = {"options": options, **self.link}
        return sa.create_engine(self.url, pool_pre_ping=True, connect_args=arguments, **pool, **isolation)


@contextmanager
def _wrapped() -> Iterator[None]:
    try:
        yield
    except (sa.exc.OperationalError, sa.exc.TimeoutError) as exc:
        raise Unavailable("database") from exc
    except sa.exc.DBAPIError as exc:
        if exc.connection_invalidated:
            raise Unavailable("database") from exc
        raise


def _sqlite_engine(url: URL, pool: dict[str, Any], *, read_only: bool, synchronous: str) -> Engine:
    engine = sa.create_engine(url, connect_args={"timeout": 10, "cached_statements": 512}, **pool)
    pragmas = (
        "journal_mode=WAL",
        f"synchronous={synchronous}",
        "foreign_keys=ON",
        "trusted_schema=OFF",
        f"query_only={read_only:d}",
    )

    def connect(dbapi: sqlite3.Connection, _record: object) -> None:
        dbapi.isolation_level = None  # the sqlite3 module never says BEGIN; `begin` does
        dbapi.create_function("lower", 1, _lower, deterministic=True)  # its own knows A to Z only
        for pragma in pragmas:
            dbapi.execute(f"PRAGMA {pragma}")

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    sa.event.listen(engine, "connect", connect)
    sa.event.listen(engine, "begin", begin)
    return engine


def _lower(text: str | None) -> str | None:
    return text.lower() if isinstance(text, str) else text

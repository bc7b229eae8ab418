"""How the database is opened and how a transaction begins: one writer at a time, on SQLite and PostgreSQL alike.

SQLite: WAL, one writer connection a process, BEGIN IMMEDIATE is the lock. PostgreSQL: one advisory lock, since plain
READ COMMITTED loses updates. Ingest on SQLite runs with ``synchronous=NORMAL``: the file it speaks of is durable
already, and at start a file without a row is adopted.
"""

import select
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url

from appliance.domain.errors import Unavailable
from appliance.store.work import SqlWork

WRITE_LOCK = 0x4E45_4741
_PG_OPTIONS = "-c timezone=UTC -c lock_timeout=10s -c statement_timeout=30s -c idle_in_transaction_session_timeout=30s"
_POLL_S = 0.02


def is_sqlite(url: str | URL) -> bool:
    """Whether the URL names a SQLite file."""
    return make_url(url).get_backend_name() == "sqlite"


class Database:
    """Opens transactions and rings when something changed.

    Parameters
    ----------
    url
        SQLAlchemy URL, ``sqlite:///file`` or ``postgresql+psycopg://…``.
    threads
        How many threads of this process use it at once.
    """

    def __init__(self, url: str | URL, *, threads: int = 8) -> None:
        self.url = make_url(url)
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
        return sa.create_engine(self.url, pool_pre_ping=True, connect_args={"options": options}, **pool, **isolation)


@contextmanager
def _wrapped() -> Iterator[None]:
    try:
        yield
    except (sa.exc.OperationalError, sa.exc.TimeoutError) as exc:
        raise Unavailable("database") from exc


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


class SqliteDoorbell:
    """Rings when another connection committed: ``PRAGMA data_version``, polled every 20 ms. One thread at a time."""

    def __init__(self, url: URL) -> None:
        self._db = sqlite3.connect(str(url.database), isolation_level=None, check_same_thread=False)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._seen = self._version()

    def wait(self, timeout_s: float) -> bool:
        """Return True when something changed since the last call, False after ``timeout_s`` or `close`."""
        end = time.monotonic() + timeout_s
        with self._lock:
            while not self._stop.is_set():
                version = self._version()
                if version != self._seen:
                    self._seen = version
                    return True
                if time.monotonic() >= end or self._stop.wait(_POLL_S):
                    return False
        return False

    def close(self) -> None:
        """Wake the waiter and close."""
        self._stop.set()
        with self._lock:
            self._db.close()

    def _version(self) -> int:
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])


class PostgresDoorbell:
    """Rings on ``NOTIFY negatoscope``, which a trigger on the job table sends at commit. One thread at a time."""

    def __init__(self, url: URL) -> None:
        import psycopg

        dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._db = psycopg.connect(dsn, autocommit=True)
        self._db.execute("LISTEN negatoscope")
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def wait(self, timeout_s: float) -> bool:
        """Return True when something changed since the last call, False after ``timeout_s`` or `close`."""
        end = time.monotonic() + timeout_s
        with self._lock:
            while not self._stop.is_set():
                if any(True for _ in self._db.notifies(timeout=0, stop_after=1)):
                    return True
                left = end - time.monotonic()
                if left <= 0:
                    return False
                select.select([self._db.fileno()], [], [], min(left, 0.5))
        return False

    def close(self) -> None:
        """Wake the waiter and close."""
        self._stop.set()
        with self._lock:
            self._db.close()


def doorbell(database: Database) -> SqliteDoorbell | PostgresDoorbell:
    """Return the doorbell of this database."""
    return SqliteDoorbell(database.url) if is_sqlite(database.url) else PostgresDoorbell(database.url)

"""Ringing when another process changed the database."""

import sqlite3
import threading
import time
from typing import Protocol

from sqlalchemy.engine import URL

from appliance.store.database import Database, is_sqlite
from appliance.usecases.ports import Doorbell

_POLL_S = 0.02


class Bell(Doorbell, Protocol):
    """A doorbell that is closed at the end."""

    def close(self) -> None:
        """Wake the waiter and close."""
        ...


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


def doorbell(database: Database) -> Bell:
    """Return the doorbell of this database; raise `Unavailable` ``database``."""
    if is_sqlite(database.url):
        return SqliteDoorbell(database.url)
    from appliance.store.postgres_doorbell import PostgresDoorbell

    return PostgresDoorbell(database.url, database.link)

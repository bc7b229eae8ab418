"""The doorbell of PostgreSQL. Imported only where there is one."""

import select
import threading
import time
from typing import Any

import psycopg
from sqlalchemy.engine import URL

from appliance.domain.errors import Unavailable

_PAUSE_S = 1.0


class PostgresDoorbell:
    """Rings on ``NOTIFY negatoscope``, which a trigger on the job table sends at commit. One thread at a time."""

    def __init__(self, url: URL, link: dict[str, Any]) -> None:
        self._dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._link = link
        try:
            self._db: psycopg.Connection[Any] | None = self._listening()
        except psycopg.Error as exc:
            raise Unavailable("database") from exc
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def wait(self, timeout_s: float) -> bool:
        """Return True when something changed since the last call, False after ``timeout_s`` or `close`.

        A connection that was lost is opened again, and rings: nobody heard what changed meanwhile.
        """
        end = time.monotonic() + timeout_s
        with self._lock:
            if self._stop.is_set():
                return False
            try:
                if self._db is None:
                    self._db = self._listening()
                    return True
                return self._heard(self._db, end)
            except psycopg.Error:
                self._hang_up()
        self._stop.wait(min(timeout_s, _PAUSE_S))
        return False

    def close(self) -> None:
        """Wake the waiter and close."""
        self._stop.set()
        with self._lock:
            self._hang_up()

    def _listening(self) -> psycopg.Connection[Any]:
        db = psycopg.connect(self._dsn, autocommit=True, **self._link)
        db.execute("LISTEN negatoscope")
        return db

    def _heard(self, db: psycopg.Connection[Any], end: float) -> bool:
        while not self._stop.is_set():
            if any(True for _ in db.notifies(timeout=0, stop_after=1)):
                return True
            left = end - time.monotonic()
            if left <= 0:
                return False
            select.select([db.fileno()], [], [], min(left, 0.5))
        return False

    def _hang_up(self) -> None:
        db, self._db = self._db, None
        if db is not None:
            db.close()

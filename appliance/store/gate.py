"""The hot road: facts for `appliance.domain.access`, in one indexed read. Keys only in WHERE, no rule, no cache.

The statement is written in Core and compiled once; on SQLite it runs on the driver, inside the event loop, in about
11 µs. A revocation is seen at the next request.
"""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.engine import URL

from appliance.domain.access import Facts
from appliance.domain.identifiers import SeriesUID, SopUID, StudyUID
from appliance.store.database import Database, is_sqlite
from appliance.store.tables import account, instance, session, share, study, study_grant
from appliance.usecases.ports import FrameFacts, InstanceRow

_FACTS = (
    session.c.gesture_at,
    session.c.until,
    session.c.ended_at,
    account.c.disabled_at,
    study_grant.c.valid_from,
    study_grant.c.valid_to,
    share.c.not_before,
    share.c.expires_at,
    share.c.revoked_at,
    share.c.blocked_cause,
    study.c.withdrawn_at,
    study.c.identity_alarm,
    share.c.downloads,
)
_FRAME = tuple(c for c in instance.c if c.name not in {"received_at"})
_JOINED = (
    session.join(account, account.c.id == session.c.account_id)
    .join(study_grant, study_grant.c.account_id == account.c.id)
    .join(study, study.c.uid == study_grant.c.study_uid)
    .outerjoin(share, share.c.id == study_grant.c.share_id)
)
_KEYS = sa.and_(session.c.token_hash == sa.bindparam("token"), study_grant.c.study_uid == sa.bindparam("study"))
STUDY = sa.select(*_FACTS).select_from(_JOINED).where(_KEYS)
FRAME = (
    sa.select(*_FACTS, *(c.label(f"instance_{c.name}") for c in _FRAME))
    .select_from(_JOINED.join(instance, instance.c.study_uid == study.c.uid))
    .where(_KEYS, instance.c.sop_uid == sa.bindparam("sop"))
)
_WIDTH = len(_FACTS)


def _when(value: Any) -> datetime | None:
    return datetime.fromtimestamp(value / 1e6, UTC) if isinstance(value, int) else value


def _facts(row: Sequence[Any]) -> Facts:
    values = (_when(v) for v in row[:9])
    return Facts(*cast(Any, (*values, row[9] or "", _when(row[10]), row[11], bool(row[12]))))


def _frame(rows: Sequence[Sequence[Any]]) -> FrameFacts:
    if not rows:
        return FrameFacts(None)
    return FrameFacts(_instance(rows[0][_WIDTH:]), [_facts(row) for row in rows])


def _instance(values: Sequence[Any]) -> InstanceRow:
    known = dict(zip((c.name for c in _FRAME), values, strict=True))
    known["series_uid"] = SeriesUID(known["series_uid"])
    return InstanceRow(**known)


class SqliteGate:
    """`appliance.usecases.ports.Gate` on the driver. Its connection belongs to one thread."""

    def __init__(self, url: URL) -> None:
        dialect = sqlite_dialect.dialect(paramstyle="named")
        self._study = str(STUDY.compile(dialect=dialect))
        self._frame = str(FRAME.compile(dialect=dialect))
        self._db = sqlite3.connect(
            f"file:{url.database}?mode=ro", uri=True, isolation_level=None, timeout=1, check_same_thread=False
        )

    def study(self, token_hash: bytes, study_uid: StudyUID) -> Sequence[Facts]:
        """Return what is known of this session and study; nothing when either is foreign or unknown."""
        rows = self._db.execute(self._study, {"token": token_hash, "study": study_uid})
        return [_facts(row) for row in rows]

    def frame(self, token_hash: bytes, study_uid: StudyUID, sop_uid: SopUID) -> FrameFacts:
        """Return the same with the instance."""
        names = {"token": token_hash, "study": study_uid, "sop": sop_uid}
        return _frame(self._db.execute(self._frame, names).fetchall())

    def close(self) -> None:
        """Close the connection."""
        self._db.close()


class SqlGate:
    """`appliance.usecases.ports.Gate` through the pool (PostgreSQL)."""

    def __init__(self, database: Database) -> None:
        self._engine = database.reader

    def study(self, token_hash: bytes, study_uid: StudyUID) -> Sequence[Facts]:
        """Return what is known of this session and study; nothing when either is foreign or unknown."""
        with self._engine.connect() as connection:
            rows = connection.execute(STUDY, {"token": token_hash, "study": study_uid}).all()
        return [_facts(row) for row in rows]

    def frame(self, token_hash: bytes, study_uid: StudyUID, sop_uid: SopUID) -> FrameFacts:
        """Return the same with the instance."""
        names = {"token": token_hash, "study": study_uid, "sop": sop_uid}
        with self._engine.connect() as connection:
            return _frame(connection.execute(FRAME, names).all())

    def close(self) -> None:
        """Nothing of its own to close."""


def open_gate(database: Database) -> SqliteGate | SqlGate:
    """Return the gate of this database."""
    return SqliteGate(database.url) if is_sqlite(database.url) else SqlGate(database)

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

from appliance.domain.access import Grant, SessionFacts
from appliance.domain.identifiers import SeriesUID, SopUID, StudyUID
from appliance.domain.sign_in import Means
from appliance.store.database import Database, is_sqlite
from appliance.store.tables import account, instance, session, share, study, study_grant
from appliance.usecases.ports import FrameFacts, InstanceRow, StudyFacts

_SESSION = (
    account.c.id,
    account.c.national_id,
    account.c.profession,
    account.c.organisation,
    session.c.means,
    session.c.gesture_at,
    session.c.until,
    session.c.ended_at,
    account.c.disabled_at,
)
_GRANT = (
    study_grant.c.account_id,
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
_FACTS = tuple(c.label(f"f{n}") for n, c in enumerate((*_SESSION, *_GRANT)))
_NAMED = len(_SESSION)
_MEANS = {means.value: means for means in Means}
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


def _when(value: Any) -> datetime:
    """Return an instant: a number on the driver of SQLite, made by SQLAlchemy already through the pool."""
    return datetime.fromtimestamp(value / 1e6, UTC) if isinstance(value, int) else cast(datetime, value)


def _maybe(value: Any) -> datetime | None:
    return None if value is None else _when(value)


def _session(row: Sequence[Any]) -> SessionFacts:
    holder, number, profession, structure, means, gesture_at, until, ended_at, disabled_at = row[:_NAMED]
    return SessionFacts(
        holder, number, profession, structure, _MEANS[means], _when(gesture_at), _when(until), _maybe(ended_at),
        _maybe(disabled_at),
    )  # fmt: skip


def _grant(row: Sequence[Any]) -> Grant:
    holder, begins, ends, opens, closes, revoked, blocked, withdrawn, alarm, downloads = row[_NAMED:_WIDTH]
    return Grant(
        holder, _when(begins), _maybe(ends), _maybe(opens), _maybe(closes), _maybe(revoked), blocked or "",
        _maybe(withdrawn), alarm, bool(downloads),
    )  # fmt: skip


def _study(rows: Sequence[Sequence[Any]]) -> StudyFacts:
    """One session only has the token: every row tells the same of it."""
    return StudyFacts(_session(rows[0]), [_grant(row) for row in rows]) if rows else StudyFacts(None)


def _frame(rows: Sequence[Sequence[Any]]) -> FrameFacts:
    if not rows:
        return FrameFacts(None)
    return FrameFacts(_instance(rows[0][_WIDTH:]), _study(rows))


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

    def study(self, token_hash: bytes, study_uid: StudyUID) -> StudyFacts:
        """Return what is known of this session and study; nothing when either is foreign or unknown."""
        return _study(self._db.execute(self._study, {"token": token_hash, "study": study_uid}).fetchall())

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

    def study(self, token_hash: bytes, study_uid: StudyUID) -> StudyFacts:
        """Return what is known of this session and study; nothing when either is foreign or unknown."""
        with self._engine.connect() as connection:
            return _study(connection.execute(STUDY, {"token": token_hash, "study": study_uid}).all())

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

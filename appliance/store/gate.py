"""The hot road: facts for `appliance.domain.access`, in one indexed read. Keys only in WHERE, no rule, no cache.

The statement is written in Core and compiled once; on SQLite it runs on the driver, inside the event loop, in about
11 µs. A revocation is seen at the next request.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.engine import URL

from appliance.domain.access import Caller, Grant, KeyFacts, SessionFacts, TokenFacts, key_holder
from appliance.domain.bearers import Kind
from appliance.domain.identifiers import SeriesUID, SopUID, StudyUID
from appliance.domain.sign_in import Means
from appliance.store.database import Database, is_sqlite
from appliance.store.tables import (
    account,
    bearer,
    bearer_share,
    instance,
    session,
    share,
    share_study,
    study,
    study_grant,
)
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
_TOKEN = (
    account.c.id,
    account.c.national_id,
    account.c.profession,
    account.c.organisation,
    bearer.c.until,
    bearer.c.ended_at,
    session.c.until,
    session.c.ended_at,
    account.c.disabled_at,
)
_MACHINE = (bearer.c.id, bearer.c.name, bearer.c.reads, bearer.c.deposits, bearer.c.until, bearer.c.ended_at)
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
_HELD = (sa.null(), bearer.c.created_at, sa.null(), *_GRANT[3:])
"""What a key holds, as a grant: the shares are its own, no account stands between."""
_MEANS = {means.value: means for means in Means}
_FRAME = tuple(c for c in instance.c if c.name not in {"received_at"})
_TOKEN_IS: sa.BindParameter[Any] = sa.bindparam("token")
_STUDY_IS: sa.BindParameter[Any] = sa.bindparam("study")


class _Way(NamedTuple):
    """One way of asking: what tells who asks, what tells what he holds, where both are found."""

    caller: tuple[sa.ColumnElement[Any], ...]
    grant: tuple[sa.ColumnElement[Any], ...]
    source: sa.FromClause
    where: sa.ColumnElement[bool]
    read: Callable[[Sequence[Any]], Caller]

    @property
    def width(self) -> int:
        """How many columns come before those of an instance."""
        return len(self.caller) + len(self.grant)

    def study(self) -> sa.Select[Any]:
        """Return the statement of a study."""
        return sa.select(*self._facts()).select_from(self.source).where(self.where)

    def frame(self) -> sa.Select[Any]:
        """Return the statement of a frame."""
        columns = (c.label(f"instance_{c.name}") for c in _FRAME)
        joined = self.source.join(instance, instance.c.study_uid == study.c.uid)
        wanted = sa.and_(self.where, instance.c.sop_uid == sa.bindparam("sop"))
        return sa.select(*self._facts(), *columns).select_from(joined).where(wanted)

    def facts(self, rows: Sequence[Sequence[Any]]) -> StudyFacts:
        """Return what the rows tell: of one caller, for one only has the token."""
        if not rows:
            return StudyFacts(None)
        named = len(self.caller)
        caller = self.read(rows[0][:named])
        return StudyFacts(caller, [_grant(caller, row[named : self.width]) for row in rows])

    def of_frame(self, rows: Sequence[Sequence[Any]]) -> FrameFacts:
        """Return the same with the instance."""
        return FrameFacts(_instance(rows[0][self.width :]), self.facts(rows)) if rows else FrameFacts(None)

    def _facts(self) -> Iterable[sa.ColumnElement[Any]]:
        return (c.label(f"f{n}") for n, c in enumerate((*self.caller, *self.grant)))


def _when(value: Any) -> datetime:
    """Return an instant: a number on the driver of SQLite, made by SQLAlchemy already through the pool."""
    return datetime.fromtimestamp(value / 1e6, UTC) if isinstance(value, int) else cast(datetime, value)


def _maybe(value: Any) -> datetime | None:
    return None if value is None else _when(value)


def _session(row: Sequence[Any]) -> SessionFacts:
    holder, number, profession, structure, means, gesture_at, until, ended_at, disabled_at = row
    return SessionFacts(
        holder, number, profession, structure, _MEANS[means], _when(gesture_at), _when(until), _maybe(ended_at),
        _maybe(disabled_at),
    )  # fmt: skip


def _token(row: Sequence[Any]) -> TokenFacts:
    holder, number, profession, structure, until, ended_at, session_until, session_ended_at, disabled_at = row
    return TokenFacts(
        holder, number, profession, structure, _when(until), _maybe(ended_at), _when(session_until),
        _maybe(session_ended_at), _maybe(disabled_at),
    )  # fmt: skip


def _machine(row: Sequence[Any]) -> KeyFacts:
    number, name, reads, deposits, until, revoked_at = row
    return KeyFacts(number, name, bool(reads), bool(deposits), _when(until), _maybe(revoked_at))


def _grant(caller: Caller, row: Sequence[Any]) -> Grant:
    holder, begins, ends, opens, closes, revoked, blocked, withdrawn, alarm, downloads = row
    if isinstance(caller, KeyFacts):
        holder = key_holder(caller.key_id)
    return Grant(
        holder, _when(begins), _maybe(ends), _maybe(opens), _maybe(closes), _maybe(revoked), blocked or "",
        _maybe(withdrawn), alarm, bool(downloads),
    )  # fmt: skip


def _instance(values: Sequence[Any]) -> InstanceRow:
    known = dict(zip((c.name for c in _FRAME), values, strict=True))
    known["series_uid"] = SeriesUID(known["series_uid"])
    return InstanceRow(**known)


def _ways() -> Sequence[_Way]:
    """Return the ways, the commonest first: the next one is tried only by who is nobody by the one before."""
    theirs = study_grant.join(study, study.c.uid == study_grant.c.study_uid)
    by_session = (
        session.join(account, account.c.id == session.c.account_id)
        .join(theirs, study_grant.c.account_id == account.c.id)
        .outerjoin(share, share.c.id == study_grant.c.share_id)
    )
    by_token = (
        bearer.join(bearer_share, bearer_share.c.bearer_id == bearer.c.id)
        .join(session, session.c.id == bearer.c.session_id)
        .join(account, account.c.id == session.c.account_id)
        .join(share, share.c.id == bearer_share.c.share_id)
        .join(theirs, sa.and_(study_grant.c.account_id == account.c.id, study_grant.c.share_id == share.c.id))
    )
    by_key = (
        bearer.join(bearer_share, bearer_share.c.bearer_id == bearer.c.id)
        .join(share, share.c.id == bearer_share.c.share_id)
        .join(share_study, share_study.c.share_id == share.c.id)
        .join(study, study.c.uid == share_study.c.study_uid)
    )
    token, key = (
        sa.and_(bearer.c.token_hash == _TOKEN_IS, bearer.c.kind == sa.literal_column(f"'{kind.value}'"))
        for kind in (Kind.TOKEN, Kind.KEY)
    )
    return (
        _Way(_SESSION, _GRANT, by_session,
             sa.and_(session.c.token_hash == _TOKEN_IS, study_grant.c.study_uid == _STUDY_IS), _session),
        _Way(_TOKEN, _GRANT, by_token, sa.and_(token, study_grant.c.study_uid == _STUDY_IS), _token),
        _Way(_MACHINE, _HELD, by_key, sa.and_(key, share_study.c.study_uid == _STUDY_IS), _machine),
    )  # fmt: skip


WAYS = _ways()


class SqliteGate:
    """`appliance.usecases.ports.Gate` on the driver. Its connection belongs to one thread."""

    def __init__(self, url: URL) -> None:
        dialect = sqlite_dialect.dialect(paramstyle="named")
        self._studies = [(way, str(way.study().compile(dialect=dialect))) for way in WAYS]
        self._frames = [(way, str(way.frame().compile(dialect=dialect))) for way in WAYS]
        self._db = sqlite3.connect(
            f"file:{url.database}?mode=ro", uri=True, isolation_level=None, timeout=1, check_same_thread=False
        )

    def study(self, token_hash: bytes, study_uid: StudyUID) -> StudyFacts:
        """Return what is known of this caller and study; nothing when either is foreign or unknown."""
        names = {"token": token_hash, "study": study_uid}
        for way, statement in self._studies:
            if rows := self._db.execute(statement, names).fetchall():
                return way.facts(rows)
        return StudyFacts(None)

    def frame(self, token_hash: bytes, study_uid: StudyUID, sop_uid: SopUID) -> FrameFacts:
        """Return the same with the instance."""
        names = {"token": token_hash, "study": study_uid, "sop": sop_uid}
        for way, statement in self._frames:
            if rows := self._db.execute(statement, names).fetchall():
                return way.of_frame(rows)
        return FrameFacts(None)

    def close(self) -> None:
        """Close the connection."""
        self._db.close()


class SqlGate:
    """`appliance.usecases.ports.Gate` through the pool (PostgreSQL)."""

    def __init__(self, database: Database) -> None:
        self._engine = database.reader
        self._studies = [(way, way.study()) for way in WAYS]
        self._frames = [(way, way.frame()) for way in WAYS]

    def study(self, token_hash: bytes, study_uid: StudyUID) -> StudyFacts:
        """Return what is known of this caller and study; nothing when either is foreign or unknown."""
        names = {"token": token_hash, "study": study_uid}
        with self._engine.connect() as connection:
            for way, statement in self._studies:
                if rows := connection.execute(statement, names).all():
                    return way.facts(rows)
        return StudyFacts(None)

    def frame(self, token_hash: bytes, study_uid: StudyUID, sop_uid: SopUID) -> FrameFacts:
        """Return the same with the instance."""
        names = {"token": token_hash, "study": study_uid, "sop": sop_uid}
        with self._engine.connect() as connection:
            for way, statement in self._frames:
                if rows := connection.execute(statement, names).all():
                    return way.of_frame(rows)
        return FrameFacts(None)

    def close(self) -> None:
        """Nothing of its own to close."""


def open_gate(database: Database) -> SqliteGate | SqlGate:
    """Return the gate of this database."""
    return SqliteGate(database.url) if is_sqlite(database.url) else SqlGate(database)

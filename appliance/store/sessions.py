"""Server-side sessions. Rows end, they are not deleted: a page must be able to say how its session ended."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.engine import Connection

from appliance.domain.identifiers import AccountId, StudyUID
from appliance.store.tables import session, session_view
from appliance.usecases.ports import SessionRow

_BY_TOKEN = sa.select(session).where(session.c.token_hash == bindparam("t"))


class SqlSessions:
    """`appliance.usecases.ports.Sessions`."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    def add(self, row: SessionRow) -> int:
        """Return the id given."""
        values = {k: v for k, v in asdict(row).items() if k != "id"}
        return int(self._c.execute(sa.insert(session).returning(session.c.id), values).scalar_one())

    def by_token(self, token_hash: bytes) -> SessionRow | None:
        """Return the session, ended or not, or None."""
        row = self._c.execute(_BY_TOKEN, {"t": token_hash}).first()
        return SessionRow(**row._mapping) if row else None

    def by_id(self, session_id: int) -> SessionRow | None:
        """Return the session, ended or not, or None."""
        row = self._c.execute(sa.select(session).where(session.c.id == session_id)).first()
        return SessionRow(**row._mapping) if row else None

    def gesture(self, session_id: int, at: datetime) -> None:
        """Somebody is there."""
        self._set(session.c.id == session_id, gesture_at=at)

    def end(self, session_id: int, at: datetime, cause: str) -> None:
        """End it, once."""
        self._set(sa.and_(session.c.id == session_id, session.c.ended_at.is_(None)), ended_at=at, end_cause=cause)

    def end_all(self, *, account_id: AccountId | None, at: datetime, cause: str, but: int | None = None) -> int:
        """End every live session of an account, or of everybody with None, but one; return how many."""
        where: sa.ColumnElement[bool] = session.c.ended_at.is_(None)
        if account_id is not None:
            where = sa.and_(where, session.c.account_id == account_id)
        if but is not None:
            where = sa.and_(where, session.c.id != but)
        return self._set(where, ended_at=at, end_cause=cause)

    def end_staff(self, staff_id: int, at: datetime, cause: str, *, but: int | None = None) -> int:
        """End every live session of a member of the staff, but one; return how many."""
        where = sa.and_(session.c.ended_at.is_(None), session.c.staff_id == staff_id)
        if but is not None:
            where = sa.and_(where, session.c.id != but)
        return self._set(where, ended_at=at, end_cause=cause)

    def live(self, account_id: AccountId, since: datetime) -> Sequence[SessionRow]:
        """Return the sessions not ended whose last gesture is not older than ``since``, newest first."""
        where = sa.and_(
            session.c.account_id == account_id, session.c.ended_at.is_(None), session.c.gesture_at >= since
        )
        rows = self._c.execute(sa.select(session).where(where).order_by(session.c.id.desc()))
        return [SessionRow(**row._mapping) for row in rows]

    def note(self, session_id: int, notes: str) -> None:
        """Keep small state of pages."""
        self._set(session.c.id == session_id, notes=notes[:4096])

    def first_view(self, session_id: int, study_uid: StudyUID, at: datetime) -> bool:
        """Return True the first time this session opens this study."""
        key = sa.and_(session_view.c.session_id == session_id, session_view.c.study_uid == study_uid)
        if self._c.execute(sa.select(session_view.c.at).where(key)).first() is not None:
            return False
        self._c.execute(sa.insert(session_view), {"session_id": session_id, "study_uid": study_uid, "at": at})
        return True

    def _set(self, where: sa.ColumnElement[bool], **values: Any) -> int:
        return int(self._c.execute(sa.update(session).where(where).values(values)).rowcount)

"""Tokens and keys. Rows end, they are not deleted before their time: the journal names them by number."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from appliance.domain.bearers import Kind, Right
from appliance.domain.identifiers import ShareId, StudyUID
from appliance.store.tables import bearer, bearer_share, bearer_view, share_study
from appliance.usecases.ports import BearerRow


class SqlBearers:
    """`appliance.usecases.ports.Bearers`."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    def add(self, row: BearerRow) -> int:
        """Return the number given."""
        values = {
            "kind": row.kind,
            "token_hash": row.token_hash,
            "name": row.name,
            "reads": Right.READ in row.rights,
            "deposits": Right.DEPOSIT in row.rights,
            "created_at": row.created_at,
            "created_by": row.created_by,
            "until": row.until,
            "session_id": row.session_id,
        }
        number = int(self._c.execute(sa.insert(bearer).returning(bearer.c.id), values).scalar_one())
        if row.shares:
            self._c.execute(sa.insert(bearer_share), [{"bearer_id": number, "share_id": one} for one in row.shares])
        return number

    def by_token(self, token_hash: bytes) -> BearerRow | None:
        """Return the token or key, ended or not, or None."""
        return next(iter(self._rows(bearer.c.token_hash == token_hash)), None)

    def key(self, name: str) -> BearerRow | None:
        """Return the key of that name that nobody revoked, or None."""
        where = sa.and_(bearer.c.kind == Kind.KEY, bearer.c.name == name, bearer.c.ended_at.is_(None))
        return next(iter(self._rows(where)), None)

    def all_keys(self) -> Sequence[BearerRow]:
        """Return every key by name, revoked ones last."""
        found = self._rows(bearer.c.kind == Kind.KEY)
        return sorted(found, key=lambda row: (row.ended_at is not None, row.name, row.id))

    def tokens(self, session_id: int, now: datetime) -> Sequence[BearerRow]:
        """Return the living tokens of a session, oldest first."""
        return self._rows(sa.and_(
            bearer.c.kind == Kind.TOKEN, bearer.c.session_id == session_id, bearer.c.ended_at.is_(None),
            bearer.c.until > now,
        ))  # fmt: skip

    def end(self, bearer_id: int, at: datetime) -> None:
        """End it, once."""
        where = sa.and_(bearer.c.id == bearer_id, bearer.c.ended_at.is_(None))
        self._c.execute(sa.update(bearer).where(where).values(ended_at=at))

    def used(self, bearer_id: int, at: datetime) -> None:
        """It opened something."""
        self._c.execute(sa.update(bearer).where(bearer.c.id == bearer_id).values(used_at=at))

    def studies(self, bearer_id: int) -> Sequence[StudyUID]:
        """Return the studies of its shares."""
        joined = bearer_share.join(share_study, share_study.c.share_id == bearer_share.c.share_id)
        statement = sa.select(share_study.c.study_uid).select_from(joined).where(bearer_share.c.bearer_id == bearer_id)
        return [StudyUID(uid) for uid in self._c.execute(statement.distinct()).scalars()]

    def first_view(self, bearer_id: int, study_uid: StudyUID, at: datetime) -> bool:
        """Return True the first time that it opens this study."""
        key = sa.and_(bearer_view.c.bearer_id == bearer_id, bearer_view.c.study_uid == study_uid)
        if self._c.execute(sa.select(bearer_view.c.at).where(key)).first() is not None:
            return False
        self._c.execute(sa.insert(bearer_view), {"bearer_id": bearer_id, "study_uid": study_uid, "at": at})
        return True

    def _rows(self, where: sa.ColumnElement[bool]) -> list[BearerRow]:
        rows = self._c.execute(sa.select(bearer).where(where).order_by(bearer.c.id)).all()
        held: dict[int, list[ShareId]] = {row.id: [] for row in rows}
        for one in self._c.execute(sa.select(bearer_share).where(bearer_share.c.bearer_id.in_(list(held)))):
            held[one.bearer_id].append(ShareId(one.share_id))
        return [
            BearerRow(
                row.id, Kind(row.kind), row.token_hash, row.name, _rights(row), row.created_at, row.created_by,
                row.until, row.session_id, tuple(held[row.id]), row.ended_at, row.used_at,
            )
            for row in rows
        ]  # fmt: skip


def _rights(row: sa.Row[tuple[object, ...]]) -> frozenset[Right]:
    return frozenset(
        right for right, given in ((Right.READ, row.reads), (Right.DEPOSIT, row.deposits)) if given
    )

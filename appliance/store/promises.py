"""Grants that wait for a person who has not logged in yet."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from appliance.store.rows import page_of
from appliance.store.tables import promise
from appliance.usecases.ports import Page, PromiseRow


class SqlPromises:
    """`appliance.usecases.ports.Promises`."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    def add(self, row: PromiseRow) -> int:
        """Return the id given."""
        values = {k: v for k, v in asdict(row).items() if k != "id"}
        return int(self._c.execute(sa.insert(promise).returning(promise.c.id), values).scalar_one())

    def open(self, national_id: str, now: datetime) -> Sequence[PromiseRow]:
        """Return those of a national identifier that are neither taken nor over, oldest first."""
        where = sa.and_(promise.c.national_id == national_id, promise.c.taken_at.is_(None), promise.c.valid_to > now)
        rows = self._c.execute(sa.select(promise).where(where).order_by(promise.c.id))
        return [PromiseRow(**row._mapping) for row in rows]

    def taken(self, promise_id: int, at: datetime) -> None:
        """It became a grant."""
        self._c.execute(sa.update(promise).where(promise.c.id == promise_id).values(taken_at=at))

    def of_origin(self, origin: str, page: Page) -> tuple[Sequence[PromiseRow], int]:
        """Return promises of one origin, newest first."""
        statement = sa.select(promise).where(promise.c.origin == origin).order_by(promise.c.id.desc())
        rows, total = page_of(self._c, statement, page)
        return [PromiseRow(**row._mapping) for row in rows], total

    def together(self, promise_id: int) -> Sequence[PromiseRow]:
        """Return the promises made in one act with this one, itself included; nothing when it is unknown."""
        one, other = promise.alias(), promise
        same = [one.c[name] == other.c[name] for name in ("national_id", "made_at", "made_by", "person_id", "origin")]
        statement = sa.select(other).join(one, sa.and_(*same)).where(one.c.id == promise_id).order_by(other.c.id)
        return [PromiseRow(**row._mapping) for row in self._c.execute(statement)]

    def end(self, promise_id: int, at: datetime) -> None:
        """It promises nothing any more."""
        self._c.execute(sa.update(promise).where(promise.c.id == promise_id).values(valid_to=at))

    def listed(self, page: Page) -> tuple[Sequence[PromiseRow], int]:
        """Return promises, newest first."""
        rows, total = page_of(self._c, sa.select(promise).order_by(promise.c.id.desc()), page)
        return [PromiseRow(**row._mapping) for row in rows], total

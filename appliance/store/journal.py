"""The chained journal: appended inside the writing transaction, last statement of a use case."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.engine import Connection

from appliance.domain import journal as rules
from appliance.domain.journal import Actor, Event, Family, Record
from appliance.store.rows import contains, page_of
from appliance.store.tables import journal, journal_head
from appliance.usecases.ports import Page

_HEAD = sa.select(journal_head.c.number, journal_head.c.digest)
_ADD = sa.insert(journal)
_MOVE = sa.update(journal_head).values(number=bindparam("n"), digest=bindparam("d"))
_CHAIN = (
    sa.select(journal.c.number, journal.c.body, journal.c.digest)
    .where(journal.c.number > bindparam("after"))
    .order_by(journal.c.number)
    .limit(bindparam("most"))
)


class SqlJournal:
    """`appliance.usecases.ports.Journal`."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    def append(self, event: Event, at: datetime) -> int:
        """Chain one record; return its number. The write lock must be held."""
        number, previous = self._c.execute(_HEAD).one()
        number += 1
        body = rules.body_of(event, at)
        digest = rules.link(previous, number, body)
        actor = f"{event.actor.kind}:{event.actor.id}"[:256]
        self._c.execute(
            _ADD,
            {
                "number": number,
                "at": at,
                "family": event.family,
                "actor": actor,
                "subject": event.subject[:128],
                "body": body,
                "digest": digest,
            },
        )
        self._c.execute(_MOVE, {"n": number, "d": digest})
        return int(number)

    def listed(self, page: Page, query: str = "", family: str = "") -> tuple[Sequence[Record], int]:
        """Return records, newest first."""
        statement = sa.select(journal).order_by(journal.c.number.desc())
        if family:
            statement = statement.where(journal.c.family == family)
        if query:
            statement = statement.where(contains(journal.c.body, query))
        rows, total = page_of(self._c, statement, page)
        return [_record(row) for row in rows], total

    def of_actor(self, kind: str, actor_id: str, family: str, limit: int) -> Sequence[Record]:
        """Return what somebody did, newest first."""
        where = sa.and_(journal.c.actor == f"{kind}:{actor_id}"[:256], journal.c.family == family)
        rows = self._c.execute(sa.select(journal).where(where).order_by(journal.c.number.desc()).limit(limit))
        return [_record(row) for row in rows]

    def chain(self, after: int, limit: int) -> Sequence[tuple[int, str, bytes]]:
        """Return (number, body, digest) after a number, in order."""
        rows = self._c.execute(_CHAIN, {"after": after, "most": limit}).all()
        return [(row.number, row.body, row.digest) for row in rows]

    def head(self) -> tuple[int, bytes]:
        """Return the number and digest of the last record."""
        row = self._c.execute(_HEAD).one()
        return int(row.number), bytes(row.digest)


def _record(row: sa.Row[Any]) -> Record:
    whole = json.loads(row.body)
    event = Event(
        Family(whole["family"]),
        whole["verb"],
        Actor(**whole["actor"]),
        whole["subject"],
        whole["cause"],
        whole["facts"],
    )
    return Record(row.number, row.at, event, row.body, row.digest)

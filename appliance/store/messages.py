"""Messages of the hospital's feed: that they were taken, and those that wait to be replayed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from appliance.domain.feed import MessageState
from appliance.store.rows import contains, page_of
from appliance.store.tables import hl7_message
from appliance.usecases.ports import MessageRow, Page

_LINE = [c for c in hl7_message.c if c.name != "body"]


class SqlMessages:
    """`appliance.usecases.ports.Messages`."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    def by_control(self, sender: str, control_id: str) -> MessageRow | None:
        """Return the message of this sender and number, or None."""
        return self._one(sa.and_(hl7_message.c.sender == sender, hl7_message.c.control_id == control_id))

    def by_id(self, message_id: int) -> MessageRow | None:
        """Return the message, or None."""
        return self._one(hl7_message.c.id == message_id)

    def keep(self, row: MessageRow) -> int:
        """Write the message down, over the same one taken before."""
        values = {c.name: getattr(row, c.name) for c in hl7_message.c if c.name != "id"}
        known = self.by_control(row.sender, row.control_id)
        if known is None:
            made = self._c.execute(sa.insert(hl7_message).returning(hl7_message.c.id), values).scalar_one()
            return int(made)
        self._c.execute(sa.update(hl7_message).where(hl7_message.c.id == known.id).values(values))
        return known.id

    def set_state(self, message_id: int, state: MessageState, cause: str) -> None:
        """Say what became of it; only a rejected one keeps its body."""
        values: dict[str, Any] = {"state": state, "cause": cause}
        if state is not MessageState.REJECTED:
            values["body"] = b""
        self._c.execute(sa.update(hl7_message).where(hl7_message.c.id == message_id).values(values))

    def listed(self, page: Page, query: str = "") -> tuple[Sequence[MessageRow], int]:
        """Return messages, newest first; ``query`` is a state, an event, a sender or a control identifier."""
        statement = sa.select(*_LINE).order_by(hl7_message.c.received_at.desc(), hl7_message.c.id.desc())
        if query:
            exact = [hl7_message.c[name] == query for name in ("state", "control_id", "cause")]
            events = [hl7_message.c[name] == query.upper() for name in ("event", "kind")]
            statement = statement.where(sa.or_(*exact, *events, contains(hl7_message.c.sender, query)))
        rows, total = page_of(self._c, statement, page)
        return [_message(row) for row in rows], total

    def rejected(self) -> int:
        """Return how many wait for somebody."""
        mine = sa.select(sa.func.count()).where(hl7_message.c.state == MessageState.REJECTED)
        return int(self._c.execute(mine).scalar_one())

    def last_at(self) -> datetime | None:
        """Return when the last one came."""
        return self._c.execute(sa.select(sa.func.max(hl7_message.c.received_at))).scalar()

    def forget(self, before: datetime) -> int:
        """Delete what was received before and waits for nobody; return how many."""
        old = sa.and_(hl7_message.c.received_at < before, hl7_message.c.state != MessageState.REJECTED)
        return self._c.execute(sa.delete(hl7_message).where(old)).rowcount

    def _one(self, where: sa.ColumnElement[bool]) -> MessageRow | None:
        row = self._c.execute(sa.select(hl7_message).where(where)).first()
        return None if row is None else replace(_message(row), body=bytes(row.body))


def _message(row: sa.Row[Any]) -> MessageRow:
    return MessageRow(
        id=row.id,
        sender=row.sender,
        control_id=row.control_id,
        kind=row.kind,
        event=row.event,
        said_at=row.said_at,
        received_at=row.received_at,
        state=MessageState(row.state),
        cause=row.cause,
        peer=row.peer,
    )

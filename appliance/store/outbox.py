"""Messages for the courier. Bodies go once they are sent or given up: a one-time code never stays."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.engine import Connection

from appliance.domain.sign_in import Channel
from appliance.store.rows import page_of
from appliance.store.tables import outbox
from appliance.usecases.ports import Message, OutboxRow, Page

_DUE = (
    sa.select(outbox.c.id)
    .where(outbox.c.state == "waiting", outbox.c.due <= bindparam("now"))
    .order_by(outbox.c.due, outbox.c.id)
    .limit(1)
)
_NEXT = _DUE.with_for_update(skip_locked=True).scalar_subquery()


class SqlOutbox:
    """`appliance.usecases.ports.Outbox`."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    def add(self, message: Message, at: datetime) -> int:
        """Put a message in; return its id."""
        values = {
            "channel": message.channel,
            "recipient": message.to,
            "subject": message.subject,
            "text": message.text,
            "state": "waiting",
            "created": at,
            "due": at,
        }
        return int(self._c.execute(sa.insert(outbox).returning(outbox.c.id), values).scalar_one())

    def waiting(self, now: datetime) -> bool:
        """Whether there is a message to claim."""
        return self._c.execute(_DUE, {"now": now}).scalar() is not None

    def claim(self, now: datetime, lease_s: float) -> OutboxRow | None:
        """Take the next message; it comes back by itself after the lease."""
        row = self._c.execute(
            sa.update(outbox)
            .where(outbox.c.id == _NEXT)
            .values(due=now + timedelta(seconds=lease_s), attempts=outbox.c.attempts + 1)
            .returning(*outbox.c),
            {"now": now},
        ).first()
        return _row(row) if row else None

    def sent(self, row_id: int, at: datetime) -> None:
        """Mark as sent; the body goes."""
        self._set(row_id, state="sent", sent_at=at, text="", error="")

    def failed(self, row_id: int, error: str, due: datetime | None) -> None:
        """Try again at ``due``, or give up when None; then the body goes."""
        if due is None:
            self._set(row_id, state="dead", text="", error=error[:256])
        else:
            self._set(row_id, due=due, error=error[:256])

    def listed(self, page: Page) -> tuple[Sequence[OutboxRow], int]:
        """Return messages, newest first."""
        rows, total = page_of(self._c, sa.select(outbox).order_by(outbox.c.id.desc()), page)
        return [_row(row) for row in rows], total

    def _set(self, row_id: int, **values: Any) -> None:
        self._c.execute(sa.update(outbox).where(outbox.c.id == row_id).values(values))


def _row(row: sa.Row[Any]) -> OutboxRow:
    reference = f"{row.id}.{round(row.created.timestamp() * 1e6)}"
    message = Message(Channel(row.channel), row.recipient, row.subject, row.text, reference)
    return OutboxRow(row.id, message, row.attempts, row.created, row.state, row.due, row.error)

"""What is handed in once: from the card host to the portal, to an identity provider and back, from a mailbox."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from appliance.store.tables import ticket
from appliance.usecases.ports import TicketRow


class SqlTickets:
    """`appliance.usecases.ports.Tickets`."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    def add(self, row: TicketRow) -> None:
        """Make a ticket; its token must be new."""
        values = {"token_hash": row.token_hash, "kind": row.kind, "facts": dict(row.facts), "until": row.until}
        self._c.execute(sa.insert(ticket), values)

    def by_token(self, token_hash: bytes, kind: str, now: datetime) -> TicketRow | None:
        """Return the ticket of that kind that is neither used nor over, without using it."""
        row = self._c.execute(sa.select(ticket).where(_open(token_hash, kind, now))).first()
        return _ticket(row) if row else None

    def take(self, token_hash: bytes, kind: str, now: datetime) -> TicketRow | None:
        """Use the ticket up; the second of two gets None."""
        used = sa.update(ticket).where(_open(token_hash, kind, now)).values(used_at=now).returning(*ticket.c)
        row = self._c.execute(used).first()
        return _ticket(row) if row else None

    def sweep(self, before: datetime) -> int:
        """Delete those that ended before; return how many."""
        return int(self._c.execute(sa.delete(ticket).where(ticket.c.until < before)).rowcount)


def _open(token_hash: bytes, kind: str, now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        ticket.c.token_hash == token_hash, ticket.c.kind == kind, ticket.c.used_at.is_(None), ticket.c.until > now
    )


def _ticket(row: sa.Row[tuple[object, ...]]) -> TicketRow:
    return TicketRow(row.token_hash, row.kind, row.facts, row.until)

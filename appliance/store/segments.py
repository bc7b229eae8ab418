"""Segments of the journal: anchors are added, records go only through `journal_purge` (`store.guards`)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from appliance.domain.errors import Refused
from appliance.domain.journal import GENESIS
from appliance.domain.segments import Anchor, Sealed, Segment
from appliance.store.tables import journal, journal_anchor, journal_purge

_ANCHOR = journal_anchor.c
_SEALED = (
    sa.select(journal_anchor, journal_purge.c.at.label("purged_at"))
    .outerjoin(journal_purge, journal_purge.c.last == _ANCHOR.last)
    .order_by(_ANCHOR.last)
)


class SqlSegments:
    """`appliance.usecases.ports.Segments`."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    def sealed(self) -> Sequence[Sealed]:
        """Return every anchor, in order."""
        return [_sealed(row) for row in self._c.execute(_SEALED)]

    def end(self) -> tuple[int, bytes]:
        """Return the number and the digest of the last record that is sealed; 0 and the genesis before any."""
        newest = sa.select(_ANCHOR.last, _ANCHOR.digest).order_by(_ANCHOR.last.desc()).limit(1)
        row = self._c.execute(newest).first()
        return (int(row.last), bytes(row.digest)) if row is not None else (0, GENESIS)

    def began(self, after: int) -> datetime | None:
        """Return when the record after that one was written, None when there is none."""
        found: datetime | None = self._c.execute(sa.select(journal.c.at).where(journal.c.number == after + 1)).scalar()
        return found

    def segment(self, after: int, boundary: datetime) -> Segment | None:
        """Return the segment from there to the last record before ``boundary``, None when there is none."""
        later = journal.c.number > after
        last = self._c.execute(sa.select(sa.func.max(journal.c.number)).where(later, journal.c.at < boundary)).scalar()
        if last is None:
            return None
        span = sa.select(sa.func.min(journal.c.at).label("first_at"), sa.func.max(journal.c.at).label("last_at"))
        times = self._c.execute(span.where(later, journal.c.number <= last)).one()
        ends = sa.select(journal.c.digest).where(journal.c.number == last)
        before = sa.select(_ANCHOR.digest).where(_ANCHOR.last == after)
        return Segment(
            after + 1, int(last), times.first_at, times.last_at,
            bytes(self._c.execute(before).scalar() or GENESIS), bytes(self._c.execute(ends).scalar_one()),
        )  # fmt: skip

    def seal(self, anchor: Anchor) -> None:
        """Add an anchor."""
        one = anchor.segment
        values = {
            "first": one.first, "last": one.last, "first_at": one.first_at, "last_at": one.last_at,
            "before": one.before, "digest": one.digest, "sealed_at": anchor.sealed_at, "signature": anchor.signature,
        }  # fmt: skip
        self._c.execute(sa.insert(journal_anchor), values)

    def purge(self, segment: Segment, at: datetime) -> None:
        """Let its records go; raise `Refused` ``journal_purge`` when the database does not."""
        try:
            self._c.execute(sa.insert(journal_purge), {"last": segment.last, "at": at})
        except (sa.exc.IntegrityError, sa.exc.ProgrammingError, sa.exc.InternalError) as exc:
            raise Refused("journal_purge", number=segment.first) from exc


def _sealed(row: sa.Row[Any]) -> Sealed:
    segment = Segment(row.first, row.last, row.first_at, row.last_at, bytes(row.before), bytes(row.digest))
    return Sealed(Anchor(segment, row.sealed_at, bytes(row.signature)), row.purged_at)

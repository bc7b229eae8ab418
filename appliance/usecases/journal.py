"""Reading the journal, and adding to it what is no part of another use case."""

from collections.abc import Iterator, Sequence

from appliance.domain import journal as rules
from appliance.domain.journal import Actor, Event, Record
from appliance.usecases.ports import Clock, Page, UnitOfWork

_STEP = 2000


class Journal:
    """The access journal, for those who may read it."""

    def __init__(self, database: UnitOfWork, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    def listed(self, page: Page, query: str = "", family: str = "") -> tuple[Sequence[Record], int]:
        """Return records, newest first."""
        with self._db.reading() as work:
            return work.journal.listed(page, query, family)

    def record(self, event: Event) -> int:
        """Append one record of its own."""
        with self._db.writing() as work:
            return work.journal.append(event, self._clock.now())

    def exported(self, actor: Actor) -> Iterator[str]:
        """Yield every record's body, oldest first, as lines of JSON; the export itself is journaled first."""
        self.record(Event(rules.Family.ADMIN, "journal.export", actor))
        after = 0
        while True:
            with self._db.reading() as work:
                chunk = work.journal.chain(after, _STEP)
            if not chunk:
                return
            yield from (body for _, body, _ in chunk)
            after = chunk[-1][0]

"""What one association brought: instances, series to prepare, one journal record."""

import logging
import time
from dataclasses import dataclass, field

from appliance.domain.errors import Fault, Malformed
from appliance.domain.identifiers import SeriesUID, StudyUID
from appliance.domain.journal import Actor
from appliance.usecases.ports import ReceivedFile
from appliance.usecases.receiving import Outcome
from pacs_bridge.ports import House
from pacs_bridge.receive import command, reports
from pacs_bridge.receive.arrivals import Arrivals, Origin
from pacs_bridge.receive.negotiation import Accepted, Context
from pacs_bridge.receive.part10 import FileMeta
from pacs_bridge.receive.scratch import Scratch
from pacs_bridge.receive.session import Reception
from pacs_bridge.receive.sink import Origins, Sink
from pacs_bridge.receive.statuses import Status

PREPARE_EVERY_S = 2.0
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Account:
    """Counts of one association; they become its journal record."""

    begun: int = 0
    kept: int = 0
    size_bytes: int = 0
    coerced: int = 0
    outcomes: dict[Outcome, int] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """Return the facts of the record."""
        found = {"instances": self.kept, "bytes": self.size_bytes, "refused": self.begun - self.kept}
        if self.coerced:
            found["coerced"] = self.coerced
        return found | {str(outcome): count for outcome, count in self.outcomes.items()}


class Keeper:
    """Keeps instances through the use case and asks for the preparation of their series."""

    def __init__(self, house: House, arrivals: Arrivals) -> None:
        self._house, self._arrivals = house, arrivals
        self._touched: set[tuple[StudyUID, SeriesUID]] = set()
        self._flushed = time.monotonic()
        self.account = Account()

    def keep(self, file: ReceivedFile) -> Outcome:
        """Make the row, tell whoever waits; return what became of it, raise when it must not be acknowledged."""
        outcome = self._house.receiving.accept(file)
        self.account.kept += 1
        self.account.size_bytes += file.size_bytes
        self.account.coerced += bool(file.coerced)
        self.account.outcomes[outcome] = self.account.outcomes.get(outcome, 0) + 1
        if outcome is Outcome.SAME:
            self._house.objects.delete(file.key)
        elif outcome is not Outcome.CONFLICT:
            self._touched.add((file.facts.study_uid, file.facts.series_uid))
        self._arrivals.kept(file.facts.study_uid, file.facts.sop_uid)
        if time.monotonic() - self._flushed >= PREPARE_EVERY_S:
            self.flush()
        return outcome

    def flush(self) -> None:
        """Ask for the preparation of the series touched since the last time.

        The instances are durable already: a database that is away only delays this, and the next
        start finds series that nobody prepared.
        """
        self._flushed = time.monotonic()
        if not self._touched:
            return
        try:
            self._house.receiving.prepare(sorted(self._touched))
        except Fault as fault:
            _log.warning("preparation not asked for: %s", fault.cause)
            return
        self._touched.clear()

    def end(self, actor: Actor, cause: str = "") -> None:
        """Ask for the last preparations and write the journal's record of what the actor brought."""
        self.flush()
        if not self.account.begun:
            return
        try:
            self._house.receiving.association_ended(actor, self.account.counts(), cause)
        except Fault as fault:
            _log.error("association not journaled: %s", fault.cause)


class Intake:
    """The receiver of one association."""

    def __init__(self, house: House, arrivals: Arrivals, accepted: Accepted, address: str) -> None:
        self._house, self._arrivals, self._accepted = house, arrivals, accepted
        self._address = address
        self._keeper = Keeper(house, arrivals)

    def begin(self, context: Context, request: command.Command) -> Reception:
        """Start a reception; raise `Malformed` when the command itself is wrong."""
        origin = _origin(request)
        trial = self._arrivals.trial(origin, command.text(request, command.AFFECTED_SOP_INSTANCE))
        if trial is not None:
            return Scratch(trial, context, ordered=trial.ordered(origin))
        self._keeper.account.begun += 1
        sop_class = command.text(request, command.AFFECTED_SOP_CLASS)
        if sop_class != context.abstract_syntax:
            raise Malformed("sop_class")
        meta = FileMeta(
            sop_class,
            command.text(request, command.AFFECTED_SOP_INSTANCE),
            context.transfer_syntax,
            self._accepted.calling,
        )
        origins = Origins(
            self._accepted.calling,
            self._accepted.node,
            check=lambda study_uid: self._arrivals.check(origin, study_uid),
            keep=self._keeper.keep,
            now=self._house.clock.now,
        )
        return Sink(self._house.objects, meta, origins)

    def report(self, context: Context, request: command.Command, data: bytes) -> Status:
        """Take a report of Storage Commitment."""
        return reports.taken(self._house, self._accepted.node, self._actor(), reports.Event(context, request, data))

    def end(self, how: str) -> None:
        """Ask for the last preparations and write the journal's record."""
        self._keeper.end(self._actor(), "" if how == "released" else how)

    def _actor(self) -> Actor:
        calling = self._accepted.calling
        return Actor("node", self._accepted.node or calling, calling, self._address)


def _origin(request: command.Command) -> Origin:
    if len(request.get(command.MOVE_ORIGINATOR_MESSAGE_ID, b"")) != 2:
        return Origin()
    return Origin(
        command.text(request, command.MOVE_ORIGINATOR_AET),
        command.number(request, command.MOVE_ORIGINATOR_MESSAGE_ID),
    )

"""What one association brought: instances, series to prepare, one journal record."""

import logging
import time
from dataclasses import dataclass, field

from appliance.domain.errors import Fault, Malformed
from appliance.domain.identifiers import SeriesUID, StudyUID
from appliance.domain.jobs import JobKind, Priority
from appliance.domain.journal import Actor, Event, Family
from appliance.usecases.ports import ReceivedFile, Work
from pacs_bridge.ports import House
from pacs_bridge.receive import command
from pacs_bridge.receive.arrivals import Arrivals, Origin
from pacs_bridge.receive.negotiation import Accepted, Context
from pacs_bridge.receive.part10 import FileMeta
from pacs_bridge.receive.sink import Origins, Sink

PREPARE_EVERY_S = 2.0
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Account:
    """Counts of one association; they become its journal record."""

    instances: int = 0
    size_bytes: int = 0
    refused: int = 0
    studies: set[StudyUID] = field(default_factory=set)


class Keeper:
    """Keeps instances through the use case and asks for the preparation of their series."""

    def __init__(self, house: House, arrivals: Arrivals, priority: int = Priority.ARRIVED) -> None:
        self._house, self._arrivals, self._priority = house, arrivals, priority
        self._touched: set[tuple[StudyUID, SeriesUID]] = set()
        self._flushed = time.monotonic()
        self.account = Account()

    def keep(self, file: ReceivedFile) -> None:
        """Make the row, tell whoever waits; raise when it must not be acknowledged."""
        self._house.receiving.accept(file)
        self.account.instances += 1
        self.account.size_bytes += file.size_bytes
        self.account.studies.add(file.facts.study_uid)
        self._touched.add((file.facts.study_uid, file.facts.series_uid))
        self._arrivals.kept(file.facts.study_uid, file.facts.sop_uid)
        if time.monotonic() - self._flushed >= PREPARE_EVERY_S:
            self.flush()

    def flush(self) -> None:
        """Ask for the preparation of the series touched since the last time.

        The instances are durable already: a database that is away only delays this, and the next
        start finds series that nobody prepared.
        """
        self._flushed = time.monotonic()
        if not self._touched:
            return
        try:
            with self._house.database.appending() as work:
                for study_uid, series_uid in sorted(self._touched):
                    ask_to_prepare(work, self._house, study_uid, series_uid, self._priority)
        except Fault as fault:
            _log.warning("preparation not asked for: %s", fault.cause)
            return
        self._touched.clear()


def ask_to_prepare(work: Work, house: House, study_uid: StudyUID, series_uid: SeriesUID, priority: int) -> None:
    """Enqueue the preparation of a series, once while it waits."""
    payload = {"study_uid": study_uid, "series_uid": series_uid}
    work.jobs.enqueue(JobKind.PREPARE, series_uid, payload, now=house.clock.now(), priority=priority)


class Intake:
    """The receiver of one association."""

    def __init__(self, house: House, arrivals: Arrivals, accepted: Accepted, address: str) -> None:
        self._house, self._arrivals, self._accepted = house, arrivals, accepted
        self._address = address
        self._keeper = Keeper(house, arrivals)

    def begin(self, context: Context, request: command.Command) -> Sink:
        """Start a reception; raise `Malformed` when the command itself is wrong."""
        self._keeper.account.refused += 1
        sop_class = command.text(request, command.AFFECTED_SOP_CLASS)
        if sop_class != context.abstract_syntax:
            raise Malformed("sop_class")
        meta = FileMeta(
            sop_class,
            command.text(request, command.AFFECTED_SOP_INSTANCE),
            context.transfer_syntax,
            self._accepted.calling,
        )
        origin = _origin(request)
        return Sink(
            self._house.objects,
            meta,
            Origins(
                self._accepted.calling,
                self._accepted.node,
                check=lambda study_uid: self._arrivals.check(origin, study_uid),
                keep=self._keep,
            ),
        )

    def end(self, how: str) -> None:
        """Ask for the last preparations and write the journal's record."""
        self._keeper.flush()
        account = self._keeper.account
        if not account.instances and not account.refused:
            return
        event = Event(
            Family.SYSTEM,
            "received",
            Actor(
                "node",
                self._accepted.node or self._accepted.calling,
                self._accepted.calling,
                self._address,
            ),
            cause="" if how == "released" else how,
            facts={
                "instances": account.instances,
                "bytes": account.size_bytes,
                "refused": account.refused,
                "studies": sorted(account.studies)[:50],
            },
        )
        try:
            with self._house.database.writing() as work:
                work.journal.append(event, self._house.clock.now())
        except Fault as fault:
            _log.error("association not journaled: %s", fault.cause)

    def _keep(self, file: ReceivedFile) -> None:
        self._keeper.keep(file)
        self._keeper.account.refused -= 1


def _origin(request: command.Command) -> Origin:
    if len(request.get(command.MOVE_ORIGINATOR_MESSAGE_ID, b"")) != 2:
        return Origin()
    return Origin(
        command.text(request, command.MOVE_ORIGINATOR_AET),
        command.number(request, command.MOVE_ORIGINATOR_MESSAGE_ID),
    )

"""The jobs *send* and *prove*: deposits go to a node, and their arrival is proven (`appliance.usecases.sending`)."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from appliance.domain.errors import Fault, Unavailable
from appliance.domain.identifiers import SopUID
from appliance.domain.jobs import Job
from appliance.domain.nodes import Node
from appliance.domain.sending import ObjectState, Outcome
from appliance.usecases.ports import SendingRow, SentRow
from pacs_bridge.ports import House
from pacs_bridge.query.associations import Secure, by_default
from pacs_bridge.query.finding import KeysNotSupported
from pacs_bridge.query.nodes import Nodes
from pacs_bridge.send.committing import HEAR_S, Committing
from pacs_bridge.send.storing import Full, stored
from pacs_bridge.work import Beat

Result = Mapping[str, Any]
WRITE_EVERY_S, WRITE_EVERY = 1.0, 100
"""What a kill repeats: the archive gets the same objects once more."""


class Deliveries:
    """Handlers of `send` and `prove`; each raises a `Fault` whose cause ends in the job's row."""

    def __init__(self, house: House, secure: Secure = by_default, hear_s: float = HEAR_S) -> None:
        self._house, self._secure, self._hear_s = house, secure, hear_s
        self._nodes = Nodes(house, secure)

    def send(self, job: Job, beat: Beat) -> Result:
        """Return how many objects stand where once each was sent or failed."""
        number = int(job.payload["sending"])
        row = self._house.sending.get(number)
        node = self._nodes.named(row.node)
        lot = _Lot(self._house, number, sum(row.counts.values()), beat)
        try:
            full = self._sent(node, lot)
        except Fault:
            self._nodes.remember(node, answered=False)
            raise
        finally:
            lot.write()
        self._nodes.remember(node, answered=True)
        if full and job.attempts < job.max_attempts:
            raise Unavailable("failed_status")
        self._house.sending.settle(number, [one.outcome for one in full])
        return _result(self._house.sending.sent(number))

    def _sent(self, node: Node, lot: "_Lot") -> Sequence[Full]:
        full: list[Full] = []
        for one in stored(self._house.objects, node, self._house.sending.waiting(lot.number), self._secure):
            if isinstance(one, Full):
                full.append(one)
            else:
                lot.add(one)
            if not lot.wanted():
                raise Unavailable("cancelled")
        return full

    def prove(self, job: Job, _beat: Beat) -> Result:
        """Return how many objects stand where: proven, or waiting for a report that was promised."""
        number = int(job.payload["sending"])
        row = self._house.sending.get(number)
        node = self._nodes.named(row.node)
        objects = self._house.sending.to_ask(number)
        offered = not objects or Committing(self._house, node, self._secure, self._hear_s).ask(number, objects)
        wanted = [*self._house.sending.to_find(number), *([] if offered else objects)]
        if wanted:
            self._find(job, row, node, wanted)
        return _result(self._house.sending.get(number))

    def _find(self, job: Job, row: SendingRow, node: Node, wanted: Sequence[SentRow]) -> None:
        """Believe what the node names at IMAGE level, under the class that was sent."""
        uids, last = [one.sop_uid for one in wanted], job.attempts >= job.max_attempts
        try:
            classes = self._nodes.images(node, row.study_uid, lambda: None).classes
        except KeysNotSupported:
            self._house.sending.found(row.id, uids, (), "no_image_level")
            return
        named: list[SopUID] = [one.sop_uid for one in wanted if classes.get(one.sop_uid) == one.sop_class]
        if len(named) < len(uids) and not last:
            raise Unavailable("not_arrived")
        self._house.sending.found(row.id, uids, named, "not_arrived")


class _Lot:
    """What became of objects, written down now and then."""

    def __init__(self, house: House, number: int, total: int, beat: Beat) -> None:
        self.number = number
        self._house, self._total, self._beat = house, total, beat
        self._held: list[Outcome] = []
        self._done, self._written = 0, time.monotonic()

    def add(self, outcome: Outcome) -> None:
        """Take one more."""
        self._held.append(outcome)
        self._done += 1
        if len(self._held) >= WRITE_EVERY or time.monotonic() - self._written >= WRITE_EVERY_S:
            self.write()

    def write(self) -> None:
        """Write down what is held."""
        held, self._held, self._written = self._held, [], time.monotonic()
        self._house.sending.settle(self.number, held)

    def wanted(self) -> bool:
        """Tell how far it is; return whether somebody still wants it."""
        return self._beat(self._done, self._total)


def _result(row: SendingRow) -> Result:
    return {str(state): row.counts.get(state, 0) for state in ObjectState}

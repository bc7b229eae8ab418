"""One retrieval: ask what there is, bring it by C-MOVE or C-GET, tell whether it is whole.

Instances of a C-MOVE arrive at our own acceptor and are recognised by study and by the number of
our request; those of a C-GET come back on its association. Both pass the same sink.
"""

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pydicom.dataset import Dataset
from pynetdicom import build_context, evt
from pynetdicom.association import Association

from appliance.domain.errors import Fault, Refused
from appliance.domain.identifiers import StudyUID
from appliance.domain.nodes import Method, Node
from pacs_bridge.ports import House
from pacs_bridge.query.associations import Offer, Secure, Waits, associated, by_default
from pacs_bridge.query.finding import silence_cause
from pacs_bridge.receive.arrivals import Arrivals, Expected
from pacs_bridge.receive.intake import Keeper
from pacs_bridge.receive.part10 import FileMeta
from pacs_bridge.receive.sink import Origins, Sink
from pacs_bridge.receive.statuses import COERCED, SUCCESS, status_of
from pacs_bridge.retrieve.contexts import proposal
from pacs_bridge.sop_classes import STUDY_ROOT_GET, STUDY_ROOT_MOVE

QUIET_S = 60.0
"""Neither a response nor an instance for so long: the node hangs."""
WHOLE_S = 3600.0
PENDING = (0xFF00, 0xFF01)
_NUMBERS = itertools.cycle(range(1, 65536))


@dataclass(frozen=True, slots=True)
class Request:
    """What to bring, and who is told how far it is; ``told`` returns False to stop."""

    node: Node
    study_uid: StudyUID
    classes: Sequence[str]
    told: Callable[[int], bool]
    secure: Secure = by_default


@dataclass(frozen=True, slots=True)
class Brought:
    """How it ended: instances that came now, and the cause when the node did not do it all."""

    count: int
    cause: str = ""


def pull(house: House, arrivals: Arrivals, request: Request) -> Brought:
    """Bring a study; raise `Unavailable` when no association could be had."""
    progress = _Progress(request.told)
    number = next(_NUMBERS)
    move = request.node.method is Method.MOVE
    expected = Expected(request.study_uid, request.node.our_aet, number if move else None, told=progress.arrived)
    with arrivals.expecting(expected):
        cause = _move(request, number, progress) if move else _get(house, arrivals, request, progress)
        return Brought(len(expected.arrived), cause)


class _Progress:
    """When something last happened; shared with the watchdog."""

    def __init__(self, told: Callable[[int], bool]) -> None:
        self._told, self.last, self.stopped = told, time.monotonic(), False

    def arrived(self, count: int) -> None:
        self.last = time.monotonic()
        self.stopped = self.stopped or not self._told(count)

    def heard(self) -> None:
        self.last = time.monotonic()

    def stuck(self) -> bool:
        return self.stopped or time.monotonic() - self.last > QUIET_S


@contextmanager
def _watched(association: Association, progress: _Progress) -> Iterator[None]:
    """Abort the association when nothing happens any more; pynetdicom only bounds each response."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.5):
            if progress.stuck():
                association.abort()
                return

    thread = threading.Thread(target=watch, name="retrieval", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(5)


def _identifier(request: Request) -> Dataset:
    dataset = Dataset()
    dataset.QueryRetrieveLevel = "STUDY"
    dataset.StudyInstanceUID = request.study_uid
    return dataset


def _move(request: Request, number: int, progress: _Progress) -> str:
    offer = Offer([build_context(STUDY_ROOT_MOVE)], waits=Waits(response_s=WHOLE_S), secure=request.secure)
    with associated(request.node, offer) as association, _watched(association, progress):
        responses = association.send_c_move(_identifier(request), request.node.our_aet, STUDY_ROOT_MOVE, msg_id=number)
        return _outcome(responses, association, progress)


def _get(house: House, arrivals: Arrivals, request: Request, progress: _Progress) -> str:
    contexts, roles = proposal(request.classes)
    keeper = Keeper(house, arrivals)
    stored = [(evt.EVT_C_STORE, _Receiving(house, request, keeper).store)]
    offer = Offer(contexts, roles, stored, Waits(response_s=QUIET_S), request.secure)
    try:
        with associated(request.node, offer) as association, _watched(association, progress):
            responses = association.send_c_get(_identifier(request), STUDY_ROOT_GET)
            return _outcome(responses, association, progress)
    finally:
        keeper.flush()


def _outcome(responses: Iterator[tuple[Dataset, Any]], association: Association, progress: _Progress) -> str:
    """Return why the retrieval is not complete by its own status, empty on success."""
    for status, _ in responses:
        if "Status" not in status:
            if progress.stopped:
                return "cancelled"
            quiet = time.monotonic() - progress.last
            late = quiet > QUIET_S or silence_cause(quiet, association) == "timeout"
            return "timeout" if late else "aborted"
        progress.heard()
        code = int(status.Status)
        if code == 0x0000:
            return ""
        if code not in PENDING:
            return "failed_status"
    return "aborted"


class _Receiving:
    """The C-STORE side of a C-GET."""

    def __init__(self, house: House, request: Request, keeper: Keeper) -> None:
        self._house, self._request, self._keeper = house, request, keeper

    def store(self, event: evt.Event) -> int:
        """Keep one instance; return its status."""
        node = self._request.node
        asked: Any = event.request
        meta = FileMeta(
            str(asked.AffectedSOPClassUID),
            str(asked.AffectedSOPInstanceUID),
            str(event.context.transfer_syntax),
            node.aet,
        )
        sink: Sink | None = None
        try:
            origins = Origins(
                node.aet, node.name, check=self._check, keep=self._keeper.keep, now=self._house.clock.now
            )
            sink = Sink(self._house.objects, meta, origins)
            sink.write(asked.DataSet.getbuffer())
            return COERCED.code if sink.close() else SUCCESS.code
        except Fault as fault:
            if sink is not None:
                sink.discard()
            return status_of(fault).code

    def _check(self, study_uid: StudyUID) -> None:
        if study_uid != self._request.study_uid:
            raise Refused("wrong_instance")

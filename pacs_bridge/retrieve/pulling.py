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
from functools import partial

from pydicom.dataset import Dataset
from pynetdicom import build_context

from appliance.domain.errors import Malformed, Refused, Unavailable
from appliance.domain.identifiers import StudyUID
from appliance.domain.nodes import Method, Node
from pacs_bridge.ports import House
from pacs_bridge.query.associations import Offer, Secure, by_default, dialogue
from pacs_bridge.query.dialogue import PENDING, Answer, Dialogue
from pacs_bridge.receive import command
from pacs_bridge.receive.arrivals import Arrivals, Expected
from pacs_bridge.receive.intake import Keeper
from pacs_bridge.receive.later import Later
from pacs_bridge.receive.negotiation import Context
from pacs_bridge.receive.part10 import FileMeta
from pacs_bridge.receive.session import Reception
from pacs_bridge.receive.sink import Origins, Sink
from pacs_bridge.retrieve.contexts import proposal
from pacs_bridge.sop_classes import STUDY_ROOT_GET, STUDY_ROOT_MOVE

QUIET_S = 60.0
"""Neither a response nor an instance for so long: the node hangs."""
WHOLE_S = 3600.0
_NUMBERS = itertools.cycle(range(1, 65536))


def next_number() -> int:
    """Return a Message ID that no other C-MOVE of this process has for now."""
    return next(_NUMBERS)


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
    number = next_number()
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
def _watched(opened: Dialogue, progress: _Progress) -> Iterator[None]:
    """Break the association off when nothing happens any more: instances of a C-MOVE come elsewhere."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.5):
            if progress.stuck():
                opened.abort()
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
    offer = Offer([build_context(STUDY_ROOT_MOVE)], secure=request.secure)
    with dialogue(request.node, offer) as opened, _watched(opened, progress):
        to = request.node.our_aet
        return _outcome(opened.move(STUDY_ROOT_MOVE, _identifier(request), to, number, WHOLE_S), progress)


def _get(house: House, arrivals: Arrivals, request: Request, progress: _Progress) -> str:
    contexts, roles = proposal(request.classes)
    keeper = Keeper(house, arrivals)
    offer = Offer(contexts, roles, secure=request.secure)
    receiving = _Receiving(house, request, keeper)
    try:
        with Later() as later:
            begin = partial(receiving.begin, later)
            with dialogue(request.node, offer, begin) as opened, _watched(opened, progress):
                cause = _outcome(opened.get(STUDY_ROOT_GET, _identifier(request), QUIET_S), progress)
        return cause or later.cause
    finally:
        keeper.flush()


def _outcome(answers: Iterator[Answer], progress: _Progress) -> str:
    """Return why the retrieval is not complete by its own status, empty on success."""
    try:
        for answer in answers:
            progress.heard()
            if answer.status not in PENDING:
                return "" if answer.status == 0x0000 else "failed_status"
    except Unavailable as away:
        if progress.stopped:
            return "cancelled"
        return "timeout" if time.monotonic() - progress.last > QUIET_S else away.cause
    return "aborted"


class _Receiving:
    """The C-STORE side of a C-GET."""

    def __init__(self, house: House, request: Request, keeper: Keeper) -> None:
        self._house, self._request, self._keeper = house, request, keeper

    def begin(self, later: Later, context: Context, asked: command.Command) -> Reception:
        """Start the reception of one instance; raise `Malformed` ``sop_class``."""
        node, sop_class = self._request.node, command.text(asked, command.AFFECTED_SOP_CLASS)
        if sop_class != context.abstract_syntax:
            raise Malformed("sop_class")
        sop_uid = command.text(asked, command.AFFECTED_SOP_INSTANCE)
        meta = FileMeta(sop_class, sop_uid, context.transfer_syntax, node.aet)
        origins = Origins(node.aet, node.name, check=self._check, keep=self._keeper.keep, now=self._house.clock.now)
        return later.of(Sink(self._house.objects, meta, origins))

    def _check(self, study_uid: StudyUID) -> None:
        if study_uid != self._request.study_uid:
            raise Refused("wrong_instance")

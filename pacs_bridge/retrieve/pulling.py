"""Requests of one retrieval by C-MOVE or C-GET, one after the other on one association.

Instances of a C-MOVE arrive at our own acceptor and are recognised by study and by the number of
our request; those of a C-GET come back on its association. Both pass the same sink.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from pynetdicom import build_context

from appliance.domain.errors import Malformed, Refused, Unavailable
from appliance.domain.identifiers import StudyUID
from appliance.domain.journal import Actor
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
from pacs_bridge.retrieve.targets import Target
from pacs_bridge.retrieve.vigil import QUIET_S, Ending, Vigil
from pacs_bridge.sop_classes import STUDY_ROOT_GET, STUDY_ROOT_MOVE

WHOLE_S = 3600.0
SOME_FAILED = 0xB000
_NUMBERS = itertools.cycle(range(1, 65536))


def next_number() -> int:
    """Return a Message ID that no other C-MOVE of this process has for now."""
    return next(_NUMBERS)


@dataclass(frozen=True, slots=True)
class Request:
    """What to bring, of what classes, who watches, and who counts each instance that ``arrived``."""

    node: Node
    study_uid: StudyUID
    classes: Sequence[str]
    vigil: Vigil
    arrived: Callable[[], None]
    secure: Secure = by_default

    def came(self) -> None:
        """One instance is durable."""
        self.vigil.heard()
        self.arrived()

    @contextmanager
    def watched(self, opened: Dialogue) -> Iterator[None]:
        """Let the vigil stop what is asked meanwhile."""
        self.vigil.heard()
        with self.vigil.over(Ending(opened.stop, opened.abort)):
            yield


@dataclass(frozen=True, slots=True)
class Brought:
    """How it ended: the cause when the node did not do it all.

    ``refused``: it would not do this request at all; another might please it.
    """

    cause: str = ""
    refused: bool = False


class _Ended(NamedTuple):
    """How one target ended: the cause, the node's status, how many instances came (of a C-GET: were offered)."""

    cause: str
    status: int
    came: int


def pull(house: House, arrivals: Arrivals, request: Request, targets: Sequence[Target]) -> Brought:
    """Bring the targets until one fails; raise `Unavailable` when no association could be had."""
    if request.node.method is Method.MOVE:
        return _by_move(arrivals, request, targets)
    return _by_get(house, arrivals, request, targets)


def _by_move(arrivals: Arrivals, request: Request, targets: Sequence[Target]) -> Brought:
    our_aet = request.node.our_aet
    with dialogue(request.node, Offer([build_context(STUDY_ROOT_MOVE)], secure=request.secure)) as opened:

        def one(target: Target) -> _Ended:
            number = next_number()
            expected = Expected(request.study_uid, frozenset({our_aet, request.node.aet}), number, told=request.came)
            with arrivals.expecting(expected), request.watched(opened):
                answers = opened.move(STUDY_ROOT_MOVE, target.identifier(), our_aet, number, WHOLE_S)
                cause, status = _outcome(answers, request.vigil)
            return _Ended("wrong_instance" if expected.wrong else cause, status, len(expected.arrived))

        return _all(targets, one)


def _by_get(house: House, arrivals: Arrivals, request: Request, targets: Sequence[Target]) -> Brought:
    contexts, roles = proposal(request.classes)
    receiving = Receiving(house, request, Keeper(house, arrivals))
    expected = Expected(request.study_uid, frozenset(), None, told=request.came)
    try:
        # What is not durable yet when the association ends still counts.
        with arrivals.expecting(expected), Later() as later:
            begin, offer = partial(receiving.begin, later), Offer(contexts, roles, secure=request.secure)
            with dialogue(request.node, offer, begin) as opened:

                def one(target: Target) -> _Ended:
                    before = receiving.begun
                    with request.watched(opened):
                        answers = opened.get(STUDY_ROOT_GET, target.identifier(), QUIET_S)
                        cause, status = _outcome(answers, request.vigil)
                    return _Ended(cause, status, receiving.begun - before)

                brought = _all(targets, one)
    finally:
        receiving.end()
    wrong = "wrong_instance" if receiving.wrong else ""
    return replace(brought, cause=wrong or brought.cause or later.cause)


def _all(targets: Sequence[Target], one: Callable[[Target], _Ended]) -> Brought:
    for target in targets:
        ended = one(target)
        unwilling = ended.status != SOME_FAILED and ended.cause in ("", "failed_status", "aborted")
        nothing = unwilling and not ended.came
        if ended.cause or nothing:
            return Brought(ended.cause, refused=nothing and target.level != "STUDY")
    return Brought()


def _outcome(answers: Iterator[Answer], vigil: Vigil) -> tuple[str, int]:
    """Return why the node did not do it all, empty when it says so, and its status."""
    try:
        for answer in answers:
            vigil.heard()
            if answer.status == 0x0000:
                return "", 0
            if answer.status not in PENDING:
                return "cancelled" if vigil.stopped else "failed_status", answer.status
    except Unavailable as away:
        if vigil.stopped:
            return "cancelled", 0
        return "timeout" if vigil.quiet_s > QUIET_S else away.cause, 0
    return "aborted", 0


class Receiving:
    """What comes back on the way that asked: the C-STORE side of a C-GET, the parts of a WADO-RS answer."""

    def __init__(self, house: House, request: Request, keeper: Keeper) -> None:
        self._house, self._request, self._keeper = house, request, keeper
        self.wrong = False

    @property
    def begun(self) -> int:
        """Return how many instances it was offered."""
        return self._keeper.account.begun

    def begin(self, later: Later, context: Context, asked: command.Command) -> Reception:
        """Start the reception of one instance; raise `Malformed` ``sop_class``."""
        self.offered()
        sop_class = command.text(asked, command.AFFECTED_SOP_CLASS)
        if sop_class != context.abstract_syntax:
            raise Malformed("sop_class")
        sop_uid = command.text(asked, command.AFFECTED_SOP_INSTANCE)
        return later.of(self.sink(FileMeta(sop_class, sop_uid, context.transfer_syntax, self._request.node.aet)))

    def offered(self) -> None:
        """Count one more, whatever becomes of it."""
        self._keeper.account.begun += 1

    def sink(self, meta: FileMeta) -> Sink:
        """Return where an instance goes."""
        node = self._request.node
        origins = Origins(node.aet, node.name, check=self._check, keep=self._keeper.keep, now=self._house.clock.now)
        return Sink(self._house.objects, meta, origins)

    def end(self) -> None:
        """Ask for the last preparations and journal what came, as an association that brought it to us would be."""
        node = self._request.node
        self._keeper.end(Actor("node", node.name, node.aet, node.host))

    def _check(self, study_uid: StudyUID) -> None:
        if study_uid != self._request.study_uid:
            self.wrong = True
            raise Refused("wrong_instance")

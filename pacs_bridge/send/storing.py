"""C-STORE as SCU (PS3.4 Annex B): files go out as they are stored, in the transfer syntax they have, or not at all."""

from collections.abc import Iterator, Sequence

from pynetdicom import build_context

from appliance.domain.errors import Fault, Malformed, Unavailable
from appliance.domain.nodes import Node
from appliance.domain.sending import ObjectState, Outcome
from appliance.usecases.ports import Objects, SendableRow
from pacs_bridge.query.associations import Offer, Secure, dialogue
from pacs_bridge.query.dialogue import Dialogue
from pacs_bridge.receive.part10 import meta_of
from pacs_bridge.sop_classes import VERIFICATION

META_BYTES, PIECE_BYTES = 64 << 10, 1 << 20
MOST_CONTEXTS = 127
"""Of one association, beside Verification: a node that takes none of the others still lets us hear which."""
STORE_S = 60.0
"""For the answer to one object: the archive writes it, and perhaps its copy."""
WARNINGS = frozenset({0xB000, 0xB006, 0xB007})


class Full(Exception):
    """The node has no room, or no time, for the object now (0xA7xx): another try may please it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.detail)
        self.outcome = outcome


def stored(objects: Objects, node: Node, files: Sequence[SendableRow], secure: Secure) -> Iterator[Outcome | Full]:
    """Yield what became of each file; raise `Unavailable` when the node, or the link to it, fails."""
    for group in _groups(files):
        pairs = dict.fromkeys((one.sop_class, one.transfer_syntax) for one in group)
        contexts = [build_context(VERIFICATION), *(build_context(*pair) for pair in pairs)]
        try:
            with dialogue(node, Offer(contexts, secure=secure)) as opened:
                for number, file in enumerate(group):
                    yield _one(objects, opened, file, number % 65535 + 1)
        except Unavailable as away:
            if away.cause != "no_context":
                raise
            yield from (_untaken(one, frozenset()) for one in group)


def _groups(files: Sequence[SendableRow]) -> Iterator[Sequence[SendableRow]]:
    """Cut so that each part needs no more contexts than an association has."""
    group: list[SendableRow] = []
    pairs: set[tuple[str, str]] = set()
    for one in files:
        pair = (one.sop_class, one.transfer_syntax)
        if pair not in pairs and len(pairs) == MOST_CONTEXTS:
            yield group
            group, pairs = [], set()
        pairs.add(pair)
        group.append(one)
    if group:
        yield group


def _one(objects: Objects, opened: Dialogue, file: SendableRow, number: int) -> Outcome | Full:
    context_id = opened.agreed.carrying(file.sop_class, file.transfer_syntax)
    if context_id is None:
        return _untaken(file, opened.agreed.unknown)
    try:
        _, data_at = meta_of(objects.pread(file.key, 0, META_BYTES))
    except Malformed:
        return Outcome(file.sop_uid, ObjectState.FAILED, "dicom_unreadable")
    except Fault as fault:
        if fault.cause == "object_missing":
            return Outcome(file.sop_uid, ObjectState.FAILED, "object_gone")
        raise
    pieces = _pieces(objects, file.key, data_at)
    status = opened.store(context_id, file.sop_uid, number, pieces, STORE_S)
    return _judged(file, status)


def _judged(file: SendableRow, status: int) -> Outcome | Full:
    detail = "" if status == 0 else f"{status:04X}"
    if status == 0 or status in WARNINGS:
        return Outcome(file.sop_uid, ObjectState.SENT, detail=detail)
    failed = Outcome(file.sop_uid, ObjectState.FAILED, "failed_status", detail)
    return Full(failed) if 0xA700 <= status <= 0xA7FF else failed


def _untaken(file: SendableRow, unknown: frozenset[str]) -> Outcome:
    """Return why the node takes no such object; what is stored in one syntax is not made into another for it."""
    if file.sop_class in unknown:
        return Outcome(file.sop_uid, ObjectState.FAILED, "sop_class", file.sop_class)
    return Outcome(file.sop_uid, ObjectState.FAILED, "transfer_syntax", file.transfer_syntax)


def _pieces(objects: Objects, key: str, offset: int) -> Iterator[bytes]:
    size = objects.size(key)
    while offset < size:
        piece = objects.pread(key, offset, min(PIECE_BYTES, size - offset))
        if not piece:
            raise Unavailable("storage")
        yield piece
        offset += len(piece)



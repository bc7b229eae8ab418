"""WADO-RS: targets of a retrieval come as multipart/related and pass the same sink as every other object."""

from collections.abc import Iterator, Sequence

from appliance.domain.errors import Fault, Malformed, Unavailable
from pacs_bridge.dicomweb.link import Link, Unseal, linked
from pacs_bridge.dicomweb.multipart import Multipart, boundary_of
from pacs_bridge.dicomweb.opening import Opening
from pacs_bridge.ports import House
from pacs_bridge.receive.arrivals import Arrivals, Expected
from pacs_bridge.receive.intake import Keeper
from pacs_bridge.receive.pdu import Limits
from pacs_bridge.receive.sink import Sink
from pacs_bridge.retrieve.pulling import Brought, Receiving, Request
from pacs_bridge.retrieve.targets import Target
from pacs_bridge.retrieve.vigil import QUIET_S, Ending

AS_STORED = "*"
"""(PS3.18 8.7.3.5.2): nothing is decoded or encoded on the way."""


def accept(transfer_syntax: str) -> str:
    """Return what asks for objects in a transfer syntax."""
    return f'multipart/related; type="application/dicom"; transfer-syntax={transfer_syntax}'


def fetch(house: House, arrivals: Arrivals, request: Request, targets: Sequence[Target], unseal: Unseal) -> Brought:
    """Bring the targets until one fails; raise `Unavailable` when the node cannot be reached at all."""
    receiving = Receiving(house, request, Keeper(house, arrivals))
    expected = Expected(request.study_uid, frozenset(), None, told=request.came)
    try:
        with arrivals.expecting(expected), linked(request.node, request.secure, unseal, QUIET_S) as link:
            cause = next(filter(None, (_one(link, request, path, receiving) for path in _paths(targets))), "")
    finally:
        receiving.end()
    if receiving.wrong:
        return Brought("wrong_instance")
    refused = cause in ("not_found", "failed_status") and not receiving.begun and targets[0].level != "STUDY"
    return Brought(cause, refused)


def _paths(targets: Sequence[Target]) -> Iterator[str]:
    for target in targets:
        path = f"studies/{target.study_uid}"
        if target.series_uid:
            path += f"/series/{target.series_uid}"
        yield from (f"{path}/instances/{uid}" for uid in target.sop_uids) if target.sop_uids else (path,)


def _one(link: Link, request: Request, path: str, receiving: Receiving) -> str:
    """Return why a resource did not come whole, empty when it did."""
    vigil = request.vigil
    vigil.heard()
    if vigil.stopped:
        return "cancelled"
    try:
        with link.get(path, accept(AS_STORED)) as reply, vigil.over(Ending(reply.stop, reply.stop)):
            parts, objects = Multipart(boundary_of(reply.content_type)), _Objects(receiving, request.node.aet)
            try:
                for chunk in reply.chunks():
                    vigil.heard()
                    for kind, data in parts.feed(chunk):
                        objects.take(kind, data)
            finally:
                objects.drop()
            return "" if parts.over else _ended(request, "aborted")
    except Malformed:
        return "failed_status"
    except Unavailable as away:
        return _ended(request, away.cause)


def _ended(request: Request, cause: str) -> str:
    return "cancelled" if request.vigil.stopped else cause


class _Objects:
    """Parts on their way to the sink, one at a time: one that is refused does not keep the others from coming."""

    def __init__(self, receiving: Receiving, source_aet: str) -> None:
        self._receiving, self._source_aet = receiving, source_aet
        self._opening: Opening | None = None
        self._sink: Sink | None = None
        self._size_bytes = 0

    def take(self, kind: str, data: bytes) -> None:
        """Take the next event of a part."""
        try:
            self._taken(kind, data)
        except Fault:
            self.drop()

    def drop(self) -> None:
        """Leave nothing of an object that did not end."""
        sink, self._sink, self._opening = self._sink, None, None
        if sink is not None:
            sink.discard()

    def _taken(self, kind: str, data: bytes) -> None:
        if kind == "begin":
            self._receiving.offered()
            self._opening, self._size_bytes = Opening(self._source_aet), 0
        elif kind == "end":
            sink, self._opening = self._sink, None
            if sink is not None:
                sink.close()
            self._sink = None
        else:
            self._size_bytes += len(data)
            if self._size_bytes > Limits().object_bytes:
                raise Malformed("too_large")
            self._written(data)

    def _written(self, data: bytes) -> None:
        if self._opening is not None:
            opened = self._opening.take(data)
            if opened is None:
                return
            self._opening, (meta, data) = None, opened
            self._sink = self._receiving.sink(meta)
        if self._sink is not None:
            self._sink.write(memoryview(data))

"""One association, one thread, one blocking loop.

::

    connected --RQ good--> established --command--> [C-ECHO: answer]
        |                      |            [C-STORE: receiving --last fragment--> kept -> answer]
        |                      |            [N-EVENT-REPORT of a commitment: held --last fragment--> judged -> answer]
        | RQ bad, late,        | RELEASE-RQ -> RP, closed
        v refused: RJ/ABORT    v ABORT, silence, fault -> (ABORT), reception discarded, closed
      closed                 closed

The answer 0x0000 (0xB000 when data elements were coerced) leaves only after the reception's ``close``
returned: durable and in the index.
"""

import contextlib
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pacs_bridge.receive import command, negotiation, pdu
from pacs_bridge.receive.pdu import AbortReason, Limits, PeerFault, PeerGone, Wire
from pacs_bridge.receive.policy import Policy
from pacs_bridge.receive.statuses import COERCED, SUCCESS, UNRECOGNIZED_OPERATION, Status, status_of
from pacs_bridge.sop_classes import STORAGE_COMMITMENT

REPORT_BYTES = 4 << 20
_log = logging.getLogger(__name__)


class Reception(Protocol):
    """One object on its way in."""

    def write(self, data: memoryview) -> None:
        """Take the next fragment of the data set."""
        ...

    def close(self) -> bool:
        """Make the object durable and known, return whether it was coerced; raise when it is not kept."""
        ...

    def discard(self) -> None:
        """Leave nothing behind."""
        ...


class Receiver(Protocol):
    """What an association hands its objects to."""

    def begin(self, context: negotiation.Context, request: command.Command) -> Reception:
        """Start a reception; raise a `Fault` that becomes the status."""
        ...

    def report(self, context: negotiation.Context, request: command.Command, data: bytes) -> Status:
        """Take an N-EVENT-REPORT of Storage Commitment; return its status."""
        ...

    def end(self, how: str) -> None:
        """Take note that the association ended."""
        ...


class Open(Protocol):
    """Makes the receiver of an accepted association."""

    def __call__(self, accepted: negotiation.Accepted, address: str) -> Receiver:
        """Return the receiver."""
        ...


@dataclass(frozen=True, slots=True)
class Ended:
    """How an association ended (``released rejected aborted gone``), and the cause."""

    how: str
    cause: str = ""
    calling: str = ""


def serve(sock: socket.socket, address: str, policy: Policy, open_receiver: Open, limits: Limits) -> Ended:
    """Serve one association to its end and close the socket."""
    wire = Wire(sock)
    try:
        return _serve(wire, address, policy, open_receiver, limits)
    except PeerFault as fault:
        with contextlib.suppress(PeerGone):
            wire.send(pdu.abort(fault.reason), 1)
            wire.linger(1)
        return Ended("aborted", str(fault))
    except PeerGone as gone:
        return Ended("gone", str(gone))
    finally:
        sock.close()


def _serve(wire: Wire, address: str, policy: Policy, open_receiver: Open, limits: Limits) -> Ended:
    kind, length = wire.header(limits.associate_s, limits.associate_bytes)
    if kind != pdu.A_ASSOCIATE_RQ:
        raise PeerFault(AbortReason.UNEXPECTED_PDU, "expected A-ASSOCIATE-RQ")
    raw = bytes([kind, 0]) + length.to_bytes(4, "big") + wire.read(length, limits.associate_s)
    verdict = negotiation.decide(raw, address, policy, limits.pdu_bytes)
    wire.send(verdict.reply)
    if isinstance(verdict, negotiation.Rejected):
        wire.linger(1)
        return Ended("rejected", verdict.cause, verdict.calling)
    receiver = open_receiver(verdict, address)
    how = "aborted"
    try:
        how = _Established(wire, verdict, receiver, limits).run()
    finally:
        receiver.end(how)
    return Ended(how, calling=verdict.calling)


class _Established:
    """An association past negotiation."""

    def __init__(self, wire: Wire, accepted: negotiation.Accepted, receiver: Receiver, limits: Limits) -> None:
        self._wire, self._contexts, self._receiver = wire, accepted.contexts, receiver
        self._limits = limits
        self._view = memoryview(bytearray(limits.pdu_bytes + 6))
        self._command = bytearray()
        self._request: command.Command | None = None
        self._context_id = self._size_bytes = 0
        self._reception: Reception | None = None
        self._report: bytearray | None = None
        self._status = SUCCESS

    def run(self) -> str:
        """Return ``released`` or ``aborted`` (by the peer)."""
        try:
            while True:
                kind, length = self._wire.header(self._limits.idle_s, self._limits.pdu_bytes + 6)
                if kind == pdu.P_DATA:
                    self._p_data(length)
                elif kind == pdu.A_RELEASE_RQ:
                    self._wire.read(length, self._limits.pdu_s)
                    self._wire.send(pdu.RELEASE_RP)
                    return "released"
                elif kind == pdu.A_ABORT:
                    return "aborted"
                else:
                    raise PeerFault(AbortReason.UNEXPECTED_PDU, f"PDU {kind} in an association")
        finally:
            self._drop()

    def _p_data(self, left: int) -> None:
        while left:
            if left < 6:
                raise PeerFault(AbortReason.INVALID_PARAMETER, "PDV header")
            head = self._wire.read(6, self._limits.pdu_s)
            count, context_id, flags = int.from_bytes(head[:4], "big") - 2, head[4], head[5]
            left -= 6 + count
            if count < 0 or left < 0:
                raise PeerFault(AbortReason.INVALID_PARAMETER, "PDV length")
            if context_id not in self._contexts:
                raise PeerFault(AbortReason.UNEXPECTED_PARAMETER, "presentation context")
            fragment = self._view[:count]
            self._wire.read_into(fragment, self._limits.pdu_s)
            take = self._command_fragment if flags & 1 else self._data_fragment
            take(context_id, fragment, last=bool(flags & 2))

    def _command_fragment(self, context_id: int, fragment: memoryview, *, last: bool) -> None:
        if self._request is not None:
            raise PeerFault(AbortReason.UNEXPECTED_PDU, "command inside a data set")
        self._command += fragment
        if len(self._command) > self._limits.command_bytes:
            raise PeerFault(AbortReason.INVALID_PARAMETER, "command set too long")
        if last:
            request, self._command = command.parse(self._command), bytearray()
            self._begin(context_id, request)

    def _begin(self, context_id: int, request: command.Command) -> None:
        field = command.number(request, command.COMMAND_FIELD)
        has_data = command.number(request, command.DATA_SET_TYPE) != command.NO_DATA_SET
        commits = self._contexts[context_id].abstract_syntax == STORAGE_COMMITMENT
        reports = commits and field == command.EVENT_REPORT_RQ
        if reports and not has_data:
            self._judge(context_id, request, b"")
            self._answer(context_id, request, self._status)
            return
        if not has_data:
            known = field == command.ECHO_RQ
            self._answer(context_id, request, SUCCESS if known else UNRECOGNIZED_OPERATION)
            return
        self._request, self._context_id, self._size_bytes = request, context_id, 0
        self._status = SUCCESS
        if reports:
            self._report = bytearray()
            return
        if field != command.STORE_RQ or commits:
            self._status = UNRECOGNIZED_OPERATION
            return
        self._guard(lambda: self._start(request))

    def _start(self, request: command.Command) -> None:
        self._reception = self._receiver.begin(self._contexts[self._context_id], request)

    def _close(self, reception: Reception) -> None:
        if reception.close():
            self._status = COERCED

    def _data_fragment(self, context_id: int, fragment: memoryview, *, last: bool) -> None:
        request = self._request
        if request is None or context_id != self._context_id:
            raise PeerFault(AbortReason.UNEXPECTED_PDU, "data set without command")
        self._size_bytes += len(fragment)
        if self._size_bytes > self._limits.object_bytes:
            raise PeerFault(AbortReason.INVALID_PARAMETER, "object too long")
        if self._report is not None:
            self._hold_report(self._report, fragment)
        reception = self._reception
        if reception is not None:
            self._guard(lambda: reception.write(fragment))
        if not last:
            return
        if self._report is not None:
            self._judge(context_id, request, bytes(self._report))
        if reception is not None and self._reception is not None:
            self._guard(lambda: self._close(reception))
        self._reception = self._request = None
        self._answer(context_id, request, self._status)

    def _hold_report(self, report: bytearray, fragment: memoryview) -> None:
        report += fragment
        if len(report) > REPORT_BYTES:
            raise PeerFault(AbortReason.INVALID_PARAMETER, "report too long")

    def _judge(self, context_id: int, request: command.Command, data: bytes) -> None:
        def judge() -> None:
            self._status = self._receiver.report(self._contexts[context_id], request, data)

        self._report = None
        self._guard(judge)

    def _guard(self, act: Callable[[], None]) -> None:
        """Run `act`; an error becomes the status, the rest of the data set is read and dropped."""
        try:
            act()
        except PeerFault:
            raise
        except Exception as exc:
            # The outermost loop of an association: whatever one object provokes must not end it.
            self._status = status_of(exc)
            _log.warning("object refused: %s 0x%04X", type(exc).__name__, self._status.code)
            self._drop()

    def _drop(self) -> None:
        reception, self._reception = self._reception, None
        if reception is not None:
            reception.discard()

    def _answer(self, context_id: int, request: command.Command, status: Status) -> None:
        answer = command.response(request, status.code, status.comment)
        self._wire.send(command.p_data(context_id, answer))

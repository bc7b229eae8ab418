"""Requests and answers on an association that we opened: C-ECHO, C-STORE, C-FIND, C-GET, C-MOVE, C-CANCEL, N-ACTION.

One thread, one blocking loop (PS3.7 9.1, 10.1). Objects of a C-GET come between its answers and go to the reception
fragment by fragment; reports of events come when they like. Another thread may only `stop` and `abort`.
"""

import contextlib
import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import TypeVar

from pydicom.dataset import Dataset
from pydicom.uid import UID
from pynetdicom.dsutils import decode, encode

from appliance.dicom.elements import FOREIGN_ERRORS
from appliance.domain.errors import Unavailable
from pacs_bridge.query.requestor import MAX_PDU_BYTES, Agreed
from pacs_bridge.receive import command, pdu
from pacs_bridge.receive.negotiation import Context
from pacs_bridge.receive.pdu import AbortReason, PeerFault, PeerGone, Wire
from pacs_bridge.receive.session import Reception
from pacs_bridge.receive.statuses import COERCED, SUCCESS, Status, status_of

PENDING = frozenset({0xFF00, 0xFF01})
IDENTIFIER_BYTES = 4 << 20
COMMAND_BYTES = 16 << 10
PDU_S = 30.0
RELEASE_S = 5.0
T = TypeVar("T")
Begin = Callable[[Context, command.Command], Reception]
"""Starts the reception of an object of a C-GET; raises a `Fault` that becomes its status."""
Reported = Callable[[Context, command.Command, bytes], Status]
"""Takes the command and the data set of an N-EVENT-REPORT; returns its status."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: its status, and its identifier when it has one; of a retrieval, the objects sent and not sent."""

    status: int
    identifier: Dataset | None = None
    completed: int = 0
    failed: int = 0


def _no_objects(_context: Context, _request: command.Command) -> Reception:
    raise PeerFault(AbortReason.UNEXPECTED_PDU, "object outside a C-GET")


def _no_reports(_context: Context, _request: command.Command, _data: bytes) -> Status:
    raise PeerFault(AbortReason.UNEXPECTED_PDU, "report of an event")


class Dialogue:
    """An established association; what the peer asks of us on it goes to ``begin`` and ``reported``."""

    def __init__(
        self,
        sock: socket.socket,
        wire: Wire,
        agreed: Agreed,
        begin: Begin | None = None,
        reported: Reported | None = None,
    ) -> None:
        self._socket, self._wire, self._agreed, self._begin = sock, wire, agreed, begin or _no_objects
        self._report = reported or _no_reports
        self._view = memoryview(bytearray(MAX_PDU_BYTES))
        self._left = 0
        """Bytes of the current P-DATA-TF not read yet."""
        self._open: tuple[int, int] | None = None
        """Context and message of a request whose last answer has not come."""
        self._over = self._stopping = False

    @property
    def agreed(self) -> Agreed:
        """What both sides agreed on."""
        return self._agreed

    # --- requests ---

    def echo(self, model: str, seconds: float) -> int:
        """Return the status of a C-ECHO."""
        [answer] = self._asked(command.ECHO_RQ, model, None, 1, seconds)
        return answer.status

    def find(self, model: str, identifier: Dataset, seconds: float) -> Iterator[Answer]:
        """Yield the answers of a C-FIND; ``seconds`` bounds the wait for each."""
        return self._asked(command.FIND_RQ, model, identifier, 1, seconds)

    def get(self, model: str, identifier: Dataset, seconds: float) -> Iterator[Answer]:
        """Yield the answers of a C-GET while its objects go to ``begin``."""
        return self._asked(command.GET_RQ, model, identifier, 1, seconds)

    def move(self, model: str, identifier: Dataset, to: str, number: int, seconds: float) -> Iterator[Answer]:
        """Yield the answers of a C-MOVE to an AE title; ``number`` is what its objects name as their originator."""
        return self._asked(command.MOVE_RQ, model, identifier, number, seconds, to)

    def store(self, context_id: int, sop_uid: str, number: int, data: Iterable[bytes], seconds: float) -> int:
        """Return the status of a C-STORE; ``data`` are pieces of the data set in the syntax of the context."""
        asked = command.storage(self._agreed.contexts[context_id].abstract_syntax, sop_uid, number)
        self._open = (context_id, number)
        self._heard(lambda: self._send_pieces(context_id, asked, data))
        syntax = UID(self._agreed.contexts[context_id].transfer_syntax)
        [answer] = self._answers(command.STORE_RQ | 0x8000, syntax, seconds)
        return answer.status

    def act(self, sop_class: str, sop_uid: str, action_type: int, asked: Dataset, seconds: float) -> int:
        """Return the status of an N-ACTION; a report that comes before its answer is taken."""
        context_id = self._agreed.of(sop_class)
        if context_id is None:
            raise Unavailable("no_context")
        syntax = UID(self._agreed.contexts[context_id].transfer_syntax)
        head = command.action(sop_class, sop_uid, action_type, 1)
        self._open = (context_id, 1)
        self._heard(lambda: self._send_message(context_id, head, asked, syntax))
        [answer] = self._answers(command.ACTION_RQ | 0x8000, syntax, seconds)
        return answer.status

    def hear(self, seconds: float, enough: Callable[[], bool]) -> None:
        """Take reports for so many seconds, or until `enough`; a peer that breaks off meanwhile is no fault."""
        end = time.monotonic() + seconds
        with contextlib.suppress(Unavailable):
            while not enough() and (left := end - time.monotonic()) > 0:
                if not self._heard(partial(self._heard_report, left)):
                    return

    def cancel(self) -> None:
        """Ask the peer to stop the request; its last answer still comes (PS3.7 9.3.2.3)."""
        if self._open is not None and not self._over:
            context_id, number = self._open
            self._heard(lambda: self._wire.send(command.p_data(context_id, command.cancellation(number))))

    def stop(self) -> None:
        """Ask the peer to stop, from another thread; under TLS, whose sessions bear only one, at its next answer."""
        self._stopping = True
        if self._open is not None and not self._over and not isinstance(self._socket, ssl.SSLSocket):
            context_id, number = self._open
            self._stopping = False
            with contextlib.suppress(OSError, ValueError):
                self._socket.send(command.p_data(context_id, command.cancellation(number)))

    def release(self) -> None:
        """End the association: by A-RELEASE, or by A-ABORT when an answer is still due."""
        if self._over:
            return
        if self._open is not None:
            self.abort()
            return
        self._over = True
        with contextlib.suppress(PeerFault, PeerGone):
            self._wire.send(pdu.RELEASE_RQ, RELEASE_S)
            # To the last byte: closing with some unread resets the connection, and the peer logs a fault.
            _, length = self._wire.header(RELEASE_S, MAX_PDU_BYTES)
            self._wire.read(length, RELEASE_S)
        self._socket.close()

    def abort(self) -> None:
        """Break the association off; another thread may."""
        if self._over:
            return
        self._over = True
        with contextlib.suppress(OSError, ValueError):
            self._socket.send(pdu.USER_ABORT)
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let the socket go."""
        self._socket.close()

    # --- the loop ---

    def _asked(
        self, field: int, model: str, identifier: Dataset | None, number: int, seconds: float, to: str = ""
    ) -> Iterator[Answer]:
        context_id = self._agreed.of(model)
        if context_id is None:
            raise Unavailable("no_context")
        syntax = UID(self._agreed.contexts[context_id].transfer_syntax)
        asked = command.request(field, model, number, to, has_data=identifier is not None)
        self._open = (context_id, number)
        self._heard(lambda: self._send_message(context_id, asked, identifier, syntax))
        return self._answers(field | 0x8000, syntax, seconds)

    def _answers(self, expected: int, syntax: UID, seconds: float) -> Iterator[Answer]:
        while self._open is not None:
            answer = self._heard(partial(self._next, expected, syntax, seconds))
            if self._stopping and (answer is None or answer.status in PENDING):
                self._stopping = False
                self.cancel()
            if answer is None:
                continue
            if answer.status not in PENDING:
                self._open = None
            yield answer

    def _next(self, expected: int, syntax: UID, seconds: float) -> Answer | None:
        """Return the next answer; None after an object of a C-GET."""
        context_id, message = self._command(seconds)
        field = command.number(message, command.COMMAND_FIELD)
        has_data = command.number(message, command.DATA_SET_TYPE) != command.NO_DATA_SET
        if field == command.STORE_RQ and has_data:
            self._stored(context_id, message)
            return None
        if field == command.EVENT_REPORT_RQ:
            self._take_report(context_id, message)
            return None
        if field != expected:
            raise PeerFault(AbortReason.UNEXPECTED_PDU, f"command 0x{field:04X}")
        status = command.number(message, command.STATUS)
        identifier = _decoded(self._identifier(context_id), syntax) if has_data else None
        completed = command.count(message, command.COMPLETED_SUBOPERATIONS)
        return Answer(status, identifier, completed, command.count(message, command.FAILED_SUBOPERATIONS))

    def _command(self, seconds: float) -> tuple[int, command.Command]:
        """Return the next command set and its context."""
        raw = bytearray()
        while True:
            context_id, flags, fragment = self._pdv(seconds)
            if not flags & 1 or len(raw) + len(fragment) > COMMAND_BYTES:
                raise PeerFault(AbortReason.UNEXPECTED_PDU, "command set")
            raw += fragment
            if flags & 2:
                return context_id, command.parse(raw)

    def _fragments(self, context_id: int) -> Iterator[memoryview]:
        while True:
            number, flags, fragment = self._pdv(PDU_S)
            if flags & 1 or number != context_id:
                raise PeerFault(AbortReason.UNEXPECTED_PDU, "data set")
            yield fragment
            if flags & 2:
                return

    def _identifier(self, context_id: int) -> bytes:
        raw = bytearray()
        for fragment in self._fragments(context_id):
            raw += fragment
            if len(raw) > IDENTIFIER_BYTES:
                raise PeerFault(AbortReason.INVALID_PARAMETER, "identifier too long")
        return bytes(raw)

    def _stored(self, context_id: int, request: command.Command) -> None:
        """Take an object of a C-GET and answer it; one that is refused is read to its end and dropped."""
        taken = _Taken()
        taken.guard(lambda: taken.start(self._begin(self._agreed.contexts[context_id], request)))
        try:
            for fragment in self._fragments(context_id):
                taken.write(fragment)
        except BaseException:
            taken.drop()
            raise
        taken.close()
        answer = command.response(request, taken.status.code, taken.status.comment)
        self._wire.send(command.p_data(context_id, answer))

    def _heard_report(self, seconds: float) -> bool:
        """Take the next report; False when none came."""
        try:
            context_id, message = self._command(seconds)
        except PeerGone as gone:
            if str(gone) != "too_slow":
                self.abort()
            return False
        if command.number(message, command.COMMAND_FIELD) != command.EVENT_REPORT_RQ:
            raise PeerFault(AbortReason.UNEXPECTED_PDU, "command without request")
        self._take_report(context_id, message)
        return True

    def _take_report(self, context_id: int, request: command.Command) -> None:
        has_data = command.number(request, command.DATA_SET_TYPE) != command.NO_DATA_SET
        data = self._identifier(context_id) if has_data else b""
        status = self._report(self._agreed.contexts[context_id], request, data)
        self._wire.send(command.p_data(context_id, command.response(request, status.code, status.comment)))

    # --- PDUs ---

    def _pdv(self, seconds: float) -> tuple[int, int, memoryview]:
        """Return context, flags and bytes of the next fragment (PS3.8 9.3.5.1); the bytes live until the next call."""
        if not self._left:
            self._left = self._p_data(seconds)
        if self._left < 6:
            raise PeerFault(AbortReason.INVALID_PARAMETER, "PDV header")
        count, context_id, flags = struct.unpack(">IBB", self._wire.read(6, PDU_S))
        count -= 2
        self._left -= 6 + count
        if count < 0 or self._left < 0 or count > len(self._view):
            raise PeerFault(AbortReason.INVALID_PARAMETER, "PDV length")
        if context_id not in self._agreed.contexts:
            raise PeerFault(AbortReason.UNEXPECTED_PARAMETER, "presentation context")
        fragment = self._view[:count]
        self._wire.read_into(fragment, PDU_S)
        return context_id, flags, fragment

    def _p_data(self, seconds: float) -> int:
        while True:
            kind, length = self._wire.header(seconds, MAX_PDU_BYTES + 6)
            if kind != pdu.P_DATA:
                raise PeerGone("aborted" if kind == pdu.A_ABORT else "closed")
            if length:
                return length

    def _send_message(self, context_id: int, asked: bytes, identifier: Dataset | None, syntax: UID) -> None:
        if identifier is None:
            self._wire.send(command.p_data(context_id, asked))
            return
        raw = encode(identifier, syntax.is_implicit_VR, syntax.is_little_endian)
        if raw is None:
            raise Unavailable("failed_status")
        self._send_pieces(context_id, asked, [raw])

    def _send_pieces(self, context_id: int, asked: bytes, data: Iterable[bytes]) -> None:
        """Send a command and its data set; only the last fragment says that it is (PS3.8 E.2)."""
        self._wire.send(command.p_data(context_id, asked))
        held = b""
        # Fragments are of even length (PS3.8 9.3.5.1).
        most = (self._agreed.send_bytes - 6) & ~1
        for piece in data:
            for at in range(0, len(piece), most):
                if held:
                    self._send_fragment(context_id, held, last=False)
                held = piece[at : at + most]
        self._send_fragment(context_id, held, last=True)

    def _send_fragment(self, context_id: int, piece: bytes, *, last: bool) -> None:
        self._wire.send(struct.pack(">BxIIBB", 4, len(piece) + 6, len(piece) + 2, context_id, 2 * last) + piece)

    def _heard(self, act: Callable[[], T]) -> T:
        """Return what `act` reads or sends; a peer that breaks off, breaks the rules or is silent is `Unavailable`."""
        try:
            return act()
        except PeerFault as exc:
            with contextlib.suppress(PeerGone):
                self._wire.send(pdu.abort(exc.reason), 1)
            raise Unavailable("aborted") from exc
        except PeerGone as exc:
            raise Unavailable("timeout" if str(exc) == "too_slow" else "aborted") from exc


class _Taken:
    """An object of a C-GET on its way in: whatever it provokes becomes its status, not the association's end."""

    def __init__(self) -> None:
        self.status: Status = SUCCESS
        self._reception: Reception | None = None

    def start(self, reception: Reception) -> None:
        self._reception = reception

    def write(self, fragment: memoryview) -> None:
        reception = self._reception
        if reception is not None:
            self.guard(lambda: reception.write(fragment))

    def close(self) -> None:
        reception = self._reception
        if reception is not None:
            self.guard(lambda: self._closed(reception))
        self._reception = None

    def guard(self, act: Callable[[], None]) -> None:
        try:
            act()
        except PeerFault:
            raise
        except Exception as exc:  # the outermost loop of an object
            self.status = status_of(exc)
            self.drop()

    def drop(self) -> None:
        reception, self._reception = self._reception, None
        if reception is not None:
            reception.discard()

    def _closed(self, reception: Reception) -> None:
        if reception.close():
            self.status = COERCED


def _decoded(raw: bytes, syntax: UID) -> Dataset | None:
    try:
        return decode(BytesIO(raw), syntax.is_implicit_VR, syntax.is_little_endian)
    except FOREIGN_ERRORS:
        return None

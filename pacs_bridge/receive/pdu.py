"""Upper layer on a blocking socket: exact reads with deadlines and limits (PS3.8 9.3).

No negotiation, no DIMSE, no disk.
"""

import socket
import struct
import time
from dataclasses import dataclass

A_ASSOCIATE_RQ, A_ASSOCIATE_AC, A_ASSOCIATE_RJ, P_DATA, A_RELEASE_RQ, A_RELEASE_RP, A_ABORT = range(1, 8)
RELEASE_RQ = b"\5\0\0\0\0\4\0\0\0\0"
RELEASE_RP = b"\6\0\0\0\0\4\0\0\0\0"
USER_ABORT = b"\7\0\0\0\0\4\0\0\0\0"
LIMIT_REACHED = b"\3\0\0\0\0\4\0\2\3\2"
"""A-ASSOCIATE-RJ: transient, presentation provider, local limit exceeded (PS3.8 table 9-21)."""


class AbortReason:
    """A-ABORT reasons of the service provider (PS3.8 table 9-26)."""

    NOT_SPECIFIED = 0
    UNRECOGNIZED_PDU = 1
    UNEXPECTED_PDU = 2
    UNEXPECTED_PARAMETER = 5
    INVALID_PARAMETER = 6


class PeerFault(Exception):
    """The peer broke PS3.8; `reason` is one of `AbortReason`."""

    def __init__(self, reason: int, why: str) -> None:
        super().__init__(why)
        self.reason = reason


class PeerGone(Exception):
    """The peer closed, reset or was silent too long."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one association. Seconds are totals: a drip of bytes does not extend them."""

    handshake_s: float = 10
    associate_s: float = 10
    idle_s: float = 60
    pdu_s: float = 30
    associate_bytes: int = 64 << 10
    pdu_bytes: int = 128 << 10
    command_bytes: int = 16 << 10
    object_bytes: int = 8 << 30


class Wire:
    """Exact reads and whole sends on one socket, each with a deadline."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    def read_into(self, view: memoryview, seconds: float) -> None:
        """Fill `view`; raise `PeerGone` after `seconds` in total."""
        end, done = time.monotonic() + seconds, 0
        while done < len(view):
            left = end - time.monotonic()
            if left <= 0:
                raise PeerGone("too_slow")
            try:
                self._socket.settimeout(left)
                count = self._socket.recv_into(view[done:])
            except TimeoutError as exc:
                raise PeerGone("too_slow") from exc
            except (OSError, ValueError) as exc:
                raise PeerGone("lost") from exc
            if not count:
                raise PeerGone("closed")
            done += count

    def read(self, count: int, seconds: float) -> bytearray:
        """Return exactly `count` bytes; the caller has bounded `count`."""
        buffer = bytearray(count)
        self.read_into(memoryview(buffer), seconds)
        return buffer

    def send(self, data: bytes, seconds: float = 10) -> None:
        """Send everything or raise `PeerGone`."""
        try:
            self._socket.settimeout(seconds)
            self._socket.sendall(data)
        except (OSError, ValueError) as exc:
            raise PeerGone("lost") from exc

    def linger(self, seconds: float) -> None:
        """Let the peer read our last PDU: closing with unread bytes would reset it away (PS3.8 ARTIM)."""
        end = time.monotonic() + seconds
        try:
            self._socket.shutdown(socket.SHUT_WR)
            while (left := end - time.monotonic()) > 0:
                self._socket.settimeout(left)
                if not self._socket.recv(1 << 16):
                    return
        except (OSError, ValueError):
            return

    def header(self, seconds: float, limit: int) -> tuple[int, int]:
        """Return (PDU type, length); raise `PeerFault` for another type or beyond `limit` bytes."""
        kind, length = struct.unpack(">BxI", self.read(6, seconds))
        if not 1 <= kind <= 7:
            raise PeerFault(AbortReason.UNRECOGNIZED_PDU, f"PDU type {kind}")
        if length > limit:
            raise PeerFault(AbortReason.INVALID_PARAMETER, f"PDU of {length} bytes")
        return kind, length


def abort(reason: int) -> bytes:
    """Return an A-ABORT of the service provider (PS3.8 9.3.8)."""
    return struct.pack(">BxIxxBB", A_ABORT, 4, 2, reason)

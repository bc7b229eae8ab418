"""A C-STORE sender that sends any file as the bytes it is, where DCMTK refuses. No DICOM library."""

import socket
import struct
from dataclasses import dataclass
from pathlib import Path

IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
ANY = "1.2.3"
"""Instance announced for a file that names none."""


@dataclass(frozen=True)
class Sent:
    """Classes and UIDs the command announces, and the data set's bytes."""

    sop_class: str
    sop_uid: str
    syntax: str
    data: bytes


def as_bytes(path: Path) -> Sent:
    """What a file says in group 0002, however broken; a file without it is sent as implicit VR."""
    raw = path.read_bytes()
    meta: dict[int, str] = {}
    at = 132 if raw[128:132] == b"DICM" else 0
    if at == 0 and raw[:2] != b"\2\0":
        return Sent(SECONDARY_CAPTURE, ANY, IMPLICIT, raw)
    while raw[at : at + 2] == b"\2\0" and at + 8 <= len(raw):
        element, vr = struct.unpack_from("<H2s", raw, at + 2)
        if vr in (b"OB", b"UN", b"OW"):
            head, length = 12, struct.unpack_from("<I", raw, at + 8)[0] if at + 12 <= len(raw) else 0
        else:
            head, length = 8, struct.unpack_from("<H", raw, at + 6)[0]
        meta[element] = raw[at + head : at + head + length].strip(b"\0 ").decode("latin-1")
        at += head + length
    return Sent(meta.get(2) or SECONDARY_CAPTURE, meta.get(3) or ANY, meta.get(16) or IMPLICIT, raw[at:])


class Sender:
    """One association per object; `store` returns the status, or None when the peer ended it."""

    def __init__(self, port: int, calling: str = "SENDER", called: str = "NEGATOSCOPE") -> None:
        self.port, self.calling, self.called = port, calling, called

    def store(self, sent: Sent, *, pdu_bytes: int = 65536) -> int | None:
        try:
            with self.associated(sent.sop_class, sent.syntax) as peer:
                send_object(peer, sent, pdu_bytes)
                answer = _pdu(peer)
                if answer is None or answer[0] != 4:
                    return None
                self.released(peer)
                return status(answer[1])
        except OSError:
            return None

    def echo(self, peer: socket.socket) -> int | None:
        """Return the status of a C-ECHO over an association for Verification; None when the peer ended it."""
        fields = {0x0002: _even("1.2.840.10008.1.1"), 0x0100: b"\x30\0", 0x0110: b"\1\0", 0x0800: b"\1\1"}
        peer.sendall(p_data(_command(fields), 3))
        answer = _pdu(peer)
        return None if answer is None or answer[0] != 4 else status(answer[1])

    def released(self, peer: socket.socket) -> None:
        """Release an association."""
        peer.sendall(b"\5\0\0\0\0\4\0\0\0\0")
        _pdu(peer)

    def associated(self, sop_class: str, syntax: str) -> socket.socket:
        peer = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            peer.sendall(self.request(sop_class, syntax))
            answer = _pdu(peer)
        except OSError:
            peer.close()
            raise
        if answer is None or answer[0] != 2:
            peer.close()
            raise ConnectionError(f"no association: {answer}")
        return peer

    def request(self, sop_class: str, syntax: str) -> bytes:
        context = b"\1\0\0\0" + _item(0x30, sop_class.encode()) + _item(0x40, syntax.encode())
        user = _item(0x51, struct.pack(">I", 1 << 17)) + _item(0x52, b"1.2.3.4")
        body = (
            b"\0\1\0\0"
            + self.called.ljust(16).encode()
            + self.calling.ljust(16).encode()
            + bytes(32)
            + _item(0x10, b"1.2.840.10008.3.1.1.1")
            + _item(0x20, context)
            + _item(0x50, user)
        )
        return b"\1\0" + struct.pack(">I", len(body)) + body


def send_object(peer: socket.socket, sent: Sent, pdu_bytes: int = 65536) -> None:
    peer.sendall(p_data(store_command(sent), 3))
    for at in range(0, max(len(sent.data), 1), pdu_bytes):
        piece = sent.data[at : at + pdu_bytes]
        peer.sendall(p_data(piece, 2 if at + pdu_bytes >= len(sent.data) else 0))


def store_command(sent: Sent) -> bytes:
    fields = {
        0x0002: _even(sent.sop_class),
        0x0100: b"\1\0",
        0x0110: b"\1\0",
        0x0700: b"\0\0",
        0x0800: b"\0\0",
        0x1000: _even(sent.sop_uid),
    }
    return _command(fields)


def _command(fields: dict[int, bytes]) -> bytes:
    body = b"".join(struct.pack("<HHI", 0, e, len(v)) + v for e, v in sorted(fields.items()))
    return struct.pack("<HHII", 0, 0, 4, len(body)) + body


def p_data(body: bytes, flags: int) -> bytes:
    return struct.pack(">BxIIBB", 4, len(body) + 6, len(body) + 2, 1, flags) + body


def status(pdv: bytes) -> int:
    at, body = 0, pdv[6:]
    while at + 8 <= len(body):
        _group, element, length = struct.unpack_from("<HHI", body, at)
        if element == 0x0900:
            return int(struct.unpack_from("<H", body, at + 8)[0])
        at += 8 + length
    raise ValueError("no status")


def _even(text: str) -> bytes:
    return text.encode("latin-1") + b"\0" * (len(text) & 1)


def _item(kind: int, body: bytes) -> bytes:
    return struct.pack(">BxH", kind, len(body)) + body


def _pdu(peer: socket.socket) -> tuple[int, bytes] | None:
    head = _exactly(peer, 6)
    if head is None:
        return None
    body = _exactly(peer, int.from_bytes(head[2:], "big"))
    return None if body is None else (head[0], body)


def _exactly(peer: socket.socket, count: int) -> bytes | None:
    data = b""
    while len(data) < count:
        piece = peer.recv(count - len(data))
        if not piece:
            return None
        data += piece
    return data

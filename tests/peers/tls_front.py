"""TLS in front of a plain HTTP peer, as a web server ends it: alerts reach the client, the header tells who he is.

Servers of asyncio hang up without the alert, so that a client could not know why.
"""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SUBJECT_HEADER = "X-Client-Subject"
_WAIT_S = 10.0


class TlsFront:
    """Listens on loopback; each connection carries one request."""

    def __init__(self, context: ssl.SSLContext, target: int) -> None:
        self._context, self._target = context, target
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.refused: list[str] = []
        self._threads = [threading.Thread(target=self._accept, name="front")]
        self._threads[0].start()

    def close(self) -> None:
        """End, connections first."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join(_WAIT_S)

    def _accept(self) -> None:
        while True:
            try:
                plain, _ = self._listening.accept()
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._shake, args=(plain,), name="front-one"))
            self._threads[-1].start()

    def _shake(self, plain: socket.socket) -> None:
        plain.settimeout(_WAIT_S)
        with self._context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False) as secured:
            try:
                secured.do_handshake()
            except (ssl.SSLError, OSError) as exc:
                self.refused.append(str(getattr(exc, "reason", "")))
                _linger(secured)
                return
            with contextlib.suppress(OSError):
                self._carry(secured)

    def _carry(self, secured: ssl.SSLSocket) -> None:
        request = _request(secured)
        line, _, rest = request.partition(b"\r\n")
        subject = f"{SUBJECT_HEADER}: {_subject(secured)}\r\nConnection: close\r\n".encode()
        with socket.create_connection(("127.0.0.1", self._target), _WAIT_S) as peer:
            peer.sendall(line + b"\r\n" + subject + rest)
            while data := peer.recv(65536):
                secured.sendall(data)
        with contextlib.suppress(OSError):
            secured.unwrap()


@contextmanager
def fronting(context: ssl.SSLContext, target: int) -> Iterator[TlsFront]:
    """Run a front while the block lasts."""
    front = TlsFront(context, target)
    try:
        yield front
    finally:
        front.close()


def _request(secured: ssl.SSLSocket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        more = secured.recv(65536)
        if not more:
            raise ConnectionError
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while len(body) < int(lengths[0] if lengths else 0):
        body += secured.recv(65536)
    return head + b"\r\n\r\n" + body


def _subject(secured: ssl.SSLSocket) -> str:
    shown = secured.getpeercert() or {}
    names = [value for rdn in shown.get("subject", ()) for kind, value in rdn if kind == "commonName"]
    return str(names[0]) if names else ""


def _linger(secured: ssl.SSLSocket) -> None:
    """Read what still comes: a socket closed over unread bytes takes the alert back."""
    with contextlib.suppress(OSError):
        secured.shutdown(socket.SHUT_WR)
        while secured.recv(65536):
            continue

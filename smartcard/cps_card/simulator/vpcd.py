"""A made-up card in the virtual reader of vsmartcard (vpcd): pcscd's driver listens, the card connects.

A message is a length of two bytes, then its body; one byte is an order (0 off, 1 on, 2 reset, 4 answer to reset), more
is a command. pcscd looks every 0.4 s whether somebody is there: a card put back faster than that was never out.
"""

import socket
import struct
import threading
from contextlib import suppress

from cps_card.simulator.engine import VirtualCps

PORT = 35963
POLL_S = 0.4
_OFF, _ON, _RESET, _ATR = 0, 1, 2, 4
_AGAIN_S, _TURN_S = 0.05, 0.5


class VpcdCard:
    """Puts a card in the reader at a port of 127.0.0.1. ``card`` may be another one after `remove`."""

    def __init__(self, card: VirtualCps, port: int = PORT) -> None:
        self.card, self._port = card, port
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._link: socket.socket | None = None

    def insert(self) -> None:
        """Put the card in; pcscd sees it within half a second."""
        self._ending.clear()
        self._thread = threading.Thread(target=self._run, name="virtual card", daemon=True)
        self._thread.start()

    def remove(self) -> None:
        """Take the card out, at once."""
        self._ending.set()
        link = self._link
        if link is not None:
            with suppress(OSError):  # vpcd may have closed it first
                link.shutdown(socket.SHUT_RDWR)
        if self._thread is not None:
            self._thread.join(3)
            self._thread = None

    def _run(self) -> None:
        # vpcd may throw a card out after an error: come back until removed.
        while not self._ending.is_set():
            try:
                with socket.create_connection(("127.0.0.1", self._port), 2) as link:
                    self._link = link
                    self._serve(link)
            except OSError:
                pass
            self._link = None
            self._ending.wait(_AGAIN_S)

    def _serve(self, link: socket.socket) -> None:
        link.settimeout(_TURN_S)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.card.reset()
        while not self._ending.is_set():
            head = self._received(link, 2)
            body = self._received(link, struct.unpack(">H", head)[0]) if head else b""
            if not head:
                return
            answer = self._answered(body)
            if answer:
                link.sendall(struct.pack(">H", len(answer)) + answer)

    def _answered(self, body: bytes) -> bytes:
        if len(body) > 1:
            return self.card.transmit(body)
        if body == bytes([_ATR]):
            return self.card.knobs.atr
        if body and body[0] in (_OFF, _ON, _RESET):
            self.card.reset()
        return b""

    def _received(self, link: socket.socket, size: int) -> bytes:
        data = b""
        while len(data) < size:
            # vpcd writes length and body apart; without this each command waits 40 ms for an acknowledgement.
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            try:
                part = link.recv(size - len(data))
            except TimeoutError:
                if self._ending.is_set():
                    return b""
                continue
            if not part:
                return b""
            data += part
        return data

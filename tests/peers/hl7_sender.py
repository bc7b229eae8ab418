"""A sender of HL7 messages over MLLP, as hospital information systems have: one message, one answer."""

import socket
import ssl

START, END = b"\x0b", b"\x1c\x0d"


class Hl7Sender:
    """One connection; use it as a context."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None, timeout_s: float = 10) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout_s)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self._held = b""

    def __enter__(self) -> "Hl7Sender":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def write(self, message: bytes) -> None:
        self.socket.sendall(START + message + END)

    def answer(self) -> bytes:
        """The next answer; empty when the peer has gone."""
        while END not in self._held:
            try:
                data = self.socket.recv(65536)
            except ConnectionError:
                return b""
            if not data:
                return b""
            self._held += data
        message, _, self._held = self._held.partition(END)
        assert message.startswith(START)
        return message[1:]

    def send(self, message: bytes) -> bytes:
        self.write(message)
        return self.answer()

"""MLLP (HL7 v2 transport release 1): ``<VT> message <FS><CR>``. Bytes in, whole messages out; nothing is read here."""

from collections.abc import Iterator

from appliance.domain.errors import Malformed

START, END = b"\x0b", b"\x1c\x0d"
_BETWEEN = b"\r\n \t\0"


class Deframer:
    """Cuts a stream into messages, holding no more than ``most_bytes`` of one."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._held = bytearray()
        self._looked = 0
        self._inside = False

    @property
    def inside(self) -> bool:
        """Whether a message has begun and not ended."""
        return self._inside

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Return the messages that end in ``data``.

        Raises
        ------
        Malformed
            ``frame`` on bytes that belong to no message, ``frame_size`` on a message beyond the limit.
        """
        self._held += data
        while (message := self._next()) is not None:
            yield message

    def _next(self) -> bytes | None:
        if not self._inside and not self._begun():
            return None
        found = self._held.find(END, max(0, self._looked - 1))
        if found < 0:
            self._looked = len(self._held)
            if self._looked > self._most:
                raise Malformed("frame_size")
            return None
        if found > self._most:
            raise Malformed("frame_size")
        message = bytes(self._held[:found])
        del self._held[: found + len(END)]
        self._inside, self._looked = False, 0
        return message

    def _begun(self) -> bool:
        start = self._held.find(START)
        before = self._held if start < 0 else self._held[:start]
        if before.strip(_BETWEEN):
            raise Malformed("frame")
        del self._held[: len(before) + (start >= 0)]
        self._inside = start >= 0
        return self._inside


def framed(message: bytes) -> bytes:
    """Return the message as it goes over the wire."""
    return START + message + END

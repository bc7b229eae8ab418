"""multipart/related as it comes, in pieces of any size (RFC 2046 5.1.1, RFC 2387). Memory is bounded; no socket."""

import re
from collections.abc import Iterator
from typing import Literal

from appliance.domain.errors import Malformed

HEADER_BYTES = 16 << 10
_BOUNDARY = re.compile(r'boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;"]{1,200}))', re.IGNORECASE)

Event = tuple[Literal["begin"], bytes] | tuple[Literal["data"], bytes] | tuple[Literal["end"], bytes]
"""A part begins (its headers), goes on (its bytes), ends."""


def boundary_of(content_type: str) -> bytes:
    """Return the boundary; raise `Malformed` ``multipart`` when the type is another or names none."""
    found = _BOUNDARY.search(content_type)
    if not content_type.lower().lstrip().startswith("multipart/") or found is None:
        raise Malformed("multipart")
    return (found.group(1) or found.group(2)).encode("latin-1", "replace")


class Multipart:
    """The parts of one body.

    ::

        preamble --delimiter--> headers --blank line--> data --delimiter--> headers ... --closing delimiter--> over
    """

    def __init__(self, boundary: bytes) -> None:
        self._delimiter = b"\r\n--" + boundary
        self._held = bytearray(b"\r\n")  # the first delimiter may be the first line
        self._state: Literal["preamble", "tail", "headers", "data", "over"] = "preamble"

    @property
    def over(self) -> bool:
        """Whether the closing delimiter was read: without it the body was cut off."""
        return self._state == "over"

    def feed(self, data: bytes) -> Iterator[Event]:
        """Yield what the next bytes hold; raise `Malformed` ``multipart``."""
        self._held += data
        while True:
            before = (self._state, len(self._held))
            yield from self._step()
            if (self._state, len(self._held)) == before or self._state == "over":
                return

    def _step(self) -> Iterator[Event]:
        if self._state in ("preamble", "data"):
            yield from self._content()
        elif self._state == "tail":
            self._after_delimiter()
        elif self._state == "headers":
            yield from self._headers()

    def _content(self) -> Iterator[Event]:
        at = self._held.find(self._delimiter)
        inside = self._state == "data"
        # What may be the beginning of a delimiter is kept for the next bytes.
        count = at if at >= 0 else max(0, len(self._held) - len(self._delimiter) + 1)
        if inside and count:
            yield ("data", bytes(self._held[:count]))
        del self._held[:count]
        if at >= 0:
            del self._held[: len(self._delimiter)]
            self._state = "tail"
            if inside:
                yield ("end", b"")

    def _after_delimiter(self) -> None:
        if self._held[:2] == b"--":
            self._state = "over"
            self._held.clear()
            return
        at = self._held.find(b"\r\n")
        if at >= 0:
            # The line's own end stays: headers may be none.
            del self._held[:at]
            self._state = "headers"
        elif len(self._held) > 256:
            raise Malformed("multipart")

    def _headers(self) -> Iterator[Event]:
        at = self._held.find(b"\r\n\r\n")
        if at < 0:
            if len(self._held) > HEADER_BYTES:
                raise Malformed("multipart")
            return
        headers = bytes(self._held[:at])
        del self._held[: at + 4]
        self._state = "data"
        yield ("begin", headers)

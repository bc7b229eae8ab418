"""``multipart/related`` read as it comes (RFC 2046 5.1, PS3.18 8.6.1.2): a piece in, what it completes out.

Hostile input costs no more memory than a heading and a boundary: bodies pass through.

::

    preamble --delimiter--> heading --empty line--> body --delimiter--> heading | over
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from appliance.domain.errors import Malformed

PREAMBLE_BYTES = 4 << 10
HEADING_BYTES = 8 << 10
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,127}[0-9A-Za-z'()+_,./:=?-]")
"""RFC 2046 has 70 characters; Orthanc sends 73."""
_PARAMETER = re.compile(r';\s*([\w-]+)\s*=\s*(?:"([^"\\]*)"|([^;\s"]+))')


@dataclass(frozen=True, slots=True)
class Begin:
    """A part begins. Names of headers are in lower case."""

    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Data:
    """The next bytes of the part."""

    data: bytes


@dataclass(frozen=True, slots=True)
class End:
    """The part is whole."""


Event: TypeAlias = Begin | Data | End


class _At(Enum):
    PREAMBLE, HEADING, BODY, OVER = range(4)


def related(content_type: str) -> tuple[str, str]:
    """Return the boundary and the type of the parts of a ``multipart/related``, in lower case.

    Raises
    ------
    Malformed
        ``media`` for another media type, ``multipart`` without a boundary or with one of characters not in RFC 2046.
    """
    if content_type.split(";")[0].strip().lower() != "multipart/related" or len(content_type) > 1024:
        raise Malformed("media")
    found = {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(content_type)}
    if not _BOUNDARY.fullmatch(found.get("boundary", "")):
        raise Malformed("multipart")
    return found["boundary"], found.get("type", "").lower()


class Reader:
    """Reads one body."""

    def __init__(self, boundary: str) -> None:
        self._delimiter = b"\r\n--" + boundary.encode("ascii")
        self._held = bytearray(b"\r\n")  # as if a line had ended before: the first delimiter may open the body
        self._at = _At.PREAMBLE

    def feed(self, data: bytes) -> Iterator[Event]:
        """Yield what these bytes complete; raise `Malformed` ``multipart``."""
        self._held += data
        while (events := self._step()) is not None:
            yield from events

    def close(self) -> None:
        """Raise `Malformed` ``multipart`` unless the last delimiter was there."""
        if self._at is not _At.OVER:
            raise Malformed("multipart")

    def _step(self) -> list[Event] | None:
        """Return what the bytes held complete, None when more must come."""
        if self._at is _At.OVER:
            self._held.clear()
            return None
        return self._heading() if self._at is _At.HEADING else self._body()

    def _body(self) -> list[Event] | None:
        at = self._held.find(self._delimiter)
        inside = self._at is _At.BODY
        if at < 0:
            return self._passed(len(self._held) - len(self._delimiter) + 1)
        if not inside and at > PREAMBLE_BYTES:
            raise Malformed("multipart")
        after = self._after(at + len(self._delimiter))
        if after is None:
            return self._passed(at)
        events: list[Event] = [Data(bytes(self._held[:at]))] if inside and at else []
        del self._held[:after]
        return [*events, End()] if inside else events

    def _after(self, at: int) -> int | None:
        """Return where the heading begins, its line's end included, or None when that is not here yet."""
        rest = bytes(self._held[at : at + 64])
        if rest.startswith(b"--"):
            self._at = _At.OVER
            return at + 2
        line = rest.lstrip(b" \t")
        if line.startswith(b"\r\n"):
            self._at = _At.HEADING
            return at + len(rest) - len(line)
        if (line not in (b"", b"\r") and rest != b"-") or len(rest) == 64:
            raise Malformed("multipart")
        return None

    def _passed(self, length: int) -> list[Event] | None:
        """Let go of the bytes that can be no part of a delimiter."""
        if length <= 0:
            return None
        passed = bytes(self._held[:length])
        if self._at is _At.BODY:
            del self._held[:length]
            return [Data(passed)]
        if length > PREAMBLE_BYTES:
            raise Malformed("multipart")
        return None

    def _heading(self) -> list[Event] | None:
        """Read the lines up to the empty one; the held bytes begin with the end of the delimiter's line."""
        at = self._held.find(b"\r\n\r\n", 0, HEADING_BYTES)
        if at < 0:
            if len(self._held) >= HEADING_BYTES:
                raise Malformed("multipart")
            return None
        lines = bytes(self._held[2:at]).decode("latin-1").split("\r\n") if at else []
        del self._held[: at + 4]
        self._at = _At.BODY
        return [Begin(dict(map(_header, filter(None, lines))))]


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}", name):
        raise Malformed("multipart")
    return name.lower(), value.strip()

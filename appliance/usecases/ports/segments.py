"""Segments of the journal, and the key that seals them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from appliance.domain.segments import Anchor, Sealed, Segment


class Segments(Protocol):
    """Anchors are only ever added; records go by whole segments, the oldest first: the database itself sees to it."""

    def sealed(self) -> Sequence[Sealed]:
        """Return every anchor, in order."""
        ...

    def end(self) -> tuple[int, bytes]:
        """Return the number and the digest of the last record that is sealed; 0 and the genesis before any."""
        ...

    def began(self, after: int) -> datetime | None:
        """Return when the record after that one was written, None when there is none."""
        ...

    def segment(self, after: int, boundary: datetime) -> Segment | None:
        """Return the segment from there to the last record before ``boundary``, None when there is none."""
        ...

    def seal(self, anchor: Anchor) -> None: ...
    def purge(self, segment: Segment, at: datetime) -> None:
        """Let its records go; raise `Refused` ``journal_purge`` when the database does not."""
        ...


class Sealing(Protocol):
    """The key of the journal."""

    def sign(self, text: bytes) -> bytes:
        """Return the signature; raise `Unavailable` ``key``."""
        ...

    def holds(self, text: bytes, signature: bytes) -> bool:
        """Whether this key signed it; raise `Unavailable` ``key``."""
        ...

    def public(self) -> bytes:
        """Return the public key, PEM."""
        ...

"""Segments of the journal: each month sealed by an anchor, so that old months can go without the chain being doubted.

::

    records --month over--> sealed (anchor signed) --kept long enough--> purged: the records go, the anchor stays

A chain without a key shows an edit only to who kept its end elsewhere; the signature shows it to everybody.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from appliance.domain.forgetting import months_after
from appliance.domain.journal import GENESIS, link

LEAST_MONTHS, MOST_MONTHS = 6, 240
"""How short and how long a hospital may keep its journal (R-J)."""
SEAL = "journal.seal"
"""The verb of the record that says that an anchor was made."""
_SEALS = f'"verb":"{SEAL}"'

Row = tuple[int, str, bytes]
"""Number, body, digest."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Records ``first`` to ``last``, both included, between the digests ``before`` and ``digest``.

    ``first_at`` and ``last_at`` are the earliest and the latest instant in it: clocks go back.
    """

    first: int
    last: int
    first_at: datetime
    last_at: datetime
    before: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class Anchor:
    """A segment and the signature (Ed25519) over its `text`."""

    segment: Segment
    sealed_at: datetime
    signature: bytes


@dataclass(frozen=True, slots=True)
class Sealed:
    """An anchor as it is kept; ``purged_at``: when its records went."""

    anchor: Anchor
    purged_at: datetime | None = None


class SegmentState(StrEnum):
    """What became of a segment whose anchor holds."""

    SEALED = "sealed"
    PURGED = "purged"


class Flaw(StrEnum):
    """Why a journal does not hold."""

    RECORD = "record"
    """Changed or missing."""
    ANCHOR = "anchor"
    """Not signed by this appliance."""
    MISSING = "anchor_missing"
    PURGE = "purge"
    """Records went before any hospital may let them go."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What holds: ``records`` that are there, and segments. ``broken_at``: the first record that does not, if any."""

    records: int
    segments: Sequence[tuple[Segment, SegmentState]] = ()
    broken_at: int | None = None
    flaw: Flaw | None = None


def text(segment: Segment, sealed_at: datetime) -> bytes:
    """Return what is signed: canonical JSON, instants in microseconds since 1970, digests in hexadecimal."""
    whole = {
        "first": segment.first, "last": segment.last, "count": segment.last - segment.first + 1,
        "first_at": _micros(segment.first_at), "last_at": _micros(segment.last_at), "sealed_at": _micros(sealed_at),
        "before": segment.before.hex(), "digest": segment.digest.hex(),
    }  # fmt: skip
    return json.dumps(whole, sort_keys=True, separators=(",", ":")).encode()


def boundary(first_at: datetime, now: datetime) -> datetime:
    """Return before which instant records go into the segment that begins with one of ``first_at``; months of UTC.

    The month of ``first_at``, and never the month of ``now``.
    """
    this = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    begun = first_at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return min(months_after(begun, 1), this)


def may_go(segment: Segment, now: datetime, months: int) -> bool:
    """Whether all of it is older than that."""
    return months_after(segment.last_at, max(months, LEAST_MONTHS)) <= now


def judged(
    sealed: Sequence[Sealed], rows: Iterable[Row], head: tuple[int, bytes], holds: Callable[[Anchor], bool]
) -> Verdict:
    """Return whether anchors and records are one chain from the first record to ``head``.

    Parameters
    ----------
    sealed
        Every anchor, in order.
    rows
        Every record that is there, in order.
    holds
        Whether a signature is this appliance's.
    """
    walk = _Walk(rows)
    states: list[tuple[Segment, SegmentState]] = []
    for one in sealed:
        broken = _step(walk, one, holds)
        if broken is not None:
            return Verdict(walk.count, tuple(states), *broken)
        is_purged = walk.skipped == one.anchor.segment.last
        states.append((one.anchor.segment, SegmentState.PURGED if is_purged else SegmentState.SEALED))
    whole = walk.through(head[0]) and walk.next_number is None and (walk.number, walk.digest) == head
    if not whole:
        return Verdict(walk.count, tuple(states), walk.number + 1, Flaw.RECORD)
    if unknown := walk.claims - {(one.anchor.segment.first, one.anchor.segment.last) for one in sealed}:
        return Verdict(walk.count, tuple(states), min(unknown)[0], Flaw.MISSING)
    return Verdict(walk.count, tuple(states))


def _step(walk: "_Walk", one: Sealed, holds: Callable[[Anchor], bool]) -> tuple[int, Flaw] | None:
    """Walk over one segment; return where and why it does not hold."""
    segment = one.anchor.segment
    if not holds(one.anchor):
        return segment.first, Flaw.ANCHOR
    if (segment.first, segment.before) != (walk.number + 1, walk.digest):
        return walk.number + 1, Flaw.MISSING
    if walk.next_number is None or walk.next_number > segment.last:
        if one.purged_at is None:
            return segment.first, Flaw.RECORD
        if not may_go(segment, one.purged_at, LEAST_MONTHS):
            return segment.first, Flaw.PURGE
        walk.skip(segment)
        return None
    if not walk.through(segment.last):
        return walk.number + 1, Flaw.RECORD
    # The links hold and the end is another one: all of it was written anew, without the key.
    return None if walk.digest == segment.digest else (segment.first, Flaw.RECORD)


@dataclass(slots=True)
class _Walk:
    """Where one stands in the chain: after record ``number``, whose digest is ``digest``."""

    rows: Iterable[Row]
    number: int = 0
    digest: bytes = GENESIS
    count: int = 0
    skipped: int = 0
    claims: set[tuple[int, int]] = field(default_factory=set)
    _left: Iterator[Row] = field(init=False)
    _next: Row | None = field(init=False)

    def __post_init__(self) -> None:
        self._left = iter(self.rows)
        self._next = next(self._left, None)

    @property
    def next_number(self) -> int | None:
        return self._next[0] if self._next is not None else None

    def skip(self, segment: Segment) -> None:
        self.number, self.digest, self.skipped = segment.last, segment.digest, segment.last

    def through(self, last: int) -> bool:
        """Walk to ``last``; return False at the first record that does not follow."""
        while self.number < last:
            if self._next is None:
                return False
            number, body, digest = self._next
            if number != self.number + 1 or link(self.digest, number, body) != digest:
                return False
            self.number, self.digest, self.count = number, digest, self.count + 1
            if _SEALS in body:
                facts = json.loads(body)["facts"]
                self.claims.add((int(facts["first"]), int(facts["last"])))
            self._next = next(self._left, None)
        return True


def fingerprint(public_key: bytes) -> str:
    """Return what people compare of a public key: SHA-256, hexadecimal."""
    return hashlib.sha256(public_key).hexdigest()


def _micros(at: datetime) -> int:
    return round(at.timestamp() * 1e6)

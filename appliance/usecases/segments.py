"""Sealing the months of the journal, letting the oldest go, checking what is there (R-J)."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from appliance.domain import segments as rules
from appliance.domain.errors import Refused
from appliance.domain.journal import Actor, Event, Family, link
from appliance.domain.segments import Anchor, Sealed, Segment, Verdict
from appliance.usecases.ports import Clock, Sealing, UnitOfWork, Work

_STEP = 2000
SYSTEM = Actor("system", "journal")


class Segments:
    """The months of the journal. Only the admin service seals: it alone is asked to, one at a time."""

    def __init__(self, database: UnitOfWork, clock: Clock, key: Sealing, months: int) -> None:
        self._db = database
        self._clock = clock
        self._key = key
        self.months = months

    def seal(self) -> Anchor | None:
        """Seal the oldest month that is over; None when all are sealed.

        Raises
        ------
        Refused
            ``journal_broken``: what does not hold is never signed.
        Unavailable
            ``key``, ``database``.
        """
        now = self._clock.now()
        with self._db.reading() as work:
            after = work.segments.end()
            began = work.segments.began(after[0])
            segment = work.segments.segment(after[0], rules.boundary(began, now)) if began is not None else None
            if segment is None:
                return None
            _check(work, segment, after[1])
        anchor = Anchor(segment, now, self._key.sign(rules.text(segment, now)))
        with self._db.writing() as work:
            if work.segments.end() != after:
                return None
            work.segments.seal(anchor)
            event = Event(Family.SYSTEM, "journal.seal", SYSTEM, facts=_facts(segment))
            work.journal.append(event, now)
        return anchor

    def purge(self) -> Sequence[Segment]:
        """Let go of the months whose time is over, the oldest first; return them.

        Raises
        ------
        Refused
            ``anchor_forged``: the anchor would vouch for nothing; ``journal_purge``: the database does not let it.
        Unavailable
            ``key``, ``database``.
        """
        now, gone = self._clock.now(), []
        for one in self.due(now):
            segment = one.anchor.segment
            if not self._holds(one.anchor):
                raise Refused("anchor_forged", number=segment.first)
            with self._db.writing() as work:
                work.segments.purge(segment, now)
                work.journal.append(Event(Family.SYSTEM, "journal.purge", SYSTEM, facts=_facts(segment)), now)
            gone.append(segment)
        return gone

    def due(self, at: datetime) -> Sequence[Sealed]:
        """Return the segments whose time is over then and that are still there: the oldest ones, without a gap."""
        due = []
        for one in self.sealed():
            if one.purged_at is not None:
                continue
            if not rules.may_go(one.anchor.segment, at, self.months):
                break
            due.append(one)
        return due

    def sealed(self) -> Sequence[Sealed]:
        """Return every anchor, in order."""
        with self._db.reading() as work:
            return work.segments.sealed()

    def verify(self) -> Verdict:
        """Return whether anchors and records are one chain."""
        with self._db.reading() as work:
            return rules.judged(work.segments.sealed(), _rows(work, 0), work.journal.head(), self._holds)

    def exported(self) -> Iterator[str]:
        """Yield every anchor as a line of JSON: the text that is signed, the signature, the public key (PEM)."""
        public = self._key.public().decode()
        for one in self.sealed():
            signed = rules.text(one.anchor.segment, one.anchor.sealed_at).decode()
            whole = {"text": signed, "signature": one.anchor.signature.hex(), "public_key": public}
            yield json.dumps(whole)

    def fingerprint(self) -> str:
        """Return that of the public key."""
        return rules.fingerprint(self._key.public())

    def _holds(self, anchor: Anchor) -> bool:
        return self._key.holds(rules.text(anchor.segment, anchor.sealed_at), anchor.signature)


def _check(work: Work, segment: Segment, before: bytes) -> None:
    digest, expected = before, segment.first
    for number, body, found in _rows(work, segment.first - 1):
        if number > segment.last:
            break
        if number != expected or link(digest, number, body) != found:
            raise Refused("journal_broken", number=expected)
        digest, expected = found, expected + 1
    if (expected, digest) != (segment.last + 1, segment.digest):
        raise Refused("journal_broken", number=expected)


def _rows(work: Work, after: int) -> Iterator[rules.Row]:
    while chunk := work.journal.chain(after, _STEP):
        yield from chunk
        after = chunk[-1][0]


def _facts(segment: Segment) -> dict[str, int | str]:
    return {"first": segment.first, "last": segment.last, "digest": segment.digest.hex()}

"""How long images stay here (R-J). They are a cache of the PACS: what nobody may open any more goes, and comes again.

A deposit is no cache until a PACS is proven to have it.

Never decides over an exam that a live share or grant opens: `Held` speaks of those without one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from appliance.domain.identifiers import StudyUID


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """Settings. ``keep_free_bytes``: with less room than that, exams go before their time."""

    never_granted: timedelta = timedelta(days=30)
    after_end: timedelta = timedelta(days=30)
    keep_free_bytes: int = 10 * 1024**3
    after_proof: timedelta = timedelta(days=30)
    without_proof: timedelta = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Held:
    """An exam with images here that nobody may open now. ``ended_at``: when its last share or grant ended, if ever.

    ``unproven_at``: when the last object was deposited that no PACS is proven to have; ``proven_at``: the last proof.
    """

    uid: StudyUID
    arrived_at: datetime
    ended_at: datetime | None = None
    unproven_at: datetime | None = None
    proven_at: datetime | None = None

    @property
    def needed_at(self) -> datetime:
        """Return when somebody last had a use for it."""
        return max(self.arrived_at, self.ended_at or self.arrived_at)


def over(held: Held, now: datetime, policy: RetentionPolicy) -> bool:
    """Whether its time is over."""
    life = policy.never_granted if held.ended_at is None else policy.after_end
    stays = kept_until(held.unproven_at, held.proven_at, policy)
    return now - held.needed_at >= life and (stays is None or now >= stays)


def spared(held: Held) -> bool:
    """Whether it stays to its day even when the disk runs full: perhaps nobody else has it."""
    return held.unproven_at is not None


def kept_until(unproven_at: datetime | None, proven_at: datetime | None, policy: RetentionPolicy) -> datetime | None:
    """Return until when deposits stay, whatever else holds: all of a study, as long as the one that needs it most."""
    if unproven_at is not None:
        return unproven_at + policy.without_proof
    return None if proven_at is None else proven_at + policy.after_proof

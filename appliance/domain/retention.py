"""How long images stay here (R-J). They are a cache of the PACS: what nobody may open any more goes, and comes again.

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


@dataclass(frozen=True, slots=True)
class Held:
    """An exam with images here that nobody may open now. ``ended_at``: when its last share or grant ended, if ever."""

    uid: StudyUID
    arrived_at: datetime
    ended_at: datetime | None = None

    @property
    def needed_at(self) -> datetime:
        """Return when somebody last had a use for it."""
        return max(self.arrived_at, self.ended_at or self.arrived_at)


def over(held: Held, now: datetime, policy: RetentionPolicy) -> bool:
    """Whether its time is over."""
    life = policy.never_granted if held.ended_at is None else policy.after_end
    return now - held.needed_at >= life

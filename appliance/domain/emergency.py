"""Exams opened by telephone: to one person, for hours, with a reason for the journal (R-D, origin *urgence*)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from appliance.domain.errors import Malformed

LEAST_REASON, MOST_REASON = 5, 512
HOURS = 4
MOST_HOURS = 24


@dataclass(frozen=True, slots=True)
class EmergencyPolicy:
    """Settings of the hospital, in hours."""

    hours: int = HOURS
    most_hours: int = MOST_HOURS


def ends(now: datetime, hours: int | None, policy: EmergencyPolicy) -> datetime:
    """Return when an access given now for ``hours`` ends; raise `Malformed` ``hours`` outside 1..most."""
    wanted = policy.hours if hours is None else hours
    if not 1 <= wanted <= policy.most_hours:
        raise Malformed("hours", most=policy.most_hours)
    return now + timedelta(hours=wanted)


def reason(text: str) -> str:
    """Return the reason without outer blanks; raise `Malformed` ``reason`` when it says nothing or too much."""
    said = " ".join(text.split())
    if not LEAST_REASON <= len(said) <= MOST_REASON:
        raise Malformed("reason", most=MOST_REASON)
    return said

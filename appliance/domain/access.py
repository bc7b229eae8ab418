"""May this requester see this study now? One pure function over facts, on every route."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

IDLE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Facts:
    """One grant of the requester for the study, with what may close it."""

    gesture_at: datetime
    session_until: datetime
    session_ended_at: datetime | None
    account_disabled_at: datetime | None
    granted_from: datetime
    granted_to: datetime | None
    share_from: datetime | None
    share_until: datetime | None
    share_revoked_at: datetime | None
    share_blocked: str
    study_withdrawn_at: datetime | None
    identity_alarm: str
    share_downloads: bool = False


def may_see(facts: Iterable[Facts], now: datetime, idle: timedelta = IDLE) -> bool:
    """Whether any one grant opens the study at ``now``; none at all means no."""
    return any(_opens(fact, now, idle) for fact in facts)


def may_take(facts: Iterable[Facts], now: datetime, idle: timedelta = IDLE) -> bool:
    """Whether any one grant that opens the study at ``now`` also lets its files be taken away, whole."""
    return any(fact.share_downloads and _opens(fact, now, idle) for fact in facts)


def _opens(fact: Facts, now: datetime, idle: timedelta) -> bool:
    return (
        _session_lives(fact, now, idle)
        and _granted(fact, now)
        and fact.study_withdrawn_at is None
        and not fact.identity_alarm
    )


def _session_lives(fact: Facts, now: datetime, idle: timedelta) -> bool:
    closed = fact.session_ended_at is not None or fact.account_disabled_at is not None
    return not closed and now < fact.session_until and now < fact.gesture_at + idle


def _granted(fact: Facts, now: datetime) -> bool:
    if not fact.granted_from <= now or (fact.granted_to is not None and now >= fact.granted_to):
        return False
    if fact.share_from is None or fact.share_until is None:
        return fact.granted_to is not None  # a grant without a share must carry its own end
    blocked = fact.share_revoked_at is not None or fact.share_blocked == "identity"
    return not blocked and fact.share_from <= now < fact.share_until

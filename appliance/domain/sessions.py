"""How long a session lives: idle without gestures, and an absolute limit by means (R-I)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from appliance.domain.sign_in import Means


class End(StrEnum):
    """Why a session is over; the page says which."""

    IDLE = "idle"
    LIMIT = "limit"
    LOGOUT = "logout"
    CLOSED = "closed"
    """Closed from elsewhere."""
    REVOKED = "revoked"
    """The account was disabled."""
    CARD_REVOKED = "card_revoked"
    CARD_EXPIRED = "card_expired"
    CARD_UNVERIFIED = "card_unverified"
    """Nobody can tell any more whether the card behind the account holds (R-I: grace over)."""


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """Settings of the hospital."""

    idle: timedelta = timedelta(minutes=15)
    absolute: timedelta = timedelta(hours=10)
    otp: timedelta = timedelta(hours=4)
    beat: timedelta = timedelta(minutes=1)


def until(means: Means, start: datetime, limits: SessionLimits) -> datetime:
    """Return the absolute end of a session that starts now; one-time passwords give a shorter one."""
    short = means in (Means.PASSWORD_EMAIL, Means.PASSWORD_SMS, Means.PASSWORD_TOTP, Means.PASSKEY)
    return start + (limits.otp if short else limits.absolute)


def ended(gesture_at: datetime, absolute: datetime, stored: str, now: datetime, limits: SessionLimits) -> End | None:
    """Return why the session is over at ``now``, or None; ``stored`` is the cause already recorded."""
    if stored:
        return End(stored)
    if now >= absolute:
        return End.LIMIT
    return End.IDLE if now >= gesture_at + limits.idle else None


def worth_writing(gesture_at: datetime, now: datetime, limits: SessionLimits) -> bool:
    """Whether a gesture is written down: at most once a minute."""
    return now - gesture_at >= limits.beat

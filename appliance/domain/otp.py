"""A one-time code (R-I): six digits, five minutes, five tries, one use, bound to the browser that asked."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from appliance.domain.errors import Malformed, Refused, TryLater
from appliance.domain.sharing import PARIS, end_of_day

_DIGITS = re.compile(r"[0-9]{6}")


@dataclass(frozen=True, slots=True)
class OtpLimits:
    """Settings of the hospital."""

    life: timedelta = timedelta(minutes=5)
    tries: int = 5
    pause: timedelta = timedelta(seconds=60)
    per_hour: int = 5
    per_day: int = 10
    sms_per_day: int = 300


@dataclass(frozen=True, slots=True)
class OtpFacts:
    """What is stored of a code; ``tries`` counts this one too."""

    sent_at: datetime
    tries: int
    used_at: datetime | None
    replaced_at: datetime | None


def digits(text: str) -> str:
    """Return the six digits typed, spaces dropped; raise `Malformed` ``otp_digits``. Costs no try."""
    kept = re.sub(r"\s", "", text[:32])
    if not _DIGITS.fullmatch(kept):
        raise Malformed("otp_digits")
    return kept


def check(facts: OtpFacts, *, right: bool, now: datetime, limits: OtpLimits) -> None:
    """Return when the code opens.

    Raises
    ------
    Refused
        ``otp_used``, ``otp_replaced``, ``otp_expired``, ``otp_tries`` or ``otp_wrong`` (fact ``left``: tries left).
    """
    if facts.used_at is not None:
        raise Refused("otp_used")
    if facts.replaced_at is not None:
        raise Refused("otp_replaced")
    if now >= facts.sent_at + limits.life:
        raise Refused("otp_expired")
    if facts.tries > limits.tries:
        raise Refused("otp_tries")
    if not right:
        raise Refused("otp_wrong", left=limits.tries - facts.tries)


def check_sending(sends: list[datetime], now: datetime, limits: OtpLimits) -> None:
    """Raise `TryLater` ``otp_pause``, ``otp_hour`` or ``otp_day`` when another code may not be sent yet."""
    day = [at for at in sends if now - at < timedelta(days=1)]
    hour = [at for at in day if now - at < timedelta(hours=1)]
    if day and now - day[-1] < limits.pause:
        raise TryLater("otp_pause", retry_after_s=_seconds(day[-1] + limits.pause - now))
    if len(hour) >= limits.per_hour:
        raise TryLater("otp_hour", retry_after_s=_seconds(hour[0] + timedelta(hours=1) - now))
    if len(day) >= limits.per_day:
        raise TryLater("otp_day", retry_after_s=_seconds(day[0] + timedelta(days=1) - now))


def check_sms(sent: int, now: datetime, limits: OtpLimits) -> None:
    """Raise `TryLater` ``sms_day`` when the appliance has sent its messages of the day; mail still leaves (R-I)."""
    if sent >= limits.sms_per_day:
        end = end_of_day(now.astimezone(PARIS).date())
        raise TryLater("sms_day", retry_after_s=_seconds(end - now))


def today(now: datetime) -> datetime:
    """Return the first instant of the day in Paris."""
    return end_of_day(now.astimezone(PARIS).date() - timedelta(days=1))


def _seconds(left: timedelta) -> int:
    return max(1, round(left.total_seconds()))

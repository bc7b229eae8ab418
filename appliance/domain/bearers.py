"""What opens DICOMweb without a session: tokens that a session makes for one share, and keys of machines (P009)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from appliance.domain.errors import Malformed

TOKEN_LIFE = timedelta(minutes=30)
MOST_TOKENS = 16
"""Living ones of a session: one more ends the oldest."""
KEY_DAYS = 365
MOST_KEY_DAYS = 5 * 365
TOKEN_PREFIX, KEY_PREFIX = "ngt_", "ngk_"
"""By which a leaked one is recognised, by people and by tools that look for secrets."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Kind(StrEnum):
    """What a bearer is."""

    TOKEN = "token"
    KEY = "key"


class Right(StrEnum):
    """What a key is for."""

    READ = "read"
    DEPOSIT = "deposit"


@dataclass(frozen=True, slots=True)
class Rate:
    """How often somebody may ask: ``burst`` at once, then ``per_s``."""

    burst: float
    per_s: float


READING = Rate(burst=2000, per_s=50)
"""A viewer that opens a large exam is not held up; one that never stops is."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What is left of a burst, as it stood at an instant."""

    left: float
    at: datetime


def spend(pace: Pace | None, now: datetime, rate: Rate = READING) -> tuple[Pace, float]:
    """Return the pace after one request, and the seconds to wait when it is one too many (0: it passes)."""
    left = rate.burst if pace is None else min(rate.burst, pace.left + (now - pace.at).total_seconds() * rate.per_s)
    if left < 1:
        return Pace(left, now), (1 - left) / rate.per_s
    return Pace(left - 1, now), 0.0


def key_name(text: str) -> str:
    """Return the name of a key; raise `Malformed` ``key_name``."""
    if not _NAME.fullmatch(text):
        raise Malformed("key_name")
    return text


def rights_of(texts: Iterable[str]) -> frozenset[Right]:
    """Return rights; raise `Malformed` ``key_rights`` when there are none or one is not known."""
    try:
        found = frozenset(Right(text) for text in texts)
    except ValueError as exc:
        raise Malformed("key_rights") from exc
    if not found:
        raise Malformed("key_rights")
    return found


def key_until(days: int | None, now: datetime) -> datetime:
    """Return the end of a new key; raise `Malformed` ``days`` outside 1 to `MOST_KEY_DAYS`."""
    wanted = KEY_DAYS if days is None else days
    if not 1 <= wanted <= MOST_KEY_DAYS:
        raise Malformed("days")
    return now + timedelta(days=wanted)

"""Limits on bulk access (R-I): exams that one account opens in an hour, or downloads in a day.

An exam counts once in the window, whatever the number of sessions, tokens and tries. Beyond the first limit an
administrator is told; beyond the second no further exam is opened or downloaded until the window has passed. What
was counted already stays open: nobody loses the exam that he reads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from appliance.domain.errors import TryLater
from appliance.domain.lockout import DAY, HOUR


class Way(StrEnum):
    """What is counted."""

    OPENED = "opened"
    DOWNLOADED = "downloaded"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many exams within ``window`` are told to nobody (``alarm``), and no more than ``pause`` are let through."""

    window: timedelta
    alarm: int
    pause: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Settings of the hospital, with the defaults of R-I."""

    exams_alarm_per_hour: int = 60
    exams_pause_per_hour: int = 180
    downloads_alarm_per_day: int = 20
    downloads_pause_per_day: int = 60

    def of(self, way: Way) -> Limit:
        """Return the limit of what is counted."""
        if way is Way.OPENED:
            return Limit(HOUR, self.exams_alarm_per_hour, self.exams_pause_per_hour)
        return Limit(DAY, self.downloads_alarm_per_day, self.downloads_pause_per_day)


DEFAULTS = Limits()


def check(way: Way, counted: Sequence[datetime], more: int, now: datetime, limits: Limits) -> None:
    """Raise `TryLater` ``exams_hour`` or ``downloads_day`` while ``more`` exams may not be added to those counted.

    Parameters
    ----------
    counted
        When exams of the account were counted, oldest first; those before the window do not matter.
    """
    limit = limits.of(way)
    recent = within(counted, now, limit.window)
    excess = len(recent) + more - limit.pause
    if excess <= 0:
        return
    last = recent[min(excess, len(recent)) - 1] if recent else now
    wait_s = max(1, round((last + limit.window - now).total_seconds()))
    if way is Way.OPENED:
        raise TryLater("exams_hour", retry_after_s=wait_s)
    raise TryLater("downloads_day", retry_after_s=wait_s)


def is_told(way: Way, exams: int, limits: Limits) -> bool:
    """Whether so many exams within the window are told to the administrator."""
    return exams > limits.of(way).alarm


def within(times: Sequence[datetime], now: datetime, window: timedelta) -> list[datetime]:
    """Return the instants whose window has not passed."""
    return [at for at in times if now - at < window]

"""How long what was written about people stays (R-J). Months are those of the calendar, in UTC.

Images have rules of their own (`domain.retention`): they are a cache and come again, this does not.
"""

from calendar import monthrange
from datetime import datetime, timedelta

RECORD_MONTHS = 24
"""Codes and grants after their end, reports after the last use of their exam."""


def months_after(at: datetime, months: int) -> datetime:
    """Return the same day and time so many months later; where that day does not exist, the 1st after it, at midnight.

    Never decreases when ``at`` grows, so that what began later never goes earlier.
    """
    year, month = _month(at, months)
    if at.day <= monthrange(year, month)[1]:
        return at.replace(year=year, month=month)
    year, month = _month(at, months + 1)
    return _first(at, year, month)


def begun_by(now: datetime, months: int) -> datetime:
    """Return the latest instant whose time is over: ``at <= begun_by(now, m)`` is ``months_after(at, m) <= now``."""
    year, month = _month(now, -months)
    if now.day <= monthrange(year, month)[1]:
        return now.replace(year=year, month=month)
    year, month = _month(now, 1 - months)
    return _first(now, year, month) - timedelta(microseconds=1)


def _month(at: datetime, months: int) -> tuple[int, int]:
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    return year, month + 1


def _first(at: datetime, year: int, month: int) -> datetime:
    return at.replace(year=year, month=month, day=1, hour=0, minute=0, second=0, microsecond=0)

"""How long what was written about people stays (R-J). Months are those of the calendar, in UTC.

Images have rules of their own (`domain.retention`): they are a cache and come again, this does not.

An account without a log-in::

    kept --24 months less 30 days--> mail --sent, and 30 days, and 24 months--> purged
    mail --given up--> mail again after a week;  any --log-in--> kept
    no address that takes mail: never purged, and told
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

RECORD_MONTHS = 24
"""Codes and grants after their end, reports after the last use of their exam, accounts."""

NOTICE = timedelta(days=30)
"""Between the mail that says that an account will go and its going."""
MAIL_AGAIN = timedelta(days=7)
"""After a mail that could not be sent."""


@dataclass(frozen=True, slots=True)
class Idle:
    """An account as the rule sees it: ``seen_at`` is its last log-in, or its making before any.

    ``mailed_at``: when the last mail about it was written; ``sent_at``: when that one left; ``failed``: it never will.
    """

    seen_at: datetime
    reachable: bool
    mailed_at: datetime | None = None
    sent_at: datetime | None = None
    failed: bool = False


class Step(StrEnum):
    """What is due for an account."""

    KEEP = "keep"
    MAIL = "mail"
    WAIT = "wait"
    UNREACHABLE = "unreachable"
    PURGE = "purge"


def step(idle: Idle, now: datetime) -> Step:
    """Return what is due: never a purge without a mail that left after the last log-in and 30 days before.

    A mail dated in the future was written by a clock that went back since: it counts as none.
    """
    if now < goes_at(idle.seen_at) - NOTICE:
        return Step.KEEP
    if not idle.reachable:
        return Step.UNREACHABLE
    if idle.mailed_at is None or not idle.seen_at < idle.mailed_at <= now:
        return Step.MAIL
    if idle.sent_at is not None and idle.sent_at <= now:
        return Step.PURGE if now >= max(goes_at(idle.seen_at), idle.sent_at + NOTICE) else Step.WAIT
    return Step.MAIL if idle.failed and now >= idle.mailed_at + MAIL_AGAIN else Step.WAIT


def goes_at(seen_at: datetime) -> datetime:
    """Return when an account goes at the earliest."""
    return months_after(seen_at, RECORD_MONTHS)


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

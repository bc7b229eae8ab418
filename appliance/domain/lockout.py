"""Limits on guessing (R-I): pure functions over the instants of past failures.

Nothing here lets anybody lock a chosen victim out for good: pauses are short, by account *and* network where a password
is guessed, and the card is never suspended.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from appliance.domain.errors import TryLater
from appliance.domain.sharing import PARIS, end_of_day

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
CODE_MEMORY = timedelta(hours=26)
"""How far back failures with codes matter: a day in Paris has 25 hours once a year, and a burst may begin before it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Settings of the hospital, with the defaults of R-I."""

    code_per_hour: int = 10
    code_pause: timedelta = timedelta(minutes=15)
    code_per_day: int = 20
    code_address_per_hour: int = 60
    code_alarm_per_hour: int = 200
    password_free: int = 5
    password_most_pause: timedelta = timedelta(minutes=15)
    password_per_hour: int = 50
    password_address: int = 20
    password_network: int = 100
    password_window: timedelta = timedelta(minutes=10)


def check_code(account: Sequence[datetime], address: Sequence[datetime], now: datetime, limits: Limits) -> None:
    """Raise `TryLater` ``code_limit`` or ``code_address`` while no further code may be tried.

    Parameters
    ----------
    account, address
        Failures since `CODE_MEMORY`, oldest first. The day of an account is the day in Paris: it ends at midnight.
    """
    burst = _burst(account)
    if len(_today(account, now)) >= limits.code_per_day:
        raise _later("code_limit", end_of_day(now.astimezone(PARIS).date()), now)
    if len(burst) >= limits.code_per_hour and now < burst[-1] + limits.code_pause:
        raise _later("code_limit", burst[-1] + limits.code_pause, now)
    near = _within(address, now, HOUR)
    if len(near) >= limits.code_address_per_hour:
        raise _later("code_address", near[-limits.code_address_per_hour] + HOUR, now)


def code_tries_left(account: Sequence[datetime], now: datetime, limits: Limits) -> int:
    """Return how many tries are left before a pause: of this hour or of this day, whichever is less."""
    hour = limits.code_per_hour - len(_within(account, now, HOUR))
    return max(0, min(hour, limits.code_per_day - len(_today(account, now))))


def check_password(
    pair: Sequence[datetime],
    account: Sequence[datetime],
    now: datetime,
    limits: Limits,
) -> None:
    """Raise `TryLater` ``password_limit`` while no password of the account may be tried; see also `check_source`.

    Parameters
    ----------
    pair, account
        Failures of the account from this network, of the account from anywhere; oldest first.
    """
    recent = _within(pair, now, DAY)
    if len(recent) >= limits.password_free:
        minutes = 2 ** min(len(recent) - limits.password_free, 10)
        end = recent[-1] + min(timedelta(minutes=minutes), limits.password_most_pause)
        if now < end:
            raise _later("password_limit", end, now)
    hour = _within(account, now, HOUR)
    if len(hour) >= limits.password_per_hour:
        raise _later("password_limit", hour[-limits.password_per_hour] + HOUR, now)


def check_source(
    address: Sequence[datetime], near: Sequence[datetime], now: datetime, limits: Limits
) -> None:
    """Raise `TryLater` ``password_address`` while nothing of a log-in is taken from there.

    Parameters
    ----------
    address, near
        Failures from the address, from its whole network; oldest first.
    """
    for failures, most in ((address, limits.password_address), (near, limits.password_network)):
        recent = _within(failures, now, limits.password_window)
        if len(recent) >= most:
            raise _later("password_address", recent[-most] + limits.password_window, now)


def network(address: str) -> str:
    """Return the network that shares a fate: /24 of IPv4, /64 of IPv6; the text itself when it is no address."""
    parsed = _parsed(address)
    if parsed is None:
        return address[:64]
    return _prefix(parsed, 24 if parsed.version == 4 else 64)


def address_key(address: str) -> str:
    """Return what counts as one address: an IPv4 address itself, the /64 of an IPv6 one (one line has a whole /64)."""
    parsed = _parsed(address)
    if parsed is None:
        return address[:64]
    return str(parsed) if parsed.version == 4 else _prefix(parsed, 64)


def network_key(address: str) -> str:
    """Return what counts as one network; never the same text as the address of `address_key`."""
    return f"net:{network(address)}"


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return mapped or parsed


def _prefix(parsed: ipaddress.IPv4Address | ipaddress.IPv6Address, bits: int) -> str:
    return str(ipaddress.ip_network(f"{parsed}/{bits}", strict=False))


def _today(times: Sequence[datetime], now: datetime) -> list[datetime]:
    today = now.astimezone(PARIS).date()
    return [at for at in times if at.astimezone(PARIS).date() == today]


def _burst(times: Sequence[datetime]) -> list[datetime]:
    """Return the failures of the hour before the last one: the pause must not shorten while the first ones age."""
    return _within(times, times[-1], HOUR) if times else []


def _within(times: Sequence[datetime], now: datetime, window: timedelta) -> list[datetime]:
    return [at for at in times if now - at < window]


def _later(cause: str, end: datetime, now: datetime) -> TryLater:
    return TryLater(cause, retry_after_s=max(1, round((end - now).total_seconds())))

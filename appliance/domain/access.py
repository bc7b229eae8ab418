"""May this requester see this study now? One pure function over a requester and his grants, on every route.

The requester is a person in a context (R-K), not a session: another way of asking (an assertion of DRIMbox, a token of
Pro Santé Connect) makes a `Context` of its own and is judged by the same rule. Named tuples, being made at each frame.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from appliance.domain.sign_in import Level, Means, level_of

IDLE = timedelta(minutes=15)


class Purpose(StrEnum):
    """Why somebody asks."""

    CARE = "care"


class Context(NamedTuple):
    """Who asks: holder of grants, person, profession (TRE_G15), structure, how he proved it, why; good ``until``."""

    holder: int
    national_id: str
    profession: str
    structure: str
    means: Means
    level: Level
    purpose: Purpose
    until: datetime
    reads: bool = True
    deposits: bool = False


class SessionFacts(NamedTuple):
    """A session of a physician and the account behind it, as stored."""

    account_id: int
    national_id: str
    profession: str
    organisation: str
    means: Means
    gesture_at: datetime
    until: datetime
    ended_at: datetime | None
    disabled_at: datetime | None


class TokenFacts(NamedTuple):
    """A token that a session made for one share, the session and the account behind it."""

    account_id: int
    national_id: str
    profession: str
    organisation: str
    until: datetime
    ended_at: datetime | None
    session_until: datetime
    session_ended_at: datetime | None
    disabled_at: datetime | None


class KeyFacts(NamedTuple):
    """A key of a machine; it holds shares, no account does."""

    key_id: int
    name: str
    reads: bool
    deposits: bool
    until: datetime
    revoked_at: datetime | None


Caller = SessionFacts | TokenFacts | KeyFacts


class Grant(NamedTuple):
    """One grant for the study, with what may close it."""

    holder: int
    granted_from: datetime
    granted_to: datetime | None
    share_from: datetime | None
    share_until: datetime | None
    share_revoked_at: datetime | None
    share_blocked: str
    study_withdrawn_at: datetime | None
    identity_alarm: str
    share_downloads: bool = False


def context_of(caller: Caller, idle: timedelta = IDLE) -> Context:
    """Return who asks, and until when.

    With a session: until its end, or ``idle`` after the last gesture, or somebody ended it. With a token: until its
    own end or that of its session, whose idleness does not count, for whoever reads elsewhere makes no gesture here.
    """
    if isinstance(caller, SessionFacts):
        return _of_session(caller, idle)
    return _of_token(caller) if isinstance(caller, TokenFacts) else _of_key(caller)


def key_holder(key_id: int) -> int:
    """Return the holder of grants that stands for a key: never the number of an account."""
    return -key_id


def _of_session(session: SessionFacts, idle: timedelta) -> Context:
    ends = _first(min(session.until, session.gesture_at + idle), session.ended_at, session.disabled_at)
    return Context(
        session.account_id,
        session.national_id,
        session.profession,
        session.organisation,
        session.means,
        level_of(session.means),
        Purpose.CARE,
        ends,
    )


def _of_token(token: TokenFacts) -> Context:
    ends = _first(
        min(token.until, token.session_until), token.ended_at, token.session_ended_at, token.disabled_at
    )
    return Context(
        token.account_id,
        token.national_id,
        token.profession,
        token.organisation,
        Means.TOKEN,
        level_of(Means.TOKEN),
        Purpose.CARE,
        ends,
    )


def _of_key(key: KeyFacts) -> Context:
    ends = _first(key.until, key.revoked_at)
    return Context(
        key_holder(key.key_id), "", "", key.name, Means.KEY, level_of(Means.KEY), Purpose.CARE, ends, key.reads,
        key.deposits,
    )  # fmt: skip


def _first(end: datetime, *stops: datetime | None) -> datetime:
    return min([end, *(stop for stop in stops if stop is not None)])


def may_see(context: Context | None, grants: Iterable[Grant], now: datetime) -> bool:
    """Whether any one grant of the requester opens the study at ``now``; nobody and nothing mean no."""
    if context is None or not context.reads or now >= context.until:
        return False
    return any(_opens(grant, context, now) for grant in grants)


def may_deposit(context: Context | None, now: datetime) -> bool:
    """Whether the requester may hand objects in at ``now``: a key made for that, and nobody else."""
    return context is not None and context.deposits and now < context.until


def may_take(context: Context | None, grants: Iterable[Grant], now: datetime) -> bool:
    """Whether any one grant that opens the study at ``now`` also lets its files be taken away, whole."""
    return may_see(context, (grant for grant in grants if grant.share_downloads), now)


def is_direct(grant: Grant) -> bool:
    """Whether the grant was given to somebody named, without a code."""
    return grant.share_from is None


def _opens(grant: Grant, context: Context, now: datetime) -> bool:
    return (
        grant.holder == context.holder
        and grant.study_withdrawn_at is None
        and not grant.identity_alarm
        and _granted(grant, now)
    )


def _granted(grant: Grant, now: datetime) -> bool:
    if not grant.granted_from <= now or (grant.granted_to is not None and now >= grant.granted_to):
        return False
    if grant.share_from is None or grant.share_until is None:
        return grant.granted_to is not None  # a grant without a share must carry its own end
    blocked = grant.share_revoked_at is not None or grant.share_blocked == "identity"
    return not blocked and grant.share_from <= now < grant.share_until

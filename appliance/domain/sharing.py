"""The life of a share (R-D): facts stored, state derived, who may redeem, until when.

::

    (none) --issue--> valid | not_yet_valid --expires_at--> expired --extend (<= 90 d)--> valid
    any but revoked --revoke--> revoked (final);  live --10 failures in 24 h--> blocked(attempts) --unblock--> valid
    live --identity alarm--> blocked(identity): nobody has access --unblock by an administrator--> valid
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from appliance.domain.errors import Malformed, Refused
from appliance.domain.identifiers import PersonId, ShareId, StudyUID

PARIS = ZoneInfo("Europe/Paris")
EXTENDABLE_AFTER_EXPIRY = timedelta(days=90)


class ShareState(StrEnum):
    """Label of a share, first that applies in this order (R-D)."""

    REVOKED = "revoked"
    BLOCKED = "blocked"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    VALID = "valid"


class BlockCause(StrEnum):
    """Why a share is blocked: only an identity alarm takes access from those who have it."""

    ATTEMPTS = "attempts"
    IDENTITY = "identity"


class Origin(StrEnum):
    """Where a grant comes from; a code is one origin among others."""

    CODE = "code"
    NOMINATIVE = "nominative"
    RCP = "rcp"
    EMERGENCY = "urgence"
    DEPOSIT = "depot"


class TraitSource(StrEnum):
    """Where a trait of the snapshot comes from (R-A)."""

    PACS = "pacs"
    ADT = "adt"
    INS = "ins"
    DESK = "desk"


@dataclass(frozen=True, slots=True)
class Trait:
    """One accepted first-name list (``given``: tokens joined by a space) or birth date (``birth``: 8 DA digits)."""

    kind: str
    value: str
    source: TraitSource
    truncated: bool = False


class Downloads(StrEnum):
    """What a hospital lets its desk say of a new code: that images may be downloaded never, as asked, or always."""

    NEVER = "never"
    CHOICE = "choice"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class SharePolicy:
    """Settings of the hospital."""

    days: int = 183
    max_days: int = 365
    max_redeemers: int = 10
    failures_to_block: int = 10
    failure_window: timedelta = timedelta(hours=24)
    professions: tuple[str, ...] = ("10", "40", "50")
    downloads: Downloads = Downloads.NEVER


@dataclass(frozen=True, slots=True)
class Share:
    """Facts of a share, never its code."""

    id: ShareId
    person_id: PersonId
    issued_at: datetime
    issued_by: str
    not_before: datetime
    expires_at: datetime
    comment: str = ""
    facility: str = ""
    blocked_at: datetime | None = None
    blocked_cause: BlockCause | None = None
    revoked_at: datetime | None = None
    revoked_cause: str = ""
    max_redeemers: int = 10
    redeemers: int = 0
    downloads: bool = False
    studies: tuple[StudyUID, ...] = field(default=())
    traits: tuple[Trait, ...] = field(default=())


def state(share: Share, now: datetime) -> ShareState:
    """Return the label of the share at ``now``."""
    if share.revoked_at is not None:
        return ShareState.REVOKED
    if share.blocked_at is not None:
        return ShareState.BLOCKED
    if now >= share.expires_at:
        return ShareState.EXPIRED
    return ShareState.NOT_YET_VALID if now < share.not_before else ShareState.VALID


def gives_access(share: Share, now: datetime) -> bool:
    """Whether those who already hold a grant of this share see its exams at ``now``.

    A block for attempts stops new redeemers only: anybody could cut a colleague off otherwise.
    """
    if share.blocked_cause is BlockCause.IDENTITY or share.revoked_at is not None:
        return False
    return share.not_before <= now < share.expires_at


def end_of_day(day: date) -> datetime:
    """Return the first instant after 23:59:59 Europe/Paris of the printed day, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(0), PARIS).astimezone(UTC)


def printed_day(expires_at: datetime) -> date:
    """Return the last day, in Paris, on which the code works."""
    return (expires_at - timedelta(microseconds=1)).astimezone(PARIS).date()


def expiry(now: datetime, days: int, policy: SharePolicy) -> datetime:
    """Return when a share issued at ``now`` for ``days`` ends; raise `Malformed` ``days`` outside 1..max."""
    if not 1 <= days <= policy.max_days:
        raise Malformed("days", most=policy.max_days)
    return end_of_day(now.astimezone(PARIS).date() + timedelta(days=days))


def lets_download(policy: SharePolicy, *, asked: bool) -> bool:
    """Whether a share issued now lets its images be downloaded; raise `Refused` ``downloads_never`` if it never may."""
    if asked and policy.downloads is Downloads.NEVER:
        raise Refused("downloads_never")
    return asked or policy.downloads is Downloads.ALWAYS


def extended(share: Share, days: int, now: datetime, policy: SharePolicy) -> datetime:
    """Return the new end of a share extended by ``days`` from today or from its end, whichever is later.

    Raises
    ------
    Refused
        ``revoked``, ``blocked``, ``expired_too_long`` or ``life_too_long``.
    """
    label = state(share, now)
    if label in (ShareState.REVOKED, ShareState.BLOCKED):
        raise Refused(label)
    if now >= share.expires_at + EXTENDABLE_AFTER_EXPIRY:
        raise Refused("expired_too_long")
    if days < 1:
        raise Malformed("days", most=policy.max_days)
    start = max(printed_day(share.expires_at), now.astimezone(PARIS).date())
    end = end_of_day(start + timedelta(days=days))
    if end > end_of_day(share.issued_at.astimezone(PARIS).date() + timedelta(days=policy.max_days)):
        raise Refused("life_too_long", most=policy.max_days)
    return end


def check_redeemable(share: Share, *, holder: bool, profession: str, policy: SharePolicy, now: datetime) -> None:
    """Raise `Refused` with the cause when this account may not take the share; the traits already match."""
    label = state(share, now)
    if label is not ShareState.VALID and not (holder and gives_access(share, now)):
        when = {
            ShareState.EXPIRED: share.expires_at,
            ShareState.REVOKED: share.revoked_at,
            ShareState.NOT_YET_VALID: share.not_before,
        }.get(label, share.blocked_at)
        raise Refused(label, at=when)
    if holder:
        return
    if profession not in policy.professions:
        raise Refused("profession")
    if share.redeemers >= share.max_redeemers:
        raise Refused("too_many_redeemers")


def should_block(failures: Sequence[datetime], now: datetime, policy: SharePolicy) -> bool:
    """Whether these well-formed failed tries block the share (R-D: 10 in 24 h over all accounts)."""
    return sum(now - at < policy.failure_window for at in failures) >= policy.failures_to_block

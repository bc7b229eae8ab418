"""Deposits sent to a PACS: where each object stands, what a report of Storage Commitment proves, how long one waits.

::

    waiting --C-STORE answered--> sent --report, or named by C-FIND--> proven
       |  refused, syntax not taken    |  report denies it, not named
       v                               v
     failed                          failed

A commitment (PS3.4 Annex J) is *open* from just before it is asked until its report, its refusal, or `REPORT_LIFE`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from appliance.domain.errors import TryLater
from appliance.domain.identifiers import SopUID

REPORT_LIFE = timedelta(hours=48)
"""Archives commit after their nightly copy; what has not been reported then is looked for by C-FIND."""
FOLDER = "sent"
"""Where objects lie that were made here to be sent."""
MOST_HOURLY = 20
"""Of one physician: who changes a mark sends again."""
HOUR = timedelta(hours=1)
MOST_OBJECTS = 500
"""Of one commitment; more are asked for in pieces."""


class ObjectState(StrEnum):
    """Where one object of a sending stands."""

    WAITING = "waiting"
    SENT = "sent"
    PROVEN = "proven"
    FAILED = "failed"


class Standing(StrEnum):
    """Where a sending stands."""

    SENDING = "sending"
    AWAITING = "awaiting"
    PROVEN = "proven"
    PARTLY = "partly"
    FAILED = "failed"


class Proof(StrEnum):
    """How the arrival of an object was proven."""

    COMMITMENT = "commitment"
    FIND = "find"


class Ending(StrEnum):
    """How a commitment ended."""

    REPORTED = "reported"
    REFUSED = "refused"
    """The node does not take the request: it is as one that does not offer the service."""
    LAPSED = "lapsed"


class Verdict(StrEnum):
    """What a report is to us."""

    TAKEN = "taken"
    UNKNOWN = "unknown"
    """Nobody asked for it, or it was asked of another node: they look alike."""
    DUPLICATE = "duplicate"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Commitment:
    """A Storage Commitment asked, or about to be: ``accepted_at`` once the node took the request."""

    uid: str
    sending: int
    node: str
    objects: tuple[SopUID, ...]
    asked_at: datetime
    accepted_at: datetime | None = None
    ended_at: datetime | None = None
    ending: Ending | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What an N-EVENT-REPORT says: classes of the instances that are safe, (0008,1197) of those that are not."""

    transaction: str
    safe: Mapping[str, str] = field(default_factory=dict)
    failed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one object. ``detail`` is a transfer syntax, a SOP class or a status in hexadecimal."""

    sop_uid: SopUID
    state: ObjectState
    cause: str = ""
    detail: str = ""


def standing(counts: Mapping[ObjectState, int]) -> Standing:
    """Return where a sending stands by the number of its objects in each state."""
    if counts.get(ObjectState.WAITING):
        return Standing.SENDING
    if counts.get(ObjectState.SENT):
        return Standing.AWAITING
    if not counts.get(ObjectState.FAILED):
        return Standing.PROVEN
    return Standing.PARTLY if counts.get(ObjectState.PROVEN) else Standing.FAILED


def check_pace(asked: Sequence[datetime], now: datetime) -> None:
    """Raise `TryLater` ``measures_hour``; `asked` are the sendings of a physician within `HOUR`, oldest first."""
    if len(asked) >= MOST_HOURLY:
        raise TryLater("measures_hour", retry_after_s=max(1, round((asked[-MOST_HOURLY] + HOUR - now).total_seconds())))


def is_to_repeat(stands: Standing) -> bool:
    """Whether the same objects may be asked for again: else they were sent, or are being sent."""
    return stands in (Standing.PARTLY, Standing.FAILED)


def judged(commitment: Commitment | None, node: str, now: datetime) -> Verdict:
    """Return whether a report counts: of a commitment that is open, from the node that was asked."""
    if commitment is None or commitment.node != node:
        return Verdict.UNKNOWN
    if commitment.ending is Ending.REPORTED:
        return Verdict.DUPLICATE
    return Verdict.LATE if commitment.ended_at is not None or lapsed(commitment, now) else Verdict.TAKEN


def lapsed(commitment: Commitment, now: datetime) -> bool:
    """Whether its report is no longer waited for."""
    return now - commitment.asked_at >= REPORT_LIFE


def outcomes(report: Report, classes: Mapping[SopUID, str]) -> Sequence[Outcome]:
    """Return what a report makes of the objects asked about, given with their SOP classes.

    Only what is named as safe, under its class and not also as failed, is proven; silence proves nothing.
    """
    return [_outcome(report, uid, sop_class) for uid, sop_class in classes.items()]


def _outcome(report: Report, uid: SopUID, sop_class: str) -> Outcome:
    if uid not in report.failed and report.safe.get(uid) == sop_class:
        return Outcome(uid, ObjectState.PROVEN)
    reason = report.failed.get(uid)
    return Outcome(uid, ObjectState.FAILED, "not_committed", "" if reason is None else f"{reason:04X}")


def to_find(left: Sequence[SopUID], commitments: Sequence[Commitment]) -> Sequence[SopUID]:
    """Return those of the objects that no commitment will prove any more: refused, or never reported."""
    given_up = {uid for one in commitments if one.ending in (Ending.REFUSED, Ending.LAPSED) for uid in one.objects}
    return [uid for uid in left if uid in given_up]


def to_ask(left: Sequence[SopUID], commitments: Sequence[Commitment]) -> Sequence[SopUID]:
    """Return those that a commitment is to be asked for: none was, or nobody knows whether the node heard it."""
    seen = {uid for one in commitments if one.accepted_at or one.ended_at for uid in one.objects}
    return [uid for uid in left if uid not in seen]

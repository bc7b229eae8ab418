"""What a physician reads beside an exam (R-E): the first state that applies."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MOST_TOGETHER = 8
"""Exams in one viewer: each of its films streams, and a reader compares a few."""
HIDDEN_INSTANCES = frozenset({"rejected", "purged"})
"""States of instances that nobody sees: taken back, or known without their pixels."""


class ExamState(StrEnum):
    """States, in the order in which they apply."""

    WITHDRAWN = "withdrawn"
    IDENTITY = "identity"
    EMBARGOED = "embargoed"
    UNREACHABLE = "unreachable"
    REQUESTED = "requested"
    PREPARING = "preparing"
    INCOMPLETE = "incomplete"
    UNDISPLAYABLE = "undisplayable"
    UNKNOWN = "unknown"
    AVAILABLE = "available"


@dataclass(frozen=True, slots=True)
class ExamFacts:
    """Counts are of current instances; ``complete`` None: the PACS cannot say."""

    received: int
    ready: int
    undisplayable: int
    expected: int | None
    complete: bool | None
    requested: bool
    unreachable_since: datetime | None
    withdrawn: bool
    identity_alarm: bool
    embargoed: bool = False
    failure: str = ""
    """Why the last try to bring it failed (a cause of its job), empty while nothing failed."""
    pulling: bool = False
    """It is being brought at this moment."""


def state(facts: ExamFacts) -> ExamState:
    """Return the first state that applies; an exam already whole stays available while its PACS is away."""
    if facts.withdrawn:
        return ExamState.WITHDRAWN
    if facts.identity_alarm:
        return ExamState.IDENTITY
    if facts.embargoed:
        return ExamState.EMBARGOED
    if facts.received == 0:
        return ExamState.UNREACHABLE if facts.unreachable_since or facts.failure else ExamState.REQUESTED
    if facts.ready + facts.undisplayable < facts.received or _arriving(facts):
        return ExamState.PREPARING
    broken = facts.requested and facts.complete is None and facts.unreachable_since is not None
    if facts.complete is False or broken:
        return ExamState.INCOMPLETE
    if facts.ready == 0:
        return ExamState.UNDISPLAYABLE
    return ExamState.UNKNOWN if facts.complete is None else ExamState.AVAILABLE


def opens(label: ExamState) -> bool:
    """Whether there is something to look at."""
    return label in (
        ExamState.AVAILABLE,
        ExamState.UNKNOWN,
        ExamState.INCOMPLETE,
        ExamState.PREPARING,
        ExamState.UNDISPLAYABLE,
    )


def _arriving(facts: ExamFacts) -> bool:
    """Whether more is on its way: not while its PACS has fallen silent over it, which is told as incomplete."""
    if facts.complete is not None or facts.unreachable_since is not None:
        return False
    short = facts.expected is not None and facts.received < facts.expected
    return facts.pulling or (facts.requested and short)

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
    if facts.complete is False:
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
    return facts.requested and facts.complete is None and facts.expected is not None and facts.received < facts.expected

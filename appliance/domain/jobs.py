"""Work for another process: kinds, states, order, back-off. The table is the truth."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class JobKind(StrEnum):
    """What a job does: the bridge's, but `PSC`, a look at Pro Santé Connect, which is the courier's."""

    ECHO = "echo"
    FIND = "find"
    DOCTOR = "doctor"
    PULL = "pull"
    REASK = "reask"
    PREPARE = "prepare"
    RENDER = "render"
    REPLAY = "replay"
    DEPOSIT = "deposit"
    SEND = "send"
    PROVE = "prove"
    PSC = "psc"


class JobState(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"
    CANCELLED = "cancelled"


class Priority:
    """A person waiting comes first, what was promised next, the rest after."""

    WAITED_FOR = 100
    ISSUED = 50
    ARRIVED = 40
    BACKGROUND = 0


@dataclass(frozen=True, slots=True)
class Job:
    """A job as its holder sees it. ``attempts`` is the fencing token of the lease."""

    id: int
    kind: JobKind
    subject: str
    payload: Mapping[str, Any]
    state: JobState
    attempts: int
    max_attempts: int
    created: datetime
    due: datetime
    done: int = 0
    total: int = 0
    error: str = ""
    result: Mapping[str, Any] | None = None
    deadline: datetime | None = None
    holder: str = ""


def backoff_s(attempts: int, chance: float) -> float:
    """Return the seconds to wait after that many attempts; ``chance`` in [0, 1) spreads the peers out."""
    return min(600.0, 0.5 * float(2 ** min(attempts, 12))) * (0.5 + chance)

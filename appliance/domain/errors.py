"""What stops an action, by what the caller can do about it. Edges turn these into words and statuses."""

from datetime import datetime
from typing import TypeAlias

Fact: TypeAlias = str | int | float | bool | datetime | None


class Fault(Exception):
    """An action that stops.

    Parameters
    ----------
    cause
        Stable word of the domain, e.g. ``code_slip``; edges own the sentence.
    **facts
        What a sentence needs (dates, counts, a reference). Never patient data, never a secret.
    """

    def __init__(self, cause: str, **facts: Fact) -> None:
        super().__init__(cause)
        self.cause = cause
        self.facts = facts


class Malformed(Fault):
    """The input cannot be understood; the caller corrects it."""


class Refused(Fault):
    """Understood, and not allowed; the cause is in the journal."""


class TryLater(Fault):
    """Not now; ``retry_after_s`` says when."""


class Unavailable(Fault):
    """Something this action needs does not answer."""

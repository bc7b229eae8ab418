"""What was written about people and whose time is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from appliance.domain.forgetting import Idle
from appliance.domain.identifiers import AccountId


@dataclass(frozen=True, slots=True)
class ForgottenShares:
    """How many shares were forgotten, and with them how many grants and redeemers."""

    shares: int = 0
    grants: int = 0
    redeemers: int = 0


@dataclass(frozen=True, slots=True)
class ForgottenReport:
    """A version that nobody sees any more, with the objects that no other version has; empty keys are no objects."""

    id: int
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IdleAccount:
    """An account that nobody used for long."""

    id: AccountId
    email: str
    idle: Idle


class Forgetting(Protocol):
    """Forgets what ended at ``before`` or earlier, the longest ended first, ``limit`` at a time."""

    def due(self, before: datetime) -> tuple[int, int, int]:
        """Return how many shares, grants and promises, and reports that is."""
        ...

    def shares(self, before: datetime, now: datetime, limit: int) -> ForgottenShares:
        """Keep of shares the hash of the code, dates and counts; what hung on them goes."""
        ...

    def grants(self, before: datetime) -> int:
        """Forget grants without a share, and promises; return how many."""
        ...

    def reports(self, before: datetime, limit: int) -> int:
        """Hide the versions of reports that came before and whose exams nobody held since; return how many."""
        ...

    def hidden_reports(self, limit: int) -> Sequence[ForgottenReport]: ...
    def drop_reports(self, ids: Sequence[int]) -> None:
        """Their objects are gone."""
        ...

    def idle(self, before: datetime, after: AccountId, limit: int) -> Sequence[IdleAccount]:
        """Return accounts last used at ``before`` or earlier, by id."""
        ...

    def still_idle(self, account_id: AccountId) -> IdleAccount | None:
        """Return one of them, inside the transaction that writes."""
        ...

    def mailed(self, account_id: AccountId, message: int) -> None:
        """Remember which message of the outbox told its owner."""
        ...

    def account(self, account_id: AccountId, at: datetime) -> None:
        """Erase who it was and all that opened it; its number stays, for the journal."""
        ...

"""Deposits, what of them was sent, and the commitments asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from appliance.domain.identifiers import AccountId, SopUID, StudyUID
from appliance.domain.sending import Commitment, Ending, ObjectState, Outcome, Proof
from appliance.usecases.ports.common import Page


@dataclass(frozen=True, slots=True)
class SendableRow:
    """A deposited object as it is stored now."""

    sop_uid: SopUID
    sop_class: str
    transfer_syntax: str
    key: str
    version: int


@dataclass(frozen=True, slots=True)
class SentRow:
    """One object of a sending."""

    sop_uid: SopUID
    sop_class: str
    state: ObjectState
    cause: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SendingRow:
    """A sending, and how many of its objects stand where."""

    id: int
    study_uid: StudyUID
    node: str
    asked_at: datetime
    account_id: int | None = None
    """Of the physician whose measures they are; None of a deposit."""
    counts: Mapping[ObjectState, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DepositRow:
    """What was deposited of a study, last at ``deposited_at``; of that without a proof ``unproven_at``.

    ``proven_at``: the last proof.
    """

    study_uid: StudyUID
    objects: int
    proven: int
    deposited_at: datetime
    unproven_at: datetime | None
    proven_at: datetime | None


class Sendings(Protocol):
    """Deposits and their way to a PACS."""

    def deposited(self, uid: SopUID, study_uid: StudyUID, at: datetime, *, anew: bool) -> None:
        """Note a deposit; ``anew`` when its content is another than the one that may have been proven."""
        ...

    def deposits(self, page: Page, query: str = "") -> tuple[Sequence[DepositRow], int]:
        """Return studies with deposits, the last deposited first."""
        ...

    def deposit(self, uid: StudyUID) -> DepositRow | None: ...
    def unproven(self, uid: StudyUID) -> Sequence[SendableRow]:
        """Return the deposited objects that are here and in no PACS that we know of."""
        ...

    def add(self, study_uid: StudyUID, node: str, objects: Sequence[SendableRow], at: datetime) -> int:
        """Return the number of a new sending."""
        ...

    def add_made(
        self, study_uid: StudyUID, node: str, account: AccountId, objects: Sequence[SendableRow], at: datetime
    ) -> int:
        """Return the number of a new sending of objects that were made here: they are no instances."""
        ...

    def of_account(self, account: AccountId, since: datetime) -> Sequence[SendingRow]:
        """Return what an account asked for since then, oldest first."""
        ...

    def last_of(self, account: AccountId, study_uid: StudyUID) -> SendingRow | None:
        """Return the newest that an account asked for of a study."""
        ...

    def by_id(self, sending: int) -> SendingRow | None: ...
    def listed(self, page: Page, query: str = "") -> tuple[Sequence[SendingRow], int]:
        """Return sendings, newest first."""
        ...

    def objects(self, sending: int, states: Sequence[ObjectState] = ()) -> Sequence[SentRow]: ...
    def files(self, sending: int) -> Sequence[SendableRow]:
        """Return what still waits to be sent and is still here, as it was when the sending was asked for."""
        ...

    def settle(self, sending: int, outcomes: Sequence[Outcome]) -> None: ...
    def prove(self, sending: int, uids: Sequence[SopUID], proof: Proof, at: datetime) -> None:
        """Objects are proven, and so are the deposits that still have the version that was sent."""
        ...

    def ask(self, commitment: Commitment) -> None: ...
    def accepted(self, uid: str, at: datetime) -> None: ...
    def ended(self, uid: str, ending: Ending, at: datetime) -> None: ...
    def commitment(self, uid: str) -> Commitment | None: ...
    def commitments(self, sending: int) -> Sequence[Commitment]: ...

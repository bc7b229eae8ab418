"""What the bridge needs of the house. `appliance.bootstrap` opens one; tests pass fakes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol

from appliance.domain.identifiers import SeriesUID, SopUID, StudyUID
from appliance.domain.jobs import Job, JobKind
from appliance.domain.journal import Actor
from appliance.domain.sending import Outcome as SendingOutcome
from appliance.domain.sending import Report, Verdict
from appliance.usecases.ports import (
    Clock,
    Objects,
    ReceivedFile,
    Secrets,
    SendableRow,
    SendingRow,
    SentRow,
    UnitOfWork,
)
from appliance.usecases.receiving import Outcome


class Receiving(Protocol):
    """The use case of arriving instances."""

    def accept(self, file: ReceivedFile) -> Outcome:
        """Make the row of a durable file; raise a `Fault` when it must not be acknowledged."""
        ...

    def association_ended(self, actor: Actor, counts: dict[str, int], cause: str) -> None:
        """Journal one association."""
        ...

    def prepare(self, series: Iterable[tuple[StudyUID, SeriesUID]], delay_s: float = 0.5) -> None:
        """Ask for the preparation of series."""
        ...

    def resume(self) -> int:
        """Ask for what was never prepared; return how many series."""
        ...


class Queue(Protocol):
    """The job table, from the side of whoever does the work."""

    def ready(self) -> frozenset[JobKind]:
        """Return the kinds of which there is a job to claim."""
        ...

    def claim(self, kinds: Sequence[JobKind], holder: str, least: int = 0) -> Job | None:
        """Return the next job of at least that priority, leased, or None."""
        ...

    def beat(self, job: Job, done: int = 0, total: int = 0) -> bool:
        """Keep the lease; False when the job is no longer ours."""
        ...

    def note(self, job: Job, result: Mapping[str, Any]) -> bool:
        """Show what there is so far of the result; False when the job is no longer ours."""
        ...

    def finish(self, job: Job, result: Mapping[str, Any]) -> bool:
        """Done."""
        ...

    def fail(self, job: Job, error: str) -> bool:
        """Failed this time."""
        ...


class Reasking(Protocol):
    """The use case of exams asked again of their PACS."""

    def judge(self, uid: StudyUID, answer: Mapping[str, Any] | None) -> str:
        """Take the answer about a study (None: the node has it no more); return what changed, or nothing."""
        ...


class Sending(Protocol):
    """The use case of deposits sent to a PACS."""

    def get(self, number: int) -> SendingRow:
        """Return a sending; raise `Refused` ``sending_unknown``."""
        ...

    def waiting(self, number: int) -> Sequence[SendableRow]:
        """Return what is to be sent still."""
        ...

    def settle(self, number: int, outcomes: Sequence[SendingOutcome]) -> None:
        """Write down what became of objects."""
        ...

    def sent(self, number: int) -> SendingRow:
        """End the sending; the proof is asked for."""
        ...

    def to_ask(self, number: int) -> Sequence[SentRow]:
        """Return the objects that a commitment is to be asked for."""
        ...

    def to_find(self, number: int) -> Sequence[SentRow]:
        """Return the objects that no commitment will prove any more."""
        ...

    def asking(self, number: int, objects: Sequence[SopUID]) -> str:
        """Write a commitment down before it is asked; return its Transaction UID."""
        ...

    def answered(self, number: int, uid: str, *, accepted: bool) -> None:
        """Note how the node took the request."""
        ...

    def found(self, number: int, asked: Sequence[SopUID], named: Collection[SopUID], cause: str) -> None:
        """Take what C-FIND named; the others fail with the cause."""
        ...

    def report(self, node: str, report: Report, actor: Actor) -> Verdict:
        """Take a report of a node."""
        ...

    def unreadable(self, transaction: str, actor: Actor) -> None:
        """Journal a report that cannot be understood."""
        ...


class House(Protocol):
    """The use cases and adapters that receiving, asking and retrieving use."""

    @property
    def receiving(self) -> Receiving:
        """The use case of receiving."""
        ...

    @property
    def reasking(self) -> Reasking:
        """The use case of asking again."""
        ...

    @property
    def sending(self) -> Sending:
        """The use case of sending."""
        ...

    @property
    def database(self) -> UnitOfWork:
        """Transactions."""
        ...

    @property
    def objects(self) -> Objects:
        """The object store."""
        ...

    @property
    def clock(self) -> Clock:
        """The time."""
        ...

    @property
    def secrets(self) -> Secrets:
        """What opens the credentials of nodes, and no code."""
        ...

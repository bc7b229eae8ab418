"""Reports: what arrives, what is kept, who read it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from appliance.domain.identifiers import AccountId, StudyUID
from appliance.domain.people import Identifier
from appliance.domain.reports import Place, Relation, Rendering, ReportState, Source, Version
from appliance.usecases.ports.common import Page
from appliance.usecases.ports.messages import Message


@dataclass(frozen=True, slots=True)
class ArrivedReport:
    """A version as its source tells it; its bytes are durable under ``key``, or it has none (``key`` empty).

    Parameters
    ----------
    unique_id
        Identity of the document within the whole house: SOP Instance UID, ``root^extension`` of a CDA, or the sender
        and TXA-12, or the sender and ORC-3 + OBX-4. The same one with other bytes or another state is another version.
    at
        The instant that orders versions: of the message, of the verification, of the content.
    stated_at
        The date that is shown beside the state; ``at`` when it is None.
    set_id
        Where the source names the set of versions itself (CDA ``setId``).
    patients
        Every identifier of the patient that the source gave, the local one first.
    mime
        ``application/dicom`` (SR), ``application/pdf``, ``text/xml`` (CDA), ``text/html``, ``text/plain``.
    study_uid, accession
        What the source says it belongs to; the accession number gives one exam or several.
    """

    unique_id: str
    state: ReportState
    source: Source
    at: datetime
    sha256: bytes = b""
    key: str = ""
    mime: str = ""
    stated_at: datetime | None = None
    sender: str = ""
    set_id: str = ""
    relation: Relation = Relation.ALONE
    parent_id: str = ""
    title: str = ""
    author: str = ""
    author_facility: str = ""
    important: bool = False
    sop_uid: str = ""
    study_uid: str = ""
    accession: str = ""
    accession_issuer: str = ""
    patients: tuple[Identifier, ...] = ()
    patient_name: str = ""
    birth_date: str = ""
    sex: str = ""


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A version as it is kept. ``html_key`` is empty until it is readable; ``reason`` says why it never will be."""

    id: int
    unique_id: str
    set_id: str
    version: int
    relation: Relation
    parent_id: str
    state: ReportState
    title: str
    author: str
    author_facility: str
    mime: str
    sha256: bytes
    key: str
    source: Source
    sender: str
    sop_uid: str
    important: bool
    sequence_at: datetime
    stated_at: datetime | None
    place: Place
    cause: str
    wait_until: datetime | None
    asked_study: str
    accession: str
    accession_issuer: str
    patients: tuple[Identifier, ...]
    patient_name: str
    birth_date: str
    sex: str
    rendering: Rendering
    reason: str
    html_key: str
    renderer: int
    at: datetime
    studies: tuple[StudyUID, ...] = field(default=())

    @property
    def as_version(self) -> Version:
        """What the rules need of it."""
        return Version(
            self.id, self.unique_id, self.set_id, self.version, self.relation, self.parent_id, self.state,
            self.sequence_at, self.important,
        )  # fmt: skip


class Reports(Protocol):
    """Versions of reports."""

    def add(self, row: DocumentRow) -> int:
        """Return the id given; the number of the version within its set is given here too."""
        ...

    def by_id(self, document_id: int) -> DocumentRow | None: ...
    def by_unique_id(self, unique_id: str) -> DocumentRow | None: ...
    def of_set(self, set_id: str) -> Sequence[DocumentRow]: ...
    def of_studies(self, uids: Sequence[StudyUID]) -> Sequence[DocumentRow]:
        """Return every attached version, whatever its state."""
        ...

    def of_objects(self, uid: StudyUID) -> Sequence[DocumentRow]:
        """Return every version that came as a DICOM object of the exam, wherever it lies now."""
        ...

    def join(self, old_set: str, new_set: str) -> None:
        """Put the versions of one set behind those of another."""
        ...

    def place(self, row: DocumentRow, studies: Sequence[StudyUID]) -> None:
        """Write where a version lies: place, cause, end of waiting, exams."""
        ...

    def waiting(self, page: Page, query: str = "") -> tuple[Sequence[DocumentRow], int]:
        """Return the queue « à rattacher », oldest first."""
        ...

    def waiting_for(self, study_uid: StudyUID, accession: str) -> Sequence[DocumentRow]: ...
    def overdue(self, now: datetime, limit: int) -> Sequence[DocumentRow]: ...
    def to_render(self, renderer: int, limit: int) -> Sequence[int]: ...
    def rendered(self, document_id: int, html_key: str, renderer: int, reason: str) -> None: ...
    def read_by(self, document_id: int, account_id: AccountId, at: datetime) -> bool:
        """Remember the first reading; False when there was one."""
        ...

    def opened(self, account_id: AccountId, document_ids: Sequence[int]) -> frozenset[int]: ...
    def readers(self, document_ids: Sequence[int]) -> Sequence[AccountId]: ...


class ReportWords(Protocol):
    """Texts of mails about reports; never anything of the patient."""

    def report_changed(self, to: str, state: ReportState, at: datetime) -> Message:
        """Return the mail that says that a report the reader had opened was corrected or cancelled."""
        ...

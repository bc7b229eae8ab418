"""Patients, exams and their objects: rows, repositories, the object store, the gate."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from appliance.domain.access import Caller, Grant
from appliance.domain.identifiers import (
    PersonId,
    SeriesUID,
    SopUID,
    StudyUID,
)
from appliance.domain.people import Identifier, PatientTraits, Person
from appliance.domain.retention import Held
from appliance.usecases.ports.common import Page


@dataclass(frozen=True, slots=True)
class StudyRow:
    """A study as the index holds it; counts are of its current instances."""

    uid: StudyUID
    person_id: PersonId
    traits: PatientTraits
    date: date | None
    time: str
    description: str
    modalities: tuple[str, ...]
    accession: str
    facility: str
    node: str
    expected: int | None = None
    received: int = 0
    ready: int = 0
    undisplayable: int = 0
    taken_back: bool = False
    """Every object of it that came was taken back by the imaging department."""
    complete: bool | None = None
    requested_at: datetime | None = None
    unreachable_since: datetime | None = None
    withdrawn_at: datetime | None = None
    identity_alarm: str = ""
    arrived_at: datetime | None = None
    asked_at: datetime | None = None
    """When its PACS was last asked about it, and answered."""
    released_at: datetime | None = None
    """When it was let out of its embargo by somebody who gave a reason."""
    pull_error: str = ""
    """Why the last try to bring it failed; told only while nothing of it is here."""
    pulling: bool = False
    """It is being brought at this moment; told only while it is not known to be whole."""


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """A series and its current counts."""

    uid: SeriesUID
    study_uid: StudyUID
    number: int | None
    modality: str
    description: str
    received: int
    ready: int
    undisplayable: int


@dataclass(frozen=True, slots=True)
class InstanceFacts:
    """Header of a received object, read once at the edge (`appliance.dicom.header`)."""

    sop_uid: SopUID
    sop_class: str
    transfer_syntax: str
    series_uid: SeriesUID
    study_uid: StudyUID
    traits: PatientTraits
    modality: str = ""
    number: int | None = None
    series_number: int | None = None
    series_description: str = ""
    study_date: date | None = None
    study_time: str = ""
    study_description: str = ""
    accession: str = ""
    body_part: str = ""
    frames: int = 1
    rows: int = 0
    columns: int = 0
    has_pixels: bool = True


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file durable under ``key``. ``sha256`` tells data sets apart as received, ``pixels_sha256`` their pixel data.

    ``coerced`` names the attributes that got another value than the one received; ``deposited``: it was handed in, and
    no PACS is known to have it.
    """

    key: str
    size_bytes: int
    sha256: bytes
    pixels_sha256: bytes
    facts: InstanceFacts
    calling_aet: str
    node: str = ""
    coerced: tuple[str, ...] = ()
    deposited: bool = False


@dataclass(frozen=True, slots=True)
class InstanceRow:
    """A current instance.

    ``state`` is ``received``, ``prepared``, ``document`` (a report) or ``undisplayable`` (then ``reason``).
    """

    sop_uid: SopUID
    sop_class: str
    transfer_syntax: str
    series_uid: SeriesUID
    study_uid: StudyUID
    number: int | None
    key: str
    size_bytes: int
    sha256: bytes
    pixels_sha256: bytes
    version: int
    state: str
    reason: str = ""
    frames: int = 1
    rows: int = 0
    columns: int = 0
    frames_key: str = ""
    frame_offsets: bytes = b""
    native_key: str = ""
    native_frame_bytes: int = 0


@dataclass(frozen=True, slots=True)
class PreparedInstance:
    """What *prepare* made of one instance. ``native_key`` is empty when the display frames are the stored pixels."""

    sop_uid: SopUID
    version: int
    frames: int
    rows: int
    columns: int
    frames_key: str
    frame_offsets: bytes
    native_key: str = ""
    native_frame_bytes: int = 0


@dataclass(frozen=True, slots=True)
class KeptObjects:
    """Objects of an instance that nobody sees any more; empty keys are no objects."""

    sop_uid: SopUID
    study_uid: StudyUID
    keys: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Lives:
    """The instants before which rows go."""

    sessions: datetime
    codes: datetime
    failures: datetime
    bodies: datetime
    jobs: datetime


class People(Protocol):
    """Patients by identifier; facilities."""

    def ensure(self, traits: PatientTraits) -> PersonId: ...
    def by_id(self, person_id: PersonId) -> Person | None: ...
    def by_identifier(self, identifier: Identifier) -> Person | None: ...
    def by_value(self, value: str) -> Sequence[Person]: ...
    def by_name(self, folded_family: str, limit: int) -> Sequence[Person]: ...
    def by_birth(self, birth_date: str, limit: int) -> Sequence[Person]: ...


class Studies(Protocol):
    """Studies, series and instances of the index."""

    def by_uid(self, uid: StudyUID) -> StudyRow | None: ...
    def patient(self, uid: StudyUID) -> tuple[str, str] | None:
        """Return the identifier and the identity alarm of a study, quickly, or None when it is unknown."""
        ...

    def by_uids(self, uids: Sequence[StudyUID]) -> Sequence[StudyRow]: ...
    def of_person(self, person_id: PersonId) -> Sequence[StudyRow]: ...
    def by_accession(self, accession: str, issuer: str = "") -> Sequence[StudyRow]:
        """Return every study of an accession number; an issuer excludes only those that name another."""
        ...

    def listed(self, page: Page, query: str = "") -> tuple[Sequence[StudyRow], int]: ...
    def series(self, uid: StudyUID) -> Sequence[SeriesRow]: ...
    def ensure(self, study: StudyRow) -> None: ...
    def requested(self, uid: StudyUID, at: datetime) -> None: ...
    def counted(self, uid: StudyUID, expected: int | None, *, complete: bool | None) -> None: ...
    def unreachable(self, uid: StudyUID, since: datetime | None) -> None: ...
    def alarm(self, uid: StudyUID, cause: str) -> None: ...
    def withdraw(self, uid: StudyUID, at: datetime) -> None: ...
    def release(self, uid: StudyUID, at: datetime) -> None: ...
    def unreleased(self, since: date, limit: int) -> Sequence[StudyUID]:
        """Return the newest that nobody let out of an embargo, made since that day or on none that is known."""
        ...

    def describe(self, uid: StudyUID, traits: PatientTraits) -> None:
        """Take over what its PACS says of its patient now."""
        ...

    def asked(self, uid: StudyUID, at: datetime) -> None: ...
    def given(self, now: datetime, before: datetime) -> Sequence[StudyUID]:
        """Return the studies that a live share or grant opens and whose PACS did not answer since ``before``."""
        ...


class Instances(Protocol):
    """Received files and what was prepared of them."""

    def by_uid(self, uid: SopUID) -> InstanceRow | None: ...
    def of_series(self, uid: SeriesUID) -> Sequence[InstanceRow]: ...
    def of_study(self, uid: StudyUID) -> Sequence[InstanceRow]: ...
    def held(self, uid: StudyUID) -> set[SopUID]:
        """Return what need not be asked of the PACS: all that came and was not purged, what was taken back included."""
        ...

    def add(self, file: ReceivedFile, at: datetime) -> bool: ...
    def add_next(self, file: ReceivedFile, at: datetime) -> bool:
        """Insert one more instance of a series known for this patient; False: take the whole road."""
        ...

    def supersede(self, old: InstanceRow, file: ReceivedFile, at: datetime) -> None: ...
    def restore(self, old: InstanceRow, file: ReceivedFile, at: datetime) -> None:
        """Take the pixels of a purged instance again."""
        ...

    def reject(self, study_uid: StudyUID, sop_uids: Sequence[SopUID], code: str, at: datetime) -> Sequence[SeriesUID]:
        """Take objects back, those here and those to come; return the series that lost some."""
        ...

    def rejected(self, uid: SopUID) -> str:
        """Return the code of the note that takes the object back, or nothing."""
        ...

    def conflict(self, old: InstanceRow, file: ReceivedFile, at: datetime) -> None: ...
    def prepared(self, made: PreparedInstance) -> bool: ...
    def documented(self, uid: SopUID, version: int) -> None: ...
    def undisplayable(self, uid: SopUID, version: int, reason: str) -> None: ...
    def unprepared_series(self) -> Sequence[tuple[StudyUID, SeriesUID]]: ...
    def known_keys(self, keys: Sequence[str]) -> set[str]: ...


class Retention(Protocol):
    """What may go."""

    def unneeded(self, now: datetime, limit: int) -> Sequence[Held]: ...
    def still_unneeded(self, uid: StudyUID, now: datetime) -> Held | None: ...
    def purge(self, uid: StudyUID) -> None: ...
    def leftovers(self, limit: int) -> Sequence[KeptObjects]: ...
    def older(self, uids: Sequence[SopUID]) -> Sequence[str]: ...
    def forgotten(self, uids: Sequence[SopUID]) -> None: ...
    def sweep(self, lives: Lives) -> int: ...


class Writing(Protocol):
    """A new object being written under its final name."""

    def write(self, data: bytes | bytearray | memoryview) -> None: ...
    def commit(self) -> int:
        """Make it durable; return its size in bytes."""
        ...

    def discard(self) -> None: ...


class Objects(Protocol):
    """The object store. Missing → `Unavailable` ``object_missing``; trouble of the disk or the server → ``storage``."""

    def create(self, key: str) -> Writing:
        """Begin a new object; one that is there already is refused (``storage``), here or when it is committed."""
        ...

    def put(self, key: str, data: bytes) -> None: ...
    def read(self, key: str) -> bytes: ...
    def pread(self, key: str, offset: int, length: int) -> bytes: ...
    def local(self, key: str) -> AbstractContextManager[Path]:
        """Lend the object as a file, for as long as the block lasts."""
        ...

    def delete(self, key: str) -> None: ...
    def keys(self, prefix: str) -> Iterator[str]: ...
    def size(self, key: str) -> int: ...
    def modified(self, key: str) -> datetime:
        """Return when it was written."""
        ...

    def free_bytes(self) -> int | None:
        """Return the room left, None where nobody can tell."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class StudyFacts:
    """What the gate knows of a caller and a study, for `domain.access`: nothing when either is foreign or unknown."""

    caller: Caller | None
    grants: Sequence[Grant] = field(default=())


@dataclass(frozen=True, slots=True)
class FrameFacts:
    """What the gate knows of a frame about to be served, and where the bytes lie."""

    instance: InstanceRow | None
    facts: StudyFacts = field(default=StudyFacts(None))


class Gate(Protocol):
    """The hot road: facts for `domain.access.may_see` in one indexed read."""

    def study(self, token_hash: bytes, study_uid: StudyUID) -> StudyFacts: ...
    def frame(self, token_hash: bytes, study_uid: StudyUID, sop_uid: SopUID) -> FrameFacts: ...

"""The queue « à rattacher »: each report with the exams it may belong to, by identifier and accession number alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from appliance.domain.identifiers import StudyUID
from appliance.usecases.filing import of_patient
from appliance.usecases.joining import people_of
from appliance.usecases.ports import DocumentRow, Page, StudyRow, UnitOfWork, Work

MOST_EXAMS = 30


@dataclass(frozen=True, slots=True)
class Candidate:
    """An exam; ``same`` when its patient is the report's, ``named`` when the report names it."""

    study: StudyRow
    same: bool
    named: bool


@dataclass(frozen=True, slots=True)
class Queued:
    """A report that waits for somebody, and where it could go."""

    row: DocumentRow
    candidates: Sequence[Candidate] = field(default=())


class Attaching:
    """What the desk needs to decide; the decision is `usecases.reports.Reports`'."""

    def __init__(self, database: UnitOfWork) -> None:
        self._db = database

    def count(self) -> int:
        """Return how many reports wait."""
        with self._db.reading() as work:
            return work.reports.waiting(Page(limit=1))[1]

    def queue(self, page: Page) -> tuple[Sequence[Queued], int]:
        """Return the queue, oldest first, and how long it is."""
        with self._db.reading() as work:
            rows, total = work.reports.waiting(page)
            return [Queued(row, _candidates(work, row)) for row in rows], total


def _candidates(work: Work, row: DocumentRow) -> list[Candidate]:
    """Return the exams that it names first, then the others of its patient."""
    named = [work.studies.by_uid(StudyUID(row.asked_study))] if row.asked_study else []
    named += work.studies.by_accession(row.accession, row.accession_issuer) if row.accession else ()
    people = people_of(work, row.patients)
    theirs = [study for person in people for study in work.studies.of_person(person)]
    found = {study.uid: study for study in (*named, *theirs) if study is not None}
    said = {study.uid for study in named if study is not None}
    return [Candidate(one, of_patient(work, row, one), one.uid in said) for one in list(found.values())[:MOST_EXAMS]]

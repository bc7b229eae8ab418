"""Where an arriving version of a report goes: its set of versions, its exams, or the queue (R-H)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from appliance.domain import reports as rules
from appliance.domain.identifiers import StudyUID
from appliance.domain.jobs import JobKind, Priority
from appliance.domain.reports import Place, Placement, QueueCause, Relation, Rendering, ReportState, Source
from appliance.usecases.ports import ArrivedReport, DocumentRow, StudyRow, Work


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of an arriving version: ``new`` is False when it was here already."""

    row: DocumentRow
    new: bool


def filed(work: Work, arrived: ArrivedReport, now: datetime) -> Kept:
    """Write the row of an arriving version, and ask for its text to be made readable."""
    set_id = _set_of(work, arrived)
    if set_id != arrived.unique_id:
        work.reports.join(arrived.unique_id, set_id)
    before = work.reports.of_set(set_id)
    known = _already(arrived, before)
    if known is not None:
        return Kept(known, new=False)
    state = rules.stated(arrived.state, arrived.at, [one.as_version for one in before])
    row = replace(_row(arrived, set_id, now), state=state)
    place, studies = found_for(work, row)
    until = now + rules.PATIENCE if place.place is Place.WAITING else None
    row = replace(row, place=place.place, cause=place.cause, wait_until=until, studies=tuple(studies))
    made = work.reports.by_id(work.reports.add(row))
    assert made is not None  # noqa: S101  (read in the transaction that wrote it)
    if made.key:
        ask_for_rendering(work, made.id, now)
    return Kept(made, new=True)


def ask_for_rendering(work: Work, document_id: int, now: datetime) -> None:
    """Ask for the text of a version; a version that still waits is asked once."""
    work.jobs.enqueue(
        JobKind.RENDER, str(document_id), {"document": document_id}, now=now, priority=Priority.ARRIVED
    )


def found_for(work: Work, row: DocumentRow) -> tuple[Placement, Sequence[StudyUID]]:
    """Return where a version goes, and the exams when it goes to exams."""
    studies = _candidates(work, row)
    same = [of_patient(work, row, study) for study in studies]
    named = bool(row.asked_study or row.accession)
    place = rules.placed(named=named, patients_match=same, is_patient_known=bool(row.patients))
    if place.place is Place.ATTACHED:
        return place, [study.uid for study in studies]
    if place.cause == QueueCause.OTHER_PATIENT:
        return place, ()
    return _beside_the_others(work, row) or (place, ())


def of_patient(work: Work, row: DocumentRow, study: StudyRow) -> bool:
    """Whether the patient of a version is the patient of an exam, by identifiers, never by name."""
    theirs = study.traits.identifier
    for mine in row.patients:
        if not mine.value:
            # An object without identifier inside an exam without one: the exam's own, by its study UID.
            if row.source is Source.DICOM and not theirs.value:
                return True
            continue
        if mine.value == theirs.value and "" in (mine.authority, theirs.authority):
            return True
        person = work.people.by_identifier(mine)
        if person is not None and person.id == study.person_id:
            return True
    return False


def _candidates(work: Work, row: DocumentRow) -> Sequence[StudyRow]:
    """Return the exam named by its UID, else every exam of the accession number."""
    study = work.studies.by_uid(StudyUID(row.asked_study)) if row.asked_study else None
    if study is not None:
        return [study]
    return work.studies.by_accession(row.accession, row.accession_issuer)


def _beside_the_others(work: Work, row: DocumentRow) -> tuple[Placement, Sequence[StudyUID]] | None:
    """Return the exams of the version that this one follows or completes, when it names none that is known."""
    others = list(work.reports.of_set(row.set_id))
    parent = work.reports.by_unique_id(row.parent_id) if row.parent_id else None
    others += [parent] if parent is not None else []
    for other in others:
        studies = work.studies.by_uids(other.studies) if other.place is Place.ATTACHED else ()
        if studies and all(of_patient(work, row, study) for study in studies):
            return Placement(Place.ATTACHED), [study.uid for study in studies]
    return None


def _set_of(work: Work, arrived: ArrivedReport) -> str:
    """Return the set of an arriving version: named, or that of what it replaces, or that of its own identity.

    A version that comes before the one it replaces opens the set of that one's identity.
    """
    if arrived.set_id:
        return arrived.set_id
    if arrived.relation is Relation.REPLACES and arrived.parent_id:
        parent = work.reports.by_unique_id(arrived.parent_id)
        return parent.set_id if parent is not None else arrived.parent_id
    before = work.reports.by_unique_id(arrived.unique_id)
    return before.set_id if before is not None else arrived.unique_id


def _already(arrived: ArrivedReport, before: Sequence[DocumentRow]) -> DocumentRow | None:
    """Return the version that says exactly this: at the same instant, or the newest there is."""
    states = {arrived.state}
    if arrived.state is ReportState.VALIDATED:
        states.add(ReportState.CORRECTED)
    for at, one in enumerate(before):
        says = one.unique_id == arrived.unique_id and one.sha256 == arrived.sha256 and one.state in states
        if says and (at == 0 or one.sequence_at == arrived.at):
            return one
    return None


def _row(arrived: ArrivedReport, set_id: str, now: datetime) -> DocumentRow:
    return DocumentRow(
        id=0, unique_id=arrived.unique_id[:256], set_id=set_id[:256], version=0, relation=arrived.relation,
        parent_id=arrived.parent_id[:256], state=arrived.state, title=arrived.title[:256], author=arrived.author[:256],
        author_facility=arrived.author_facility[:256], mime=arrived.mime[:128], sha256=arrived.sha256,
        key=arrived.key, source=arrived.source, sender=arrived.sender[:256], sop_uid=arrived.sop_uid,
        important=arrived.important, sequence_at=arrived.at, stated_at=arrived.stated_at, place=Place.WAITING,
        cause="", wait_until=None, asked_study=arrived.study_uid, accession=arrived.accession[:64],
        accession_issuer=arrived.accession_issuer[:256], patients=arrived.patients,
        patient_name=arrived.patient_name[:1024], birth_date=arrived.birth_date[:8], sex=arrived.sex[:16],
        rendering=Rendering.WAITING if arrived.key else Rendering.DONE, reason="", html_key="", renderer=0, at=now,
    )  # fmt: skip

"""Putting exams found in a PACS into the index before they are given, and asking for their images."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from appliance.domain import identity
from appliance.domain.errors import Refused
from appliance.domain.identifiers import PersonId
from appliance.domain.identity import AlarmCause, Difference
from appliance.domain.jobs import JobKind, JobState, Priority
from appliance.domain.journal import Actor
from appliance.usecases.doubting import doubt, doubted
from appliance.usecases.joining import compared, person_for
from appliance.usecases.ports import AlarmRow, StudyRow, UnitOfWork, Work

AGAIN = timedelta(minutes=15)
"""Between the end of one pull and another for the sake of an opening."""
PULL_ATTEMPTS = 50


def recorded(work: Work, studies: Sequence[StudyRow], now: datetime) -> list[StudyRow]:
    """Put what came from the PACS into the index; raise `Refused` ``two_persons`` or ``identity``."""
    persons = {person_for(work, s.traits, now) for s in studies}
    if len(persons) != 1:
        raise Refused("two_persons")
    person = persons.pop()
    if doubted(work, person) is not None:
        raise Refused("identity")
    for study in studies:
        work.studies.ensure(replace(study, person_id=person))
    rows = list(work.studies.by_uids([s.uid for s in studies]))
    if any(row.identity_alarm or row.person_id != person for row in rows):
        raise Refused("identity")
    return rows


def refuse_contradictions(database: UnitOfWork, studies: Sequence[StudyRow], actor: Actor, now: datetime) -> None:
    """Raise `Refused` ``identity`` when the PACS has two people under one identifier; the alarm stays behind."""
    with database.reading() as work:
        if not _contradictions(work, studies):
            return
    with database.writing() as work:
        for study in _contradictions(work, studies):
            work.studies.ensure(study)
            row = AlarmRow(0, AlarmCause.SHARED, study.person_id, now, study.node, study_uid=study.uid)
            doubt(work, row, actor, now)
    raise Refused("identity")


def _contradictions(work: Work, studies: Sequence[StudyRow]) -> list[StudyRow]:
    """Return those new to the index whose traits are not their person's."""
    found = []
    for study in studies:
        known = work.people.by_identifier(study.traits.identifier) if study.traits.identifier.value else None
        if known is None or work.studies.by_uid(study.uid) is not None:
            continue
        person = PersonId(known.id)
        if compared(work, person, identity.profile(study.traits)) is Difference.CONTRADICTION:
            found.append(replace(study, person_id=person))
    return found


def pull(work: Work, study: StudyRow, now: datetime) -> None:
    """Ask for the images of an exam ahead of its reader, unless all of it is here."""
    if study.complete is True or not study.node:
        return
    work.studies.requested(study.uid, now)
    payload = {"study_uid": study.uid, "node": study.node}
    work.jobs.enqueue(JobKind.PULL, study.uid, payload, now=now, priority=Priority.ISSUED, max_attempts=PULL_ATTEMPTS)


def lacks(study: StudyRow) -> bool:
    """Whether its PACS may have more of an exam than is here."""
    if study.complete is True or not study.node or study.identity_alarm or study.withdrawn_at:
        return False
    # What a modality sent of itself was never asked for: whether its node gives anything is not known.
    return not study.received or study.requested_at is not None


def hurry(work: Work, study: StudyRow, now: datetime) -> None:
    """Bring an exam that somebody opens before all that was only promised; nothing when it is under way."""
    last = work.jobs.current(JobKind.PULL, study.uid)
    waiting = last is not None and last.state is JobState.WAITING
    if last is not None and not waiting:
        # Whole or not, its PACS has just said all it has to say; when it cannot say, the nightly question does.
        said = study.complete is None and study.received and last.state is JobState.DONE
        if last.state is JobState.RUNNING or said or now - last.due < AGAIN:
            return
    if not waiting:
        work.studies.requested(study.uid, now)
    work.jobs.enqueue(
        JobKind.PULL,
        study.uid,
        {"study_uid": study.uid, "node": study.node},
        now=now,
        priority=Priority.WAITED_FOR,
        max_attempts=PULL_ATTEMPTS,
    )

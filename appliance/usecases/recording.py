"""Putting exams found in a PACS into the index before they are given, and asking for their images."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from appliance.domain.errors import Refused
from appliance.domain.jobs import JobKind, Priority
from appliance.usecases.ports import StudyRow, Work


def recorded(work: Work, studies: Sequence[StudyRow]) -> list[StudyRow]:
    """Put what came from the PACS into the index; raise `Refused` ``two_persons`` or ``identity``."""
    persons = {work.people.ensure(s.traits) for s in studies}
    if len(persons) != 1:
        raise Refused("two_persons")
    person = persons.pop()
    for study in studies:
        work.studies.ensure(replace(study, person_id=person))
    rows = list(work.studies.by_uids([s.uid for s in studies]))
    if any(row.identity_alarm or row.person_id != person for row in rows):
        raise Refused("identity")
    return rows


def pull(work: Work, study: StudyRow, now: datetime) -> None:
    """Ask for the images of an exam ahead of its reader, unless all of it is here."""
    if study.complete is True or not study.node:
        return
    work.studies.requested(study.uid, now)
    payload = {"study_uid": study.uid, "node": study.node}
    work.jobs.enqueue(JobKind.PULL, study.uid, payload, now=now, priority=Priority.ISSUED, max_attempts=50)

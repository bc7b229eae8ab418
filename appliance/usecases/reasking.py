"""Exams given away are asked again of their PACS: at issue, at the first opening of the day, every night (R-G).

What moved, was corrected or is gone closes at once, for everybody, until somebody decides; what grew is pulled. A PACS
that does not answer closes nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from appliance.domain import reasking
from appliance.domain.errors import Unavailable
from appliance.domain.identifiers import StudyUID
from appliance.domain.identity import AlarmCause
from appliance.domain.jobs import JobKind, JobState, Priority
from appliance.domain.journal import Actor
from appliance.domain.people import PatientTraits
from appliance.usecases.doubting import doubt
from appliance.usecases.joining import patient_of
from appliance.usecases.ports import AlarmRow, Clock, StudyRow, UnitOfWork, Work
from appliance.usecases.queue import Queue
from appliance.usecases.recording import lacks, pull
from appliance.usecases.searching import study_told

OPENING_S = 2.0
"""How long the first opening of the day waits for the PACS."""
NOTHING_HERE_S = 3.5
"""The same, when nothing of the exam is here: there is nothing to look at meanwhile but this answer."""
NIGHTLY = timedelta(hours=20)
LOT = 500
ATTEMPTS = 3
BRIDGE = Actor("system", "bridge")


def reask(work: Work, study: StudyRow, now: datetime, priority: int) -> int | None:
    """Enqueue the question about a study; return the job, None when no PACS is known to have it."""
    if not study.node:
        return None
    payload = {"study_uid": study.uid}
    return work.jobs.enqueue(
        JobKind.REASK, study.uid, payload, now=now, priority=priority, max_attempts=ATTEMPTS
    )


class Reasking:
    """Asks, and judges the answers."""

    def __init__(self, database: UnitOfWork, clock: Clock, queue: Queue) -> None:
        self._db = database
        self._clock = clock
        self._queue = queue

    def opening(self, uids: Sequence[StudyUID]) -> bool:
        """Ask about exams being opened for the first time today; wait `OPENING_S` at most. Return whether it asked.

        Not waited for: a PACS known to be away, or that left the same question open a moment ago. An exam that is not
        all here is said to be out of reach while its PACS does not answer.
        """
        now = self._clock.now()
        with self._db.reading() as work:
            due = [s for s in work.studies.by_uids(uids) if s.node and reasking.due(s.asked_at, now)]
            worth = {study.uid for study in due if self._answers(work, study, now)}
        if not due:
            return False
        with self._db.appending() as work:
            jobs = {study.uid: reask(work, study, now, Priority.WAITED_FOR) for study in due}
        for study in due:
            most = OPENING_S if study.received else NOTHING_HERE_S
            left = most - (self._clock.now() - now).total_seconds()
            number = jobs[study.uid]
            if number is not None and study.uid in worth and left > 0:
                self._wait(number, left)
        self._tell_silence([study for study in due if lacks(study) and study.unreachable_since is None], jobs)
        return True

    def nightly(self) -> int:
        """Ask about everything that somebody may open; return about how many."""
        now, asked = self._clock.now(), 0
        with self._db.reading() as work:
            uids = work.studies.given(now, now - NIGHTLY)
        for start in range(0, len(uids), LOT):
            with self._db.appending() as work:
                for study in work.studies.by_uids(uids[start : start + LOT]):
                    asked += reask(work, study, now, Priority.BACKGROUND) is not None
        return asked

    def judge(self, uid: StudyUID, answer: Mapping[str, Any] | None) -> str:
        """Take what the PACS says of a study now (None: it has it no more); return the change, or ``grown``, or ""."""
        now = self._clock.now()
        told = study_told(answer) if answer is not None else None
        with self._db.writing() as work:
            study = work.studies.by_uid(uid)
            if study is None:
                return ""
            work.studies.asked(uid, now)
            work.studies.unreachable(uid, None)
            change = reasking.change(study.traits, told.traits if told else None)
            if change is not None and told is not None and _explained(work, study, told.traits, change):
                work.studies.describe(uid, told.traits)
                change = None
            if change is not None:
                self._close(work, study, change, told, now)
                return change
            return "grown" if told is not None and self._grown(work, study, told, now) else ""

    def _close(
        self, work: Work, study: StudyRow, change: reasking.Change, told: StudyRow | None, now: datetime
    ) -> None:
        if study.identity_alarm or study.withdrawn_at is not None:
            return
        said = patient_of(told.traits) if told is not None else None
        row = AlarmRow(0, AlarmCause(change), study.person_id, now, study.node, study_uid=study.uid, said=said)
        doubt(work, row, BRIDGE, now)

    def _grown(self, work: Work, study: StudyRow, told: StudyRow, now: datetime) -> bool:
        had = study.expected or study.received
        if not study.received or told.expected is None or told.expected <= had:
            return False
        work.studies.counted(study.uid, told.expected, complete=False)
        current = work.studies.by_uid(study.uid)
        if current is not None:
            pull(work, current, now)
        return True

    def _answers(self, work: Work, study: StudyRow, now: datetime) -> bool:
        node, last = work.nodes.by_name(study.node), work.jobs.current(JobKind.REASK, study.uid)
        age = now - last.created if last is not None else timedelta()
        unanswered = last is not None and last.state in (JobState.WAITING, JobState.RUNNING, JobState.DEAD)
        left_open = unanswered and timedelta(seconds=OPENING_S) <= age < reasking.CACHED
        return node is not None and node.unreachable_since is None and not left_open

    def _wait(self, number: int, seconds: float) -> None:
        try:
            self._queue.awaited(number, seconds)
        except Unavailable:
            return  # the answer closes the exam when it comes

    def _tell_silence(self, studies: Sequence[StudyRow], jobs: Mapping[StudyUID, int | None]) -> None:
        """Note the exams whose PACS is away, or has been asked and does not answer."""
        with self._db.reading() as work:
            silent = [study for study in studies if self._silent(work, study, jobs[study.uid])]
        if silent:
            with self._db.appending() as work:
                for study in silent:
                    work.studies.unreachable(study.uid, self._clock.now())

    def _silent(self, work: Work, study: StudyRow, number: int | None) -> bool:
        node = work.nodes.by_name(study.node)
        job = work.jobs.by_id(number) if number is not None else None
        hangs = job is not None and (job.state is JobState.RUNNING or bool(job.error))
        return hangs or (node is not None and node.unreachable_since is not None)


def _explained(work: Work, study: StudyRow, told: PatientTraits, change: reasking.Change) -> bool:
    """Whether the hospital's feed told of this change before the PACS did."""
    if change is reasking.Change.BIRTH_DATE:
        return told.birth_date in work.identities.profile(study.person_id).births
    person = work.people.by_identifier(told.identifier)
    return person is not None and person.id == study.person_id

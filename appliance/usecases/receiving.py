"""A file arrived, durable under its key: the row that lets the peer be answered.

Same UID and same contents: no effect. Same pixels under a corrected header: a new current version, the old one kept.
Other pixels:
put aside, told in the journal, and the first one stays.
"""

from collections.abc import Iterable
from enum import StrEnum

from appliance.domain.identifiers import SeriesUID, StudyUID
from appliance.domain.jobs import JobKind, Priority
from appliance.domain.journal import Actor, Event, Family
from appliance.usecases.ports import Clock, ReceivedFile, StudyRow, UnitOfWork, Work


class Outcome(StrEnum):
    """What became of a file."""

    NEW = "new"
    SAME = "same"
    CORRECTED = "corrected"
    CONFLICT = "conflict"


class Receiving:
    """Rows of arriving instances, and the work that follows."""

    def __init__(self, database: UnitOfWork, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    def accept(self, file: ReceivedFile) -> Outcome:
        """Write the row of a durable file; only then may the peer hear 0x0000. On ``SAME`` the copy goes."""
        with self._db.appending() as work:
            if work.instances.add_next(file, self._clock.now()):
                return Outcome.NEW
            old = work.instances.by_uid(file.facts.sop_uid)
            if old is None:
                _ensure_study(work, file)
                work.instances.add(file, self._clock.now())
                return Outcome.NEW
            if old.sha256 == file.sha256:
                return Outcome.SAME
            if old.pixels_sha256 == file.pixels_sha256:
                _ensure_study(work, file)
                work.instances.supersede(old, file, self._clock.now())
                return Outcome.CORRECTED
        self._put_aside(file)
        return Outcome.CONFLICT

    def association_ended(self, actor: Actor, counts: dict[str, int], cause: str) -> None:
        """One record an association."""
        with self._db.writing() as work:
            event = Event(Family.SYSTEM, "receive.association", actor, cause=cause, facts=dict(counts))
            work.journal.append(event, self._clock.now())

    def prepare(self, series: Iterable[tuple[StudyUID, SeriesUID]], delay_s: float = 0.5) -> None:
        """Ask for series to be prepared; a series that still waits is asked once."""
        with self._db.appending() as work:
            for study_uid, series_uid in series:
                payload = {"study_uid": study_uid, "series_uid": series_uid}
                work.jobs.enqueue(
                    JobKind.PREPARE,
                    f"{study_uid}/{series_uid}"[-128:],
                    payload,
                    now=self._clock.now(),
                    priority=Priority.ARRIVED,
                    delay_s=delay_s,
                )

    def resume(self) -> int:
        """At start: ask again for whatever was received and never prepared; return how many series."""
        with self._db.reading() as work:
            waiting = work.instances.unprepared_series()
        self.prepare(waiting, delay_s=0)
        return len(waiting)

    def _put_aside(self, file: ReceivedFile) -> None:
        now = self._clock.now()
        with self._db.writing() as work:
            old = work.instances.by_uid(file.facts.sop_uid)
            if old is not None:
                work.instances.conflict(old, file, now)
            actor = Actor("node", file.node or file.calling_aet, file.calling_aet)
            event = Event(
                Family.SYSTEM, "receive.conflict", actor, file.facts.study_uid, facts={"sop_uid": file.facts.sop_uid}
            )
            work.journal.append(event, now)


def _ensure_study(work: Work, file: ReceivedFile) -> None:
    """Insert the study when it is new; raise the alarm when one study shows two patients."""
    facts = file.facts
    known = work.studies.patient(facts.study_uid)
    if known is None:
        person = work.people.ensure(facts.traits)
        work.studies.ensure(
            StudyRow(
                uid=facts.study_uid,
                person_id=person,
                traits=facts.traits,
                date=facts.study_date,
                time=facts.study_time,
                description=facts.study_description,
                modalities=(),
                accession=facts.accession,
                facility="",
                node=file.node,
            )
        )
    elif known[0] != facts.traits.identifier.value and not known[1]:
        work.studies.alarm(facts.study_uid, "two_patients")

"""A file arrived, durable under its key: the row that lets the peer be answered.

Same UID and same contents: no effect. Same pixels under a corrected header: a new current version, the old one kept.
Other pixels:
put aside, told in the journal, and the first one stays.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from appliance.domain import identity
from appliance.domain.identifiers import PersonId, SeriesUID, StudyUID
from appliance.domain.identity import AlarmCause, Difference
from appliance.domain.jobs import JobKind, Priority
from appliance.domain.journal import Actor, Event, Family
from appliance.usecases.doubting import doubt, doubted
from appliance.usecases.joining import compared, person_for
from appliance.usecases.ports import AlarmRow, Clock, InstanceRow, ReceivedFile, StudyRow, UnitOfWork, Work


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
            outcome = self._noted(work, file, self._accepted(work, file, doubting=False))
        if outcome is None:
            # An alarm closes shares and is journaled: that takes the writers' turn.
            with self._db.writing() as work:
                outcome = self._noted(work, file, self._accepted(work, file, doubting=True))
        if outcome is Outcome.CONFLICT:
            self._put_aside(file)
        return outcome or Outcome.SAME

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

    def _noted(self, work: Work, file: ReceivedFile, outcome: Outcome | None) -> Outcome | None:
        """Note a deposit beside its row; the same object once more may be one whose first row a crash left unnoted."""
        if file.deposited and outcome not in (None, Outcome.CONFLICT):
            facts, anew = file.facts, outcome is not Outcome.SAME
            work.sendings.deposited(facts.sop_uid, facts.study_uid, self._clock.now(), anew=anew)
        return outcome

    def _accepted(self, work: Work, file: ReceivedFile, *, doubting: bool) -> Outcome | None:
        """Write the row; None, and nothing written, when an identity must be doubted first and it is not the time."""
        now = self._clock.now()
        if work.instances.add_next(file, now):
            return Outcome.NEW
        old = work.instances.by_uid(file.facts.sop_uid)
        here = old is not None and old.state != "purged"
        if old is not None and here and old.sha256 == file.sha256:
            return Outcome.SAME
        if old is not None and here and old.pixels_sha256 != file.pixels_sha256:
            return Outcome.CONFLICT
        alarm = _alarm(work, file, now)
        if alarm is not None and not doubting:
            return None
        _ensure_study(work, file, now)
        if alarm is not None:
            doubt(work, alarm, _node(file), now)
        if old is not None and here:
            work.instances.supersede(old, file, now)
            return Outcome.CORRECTED
        _add(work, old, file, now)
        return Outcome.NEW

    def _put_aside(self, file: ReceivedFile) -> None:
        now = self._clock.now()
        with self._db.writing() as work:
            old = work.instances.by_uid(file.facts.sop_uid)
            if old is not None:
                work.instances.conflict(old, file, now)
            facts = {"sop_uid": file.facts.sop_uid}
            event = Event(Family.SYSTEM, "receive.conflict", _node(file), file.facts.study_uid, facts=facts)
            work.journal.append(event, now)


def _add(work: Work, purged: InstanceRow | None, file: ReceivedFile, now: datetime) -> None:
    """Take an object that is new here, or comes again after a purge; one that was taken back stays unseen."""
    facts = file.facts
    if purged is None:
        work.instances.add(file, now)
    else:
        work.instances.restore(purged, file, now)
    if code := work.instances.rejected(facts.sop_uid):
        work.instances.reject(facts.study_uid, [facts.sop_uid], code, now)


def _node(file: ReceivedFile) -> Actor:
    return Actor("node", file.node or file.calling_aet, file.calling_aet)


def _alarm(work: Work, file: ReceivedFile, now: datetime) -> AlarmRow | None:
    """Return the doubt that this file brings: one study of two patients, or two people under one identifier."""
    facts, source = file.facts, file.node or file.calling_aet
    known = work.studies.by_uid(facts.study_uid)
    mine = work.people.by_identifier(facts.traits.identifier)
    if known is not None:
        same = known.traits.identifier.value == facts.traits.identifier.value
        if same or known.identity_alarm or (mine is not None and mine.id == known.person_id):
            return None
        return AlarmRow(0, AlarmCause.TWO_PATIENTS, known.person_id, now, source, study_uid=facts.study_uid)
    if mine is None or not facts.traits.identifier.value:
        return None
    if compared(work, PersonId(mine.id), identity.profile(facts.traits)) is not Difference.CONTRADICTION:
        return None
    return AlarmRow(0, AlarmCause.SHARED, PersonId(mine.id), now, source, study_uid=facts.study_uid)


def _ensure_study(work: Work, file: ReceivedFile, now: datetime) -> None:
    """Insert the study when it is new; of a person in doubt it is closed from the start."""
    facts = file.facts
    if work.studies.patient(facts.study_uid) is not None:
        return
    person = person_for(work, facts.traits, now)
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
            identity_alarm=doubted(work, person) or "",
        )
    )

"""Identities in doubt, and the way out: somebody looks at the papers and says which traits hold."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from appliance.domain.errors import Refused
from appliance.domain.feed import Patient
from appliance.domain.identifiers import PersonId
from appliance.domain.identity import CONFIRMED_ONLY, WITHDRAWN, AlarmCause, Decision, reason
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.people import Person
from appliance.domain.sharing import Trait, TraitSource
from appliance.usecases.doubting import concerned, doubt, explain, of_one_study, reopen
from appliance.usecases.joining import joined
from appliance.usecases.ports import AlarmRow, Clock, Page, StudyRow, UnitOfWork, Work


@dataclass(frozen=True, slots=True)
class AlarmView:
    """An alarm with whom and what it closes."""

    alarm: AlarmRow
    person: Person
    other: Person | None = None
    studies: Sequence[StudyRow] = field(default=())
    shares: int = 0


class Identity:
    """Alarms about people and studies."""

    def __init__(self, database: UnitOfWork, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    def count(self) -> int:
        """Return how many alarms wait for a decision."""
        with self._db.reading() as work:
            return work.identities.alarms(Page(limit=1))[1] + len(work.identities.unexplained())

    def listed(self, page: Page, *, whole: bool = False) -> tuple[Sequence[AlarmView], int]:
        """Return open alarms, oldest first; with ``whole`` every one, newest first."""
        now = self._clock.now()
        with self._db.reading() as work:
            bare = bool(work.identities.unexplained())
        if bare:
            with self._db.writing() as work:
                explain(work, now)
        with self._db.reading() as work:
            rows, total = work.identities.alarms(page, whole=whole)
            return [_view(work, row, now) for row in rows], total

    def shown(self, alarm_id: int) -> AlarmView:
        """Return one alarm; raise `Refused` ``alarm_unknown``."""
        with self._db.reading() as work:
            return _view(work, _present(work, alarm_id), self._clock.now())

    def confirm(self, alarm_id: int, why: str, actor: Actor) -> None:
        """What was said is right: take it over and open again what the alarm closed.

        Raises
        ------
        Malformed
            ``reason``.
        Refused
            ``alarm_unknown``, ``alarm_decided``.
        """
        now, said = self._clock.now(), reason(why)
        with self._db.writing() as work:
            alarm = _open(work, alarm_id)
            self._decide(work, alarm, Decision.CONFIRMED, said, actor, now)
            if alarm.cause is AlarmCause.UNLINKED:
                _split(work, alarm, actor, now)
            else:
                _take_over(work, alarm, now)
            if alarm.other_id is not None and alarm.other_id != alarm.person_id:
                joined(work, alarm.person_id, alarm.other_id, actor, now)
            reopen(work, _people(alarm), now)

    def refuse(self, alarm_id: int, why: str, actor: Actor) -> None:
        """What was said is wrong: the index stays as it is, and opens again but for the study that brought the doubt.

        Raises
        ------
        Malformed
            ``reason``.
        Refused
            ``alarm_unknown``, ``alarm_decided``, ``alarm_confirm_only``.
        """
        now, said = self._clock.now(), reason(why)
        with self._db.writing() as work:
            alarm = _open(work, alarm_id)
            if alarm.cause in CONFIRMED_ONLY:
                raise Refused("alarm_confirm_only")
            self._decide(work, alarm, Decision.REFUSED, said, actor, now)
            if alarm.study_uid is not None and not of_one_study(alarm):
                doubt(work, replace(alarm, cause=AlarmCause.TWO_PATIENTS, raised_at=now, said=None), actor, now)
            reopen(work, _people(alarm), now)

    def _decide(
        self, work: Work, alarm: AlarmRow, decision: Decision, why: str, actor: Actor, now: datetime
    ) -> None:
        explain(work, now)
        work.identities.decide(alarm.id, decision, actor.label or actor.id, why, now)
        verb = "identity.confirm" if decision is Decision.CONFIRMED else "identity.refuse"
        facts = {"person": alarm.person_id, "other": alarm.other_id, "study": alarm.study_uid, "reason": why}
        work.journal.append(Event(Family.ADMIN, verb, actor, str(alarm.id), alarm.cause, facts), now)


def _take_over(work: Work, alarm: AlarmRow, now: datetime) -> None:
    """What was said of a study is the study's, what was said of a person the person's."""
    if alarm.study_uid is not None and alarm.cause in WITHDRAWN:
        work.studies.withdraw(alarm.study_uid, now)
        return
    if alarm.said is None or alarm.cause in CONFIRMED_ONLY:
        return
    if alarm.study_uid is not None and of_one_study(alarm):
        work.studies.describe(alarm.study_uid, alarm.said.traits())
        birth = Trait("birth", alarm.said.birth_date, TraitSource.PACS)
        for share in concerned(work, alarm.person_id, now, alarm.study_uid) if alarm.said.birth_date else ():
            work.shares.add_traits(share.id, [birth])
    else:
        _believe(work, alarm.person_id, alarm.said, now)


def _split(work: Work, alarm: AlarmRow, actor: Actor, now: datetime) -> None:
    """Make two people of one. Codes that were given while they were one open by the traits of both: they end."""
    if alarm.said is None:
        return
    for share in concerned(work, alarm.person_id, now):
        work.shares.revoke(share.id, now, actor.label or actor.id, "identity")
        work.journal.append(Event(Family.CODE, "code.revoke", actor, share.id, "identity"), now)
    made = work.identities.split(alarm.person_id, alarm.said.identifiers)
    work.identities.describe(made, alarm.said)
    heard = work.identities.heard(alarm.person_id)
    if heard is not None:
        work.identities.hear(made, heard)
    reopen(work, [made], now)


def _believe(work: Work, person_id: PersonId, said: Patient, now: datetime) -> None:
    work.identities.describe(person_id, said)
    for share in concerned(work, person_id, now):
        work.shares.add_traits(share.id, work.identities.told(person_id))


def _people(alarm: AlarmRow) -> list[PersonId]:
    return [alarm.person_id] if alarm.other_id is None else [alarm.person_id, alarm.other_id]


def _present(work: Work, alarm_id: int) -> AlarmRow:
    alarm = work.identities.alarm(alarm_id)
    if alarm is None:
        raise Refused("alarm_unknown")
    return alarm


def _open(work: Work, alarm_id: int) -> AlarmRow:
    alarm = _present(work, alarm_id)
    if alarm.decided_at is not None:
        raise Refused("alarm_decided")
    return alarm


def _view(work: Work, alarm: AlarmRow, now: datetime) -> AlarmView:
    person = work.people.by_id(alarm.person_id)
    if person is None:
        raise Refused("alarm_unknown")
    other = None if alarm.other_id is None else work.people.by_id(alarm.other_id)
    alone = of_one_study(alarm)
    people = _people(alarm)
    studies = [study for one in people for study in work.studies.of_person(one)]
    if alone:
        studies = [study for study in studies if study.uid == alarm.study_uid]
    shares = {s.id for one in people for s in concerned(work, one, now, alarm.study_uid if alone else None)}
    return AlarmView(alarm, person, other, studies, len(shares))

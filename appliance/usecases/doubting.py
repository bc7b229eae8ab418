"""Closing what an identity in doubt is about, and opening it again when nothing doubts it any more."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from appliance.domain.identifiers import PersonId, StudyUID
from appliance.domain.identity import OF_ONE_STUDY, AlarmCause
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.sharing import EXTENDABLE_AFTER_EXPIRY, BlockCause, Share
from appliance.usecases.ports import AlarmRow, Work


def doubt(work: Work, row: AlarmRow, actor: Actor, now: datetime) -> int:
    """Raise an alarm: its studies and the shares that show them give nobody access from here on."""
    before = {alarm.id for alarm in work.identities.open_alarms(row.person_id)}
    number = work.identities.raise_alarm(row)
    for uid in _studies(work, row):
        work.studies.alarm(uid, row.cause)
    for share in _shares(work, row, now):
        if share.blocked_cause is not BlockCause.IDENTITY:
            work.shares.block(share.id, now, BlockCause.IDENTITY)
    if number not in before:
        facts = {"person": row.person_id, "other": row.other_id, "study": row.study_uid, "source": row.source}
        work.journal.append(Event(Family.SYSTEM, "identity.alarm", actor, str(number), row.cause, facts), now)
    return number


def doubted(work: Work, person_id: PersonId) -> AlarmCause | None:
    """Return why a person as a whole is in doubt, or None; a doubt about one study alone is not one."""
    return next((alarm.cause for alarm in work.identities.open_alarms(person_id) if not of_one_study(alarm)), None)


def reopen(work: Work, people: Iterable[PersonId], now: datetime) -> None:
    """Open what no open alarm is about any more."""
    for person_id in dict.fromkeys(people):
        alarms = work.identities.open_alarms(person_id)
        for study in work.studies.of_person(person_id):
            cause = next((a.cause for a in alarms if not of_one_study(a) or a.study_uid == study.uid), "")
            if study.identity_alarm != cause:
                work.studies.alarm(study.uid, cause)
        for share in concerned(work, person_id, now):
            if share.blocked_cause is BlockCause.IDENTITY and not in_doubt(work, share):
                work.shares.unblock(share.id)


def concerned(work: Work, person_id: PersonId, now: datetime, uid: StudyUID | None = None) -> Sequence[Share]:
    """Return the shares that give access or could again: one that expired lately can be extended."""
    return work.shares.concerned(person_id, uid, now - EXTENDABLE_AFTER_EXPIRY)


def explain(work: Work, now: datetime) -> None:
    """Write down an alarm for each study that is closed by one nobody wrote down."""
    for uid, person_id, word in work.identities.unexplained():
        cause = next((one for one in OF_ONE_STUDY if one == word), AlarmCause.TWO_PATIENTS)
        row = AlarmRow(0, cause, person_id, now, "", study_uid=uid)
        doubt(work, row, Actor("system", "identity"), now)


def of_one_study(alarm: AlarmRow) -> bool:
    """Whether an alarm is about the study it names and nothing else of the person."""
    return alarm.cause in OF_ONE_STUDY and alarm.study_uid is not None


def _people(row: AlarmRow) -> list[PersonId]:
    return [row.person_id] if row.other_id is None else [row.person_id, row.other_id]


def _studies(work: Work, row: AlarmRow) -> list[StudyUID]:
    if of_one_study(row) and row.study_uid is not None:
        return [row.study_uid]
    return [study.uid for person_id in _people(row) for study in work.studies.of_person(person_id)]


def _shares(work: Work, row: AlarmRow, now: datetime) -> list[Share]:
    uid = row.study_uid if of_one_study(row) else None
    return [share for person_id in _people(row) for share in concerned(work, person_id, now, uid)]


def in_doubt(work: Work, share: Share) -> bool:
    """Whether an alarm is still open on the person or on an exam of a share."""
    studies = work.studies.by_uids(list(share.studies))
    return any(study.identity_alarm for study in studies) or doubted(work, share.person_id) is not None

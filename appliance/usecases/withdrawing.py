"""What the imaging department takes back is seen by nobody any more, at once; the objects go with the next sweep."""

from appliance.domain.identifiers import StudyUID
from appliance.domain.jobs import JobKind, Priority
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.rejection import Rejection
from appliance.usecases.ports import Clock, UnitOfWork

BRIDGE = Actor("system", "bridge")


class Withdrawing:
    """Rejection notes, honoured."""

    def __init__(self, database: UnitOfWork, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    def reject(self, study_uid: StudyUID, note: Rejection) -> bool:
        """Hide what the note takes back, and the note; return whether nothing of the study is left.

        What is left is described anew. Objects that come after their note are hidden as they come.
        """
        now = self._clock.now()
        with self._db.writing() as work:
            lost = work.instances.reject(study_uid, [*note.rejected, note.sop_uid], note.code, now)
            gone = not work.instances.of_study(study_uid)
            for series_uid in lost:
                payload = {"study_uid": study_uid, "series_uid": series_uid}
                subject = f"{study_uid}/{series_uid}"[-128:]
                work.jobs.enqueue(JobKind.PREPARE, subject, payload, now=now, priority=Priority.ARRIVED)
            facts = {"objects": len(note.rejected), "all": gone}
            event = Event(Family.SYSTEM, "study.rejected", BRIDGE, study_uid, cause=note.code.name.lower(), facts=facts)
            work.journal.append(event, now)
        return gone

"""What leaves the viewer: an exam's files, its paper, its link. Each is in the journal before the first byte."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from appliance.domain.bulk import Way
from appliance.domain.errors import Refused
from appliance.domain.identifiers import StudyUID
from appliance.domain.journal import Event, Family
from appliance.domain.sign_in import Requester
from appliance.usecases.exams import Exams
from appliance.usecases.ports import Clock, InstanceRow, StudyRow, UnitOfWork
from appliance.usecases.sharing import actor_of


@dataclass(frozen=True, slots=True)
class Files:
    """An exam as it may be taken away: the objects that may be had as files, and their bytes together."""

    study: StudyRow
    rows: Sequence[InstanceRow]

    @property
    def size_bytes(self) -> int:
        """Bytes of the objects as received."""
        return sum(row.size_bytes for row in self.rows)


class Exporting:
    """Taking an exam away."""

    def __init__(self, database: UnitOfWork, clock: Clock, exams: Exams) -> None:
        self._db = database
        self._clock = clock
        self._exams = exams

    def files(self, requester: Requester, token_hash: bytes, uid: StudyUID) -> Files:
        """Return what a download would hold.

        Raises
        ------
        Refused
            ``not_found``: closed or unknown, alike, or nothing of it is here; ``downloads_off`` when every share that
            opens it is for looking only.
        TryLater
            ``downloads_day``.
        """
        files = self._files(token_hash, uid)
        self._exams.bulk.check(requester, Way.DOWNLOADED, uid)
        return files

    def _files(self, token_hash: bytes, uid: StudyUID) -> Files:
        study = self._open(token_hash, uid)
        if not self._exams.may_take(token_hash, uid):
            raise Refused("downloads_off")
        rows = self._exams.instances(uid)
        if not rows:
            raise Refused("not_found")
        return Files(study, rows)

    def taken(self, requester: Requester, token_hash: bytes, uid: StudyUID, own: int = 0) -> Files:
        """Return what is downloaded now, counted and journaled; raises as `files`.

        ``own``: the number of the requester's own documents that go beside it.
        """
        files = self._files(token_hash, uid)
        facts = {"objects": len(files.rows), "bytes": files.size_bytes} | ({"own": own} if own else {})
        event = _told(Event(Family.ACCESS, "exam.download", actor_of(requester), uid), requester, facts)
        with self._exams.bulk.writing(requester) as work:
            self._exams.bulk.count(work, requester, Way.DOWNLOADED, [uid])
            work.journal.append(event, self._clock.now())
        return files

    def counted(self, requester: Requester, uid: StudyUID) -> None:
        """Count an exam whose objects are taken one by one; raise `TryLater` ``downloads_day``."""
        with self._exams.bulk.writing(requester) as work:
            self._exams.bulk.count(work, requester, Way.DOWNLOADED, [uid])

    def printable(self, token_hash: bytes, uid: StudyUID) -> StudyRow:
        """Return the exam that may be printed: any that is open; raise `Refused` ``not_found``."""
        return self._open(token_hash, uid)

    def printed(
        self, requester: Requester, token_hash: bytes, uid: StudyUID, facts: Mapping[str, Any]
    ) -> StudyRow:
        """Return the exam that is printed now, journaled; raises as `printable`."""
        study = self._open(token_hash, uid)
        event = _told(Event(Family.ACCESS, "exam.print", actor_of(requester), uid), requester, facts)
        with self._db.writing() as work:
            work.journal.append(event, self._clock.now())
        return study

    def _open(self, token_hash: bytes, uid: StudyUID) -> StudyRow:
        if not self._exams.may_see(token_hash, uid):
            raise Refused("not_found")
        found = self._exams.studies([uid])
        if not found:
            raise Refused("not_found")
        return found[0]


def _told(event: Event, requester: Requester, facts: Mapping[str, Any]) -> Event:
    told = {"means": requester.means, "session": requester.session_id, **facts}
    if requester.bearer_id:
        told["bearer"] = requester.bearer_id
    return replace(event, facts=told)

"""Letting go: images nobody may open any more, what was taken back, rows whose time is over (R-J).

::

    held --over, or the disk is full--> purged (row) --objects deleted--> purged, without keys --pull--> received

The row first, then the objects: whoever is killed in between finds them again at the next turn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from appliance.domain import retention, sending
from appliance.domain.errors import Unavailable
from appliance.domain.identifiers import StudyUID
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.retention import Held, RetentionPolicy
from appliance.usecases.ports import Clock, KeptObjects, Lives, Objects, UnitOfWork

LOT = 200
MOST = 5000
QUARANTINE, QUARANTINE_LIFE = "quarantine", timedelta(days=90)
SYSTEM = Actor("system", "retention")


@dataclass(frozen=True, slots=True)
class Swept:
    """What went. ``short``: the disk is still too full, and nothing more may go."""

    studies: int = 0
    instances: int = 0
    rows: int = 0
    short: bool = False


class Retention:
    """The broom."""

    def __init__(self, database: UnitOfWork, clock: Clock, objects: Objects, policy: RetentionPolicy) -> None:
        self._db = database
        self._clock = clock
        self._objects = objects
        self.policy = policy

    def turn(self) -> Swept:
        """Let go of what is over; then, while the disk is too full, of what was needed least recently.

        Raises
        ------
        Unavailable
            ``database``, or ``storage``: an object cannot be deleted; the next turn finds it again.
        """
        now = self._clock.now()
        with self._db.reading() as work:
            unneeded = work.retention.unneeded(now, MOST)
        over = [held for held in unneeded if retention.over(held, now, self.policy)]
        studies = self._purge(over, "over")
        instances = self._delete_leftovers()
        left = [held for held in unneeded if held not in over and not retention.spared(held)]
        more, freed = self._make_room(sorted(left, key=lambda held: held.needed_at))
        for folder in (QUARANTINE, sending.FOLDER):
            self._empty(folder, now)
        with self._db.writing() as work:
            rows = work.retention.sweep(_lives(now))
        return Swept(studies + more, instances + freed, rows, short=self._full())

    def due(self, at: datetime) -> int:
        """Return of how many exams the images go by then if nobody needs them; a full disk may take more."""
        with self._db.reading() as work:
            return sum(retention.over(held, at, self.policy) for held in work.retention.unneeded(at, MOST))

    def _empty(self, folder: str, now: datetime) -> None:
        """Delete what was put aside, or made to be sent, too long ago for anybody to come back to it (R-J)."""
        for key in list(self._objects.keys(folder)):
            try:
                old = self._objects.modified(key) < now - QUARANTINE_LIFE
            except Unavailable as fault:
                if fault.cause != "object_missing":
                    raise
                continue
            if old:
                self._objects.delete(key)

    def _make_room(self, candidates: Sequence[Held]) -> tuple[int, int]:
        studies = instances = 0
        for held in candidates:
            if not self._full():
                break
            studies += self._purge([held], "disk")
            instances += self._delete_leftovers()
        return studies, instances

    def _full(self) -> bool:
        free = self._objects.free_bytes()
        return free is not None and free < self.policy.keep_free_bytes

    def _purge(self, exams: Sequence[Held], cause: str) -> int:
        count, now = 0, self._clock.now()
        for held in exams:
            with self._db.writing() as work:
                again = work.retention.still_unneeded(held.uid, now)
                if again is None or again.unproven_at != held.unproven_at:
                    # Needed again, or something was deposited meanwhile: the next turn judges it.
                    continue
                work.retention.purge(held.uid)
                why = "unproven" if retention.spared(held) else cause
                work.journal.append(Event(Family.SYSTEM, "study.purged", SYSTEM, held.uid, cause=why), now)
            count += 1
        return count

    def _delete_leftovers(self) -> int:
        """Delete the objects of instances that nobody sees any more; those of a lot that fails are found again."""
        count = 0
        while True:
            with self._db.reading() as work:
                lot = work.retention.leftovers(LOT)
                older = work.retention.older([one.sop_uid for one in lot])
            if not lot:
                return count
            self._delete(lot, older)
            with self._db.writing() as work:
                work.retention.forgotten([one.sop_uid for one in lot])
            count += len(lot)

    def _delete(self, lot: Sequence[KeptObjects], older: Sequence[str]) -> None:
        for key in [*(key for one in lot for key in one.keys), *older]:
            if key:
                self._objects.delete(key)
        for uid in {one.study_uid for one in lot}:
            self._delete_descriptions(uid)

    def _delete_descriptions(self, uid: StudyUID) -> None:
        """Delete what was prepared of a study once nothing of it is left; else the next preparation rewrites it."""
        with self._db.reading() as work:
            if work.instances.of_study(uid):
                return
        for key in list(self._objects.keys(f"prepared/{uid}")):
            self._objects.delete(key)


def _lives(now: datetime) -> Lives:
    """Return the instants of R-J before which rows go: codes 24 h, sessions 30 days, bodies of messages 7 days."""
    day = now - timedelta(days=1)
    return Lives(
        sessions=now - timedelta(days=30),
        codes=day,
        failures=now - timedelta(days=2),
        bodies=now - timedelta(days=7),
        jobs=now - timedelta(days=7),
    )

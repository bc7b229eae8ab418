"""Forgetting what was written about people, once its time is over (R-J).

::

    share --24 months after its end--> hash of the code, dates, counts
    report --24 months after it came and nobody held its exam--> hidden (row) --objects deleted--> gone

Each lot and its record in the journal are one transaction: whoever is killed loses no count and forgets nothing twice.
"""

from dataclasses import dataclass
from datetime import datetime

from appliance.domain import forgetting as rules
from appliance.domain.journal import Actor, Event, Family
from appliance.usecases.ports import Clock, Objects, UnitOfWork

LOT = 200
SYSTEM = Actor("system", "retention")


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many went."""

    shares: int = 0
    grants: int = 0
    reports: int = 0


class Forgetting:
    """What was written about people."""

    def __init__(self, database: UnitOfWork, clock: Clock, objects: Objects) -> None:
        self._db = database
        self._clock = clock
        self._objects = objects

    def turn(self) -> Forgotten:
        """Forget what is over.

        Raises
        ------
        Unavailable
            ``database``, or ``storage``: an object cannot be deleted; the next turn finds it again.
        """
        now = self._clock.now()
        before = rules.begun_by(now, rules.RECORD_MONTHS)
        forgotten = Forgotten(self._shares(before, now), self._grants(before, now), self._reports(before, now))
        self._drop_hidden_reports()
        return forgotten

    def _shares(self, before: datetime, now: datetime) -> int:
        total = 0
        while True:
            with self._db.writing() as work:
                lot = work.forgetting.shares(before, now, LOT)
                if not lot.shares:
                    return total
                facts = {"shares": lot.shares, "grants": lot.grants, "redeemers": lot.redeemers}
                work.journal.append(Event(Family.SYSTEM, "code.forgotten", SYSTEM, facts=facts), now)
            total += lot.shares

    def _grants(self, before: datetime, now: datetime) -> int:
        with self._db.writing() as work:
            count = work.forgetting.grants(before)
            if count:
                facts = {"grants": count}
                work.journal.append(Event(Family.SYSTEM, "grant.forgotten", SYSTEM, facts=facts), now)
        return count

    def _reports(self, before: datetime, now: datetime) -> int:
        total = 0
        while True:
            with self._db.writing() as work:
                count = work.forgetting.reports(before, LOT)
                if not count:
                    return total
                facts = {"reports": count}
                work.journal.append(Event(Family.SYSTEM, "report.forgotten", SYSTEM, facts=facts), now)
            total += count

    def _drop_hidden_reports(self) -> None:
        while True:
            with self._db.reading() as work:
                lot = work.forgetting.hidden_reports(LOT)
            if not lot:
                return
            for key in (key for one in lot for key in one.keys):
                self._objects.delete(key)
            with self._db.writing() as work:
                work.forgetting.drop_reports([one.id for one in lot])

"""Counting what one account opens and downloads (R-I): told beyond one limit, paused beyond the next.

Keys of machines have no account: an administrator made each for the shares that it names.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from appliance.domain import bulk
from appliance.domain.bulk import Limits, Way
from appliance.domain.errors import TryLater
from appliance.domain.identifiers import AccountId, StudyUID
from appliance.domain.journal import Event, Family
from appliance.domain.lockout import DAY
from appliance.domain.sign_in import Requester
from appliance.usecases.ports import Clock, UnitOfWork, Work
from appliance.usecases.sharing import actor_of

COUNTED = {Way.OPENED: "exam_opened", Way.DOWNLOADED: "exam_downloaded"}
TOLD = {Way.OPENED: "exam_opened_told", Way.DOWNLOADED: "exam_downloaded_told"}
PAUSED = {Way.OPENED: "exam_opened_paused", Way.DOWNLOADED: "exam_downloaded_paused"}
"""Kinds under which exams, alarms and pauses are counted; not failures."""
_WAY_OF = {"exams_hour": Way.OPENED, "downloads_day": Way.DOWNLOADED}
_MOST_SAID = 10


@dataclass(frozen=True, slots=True)
class InBulk:
    """An account that went beyond a limit within a day."""

    way: Way
    label: str
    paused: bool


class Bulk:
    """The counters; they survive restarts, and every process counts with the same."""

    def __init__(self, database: UnitOfWork, clock: Clock, limits: Limits) -> None:
        self._db = database
        self._clock = clock
        self.limits = limits

    @contextmanager
    def writing(self, requester: Requester) -> Iterator[Work]:
        """Open a transaction to count in; when that refuses, nothing of it stays but the record of the pause."""
        try:
            with self._db.writing() as work:
                yield work
        except TryLater as late:
            if late.cause in _WAY_OF:
                self._paused(requester, _WAY_OF[late.cause], late.cause)
            raise

    def count(self, work: Work, requester: Requester, way: Way, uids: Sequence[StudyUID]) -> None:
        """Count the exams, each once in the window; the one too many is told, once in the window.

        Raises
        ------
        TryLater
            ``exams_hour``, ``downloads_day``.
        """
        fresh, before = self._checked(work, requester, way, uids)
        if not fresh:
            return
        now, key = self._clock.now(), _key(requester)
        for uid in fresh:
            work.failures.add(COUNTED[way], key, now)
            work.failures.add(COUNTED[way], f"{key}|{uid}", now)
        if bulk.is_told(way, before + len(fresh), self.limits):
            self._tell(work, requester, way, before + len(fresh))

    def check(self, requester: Requester, way: Way, uid: StudyUID) -> None:
        """Raise as `count` when the exam may not be counted now; it is not."""
        with self.writing(requester) as work:
            self._checked(work, requester, way, [uid])

    def standing(self) -> Sequence[InBulk]:
        """Return who went beyond a limit within a day: the administrator is told until then."""
        since = self._clock.now() - DAY
        found = []
        with self._db.reading() as work:
            for way in Way:
                paused = set(work.failures.keys(PAUSED[way], since))
                for key in list(dict.fromkeys([*paused, *work.failures.keys(TOLD[way], since)]))[:_MOST_SAID]:
                    account = work.accounts.by_id(AccountId(int(key)))
                    label = f"{account.given_name} {account.family_name}" if account else key
                    found.append(InBulk(way, label, key in paused))
        return found

    def _checked(
        self, work: Work, requester: Requester, way: Way, uids: Sequence[StudyUID]
    ) -> tuple[Sequence[StudyUID], int]:
        """Return the exams not counted yet, and how many are; raise as `count`."""
        if requester.kind != "account":
            return [], 0
        now, key, window = self._clock.now(), _key(requester), self.limits.of(way).window
        fresh = [
            uid for uid in uids
            if not bulk.within(work.failures.since(COUNTED[way], f"{key}|{uid}", now - window), now, window)
        ]  # fmt: skip
        counted = bulk.within(work.failures.since(COUNTED[way], key, now - window), now, window)
        if fresh:
            bulk.check(way, counted, len(fresh), now, self.limits)
        return fresh, len(counted)

    def _tell(self, work: Work, requester: Requester, way: Way, exams: int) -> None:
        now, key = self._clock.now(), _key(requester)
        if self._recently(work, TOLD[way], key, way, now):
            return
        work.failures.add(TOLD[way], key, now)
        facts = {"exams": exams, "hours": self.limits.of(way).window.total_seconds() / 3600}
        work.journal.append(Event(Family.ACCESS, "bulk.alarm", actor_of(requester), "", way, facts), now)

    def _paused(self, requester: Requester, way: Way, cause: str) -> None:
        now, key = self._clock.now(), _key(requester)
        with self._db.writing() as work:
            if self._recently(work, PAUSED[way], key, way, now):
                return
            work.failures.add(PAUSED[way], key, now)
            work.journal.append(Event(Family.ACCESS, "bulk.pause", actor_of(requester), "", cause), now)

    def _recently(self, work: Work, kind: str, key: str, way: Way, now: datetime) -> bool:
        window = self.limits.of(way).window
        return bool(bulk.within(work.failures.since(kind, key, now - window), now, window))


def _key(requester: Requester) -> str:
    return str(requester.id)

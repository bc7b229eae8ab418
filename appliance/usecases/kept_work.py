"""What physicians did on exams, found again at the next opening for as long as they hold the exam."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from appliance.domain.errors import Refused
from appliance.domain.identifiers import AccountId, StudyUID
from appliance.domain.kept_work import Change, Work, changed
from appliance.domain.sign_in import Requester
from appliance.usecases.exams import Exams
from appliance.usecases.ports import Clock, UnitOfWork


@dataclass(frozen=True, slots=True)
class Kept:
    """The work after a change, and whether somebody else, another tab, changed it too since this one looked."""

    work: Work
    others: bool


class KeptWork:
    """Marks, starred images, windows and layout of a physician."""

    def __init__(self, database: UnitOfWork, clock: Clock, exams: Exams) -> None:
        self._db = database
        self._clock = clock
        self._exams = exams

    def of_studies(self, requester: Requester, uids: Sequence[StudyUID]) -> Mapping[StudyUID, Work]:
        """Return the requester's own work on exams that were opened to him."""
        with self._db.reading() as work:
            return {uid: work.kept_work.of(AccountId(requester.id), uid) for uid in uids}

    def keep(self, requester: Requester, token_hash: bytes, uid: StudyUID, change: Change) -> Kept:
        """Keep a change.

        Raises
        ------
        Malformed
            ``too_large``: what would be kept.
        Refused
            ``not_found`` when the exam is not open to the requester.
        """
        if not self._exams.may_see(token_hash, uid):
            raise Refused("not_found")
        account = AccountId(requester.id)
        with self._db.writing() as work:
            before = work.kept_work.of(account, uid)
            now = self._clock.now()
            after = changed(before, change, now)
            work.kept_work.keep(account, uid, after, now)
        return Kept(after, before.revision != change.seen)

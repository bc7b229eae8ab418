"""Forgetting what was written about people, once its time is over (R-J).

::

    share --24 months after its end--> hash of the code, dates, counts
    report --24 months after it came and nobody held its exam--> hidden (row) --objects deleted--> gone
    note, kept work --their author's last grant of the exam forgotten--> gone; a note for the hospital is a file first

    account --24 months without a log-in, and a mail 30 days before--> its number

Each lot and its record in the journal are one transaction: whoever is killed loses no count and forgets nothing twice.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from appliance.domain import forgetting as rules
from appliance.domain import notes
from appliance.domain.forgetting import Step
from appliance.domain.identifiers import AccountId
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.notes import Note
from appliance.usecases.ports import AccountWords, Clock, Objects, UnitOfWork, Work

LOT = 200
SYSTEM = Actor("system", "retention")


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many went."""

    shares: int = 0
    grants: int = 0
    reports: int = 0
    mailed: int = 0
    accounts: int = 0
    unreachable: int = 0
    """Accounts that would be told and cannot: they stay until somebody looks after them."""
    notes: int = 0
    works: int = 0


class Forgetting:
    """What was written about people."""

    def __init__(self, database: UnitOfWork, clock: Clock, objects: Objects, words: AccountWords) -> None:
        self._db = database
        self._clock = clock
        self._objects = objects
        self._words = words

    def turn(self) -> Forgotten:
        """Forget what is over.

        Raises
        ------
        Unavailable
            ``database``, or ``storage``: an object cannot be deleted; the next turn finds it again.
        """
        now = self._clock.now()
        before = rules.begun_by(now, rules.RECORD_MONTHS)
        steps = self._accounts(now)
        forgotten = Forgotten(
            self._shares(before, now), self._grants(before, now), self._reports(before, now),
            steps[Step.MAIL], steps[Step.PURGE], steps[Step.UNREACHABLE], self._notes(now), self._works(now),
        )  # fmt: skip
        self._drop_hidden_reports()
        return forgotten

    def due(self, at: datetime) -> Forgotten:
        """Return what goes by then if nothing happens; nothing is changed."""
        steps: Counter[Step] = Counter()
        after = AccountId(0)
        with self._db.reading() as work:
            shares, grants, reports = work.forgetting.due(rules.begun_by(at, rules.RECORD_MONTHS))
            before = rules.begun_by(at + rules.NOTICE, rules.RECORD_MONTHS)
            while lot := work.forgetting.idle(before, after, LOT):
                steps.update(rules.step(one.idle, at) for one in lot)
                after = lot[-1].id
        return Forgotten(shares, grants, reports, steps[Step.MAIL], steps[Step.PURGE], steps[Step.UNREACHABLE])

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

    def _accounts(self, now: datetime) -> Counter[Step]:
        """Tell and purge; return how many accounts each step was due for."""
        done: Counter[Step] = Counter()
        before, after = rules.begun_by(now + rules.NOTICE, rules.RECORD_MONTHS), AccountId(0)
        while True:
            with self._db.reading() as work:
                lot = work.forgetting.idle(before, after, LOT)
            if not lot:
                return done
            for one in lot:
                due = rules.step(one.idle, now)
                if due in (Step.MAIL, Step.PURGE):
                    with self._db.writing() as work:
                        due = self._took(work, one.id, now)
                done[due] += 1
            after = lot[-1].id

    def _took(self, work: Work, account_id: AccountId, now: datetime) -> Step:
        """Do what is due for an account now; it may have logged in since it was read."""
        one = work.forgetting.still_idle(account_id)
        due = rules.step(one.idle, now) if one is not None else Step.KEEP
        if one is None or due not in (Step.MAIL, Step.PURGE):
            return due
        if due is Step.PURGE:
            work.forgetting.account(account_id, now)
        else:
            goes = max(rules.goes_at(one.idle.seen_at), now + rules.NOTICE)
            work.forgetting.mailed(account_id, work.outbox.add(self._words.account_goes(one.email, goes), now))
        subject = str(account_id)
        event = Event(Family.ADMIN, "account.farewell", SYSTEM, subject)
        if due is Step.PURGE:
            event = Event(Family.ADMIN, "account.purge", SYSTEM, subject)
        work.journal.append(event, now)
        return due

    def _notes(self, now: datetime) -> int:
        total = 0
        while True:
            with self._db.reading() as work:
                lot = work.notes.left_over(LOT)
            if not lot:
                return total
            kept = [self._export(one) for one in lot if notes.is_for_the_hospital(one)]
            with self._db.writing() as work:
                work.notes.forget([one.id for one in lot])
                facts = {"notes": len(lot), "exported": len(kept)}
                work.journal.append(Event(Family.SYSTEM, "note.forgotten", SYSTEM, facts=facts), now)
            total += len(lot)

    def _export(self, note: Note) -> str:
        """Write a note that the hospital keeps and return its key, the same one after a turn that was killed."""
        with self._db.reading() as work:
            study = work.studies.by_uid(note.study_uid)
        key = f"exported/notes/{note.study_uid}.{note.id}.json"
        self._objects.put(key, notes.exported(note, study.traits if study else None, study.date if study else None))
        return key

    def _works(self, now: datetime) -> int:
        with self._db.writing() as work:
            count = work.kept_work.forget_left_over()
            if count:
                work.journal.append(Event(Family.SYSTEM, "work.forgotten", SYSTEM, facts={"works": count}), now)
        return count

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

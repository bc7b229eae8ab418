"""Access in an emergency: the desk gives exams to an RPPS number by telephone, for hours, with its reason.

::

    give -> promise -> (the account exists) a grant at once
                    -> (it does not)        a grant at that person's first log-in, within the hours
    end  -> promises and grants of that gift are over now
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import groupby

from appliance.domain import emergency, national_ids
from appliance.domain.emergency import EmergencyPolicy
from appliance.domain.errors import Malformed, Refused
from appliance.domain.identifiers import AccountId, PersonId
from appliance.domain.jobs import Priority
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.people import Person
from appliance.domain.sharing import Origin
from appliance.usecases.ports import Clock, Page, PromiseRow, StudyRow, UnitOfWork, Work
from appliance.usecases.reasking import reask
from appliance.usecases.recording import pull, recorded, refuse_contradictions


@dataclass(frozen=True, slots=True)
class Urgency:
    """What the desk gives: studies found before, to whom, why, for how long."""

    studies: Sequence[StudyRow]
    rpps: str
    reason: str
    hours: int | None = None


class GiftState(StrEnum):
    """Where a gift stands."""

    WAITING = "waiting"
    """That person never logged in here."""
    OPEN = "open"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Gift:
    """One gift as the desk lists it; ``physician`` is empty while nobody by that number is known."""

    id: int
    national_id: str
    physician: str
    person: Person | None
    studies: Sequence[StudyRow]
    reason: str
    made_by: str
    made_at: datetime
    until: datetime
    state: GiftState


@dataclass(frozen=True, slots=True)
class Held:
    """Exams of one patient that a physician holds without a code."""

    person: Person
    until: datetime
    studies: Sequence[StudyRow] = field(default=())


class Emergency:
    """Exams given without a code."""

    def __init__(self, database: UnitOfWork, clock: Clock, policy: EmergencyPolicy | None = None) -> None:
        self._db = database
        self._clock = clock
        self.policy = policy or EmergencyPolicy()

    def give(self, order: Urgency, actor: Actor) -> Gift:
        """Open the exams to the person of that number, and ask for their images.

        Raises
        ------
        Malformed
            ``no_studies``, ``rpps``, ``reason``, ``hours``.
        Refused
            ``two_persons``; ``identity`` when an exam's identity is in doubt.
        """
        now = self._clock.now()
        if not order.studies:
            raise Malformed("no_studies")
        number, why = national_ids.rpps(order.rpps), emergency.reason(order.reason)
        until = emergency.ends(now, order.hours, self.policy)
        refuse_contradictions(self._db, order.studies, actor, now)
        with self._db.writing() as work:
            studies = recorded(work, order.studies, now)
            account = work.accounts.by_national_id(number)
            first = 0
            for study in studies:
                row = PromiseRow(
                    0, number, study.uid, study.person_id, Origin.EMERGENCY, why, _name(actor), now, until
                )
                made = work.promises.add(row)
                first = first or made
                if account is not None:
                    work.shares.grant(row, account.id, now)
                    work.promises.taken(made, now)
                pull(work, study, now)
                reask(work, study, now, Priority.ISSUED)
            facts = {
                "studies": [s.uid for s in studies], "reason": why, "until": until.isoformat(),
                "at_once": account is not None,
            }  # fmt: skip
            work.journal.append(Event(Family.ACCESS, "emergency.give", actor, number, facts=facts), now)
            return self._gift(work, work.promises.together(first))

    def listed(self, page: Page) -> Sequence[Gift]:
        """Return gifts, newest first; the page counts exams."""
        with self._db.reading() as work:
            return self._gifts(work, work.promises.of_origin(Origin.EMERGENCY, page)[0])

    def end(self, gift_id: int, actor: Actor) -> None:
        """End a gift now; raise `Refused` ``not_found`` or ``emergency_over``."""
        now = self._clock.now()
        with self._db.writing() as work:
            promises = work.promises.together(gift_id)
            if not promises or promises[0].origin != Origin.EMERGENCY:
                raise Refused("not_found")
            if promises[0].valid_to <= now:
                raise Refused("emergency_over")
            account = work.accounts.by_national_id(promises[0].national_id)
            for promise in promises:
                if account is not None:
                    work.grants.end(promise, account.id, now)
                work.promises.end(promise.id, now)
            facts = {"studies": [p.study_uid for p in promises]}
            event = Event(Family.ACCESS, "emergency.end", actor, promises[0].national_id, facts=facts)
            work.journal.append(event, now)

    def held(self, account_id: AccountId) -> Sequence[Held]:
        """Return what a physician holds now without a code, patient by patient; each exam still passes the gate."""
        with self._db.reading() as work:
            direct = work.grants.direct(account_id, self._clock.now())
            studies = {s.uid: s for s in work.studies.by_uids([uid for uid, _ in direct])}
            ends: dict[str, datetime] = {}
            for uid, until in direct:
                ends[uid] = max(until, ends.get(uid, until))
            by_person: dict[PersonId, list[StudyRow]] = {}
            for study in studies.values():
                by_person.setdefault(study.person_id, []).append(study)
            people = {person_id: work.people.by_id(person_id) for person_id in by_person}
        return [
            Held(person, max(ends[s.uid] for s in rows), rows)
            for person_id, rows in by_person.items() if (person := people[person_id]) is not None
        ]  # fmt: skip

    # --- within ---

    def _gifts(self, work: Work, promises: Iterable[PromiseRow]) -> list[Gift]:
        def together(row: PromiseRow) -> tuple[str, datetime, str, int]:
            return row.national_id, row.made_at, row.made_by, row.person_id

        return [self._gift(work, list(rows)) for _, rows in groupby(promises, key=together)]

    def _gift(self, work: Work, rows: Sequence[PromiseRow]) -> Gift:
        first = min(rows, key=lambda row: row.id)
        account = work.accounts.by_national_id(first.national_id)
        waiting = GiftState.WAITING if first.taken_at is None else GiftState.OPEN
        return Gift(
            id=first.id,
            national_id=first.national_id,
            physician=f"{account.given_name} {account.family_name}".strip() if account else "",
            person=work.people.by_id(PersonId(first.person_id)),
            studies=work.studies.by_uids([row.study_uid for row in rows]),
            reason=first.reason,
            made_by=first.made_by,
            made_at=first.made_at,
            until=first.valid_to,
            state=GiftState.OVER if first.valid_to <= self._clock.now() else waiting,
        )


def _name(actor: Actor) -> str:
    return (actor.label or actor.id)[:256]

"""Exams of a physician: their states, and opening them. A view is journaled before its first byte."""

from collections.abc import Sequence
from datetime import timedelta

from appliance.domain import access, bulk, exams, sharing
from appliance.domain.access import Context
from appliance.domain.bulk import Way
from appliance.domain.errors import Refused
from appliance.domain.exams import ExamFacts, ExamState
from appliance.domain.identifiers import AccountId, PersonId, SopUID, StudyUID
from appliance.domain.journal import Event, Family
from appliance.domain.people import Person
from appliance.domain.reports import STRICT, ReportPolicy
from appliance.domain.sign_in import Requester
from appliance.usecases.bulk import Bulk
from appliance.usecases.concealing import concealed, embargoed, is_report, unreadable
from appliance.usecases.ports import (
    Clock,
    FrameFacts,
    Gate,
    InstanceRow,
    SeriesRow,
    StudyFacts,
    StudyRow,
    UnitOfWork,
    Work,
)
from appliance.usecases.reasking import Reasking
from appliance.usecases.recording import hurry, lacks
from appliance.usecases.sharing import actor_of

MOST_KEPT_BACK = 2000
"""So many of the newest exams are looked at."""


class Exams:
    """What is behind the gate."""

    def __init__(
        self,
        database: UnitOfWork,
        clock: Clock,
        gate: Gate,
        idle: timedelta,
        reasking: Reasking,
        reports: ReportPolicy = STRICT,
        limits: bulk.Limits = bulk.DEFAULTS,
    ) -> None:
        self._db = database
        self.bulk = Bulk(database, clock, limits)
        self._reports = reports
        self._clock = clock
        self._gate = gate
        self._idle = idle
        self._reasking = reasking

    def open(self, requester: Requester, token_hash: bytes, uids: Sequence[StudyUID]) -> Sequence[StudyRow]:
        """Record the view and return the studies; the journal is committed before this returns.

        Raises
        ------
        Refused
            ``not_found`` when any study is foreign or unknown, alike; ``two_persons``; ``too_many_exams``.
        TryLater
            ``exams_hour``: of those that this session did not open before, none opens.
        """
        if len(uids) > exams.MOST_TOGETHER:
            raise Refused("too_many_exams", most=exams.MOST_TOGETHER)
        self._check(token_hash, uids)
        self._hurry(uids)
        if self._reasking.opening(uids):
            self._check(token_hash, uids)
        with self._db.reading() as work:
            studies = work.studies.by_uids(uids)
        if len({study.person_id for study in studies}) != 1:
            raise Refused("two_persons")
        self.viewed(requester, *(study.uid for study in studies))
        return studies

    def _hurry(self, uids: Sequence[StudyUID]) -> None:
        """Have what is not here yet brought before anything that nobody waits for."""
        with self._db.reading() as work:
            lacking = [study for study in work.studies.by_uids(uids) if lacks(study)]
        if lacking:
            with self._db.appending() as work:
                for study in lacking:
                    hurry(work, study, self._clock.now())

    def _check(self, token_hash: bytes, uids: Sequence[StudyUID]) -> None:
        if not uids or not all(self.may_see(token_hash, uid) for uid in uids):
            raise Refused("not_found")

    def viewed(self, requester: Requester, *uids: StudyUID) -> None:
        """Journal the views, each once a session (or token, or key) and study, and count them (R-I).

        What a token reads is in another program's hands: it counts as downloaded, too.

        Raises
        ------
        TryLater
            ``exams_hour``, ``downloads_day``: none of those that are new is viewed.
        """
        now, bearer = self._clock.now(), requester.bearer_id
        with self.bulk.writing(requester) as work:
            new = [uid for uid in uids if self._first(work, requester, uid)]
            if not new:
                return
            self.bulk.count(work, requester, Way.OPENED, new)
            facts = {"means": requester.means, "session": requester.session_id}
            if bearer:
                self.bulk.count(work, requester, Way.DOWNLOADED, new)
                work.bearers.used(bearer, now)
                facts = {"means": requester.means, "bearer": bearer}
            for uid in new:
                work.journal.append(Event(Family.ACCESS, "exam.view", actor_of(requester), uid, facts=facts), now)

    def _first(self, work: Work, requester: Requester, uid: StudyUID) -> bool:
        now = self._clock.now()
        if requester.bearer_id:
            return work.bearers.first_view(requester.bearer_id, uid, now)
        return work.sessions.first_view(requester.session_id, uid, now)

    def may_see(self, token_hash: bytes, uid: StudyUID) -> bool:
        """Whether the session may see the study now: the one authorisation of every route."""
        facts = self._gate.study(token_hash, uid)
        return self._opens(facts, uid)

    def may_take(self, token_hash: bytes, uid: StudyUID) -> bool:
        """Whether the session may take the study's files away now: its share allows downloads."""
        facts = self._gate.study(token_hash, uid)
        return access.may_take(self._context(facts), facts.grants, self._clock.now()) and self._opens(facts, uid)

    def _opens(self, facts: StudyFacts, uid: StudyUID) -> bool:
        """Whether a grant opens the study, and no embargo stands before it.

        What the hospital opens by itself to somebody named, an emergency above all, does not wait for a report.
        """
        context, now = self._context(facts), self._clock.now()
        if not access.may_see(context, facts.grants, now):
            return False
        if not self._reports.embargo or access.may_see(context, filter(access.is_direct, facts.grants), now):
            return True
        return not self.embargoed([uid])

    def embargoed(self, uids: Sequence[StudyUID]) -> frozenset[StudyUID]:
        """Return those of the exams that are kept back for now; without the policy nothing is asked."""
        if not self._reports.embargo or not uids:
            return frozenset()
        with self._db.reading() as work:
            return embargoed(work, uids, self._reports, self._clock.now())

    def kept_back(self) -> Sequence[StudyRow]:
        """Return the exams that an embargo keeps back, newest first: those that somebody may let out."""
        if not self._reports.embargo:
            return []
        now = self._clock.now()
        since = (now - timedelta(days=self._reports.embargo_days)).astimezone(sharing.PARIS).date()
        with self._db.reading() as work:
            kept = embargoed(work, work.studies.unreleased(since, MOST_KEPT_BACK), self._reports, now)
            found = work.studies.by_uids(list(kept))
        return [study for study in found if state_of(study, embargoed=True) is ExamState.EMBARGOED]

    def instance(self, token_hash: bytes, uid: StudyUID, frame: FrameFacts) -> InstanceRow:
        """Return the instance that the gate found, when its facts open it; raise `Refused` ``not_found``."""
        facts = frame.facts
        if frame.instance is None or frame.instance.state in exams.HIDDEN_INSTANCES:
            raise Refused("not_found")
        if not self._opens(facts, uid):
            raise Refused("not_found")
        if is_report(frame.instance) and self.conceals(uid, frame.instance):
            raise Refused("not_found")
        return frame.instance

    def conceals(self, uid: StudyUID, row: InstanceRow) -> bool:
        """Whether a report among the objects may not be had as a file: not prepared yet, not validated, in doubt."""
        return row.state == "received" or row.sop_uid in self.concealed(uid)

    def concealed(self, uid: StudyUID) -> frozenset[SopUID]:
        """Return the objects of an exam that are reports nobody may see."""
        with self._db.reading() as work:
            return concealed(work, uid, self._reports)

    def unreadable(self, uid: StudyUID) -> Sequence[InstanceRow]:
        """Return the reports of an exam, among its objects, that cannot be read, each with its reason."""
        with self._db.reading() as work:
            return unreadable(work, uid, self._reports)

    def _context(self, facts: StudyFacts) -> Context | None:
        return access.context_of(facts.caller, self._idle) if facts.caller else None

    def granted(self, account_id: int) -> Sequence[StudyUID]:
        """Return every study that the account holds now, by shares or without one; each still passes the gate."""
        now, account = self._clock.now(), AccountId(account_id)
        with self._db.reading() as work:
            held, direct = work.shares.holdings(account), work.grants.direct(account, now)
        uids = [uid for h in held if sharing.gives_access(h.share, now) for uid in h.share.studies]
        return list(dict.fromkeys([*uids, *(uid for uid, _ in direct)]))

    def visible(self, token_hash: bytes, requester: Requester) -> Sequence[StudyRow]:
        """Return the studies that the requester may see now, newest first."""
        if requester.bearer_id:
            with self._db.reading() as work:
                held = work.bearers.studies(requester.bearer_id)
        else:
            held = self.granted(requester.id)
        return self.studies([uid for uid in held if self.may_see(token_hash, uid)])

    def person(self, person_id: PersonId) -> Person | None:
        """Return the patient."""
        with self._db.reading() as work:
            return work.people.by_id(person_id)

    def studies(self, uids: Sequence[StudyUID]) -> Sequence[StudyRow]:
        """Return those that are known, newest first."""
        with self._db.reading() as work:
            return work.studies.by_uids(uids)

    def series(self, uid: StudyUID) -> Sequence[SeriesRow]:
        """Return the series of a study."""
        with self._db.reading() as work:
            return work.studies.series(uid)

    def instances(self, uid: StudyUID) -> Sequence[InstanceRow]:
        """Return the instances of a study, without the reports that may not be seen."""
        with self._db.reading() as work:
            rows = work.instances.of_study(uid)
            if not any(is_report(row) for row in rows):
                return rows
            unseen = concealed(work, uid, self._reports)
        return [r for r in rows if r.sop_uid not in unseen and not (is_report(r) and r.state == "received")]


def state_of(study: StudyRow, *, embargoed: bool = False) -> ExamState:
    """Return what to say beside an exam (R-E); the desk, which issues codes all the same, is told of no embargo."""
    return exams.state(
        ExamFacts(
            received=study.received,
            ready=study.ready,
            undisplayable=study.undisplayable,
            expected=study.expected,
            complete=study.complete,
            requested=study.requested_at is not None,
            unreachable_since=study.unreachable_since,
            withdrawn=study.taken_back or study.withdrawn_at is not None,
            identity_alarm=bool(study.identity_alarm),
            embargoed=embargoed,
            failure=study.pull_error,
            pulling=study.pulling,
        )
    )

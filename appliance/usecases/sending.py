"""Deposits, and the measures of physicians, on their way to a PACS, and the proof that they arrived (R-J).

::

    send --job *send*: C-STORE--> sent --job *prove*--> commitment asked --report--> proven or failed
                                          |  not offered, refused, never reported: C-FIND --> proven or failed

A commitment is written down before it is asked: a report counts even when whoever asked was killed meanwhile.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from appliance.domain import sending as rules
from appliance.domain.errors import Refused, Unavailable
from appliance.domain.identifiers import AccountId, SopUID, StudyUID
from appliance.domain.jobs import JobKind, JobState, Priority
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.nodes import Method
from appliance.domain.sending import Commitment, Ending, ObjectState, Outcome, Proof, Report, Standing, Verdict
from appliance.usecases.ports import Clock, Secrets, SendableRow, SendingRow, SentRow, UnitOfWork, Work

SEND_ATTEMPTS, PROVE_ATTEMPTS = 8, 9
"""With the back-off of jobs two minutes, and twice that: archives index what they received behind their answer."""
SYSTEM = Actor("system", "sending")


class Sending:
    """The way of deposits to a PACS."""

    def __init__(self, database: UnitOfWork, clock: Clock, secrets: Secrets) -> None:
        self._db = database
        self._clock = clock
        self._secrets = secrets

    # --- whoever asks ---

    def send(self, study: StudyUID, node: str, actor: Actor) -> SendingRow:
        """Ask for the unproven deposits of a study to be sent to a node; it is not waited for.

        Raises
        ------
        Refused
            ``node_unknown send_dicomweb study_unknown identity nothing_deposited deposit_proven``.
        """
        now = self._clock.now()
        with self._db.writing() as work:
            objects = _sendable(work, study, node)
            number = work.sendings.add(study, node, objects, now)
            _ask(work, number, now)
            facts = {"sending": number, "node": node, "objects": len(objects)}
            work.journal.append(Event(Family.ADMIN, "deposit.send", actor, study, facts=facts), now)
        return self.get(number)

    def send_made(
        self, study: StudyUID, node: str, account: AccountId, objects: Sequence[SendableRow], asked: Event
    ) -> SendingRow:
        """Ask for objects made of a physician's work to be sent; what is on its way already is not asked for again.

        Raises
        ------
        Refused
            ``identity``: it may be somebody else's exam; ``study_unknown``.
        TryLater
            ``measures_hour``.
        Unavailable
            ``measures_node``: the hospital named a node that cannot be sent to.
        """
        now = self._clock.now()
        with self._db.writing() as work:
            try:
                _receiver(work, study, node)
            except Refused as refused:
                if refused.cause in ("node_unknown", "send_dicomweb"):
                    raise Unavailable("measures_node") from refused
                raise
            last = work.sendings.last_of(account, study)
            if last is not None and last.node == node:
                before = {one.sop_uid for one in work.sendings.objects(last.id)}
                if before == {one.sop_uid for one in objects} and not rules.is_to_repeat(_standing(work, last)):
                    return last
            rules.check_pace([one.asked_at for one in work.sendings.of_account(account, now - rules.HOUR)], now)
            number = work.sendings.add_made(study, node, account, objects, now)
            _ask(work, number, now)
            work.journal.append(replace(asked, facts={**asked.facts, "sending": number, "node": node}), now)
        return self.get(number)

    def last_of(self, account: AccountId, study: StudyUID) -> tuple[SendingRow, Standing] | None:
        """Return the newest sending of a physician's work on an exam, and where it stands; given up is failed."""
        with self._db.reading() as work:
            row = work.sendings.last_of(account, study)
            return (row, _standing(work, row)) if row is not None else None

    def get(self, number: int) -> SendingRow:
        """Return a sending; raise `Refused` ``sending_unknown``."""
        with self._db.reading() as work:
            row = work.sendings.by_id(number)
        if row is None:
            raise Refused("sending_unknown")
        return row

    # --- whoever sends ---

    def waiting(self, number: int) -> Sequence[SendableRow]:
        """Return what is to be sent still; what is here no more, or in another version, fails.

        Raises
        ------
        Refused
            ``identity``: it may be somebody else's exam.
        """
        with self._db.appending() as work:
            row = work.sendings.by_id(number)
            study = work.studies.by_uid(row.study_uid) if row is not None else None
            if study is None or study.identity_alarm:
                raise Refused("identity")
            files = work.sendings.files(number)
            here = {one.sop_uid for one in files}
            gone = [one for one in work.sendings.objects(number, [ObjectState.WAITING]) if one.sop_uid not in here]
            work.sendings.settle(number, [Outcome(one.sop_uid, ObjectState.FAILED, "object_gone") for one in gone])
        return files

    def settle(self, number: int, outcomes: Sequence[Outcome]) -> None:
        """Write down what became of objects."""
        with self._db.appending() as work:
            work.sendings.settle(number, outcomes)

    def sent(self, number: int) -> SendingRow:
        """End the sending: one record, and the proof is asked for."""
        now, row = self._clock.now(), self.get(number)
        with self._db.writing() as work:
            if row.counts.get(ObjectState.SENT):
                self._prove_later(work, number, now, delay_s=0)
            event = Event(Family.SYSTEM, "deposit.sent", SYSTEM, row.study_uid, facts=_facts(row))
            work.journal.append(event, now)
        return row

    # --- whoever proves ---

    def to_ask(self, number: int) -> Sequence[SentRow]:
        """Return the objects that a commitment is to be asked for."""
        left, commitments = self._left(number)
        wanted = set(rules.to_ask([one.sop_uid for one in left], commitments))
        return [one for one in left if one.sop_uid in wanted]

    def to_find(self, number: int) -> Sequence[SentRow]:
        """Return the objects that no commitment will prove any more; what was waited for long enough has lapsed."""
        now = self._clock.now()
        with self._db.appending() as work:
            for one in work.sendings.commitments(number):
                if one.ended_at is None and rules.lapsed(one, now):
                    work.sendings.ended(one.uid, Ending.LAPSED, now)
        left, commitments = self._left(number)
        wanted = set(rules.to_find([one.sop_uid for one in left], commitments))
        return [one for one in left if one.sop_uid in wanted]

    def asking(self, number: int, objects: Sequence[SopUID]) -> str:
        """Write a commitment down before it is asked; return its Transaction UID."""
        uid = f"2.25.{int.from_bytes(self._secrets.random_bytes(16), 'big')}"
        row = self.get(number)
        with self._db.writing() as work:
            work.sendings.ask(Commitment(uid, number, row.node, tuple(objects), self._clock.now()))
        return uid

    def answered(self, number: int, uid: str, *, accepted: bool) -> None:
        """Note how the node took the request; when its report does not come, the objects are looked for."""
        now = self._clock.now()
        with self._db.writing() as work:
            if not accepted:
                work.sendings.ended(uid, Ending.REFUSED, now)
                return
            work.sendings.accepted(uid, now)
            self._prove_later(work, number, now, delay_s=rules.REPORT_LIFE.total_seconds() + 1)

    def found(self, number: int, asked: Sequence[SopUID], named: Collection[SopUID], cause: str) -> None:
        """Take what C-FIND named; the others fail with the cause."""
        now, row = self._clock.now(), self.get(number)
        proven = [uid for uid in asked if uid in named]
        failed = [Outcome(uid, ObjectState.FAILED, cause) for uid in asked if uid not in named]
        with self._db.writing() as work:
            work.sendings.prove(number, proven, Proof.FIND, now)
            work.sendings.settle(number, failed)
            _journal(work, row, SYSTEM, (Proof.FIND, len(proven), len(failed)), now)

    def report(self, node: str, report: Report, actor: Actor) -> Verdict:
        """Take a report of a node; one that does not count is journaled and has no effect."""
        now = self._clock.now()
        with self._db.writing() as work:
            asked = work.sendings.commitment(report.transaction)
            verdict = rules.judged(asked, node, now)
            if asked is not None and verdict is Verdict.TAKEN:
                _take(work, asked, report, actor, now)
            else:
                _ignore(work, actor, report.transaction, verdict, now)
        return verdict

    def unreadable(self, transaction: str, actor: Actor) -> None:
        """Journal a report that cannot be understood; ``transaction`` as far as it could be read."""
        with self._db.writing() as work:
            _ignore(work, actor, transaction, "malformed", self._clock.now())

    def _left(self, number: int) -> tuple[Sequence[SentRow], Sequence[Commitment]]:
        with self._db.reading() as work:
            return work.sendings.objects(number, [ObjectState.SENT]), work.sendings.commitments(number)

    def _prove_later(self, work: Work, number: int, now: datetime, delay_s: float) -> None:
        work.jobs.enqueue(
            JobKind.PROVE, str(number), {"sending": number}, now=now, priority=Priority.BACKGROUND, delay_s=delay_s,
            max_attempts=PROVE_ATTEMPTS,
        )  # fmt: skip


def _ask(work: Work, number: int, now: datetime) -> None:
    work.jobs.enqueue(
        JobKind.SEND, str(number), {"sending": number}, now=now, priority=Priority.ISSUED, max_attempts=SEND_ATTEMPTS
    )


def _standing(work: Work, row: SendingRow) -> Standing:
    """Return where a sending stands; one whose job was given up has failed, whatever waits still."""
    stands = rules.standing(row.counts)
    job = work.jobs.current(JobKind.SEND, str(row.id)) if stands is Standing.SENDING else None
    return Standing.FAILED if job is not None and job.state in (JobState.DEAD, JobState.CANCELLED) else stands


def _receiver(work: Work, study: StudyUID, node: str) -> None:
    """Let pass a study that may be sent, and a node that can be sent to."""
    known = work.nodes.by_name(node)
    if known is None:
        raise Refused("node_unknown")
    if known.method is Method.WADO:
        raise Refused("send_dicomweb")
    row = work.studies.by_uid(study)
    if row is None:
        raise Refused("study_unknown")
    if row.identity_alarm:
        raise Refused("identity")


def _sendable(work: Work, study: StudyUID, node: str) -> Sequence[SendableRow]:
    _receiver(work, study, node)
    objects = work.sendings.unproven(study)
    if not objects:
        raise Refused("deposit_proven" if work.sendings.deposit(study) else "nothing_deposited")
    return objects


def _take(work: Work, asked: Commitment, report: Report, actor: Actor, now: datetime) -> None:
    """Believe a report about those of its objects that nothing has settled yet."""
    row = work.sendings.by_id(asked.sending)
    if row is None:
        raise Unavailable("storage")
    mine = set(asked.objects)
    open_ = [one for one in work.sendings.objects(row.id, [ObjectState.SENT]) if one.sop_uid in mine]
    outcomes = rules.outcomes(report, {one.sop_uid: one.sop_class for one in open_})
    proven = [one.sop_uid for one in outcomes if one.state is ObjectState.PROVEN]
    failed = [one for one in outcomes if one.state is ObjectState.FAILED]
    work.sendings.prove(row.id, proven, Proof.COMMITMENT, now)
    work.sendings.settle(row.id, failed)
    work.sendings.ended(asked.uid, Ending.REPORTED, now)
    _journal(work, row, actor, (Proof.COMMITMENT, len(proven), len(failed)), now)


def _journal(work: Work, row: SendingRow, actor: Actor, said: tuple[Proof, int, int], now: datetime) -> None:
    proof, proven, failed = said
    facts = {"sending": row.id, "node": row.node, "proof": proof, "proven": proven, "failed": failed}
    work.journal.append(Event(Family.SYSTEM, "deposit.proof", actor, row.study_uid, facts=facts), now)


def _ignore(work: Work, actor: Actor, transaction: str, cause: str, now: datetime) -> None:
    event = Event(Family.SYSTEM, "deposit.report_ignored", actor, transaction, cause=cause)
    work.journal.append(event, now)


def _facts(row: SendingRow) -> dict[str, object]:
    return {"sending": row.id, "node": row.node, **{str(state): count for state, count in row.counts.items()}}

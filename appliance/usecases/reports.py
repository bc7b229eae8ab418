"""Reports: keeping every version, showing those that may be seen, telling who read an older one.

The source is durable before `Reports.keep`; what is readable is made of it afterwards, by a killable worker.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from appliance.domain import reports as rules
from appliance.domain.errors import Malformed, Refused
from appliance.domain.identifiers import AccountId, StudyUID
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.reports import Place, Relation, Report, ReportPolicy, ReportState, Version
from appliance.domain.sign_in import Requester
from appliance.usecases.concealing import embargoed
from appliance.usecases.exams import Exams
from appliance.usecases.filing import Kept, ask_for_rendering, filed, found_for, of_patient
from appliance.usecases.ports import ArrivedReport, Clock, DocumentRow, Page, ReportWords, UnitOfWork, Work
from appliance.usecases.sharing import actor_of

_FEW, _MANY = 200, 5000
_NEWS = (ReportState.CORRECTED, ReportState.CANCELLED)


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A version as a physician finds it, with those before it and the addenda to it."""

    row: DocumentRow
    opened: bool
    older: tuple["ReportLine", ...] = ()
    addenda: tuple["ReportLine", ...] = ()


@dataclass(frozen=True, slots=True)
class ReportMark:
    """What a list of exams says of the reports of one: the newest, and whether the reader must look at it."""

    state: ReportState
    stated_at: datetime
    version: int
    important: bool
    unread: bool
    """Corrected, cancelled or important, and not opened yet by this reader."""


class Reports:
    """Reports of exams."""

    def __init__(
        self, database: UnitOfWork, clock: Clock, exams: Exams, words: ReportWords, policy: ReportPolicy
    ) -> None:
        self._db = database
        self._clock = clock
        self._exams = exams
        self._words = words
        self._policy = policy

    # --- arriving ---

    def keep(self, arrived: ArrivedReport, actor: Actor) -> Kept:
        """Keep a version, whatever its state; the same one twice has no effect. Its bytes are durable already."""
        now = self._clock.now()
        with self._db.writing() as work:
            kept = filed(work, arrived, now)
            if kept.new:
                self._follow(work, kept.row, actor, "report.keep", now)
            return kept

    def settle(self, study_uid: StudyUID) -> int:
        """Attach what waited for an exam that is known now; return how many versions left the waiting."""
        with self._db.reading() as work:
            study = work.studies.by_uid(study_uid)
            waiting = work.reports.waiting_for(study_uid, study.accession) if study else ()
        return sum(self._settled(row.id) for row in waiting)

    def sweep(self) -> int:
        """Put what waited too long into the queue; return how many."""
        now = self._clock.now()
        with self._db.reading() as work:
            late = work.reports.overdue(now, _FEW)
        for row in late:
            with self._db.writing() as work:
                moved = replace(row, place=Place.QUEUE, cause=rules.QueueCause.WAITED, wait_until=None)
                work.reports.place(moved, ())
        return len(late)

    def _settled(self, document_id: int) -> bool:
        now = self._clock.now()
        with self._db.writing() as work:
            row = work.reports.by_id(document_id)
            if row is None or row.place is not Place.WAITING:
                return False
            place, studies = found_for(work, row)
            if place.place is Place.WAITING:
                return False
            moved = replace(row, place=place.place, cause=place.cause, wait_until=None, studies=tuple(studies))
            work.reports.place(moved, studies)
            self._follow(work, moved, Actor("system", "reports"), "report.settle", now)
            return True

    def _follow(self, work: Work, row: DocumentRow, actor: Actor, verb: str, now: datetime) -> None:
        """Tell whoever read what this version puts out of date, then write the journal."""
        is_news = row.relation is Relation.ADDS or row.state in _NEWS
        told = self._tell(work, row, now) if is_news and row.place is Place.ATTACHED else 0
        facts = {
            "document": row.id, "version": row.version, "state": row.state, "place": row.place, "told": told,
            "studies": list(row.studies),
        }  # fmt: skip
        subject = row.studies[0] if row.studies else ""
        work.journal.append(Event(Family.SYSTEM, verb, actor, subject, row.cause, facts), now)

    def _tell(self, work: Work, row: DocumentRow, now: datetime) -> int:
        stale = [one.id for one in self._stale(work, row)]
        readers = work.reports.readers(stale) if stale else ()
        told = 0
        for reader in readers:
            if email := work.accounts.address(reader):
                work.outbox.add(self._words.report_changed(email, row.state, now), now)
                told += 1
        return told

    def _stale(self, work: Work, row: DocumentRow) -> Sequence[Version]:
        mine = [one.as_version for one in work.reports.of_set(row.set_id)]
        stale = list(rules.superseded(row.as_version, mine, self._policy))
        parent = work.reports.by_unique_id(row.parent_id) if row.relation is Relation.ADDS else None
        if parent is not None and rules.visible(row.as_version, self._policy):
            stale += [one.as_version for one in work.reports.of_set(parent.set_id)]
        return stale

    # --- reading ---

    def of_study(self, requester: Requester, token_hash: bytes, uid: StudyUID) -> Sequence[ReportLine]:
        """Return the reports of an exam that the session may see now; raise `Refused` ``not_found`` otherwise."""
        if not self._exams.may_see(token_hash, uid):
            raise Refused("not_found")
        return self._lines(requester, [uid])[uid]

    def marks(
        self, requester: Requester, token_hash: bytes, uids: Iterable[StudyUID]
    ) -> Mapping[StudyUID, ReportMark]:
        """Return what to say beside each exam that the session may see and that has a report to show."""
        seen = [uid for uid in uids if self._exams.may_see(token_hash, uid)]
        return {uid: _mark(found) for uid, found in self._lines(requester, seen).items() if found}

    def calling(self, requester: Requester, token_hash: bytes, uids: Iterable[StudyUID]) -> frozenset[StudyUID]:
        """Return those of the exams of which the reader must open a report: corrected, cancelled, important."""
        marks = {uid: _mark(found) for uid, found in self._lines(requester, list(uids)).items() if found}
        return frozenset(uid for uid, mark in marks.items() if mark.unread and self._exams.may_see(token_hash, uid))

    def awaited(self, uids: Sequence[StudyUID]) -> frozenset[StudyUID]:
        """Return those of the exams of which there is a report that is not validated, and so is not shown."""
        with self._db.reading() as work:
            rows = work.reports.of_studies(uids)
        hidden = [row for row in rows if not rules.visible(row.as_version, self._policy)]
        return frozenset(uid for row in hidden for uid in row.studies)

    def validated(self, uids: Sequence[StudyUID]) -> frozenset[StudyUID]:
        """Return those of the exams that have a validated report, corrected or not (R-F)."""
        with self._db.reading() as work:
            rows = work.reports.of_studies(uids)
        of_exam = {uid: [row.as_version for row in rows if uid in row.studies] for uid in uids}
        return frozenset(
            uid for uid, versions in of_exam.items()
            if any(one.current.state in rules.VALIDATED for one in rules.seen(versions, self._policy))
        )  # fmt: skip

    def read(self, requester: Requester, token_hash: bytes, uid: StudyUID, document_id: int) -> DocumentRow:
        """Return a version to be shown; who read which version is in the journal before this returns.

        Raises
        ------
        Refused
            ``not_found``: the exam is closed to the session, or the version is not of it, or not to be seen.
        """
        if not self._exams.may_see(token_hash, uid):
            raise Refused("not_found")
        now = self._clock.now()
        with self._db.writing() as work:
            row = next((one for one in work.reports.of_studies([uid]) if one.id == document_id), None)
            if row is None or not rules.visible(row.as_version, self._policy):
                raise Refused("not_found")
            first = work.reports.read_by(row.id, AccountId(requester.id), now)
            facts = {
                "document": row.id, "version": row.version, "state": row.state, "first": first,
                "means": requester.means, "session": requester.session_id,
            }  # fmt: skip
            work.journal.append(Event(Family.ACCESS, "report.read", actor_of(requester), uid, facts=facts), now)
        return row

    def _lines(self, requester: Requester, uids: Sequence[StudyUID]) -> dict[StudyUID, list[ReportLine]]:
        """Return what is seen of each exam, by two statements for them all."""
        with self._db.reading() as work:
            rows = {row.id: row for row in work.reports.of_studies(uids)}
            opened = work.reports.opened(AccountId(requester.id), list(rows))
        of_exam = {uid: [row.as_version for row in rows.values() if uid in row.studies] for uid in uids}
        return {
            uid: [_line(report, rows, opened) for report in rules.seen(versions, self._policy)]
            for uid, versions in of_exam.items()
        }

    # --- the queue ---

    def waiting(self, page: Page, query: str = "") -> tuple[Sequence[DocumentRow], int]:
        """Return the queue « à rattacher », oldest first."""
        with self._db.reading() as work:
            return work.reports.waiting(page, query)

    def attach(
        self, document_id: int, studies: Sequence[StudyUID], actor: Actor, *, sure: bool = False
    ) -> DocumentRow:
        """Attach a version of the queue to exams.

        Parameters
        ----------
        sure
            Somebody looked: the patient of the report, whose identifiers differ, is the patient of the exams.

        Raises
        ------
        Refused
            ``report_unknown``, ``report_placed``, ``not_found`` (an exam), ``two_persons``, ``other_patient``.
        """
        now = self._clock.now()
        with self._db.writing() as work:
            row = _queued(work, document_id)
            rows = work.studies.by_uids(studies)
            if not rows or len(rows) != len(set(studies)):
                raise Refused("not_found")
            if len({study.person_id for study in rows}) != 1:
                raise Refused("two_persons")
            if not sure and not all(of_patient(work, row, study) for study in rows):
                raise Refused("other_patient")
            moved = replace(row, place=Place.ATTACHED, wait_until=None, studies=tuple(study.uid for study in rows))
            work.reports.place(replace(moved, cause=""), moved.studies)
            self._follow(work, moved, actor, "report.attach", now)
            return moved

    def reject(self, document_id: int, why: str, actor: Actor) -> None:
        """Take a version off the queue for good; it is kept, and shown to nobody.

        Raises
        ------
        Malformed
            ``reason``.
        Refused
            ``report_unknown``, ``report_placed``.
        """
        now, said = self._clock.now(), " ".join(why.split())[:256]
        if not said:
            raise Malformed("reason")
        with self._db.writing() as work:
            row = replace(_queued(work, document_id), place=Place.REJECTED, wait_until=None)
            work.reports.place(row, ())
            facts = {"document": row.id, "reason": said}
            work.journal.append(Event(Family.ADMIN, "report.reject", actor, str(row.id), row.cause, facts), now)

    # --- the embargo ---

    def release(self, uid: StudyUID, why: str, actor: Actor) -> None:
        """Open an exam before a report of it is validated: its radiologist takes that upon him (R-E).

        Raises
        ------
        Malformed
            ``reason``.
        Refused
            ``study_unknown``, ``embargo_over``: nothing keeps it back.
        """
        now, said = self._clock.now(), " ".join(why.split())[:256]
        if not said:
            raise Malformed("reason")
        with self._db.writing() as work:
            if work.studies.by_uid(uid) is None:
                raise Refused("study_unknown")
            if not embargoed(work, [uid], self._policy, now):
                raise Refused("embargo_over")
            work.studies.release(uid, now)
            work.journal.append(Event(Family.ADMIN, "embargo.release", actor, uid, facts={"reason": said}), now)

    # --- making readable ---

    def to_render(self) -> Sequence[int]:
        """Return versions that this renderer has not made readable yet."""
        with self._db.reading() as work:
            return work.reports.to_render(rules.RENDERER, _MANY)

    def resume(self) -> int:
        """At start: ask again for what was never made readable, or by an older renderer; return how many."""
        waiting = self.to_render()
        now = self._clock.now()
        with self._db.appending() as work:
            for document_id in waiting:
                ask_for_rendering(work, document_id, now)
        return len(waiting)

    def source(self, document_id: int) -> DocumentRow | None:
        """Return a version whose text is to be made readable."""
        with self._db.reading() as work:
            return work.reports.by_id(document_id)

    def rendered(self, document_id: int, html_key: str, reason: str = "") -> None:
        """Say under which key the readable text lies, or the reason why there is none."""
        with self._db.appending() as work:
            work.reports.rendered(document_id, html_key, rules.RENDERER, reason)


def _queued(work: Work, document_id: int) -> DocumentRow:
    row = work.reports.by_id(document_id)
    if row is None:
        raise Refused("report_unknown")
    if row.place not in (Place.QUEUE, Place.WAITING):
        raise Refused("report_placed")
    return row


def _line(report: Report, rows: Mapping[int, DocumentRow], opened: frozenset[int]) -> ReportLine:
    older = tuple(ReportLine(rows[one.id], one.id in opened) for one in report.older)
    addenda = tuple(_line(one, rows, opened) for one in report.addenda)
    return ReportLine(rows[report.current.id], report.current.id in opened, older, addenda)


def _mark(lines: Sequence[ReportLine]) -> ReportMark:
    row = lines[0].row
    every = [*lines, *(one for line in lines for one in line.addenda)]
    return ReportMark(
        row.state, row.stated_at or row.sequence_at, row.version, any(one.row.important for one in every),
        any(_calls(one) for one in every),
    )  # fmt: skip


def _calls(line: ReportLine) -> bool:
    return not line.opened and (line.row.state in _NEWS or line.row.important)

"""Reports, seen by the desk: those to attach, with the exams they may belong to; and the exams that wait for one."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from appliance.domain import sharing
from appliance.domain.errors import Fault, Malformed, Refused
from appliance.domain.identifiers import study_uid
from appliance.domain.people import Identifier, PatientTraits
from appliance.domain.sign_in import OpenSession
from appliance.domain.staff import Act, Role, may
from appliance.usecases.attaching import Queued
from appliance.usecases.ports import Page
from appliance.usecases.sharing import actor_of
from webui import patients
from webui.answers import page, problem, see_other, texts
from webui.executors import in_db
from webui.faults import status_of
from webui.forms import Form, form_of
from webui.i18n import Texts
from webui.keys import HOUSE
from webui.pages.guards import desk, staff
from webui.patients import ExamLine, exam_line

MOST_LISTED = 100
DONE = ("attached", "rejected", "released")


@dataclass(frozen=True, slots=True)
class Exam:
    """An exam it may belong to, whose it is, and whether that is the report's patient."""

    line: ExamLine
    patient: str
    same: bool
    named: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A report of the queue."""

    id: int
    title: str
    state: str
    cause: str
    name: str
    born: str
    number: str
    accession: str
    source: str
    came: str
    exams: Sequence[Exam]


@dataclass(frozen=True, slots=True)
class KeptBack:
    """An exam under embargo, and whose it is."""

    line: ExamLine
    patient: str
    born: str


def routes() -> list[web.RouteDef]:
    """Return the routes of the queue and of the embargo."""
    one = r"/desk/reports/{report:\d{1,15}}"
    releases = staff(Act.RELEASE_EMBARGO)
    return [
        web.get("/desk/reports", desk(shown)), web.post(f"{one}/attach", desk(attach)),
        web.post(f"{one}/reject", desk(reject)), web.post("/desk/embargo/{study}/release", releases(release)),
    ]  # fmt: skip


async def shown(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Show what waits."""
    return await _reports(request, session, None, Form({}))


async def attach(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Attach to the exams ticked; against the patient's identifiers only an administrator who says so."""
    form, number = await form_of(request), int(request.match_info["report"])
    sure = "sure" in form
    try:
        if sure and not may(Role(session.requester.role), Act.UNBLOCK_IDENTITY):
            raise Refused("administrator_needed")
        uids = [study_uid(text) for text in form.texts("study")]
        if not uids:
            raise Malformed("no_studies")
        actor, verb = actor_of(session.requester), request.app[HOUSE].reports.attach
        await in_db(request, lambda: verb(number, uids, actor, sure=sure))
    except Fault as fault:
        return await _reports(request, session, fault, form)
    return see_other("/desk/reports?done=attached")


async def reject(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Take a report off the queue for good."""
    form, number = await form_of(request), int(request.match_info["report"])
    try:
        verb = request.app[HOUSE].reports.reject
        await in_db(request, verb, number, form.text("reason", 600), actor_of(session.requester))
    except Fault as fault:
        return await _reports(request, session, fault, form)
    return see_other("/desk/reports?done=rejected")


async def release(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Open an exam before its report."""
    form = await form_of(request)
    try:
        uid, why = study_uid(request.match_info["study"]), form.text("reason", 600)
        await in_db(request, request.app[HOUSE].reports.release, uid, why, actor_of(session.requester))
    except Fault as fault:
        return await _reports(request, session, fault, form)
    return see_other("/desk/reports?done=released")


async def _kept_back(request: web.Request, session: OpenSession) -> Sequence[KeptBack]:
    """Return the exams that whoever asks may let out."""
    if not may(Role(session.requester.role), Act.RELEASE_EMBARGO):
        return ()
    found, t = await in_db(request, request.app[HOUSE].exams.kept_back), texts(request)
    return [KeptBack(exam_line(row, t), patients.name_of(row.traits), patients.born(row.traits)) for row in found]


async def _reports(request: web.Request, session: OpenSession, fault: Fault | None, form: Form) -> web.Response:
    found, total = await in_db(request, request.app[HOUSE].attaching.queue, Page(limit=MOST_LISTED))
    done, kept = request.query.get("done", ""), await _kept_back(request, session)
    return await page(
        request, "desk/reports.html", status_of(fault) if fault else 200, tab="reports", form=form, total=total,
        lines=[_line(one, texts(request)) for one in found], done=done if done in DONE else "",
        tried=request.match_info.get("report") or request.match_info.get("study", ""),
        kept=kept[:MOST_LISTED], kept_more=max(0, len(kept) - MOST_LISTED),
        problem=problem(request, fault) if fault else None,
    )  # fmt: skip


def _line(one: Queued, t: Texts) -> Line:
    row, came = one.row, one.row.at.astimezone(sharing.PARIS)
    first = row.patients[0] if row.patients else Identifier("")
    traits = PatientTraits(first, row.patient_name, row.birth_date, row.sex)
    return Line(
        id=row.id,
        title=row.title,
        state=row.state,
        cause=row.cause,
        name=patients.name_of(traits),
        born=patients.born(traits),
        number=f"{first.value} ({first.authority})" if first.authority else first.value,
        accession=row.accession,
        source=row.sender,
        came=f"{came:%d/%m/%Y %H:%M}",
        exams=[
            Exam(exam_line(c.study, t), patients.name_of(c.study.traits), c.same, c.named) for c in one.candidates
        ],
    )  # fmt: skip

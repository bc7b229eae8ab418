"""Codes already issued, seen by the desk: list, show, slip, extend, revoke, unblock."""

from dataclasses import dataclass

from aiohttp import web

from appliance.domain import sharing
from appliance.domain.errors import Fault, Refused
from appliance.domain.identifiers import ShareId
from appliance.domain.notes import Note
from appliance.domain.sharing import ShareState
from appliance.domain.sign_in import OpenSession
from appliance.domain.staff import Act, Role, may
from appliance.usecases.ports import Page
from appliance.usecases.sharing import ShareView, actor_of
from webui import patients
from webui.answers import page, problem, see_other, texts
from webui.executors import in_db
from webui.forms import form_of
from webui.keys import HOUSE
from webui.pages.guards import desk
from webui.patients import exam_line
from webui.slips import slip_pdf, spelled

REASONS = ("lost", "withdrawn", "wrong_exams", "other")
EXTENSIONS = (31, 92, 183)
STATES = ("", "valid", "expired", "blocked", "revoked")


@dataclass(frozen=True, slots=True)
class Row:
    """One code of the hospital's list; the code itself is shown on its own page only."""

    share_id: ShareId
    name: str
    birth_date: str
    patient_id: str
    state: ShareState
    expires: str
    issued_by: str
    issued: str
    holders: int
    exams: int
    comment: str
    downloads: bool


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A note of a physician for the hospital."""

    text: str
    author: str
    when: str
    exam: str


def routes() -> list[web.RouteDef]:
    """Return the routes of codes already issued."""
    one = "/desk/codes/{share_id}"
    return [
        web.get("/desk/codes", desk(listed)), web.post("/desk/codes/search", desk(search)),
        web.get(one, desk(shown)), web.get(f"{one}/slip.pdf", desk(slip)),
        web.post(f"{one}/revoke", desk(revoke)), web.post(f"{one}/extend", desk(extend)),
        web.post(f"{one}/unblock", desk(unblock)),
    ]  # fmt: skip


async def listed(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Show the codes of the hospital, newest first."""
    return await _list(request, "", request.query.get("state", ""))


async def search(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Show the codes that match; a form, so that no name stands in an address."""
    form = await form_of(request)
    return await _list(request, form.text("query", 64), form.text("state", 16))


async def shown(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Show a code with its exams, in large for the telephone; showing it is journaled."""
    return await _one(request, session, None)


async def slip(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Return the slip to print."""
    house, share_id = request.app[HOUSE], _share_id(request)
    view = await in_db(request, house.sharing.shown, share_id)
    code = await in_db(request, house.sharing.code, share_id, actor_of(session.requester))
    body = await in_db(request, slip_pdf, request, view, code, texts(request))
    headers = {"Content-Disposition": 'inline; filename="bulletin.pdf"'}
    return web.Response(body=body, content_type="application/pdf", headers=headers)


async def revoke(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """End the code for good."""
    reason = (await form_of(request)).text("reason", 32)
    cause = reason if reason in REASONS else "other"
    sharing_ = request.app[HOUSE].sharing
    try:
        await in_db(request, sharing_.revoke, _share_id(request), cause, actor_of(session.requester))
    except Refused as refused:
        return await _one(request, session, refused)
    return see_other(f"/desk/codes/{_share_id(request)}?done=revoked")


async def extend(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Give the code more days."""
    text = (await form_of(request)).text("days", 4)
    days = int(text) if text.isascii() and text.isdigit() else 0
    sharing_ = request.app[HOUSE].sharing
    try:
        await in_db(request, sharing_.extend, _share_id(request), days, actor_of(session.requester))
    except Fault as fault:
        return await _one(request, session, fault)
    return see_other(f"/desk/codes/{_share_id(request)}?done=extended")


async def unblock(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Lift a block."""
    requester, share_id = session.requester, _share_id(request)
    administrator = may(Role(requester.role), Act.UNBLOCK_IDENTITY)
    unblock_ = request.app[HOUSE].sharing.unblock
    try:
        await in_db(request, lambda: unblock_(share_id, actor_of(requester), administrator=administrator))
    except Refused as refused:
        return await _one(request, session, refused)
    return see_other(f"/desk/codes/{share_id}?done=unblocked")


def _share_id(request: web.Request) -> ShareId:
    return ShareId(request.match_info["share_id"][:128])


async def _list(request: web.Request, query: str, state: str) -> web.Response:
    house = request.app[HOUSE]
    views, total = await in_db(request, house.sharing.listed, Page(limit=500), query)
    rows = [_row(request, view) for view in views]
    kept = [row for row in rows if not state or row.state == state]
    return await page(
        request, "desk/codes.html", tab="codes", rows=kept, query=query, state=state, states=STATES,
        total=total, any_code=bool(total), reasons=REASONS, extensions=EXTENSIONS,
    )  # fmt: skip


def _row(request: web.Request, view: ShareView) -> Row:
    share, now = view.share, request.app[HOUSE].clock.now()
    issued = share.issued_at.astimezone(sharing.PARIS)
    return Row(
        share.id, patients.name_of(view.person.traits), patients.born(view.person.traits),
        view.person.traits.identifier.value, sharing.state(share, now), _day(view), share.issued_by,
        f"{issued:%d/%m/%Y %H:%M}", len(view.holders), len(view.studies), share.comment,
        share.downloads,
    )  # fmt: skip


async def _one(request: web.Request, session: OpenSession, fault: Fault | None) -> web.Response:
    house, t, share_id = request.app[HOUSE], texts(request), _share_id(request)
    view = await in_db(request, house.sharing.shown, share_id)
    try:
        code = str(await in_db(request, house.sharing.code, share_id, actor_of(session.requester)))
    except Refused:
        code = ""
    exams = [exam_line(study, t) for study in view.studies]
    notes = await in_db(request, house.notes.for_the_hospital, actor_of(session.requester), view.share.studies)
    named = {exam.uid: " ".join(filter(None, (exam.kind, exam.date))) for exam in exams}
    done = request.query.get("done", "")
    return await page(
        request, "desk/issued.html", 200 if fault is None else 403, tab="codes", code=code,
        row=_row(request, view), exams=exams,
        notes=[_note(one, named[one.study_uid]) for one in notes],
        spelled=spelled(code), letters=" ".join(code),
        problem=problem(request, fault) if fault else None,
        done=done if done in ("revoked", "extended", "unblocked") else "",
        reasons=REASONS, extensions=EXTENSIONS,
    )  # fmt: skip


def _note(note: Note, exam: str) -> NoteLine:
    at = (note.edited_at or note.written_at).astimezone(sharing.PARIS)
    return NoteLine(note.text, note.author, f"{at:%d/%m/%Y %H:%M}", exam)


def _day(view: ShareView) -> str:
    return f"{sharing.printed_day(view.share.expires_at):%d/%m/%Y}"

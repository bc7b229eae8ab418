"""Access in an emergency: exams given by telephone to an RPPS number, listed and ended here."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from appliance.domain import sharing
from appliance.domain.errors import Fault, Malformed, Refused
from appliance.domain.sign_in import OpenSession
from appliance.domain.staff import Act
from appliance.usecases.emergency import Gift, GiftState, Urgency
from appliance.usecases.ports import Page
from appliance.usecases.sharing import actor_of
from webui import patients
from webui.answers import page, problem, see_other, texts
from webui.executors import in_db
from webui.faults import status_of
from webui.forms import Form, form_of
from webui.keys import HOUSE
from webui.pages.desk_patients import finding_of, query_in, ticked_studies, ticked_uids
from webui.pages.guards import staff
from webui.patients import ExamLine, exam_line

KINDS = {
    GiftState.WAITING: ("info", "clock"), GiftState.OPEN: ("ok", "check-circle"), GiftState.OVER: ("", "ban"),
}  # fmt: skip
HOURS = (1, 2, 4, 8, 12, 24)
MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class GiftLine:
    """A gift as one line of the list."""

    id: int
    rpps: str
    physician: str
    name: str
    exams: Sequence[ExamLine]
    reason: str
    made_by: str
    made: str
    until: str
    state: GiftState
    kind: str
    sign: str


def routes() -> list[web.RouteDef]:
    """Return the routes of access in an emergency."""
    return [
        web.get("/desk/emergency", staff(Act.EMERGENCY)(shown)),
        web.post("/desk/emergency", staff(Act.EMERGENCY)(give)),
        web.post("/desk/emergency/{gift}/end", staff(Act.EMERGENCY)(end)),
    ]  # fmt: skip


async def shown(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Show the search, the form of the patient chosen and the gifts."""
    return await _emergency(request, session, None, Form({}))


async def give(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Open the exams ticked; what is missing is asked beside what was typed."""
    form, house = await form_of(request), request.app[HOUSE]
    try:
        studies = await ticked_studies(request, ticked_uids(form))
        order = Urgency(studies, form.text("rpps", 32), form.text("reason", 600), _hours(form))
        await in_db(request, house.emergency.give, order, actor_of(session.requester))
    except Fault as fault:
        return await _emergency(request, session, fault, form)
    return see_other("/desk/emergency?done=given")


async def end(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """End a gift before its hour."""
    text = request.match_info["gift"]
    try:
        if not (text.isascii() and text.isdigit() and len(text) < 16):
            raise Refused("not_found")
        await in_db(request, request.app[HOUSE].emergency.end, int(text), actor_of(session.requester))
    except Refused as refused:
        if refused.cause == "not_found":
            raise
        return await _emergency(request, session, refused, Form({}))
    return see_other("/desk/emergency?done=ended")


def _hours(form: Form) -> int | None:
    text = form.text("hours", 8)
    if text and not (text.isascii() and text.isdigit()):
        raise Malformed("hours", most=24)
    return int(text) if text else None


async def _emergency(
    request: web.Request, session: OpenSession, fault: Fault | None, form: Form
) -> web.Response:
    house, query = request.app[HOUSE], query_in(session.notes)
    found = await finding_of(request, query, form)
    gifts = await in_db(request, house.emergency.listed, Page(limit=MOST_LISTED))
    fault = fault or found.fault
    done = request.query.get("done", "")
    most, usual = house.emergency.policy.most_hours, house.emergency.policy.hours
    return await page(
        request, "desk/emergency.html", status_of(fault) if fault else 200, tab="emergency",
        query=query, found=found, form=form, problem=problem(request, fault) if fault else None,
        gifts=[_line(request, gift) for gift in gifts], done=done if done in ("given", "ended") else "",
        hours=[n for n in HOURS if n <= most], usual=form.text("hours") or str(usual),
    )  # fmt: skip


def _line(request: web.Request, gift: Gift) -> GiftLine:
    t = texts(request)
    made, until = (at.astimezone(sharing.PARIS) for at in (gift.made_at, gift.until))
    name = patients.name_of(gift.person.traits) if gift.person else ""
    return GiftLine(
        gift.id, gift.national_id[1:], gift.physician, name, [exam_line(s, t) for s in gift.studies],
        gift.reason, gift.made_by, f"{made:%d/%m/%Y %H:%M}", f"{until:%d/%m/%Y %H:%M}", gift.state, *KINDS[gift.state],
    )  # fmt: skip

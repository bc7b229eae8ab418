"""The reception desk: find the patient in the index and the PACS, tick the exams, issue the code."""

import json

from aiohttp import web

from appliance.domain.errors import Fault, Malformed
from appliance.domain.sharing import Downloads
from appliance.domain.sign_in import OpenSession
from appliance.usecases.sharing import Order, actor_of
from webui.answers import page, problem, see_other
from webui.executors import in_db
from webui.faults import status_of
from webui.forms import Form, form_of
from webui.keys import HOUSE
from webui.pages.desk_patients import finding_of, query_in, ticked_studies, ticked_uids
from webui.pages.guards import desk

DAYS = (183, 92, 31)
SEARCHES = {"emergency": "/desk/emergency"}
"""Pages of the desk beside issuing that have the search."""


def routes() -> list[web.RouteDef]:
    """Return the routes of issuing."""
    return [
        web.get("/desk", desk(shown)), web.post("/desk/search", desk(search)),
        web.post("/desk/codes", desk(issue)),
    ]  # fmt: skip


async def shown(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Show the search and, once something is looked for, the patients found."""
    return await _desk(request, query_in(session.notes), None, Form({}))


async def search(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Keep the query with the session and show what it finds: no trait in an address."""
    form = await form_of(request)
    query = form.text("query", 128)
    notes = json.dumps({"desk": query}, ensure_ascii=False)
    await in_db(request, request.app[HOUSE].sign_in.note, session.requester.session_id, notes)
    return see_other(SEARCHES.get(form.text("page", 16), "/desk"))


async def issue(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Issue the code for the exams ticked; what is missing is asked beside what was typed."""
    form = await form_of(request)
    house = request.app[HOUSE]
    try:
        studies = await ticked_studies(request, ticked_uids(form))
        order = Order(
            studies, form.text("given_name", 128), form.text("birth_date", 32), _days(form),
            form.text("comment", 513), downloads="downloads" in form,
        )  # fmt: skip
        issued = await in_db(request, house.sharing.issue, order, actor_of(session.requester))
    except Fault as fault:
        return await _desk(request, query_in(session.notes), fault, form)
    return see_other(f"/desk/codes/{issued.share.id}")


def _days(form: Form) -> int | None:
    text = form.text("days", 8)
    if text and not (text.isascii() and text.isdigit()):
        raise Malformed("days", most=365)
    return int(text) if text else None


async def _desk(request: web.Request, query: str, fault: Fault | None, form: Form) -> web.Response:
    found = await finding_of(request, query, form)
    fault, policy = fault or found.fault, request.app[HOUSE].sharing.policy
    return await page(
        request, "desk/issue.html", status_of(fault) if fault else 200, tab="issue", query=query,
        found=found, form=form, days=DAYS, may_choose=policy.downloads is Downloads.CHOICE,
        problem=problem(request, fault) if fault else None,
    )  # fmt: skip

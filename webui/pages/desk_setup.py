"""The first log-in of the staff: an own password and an own authenticator, before anything else."""

import json

import segno
from aiohttp import web

from appliance.domain import passwords
from appliance.domain.common_passwords import ROOTS
from appliance.domain.errors import Fault
from appliance.domain.sign_in import OpenSession, Requester
from appliance.domain.staff import Role
from appliance.usecases.staff_access import Chosen, NewSecret
from webui.answers import home_of, page, problem, see_other, tell_when
from webui.executors import in_db, in_hash
from webui.faults import status_of
from webui.forms import form_of
from webui.keys import HOUSE
from webui.pages.guards import SET_UP, setting_up


def routes() -> list[web.RouteDef]:
    """Return the routes of the set-up."""
    return [web.get(SET_UP, setting_up(shown)), web.post(SET_UP, setting_up(keep))]


async def shown(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Ask for a password and show the QR code of a new authenticator."""
    secret = await in_db(request, request.app[HOUSE].staff_access.begin, session.requester)
    return await _page(request, session.requester, secret, None)


async def keep(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Keep both, or say what is wrong with them beside the same QR code."""
    form, house = await form_of(request), request.app[HOUSE]
    token = form.text("setup", 64)
    chosen = Chosen(form.secret("password"), form.secret("password_again"), form.text("code", 16))
    try:
        await in_hash(request, house.staff_access.set_up, session.requester, token, chosen)
    except Fault as fault:
        if fault.cause == "session":
            raise
        waiting = await in_db(request, house.staff_access.waiting, session.requester, token)
        if waiting is None:
            waiting = await in_db(request, house.staff_access.begin, session.requester)
        return tell_when(await _page(request, session.requester, waiting, fault), fault)
    return see_other(home_of(Role(session.requester.role)))


async def _page(
    request: web.Request, requester: Requester, secret: NewSecret, fault: Fault | None
) -> web.Response:
    own = passwords.own_words((requester.label,))
    return await page(
        request, "desk/setup.html", status_of(fault) if fault else 200, tab="setup",
        cause=fault.cause if fault else "", problem=problem(request, fault) if fault else None,
        rules=str(fault.facts.get("rules", "")).split() if fault else [], setup=secret.token,
        qr=segno.make(secret.uri, error="m").svg_data_uri(scale=4, border=3, light="#fff"),
        secret=" ".join(secret.secret[at : at + 4] for at in range(0, len(secret.secret), 4)),
        policy=request.app[HOUSE].staff_access.policy,
        banned=json.dumps(sorted(ROOTS | own), ensure_ascii=False),
    )  # fmt: skip

"""Passkeys between the page's script and the use cases: JSON both ways, and what is refused in words."""

import json
from typing import Any

from aiohttp import web

from appliance.domain.errors import Fault, Malformed, Refused
from appliance.domain.sign_in import OpenSession
from appliance.usecases.ceremonies import Begun
from appliance.usecases.ports import Site
from webui.answers import problem, tell_when
from webui.executors import in_db
from webui.faults import status_of
from webui.keys import HOUSE
from webui.middlewares.cookies import drop_cookie, put_cookie, read_cookie
from webui.middlewares.origins import address, user_agent
from webui.pages.guards import physician
from webui.pages.login import enter
from webui.sites import site_of

CEREMONY = "negatoscope-passkey"
WAIT_S = 300


def routes() -> list[web.RouteDef]:
    """Return the routes of both ceremonies."""
    return [
        web.post("/account/passkeys/begin", physician(begin)), web.post("/account/passkeys", physician(add)),
        web.post("/login/passkey/begin", begin_login), web.post("/login/passkey", login),
    ]  # fmt: skip


async def begin(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Tell the browser which passkey to make."""
    try:
        begun = await in_db(
            request, request.app[HOUSE].second_factors.begin_passkey, session.requester, _site(request)
        )
    except Fault as fault:
        return _refused(request, fault)
    return _begun(request, begun)


async def add(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Keep the passkey just made."""
    try:
        answer, name = await _answer(request)
        token = read_cookie(request, CEREMONY)
        keep = request.app[HOUSE].second_factors.add_passkey
        await in_db(request, keep, session.requester, _site(request), token, answer, name)
    except Fault as fault:
        return _refused(request, fault)
    response = web.json_response({"href": "/account?done=passkey_add#s-pk"})
    drop_cookie(request, response, CEREMONY)
    return response


async def begin_login(request: web.Request) -> web.StreamResponse:
    """Ask the browser for any passkey of this site; no account is named."""
    try:
        begun = await in_db(request, request.app[HOUSE].second_factors.begin_login, _site(request), address(request))
    except Fault as fault:
        return _refused(request, fault)
    return _begun(request, begun)


async def login(request: web.Request) -> web.StreamResponse:
    """Open the session that a passkey opens."""
    try:
        answer, _ = await _answer(request)
        opened = await in_db(
            request, request.app[HOUSE].second_factors.login, _site(request), read_cookie(request, CEREMONY),
            answer, (address(request), user_agent(request)),
        )  # fmt: skip
    except Fault as fault:
        return _refused(request, fault)
    entered = enter(request, opened, "/codes")
    response = web.json_response({"href": entered.headers["Location"]})
    response.cookies.update(entered.cookies)
    drop_cookie(request, response, CEREMONY)
    return response


def _site(request: web.Request) -> Site:
    site = site_of(request)
    if site is None:
        raise Refused("passkey")
    return site


def _begun(request: web.Request, begun: Begun) -> web.Response:
    response = web.json_response(text=begun.options)
    put_cookie(request, response, CEREMONY, begun.token, max_age_s=WAIT_S)
    return response


async def _answer(request: web.Request) -> tuple[str, str]:
    """Return what the authenticator answered, as JSON text, and the name given to the key."""
    try:
        read: Any = json.loads(await request.text())
        return json.dumps(read["credential"]), str(read.get("name", ""))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as exc:
        raise Malformed("passkey") from exc


def _refused(request: web.Request, fault: Fault) -> web.Response:
    if fault.cause == "session":
        raise fault
    told = problem(request, fault)
    body = {"error": fault.cause, "title": told.title, "advice": told.advice}
    return tell_when(web.json_response(body, status=status_of(fault)), fault)

"""Ceremonies of passkeys between a page's script and the use cases: JSON both ways, and what is refused in words."""

import json
from typing import Any

from aiohttp import web

from appliance.domain.errors import Fault, Malformed, Refused
from appliance.usecases.ceremonies import Answered, Begun
from appliance.usecases.ports import Site
from appliance.usecases.sessions import Opened
from webui.answers import problem, tell_when
from webui.faults import status_of
from webui.middlewares.cookies import drop_cookie, put_cookie, read_cookie
from webui.pages.login import enter
from webui.sites import site_of

CEREMONY = "negatoscope-passkey"
WAIT_S = 300


def here(request: web.Request) -> Site:
    """Return the site of this page's passkeys; raise `Refused` ``passkey`` where browsers have none."""
    site = site_of(request)
    if site is None:
        raise Refused("passkey")
    return site


def begun_answer(request: web.Request, begun: Begun) -> web.Response:
    """Return what the authenticator is asked; the token stays with the browser in a cookie."""
    response = web.json_response(text=begun.options)
    put_cookie(request, response, CEREMONY, begun.token, max_age_s=WAIT_S)
    return response


async def answered(request: web.Request) -> tuple[Answered, str]:
    """Return what the authenticator answered and the name given to the key; raise `Malformed` ``passkey``."""
    try:
        read: Any = json.loads(await request.text())
        answer, name = json.dumps(read["credential"]), str(read.get("name", ""))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as exc:
        raise Malformed("passkey") from exc
    return Answered(read_cookie(request, CEREMONY), answer), name


def done_answer(request: web.Request, href: str) -> web.Response:
    """Return where the page goes once the ceremony is over."""
    response = web.json_response({"href": href})
    drop_cookie(request, response, CEREMONY)
    return response


def entered_answer(request: web.Request, opened: Opened, home: str) -> web.Response:
    """Return the answer that gives the session to the browser and says where it leads."""
    entered = enter(request, opened, home)
    response = done_answer(request, entered.headers["Location"])
    response.cookies.update(entered.cookies)
    return response


def refused_answer(request: web.Request, fault: Fault) -> web.Response:
    """Return the words for what was refused; a session that is over goes its own way."""
    if fault.cause == "session":
        raise fault
    told = problem(request, fault)
    body = {"error": fault.cause, "title": told.title, "advice": told.advice}
    return tell_when(web.json_response(body, status=status_of(fault)), fault)

"""The way in by Pro Santé Connect: out to the provider, back with a code, and the way out again."""

from aiohttp import web

from appliance.domain.errors import Fault, Refused, Unavailable
from webui.answers import page, problem, see_other, tell_when
from webui.executors import in_db
from webui.faults import status_of
from webui.keys import HOUSE, SETTINGS
from webui.middlewares.cookies import drop_cookie, put_cookie, read_cookie
from webui.middlewares.origins import address, user_agent
from webui.pages.login import enter

BROWSER = "negatoscope-psc"
"""Binds a log-in on its way to the browser that began it."""
BROWSER_S = 900
_SPOKEN = ("code", "state", "iss", "error")
MOST_CHARACTERS = 4096


def routes() -> list[web.RouteDef]:
    """Return the routes of Pro Santé Connect."""
    return [
        web.get("/login/psc", begin), web.get("/login/psc/return", came_back), web.get("/brand/psc", button),
    ]  # fmt: skip


async def begin(request: web.Request) -> web.StreamResponse:
    """Send the browser to the provider; say so when Pro Santé Connect is not set up."""
    house = request.app[HOUSE]
    if house.psc_client is None:
        return await page(request, "login/absent.html", way="psc")
    browser = read_cookie(request, BROWSER)[:64]
    wants_account = request.query.get("account") == "1"
    try:
        asked = await in_db(
            request, lambda: house.psc_sign_in.start(browser, address(request), wants_account=wants_account)
        )
    except Fault as fault:
        return await _stopped(request, fault)
    response = see_other(house.psc_client.address(asked))
    put_cookie(request, response, BROWSER, asked.browser, max_age_s=BROWSER_S)
    return response


async def came_back(request: web.Request) -> web.StreamResponse:
    """Open the session of whom the provider names, or say why not, with a reference."""
    house = request.app[HOUSE]
    if house.psc_client is None:
        return see_other("/login/psc")
    query = {name: request.query[name][:MOST_CHARACTERS] for name in _SPOKEN if name in request.query}
    browser, where = read_cookie(request, BROWSER), address(request)
    try:
        returned = await in_db(request, house.psc_sign_in.returned, query, browser, where)
        try:
            who = await house.psc_client.identity(returned)
        except (Refused, Unavailable) as fault:
            raise await in_db(request, house.psc_sign_in.refused, fault, where) from fault
        opened = await in_db(request, house.psc_sign_in.enter, who, where, user_agent(request))
    except Fault as fault:
        return await _stopped(request, fault)
    response = enter(request, opened, "/account" if returned.wants_account else "/codes")
    drop_cookie(request, response, BROWSER)
    return response


async def button(request: web.Request) -> web.StreamResponse:
    """Return the official picture of the log-in button that the hospital put there."""
    path = request.app[SETTINGS].psc.button
    if path is None or not path.is_file():
        raise Refused("not_found")
    return web.FileResponse(path, headers={"Cache-Control": "public, no-cache"})


async def _stopped(request: web.Request, fault: Fault) -> web.Response:
    told = await page(request, "login/psc.html", status_of(fault), problem=problem(request, fault))
    return tell_when(told, fault)

"""The way in for the staff of the hospital: password, then the authenticator's digits."""

from aiohttp import web

from appliance.domain.errors import Fault, Refused
from appliance.domain.staff import Role
from webui.answers import home_of, page, problem, see_other, tell_when, texts
from webui.executors import in_db, in_hash
from webui.faults import Problem, status_of
from webui.forms import form_of
from webui.keys import HOUSE, SETTINGS
from webui.middlewares.cookies import PENDING, drop_cookie, put_cookie, read_cookie
from webui.middlewares.origins import address
from webui.pages.login import AGAIN, ENDED, enter, idle_min

PENDING_S = 600


def routes() -> list[web.RouteDef]:
    """Return the routes of the staff's log-in."""
    return [
        web.get("/desk/login", login), web.post("/desk/login", check),
        web.get("/desk/login/code", code), web.post("/desk/login/code", confirm),
    ]  # fmt: skip


async def login(request: web.Request) -> web.StreamResponse:
    """Ask for log-in and password."""
    return await _login_page(request, None, "")


async def check(request: web.Request) -> web.StreamResponse:
    """Check the password."""
    form = await form_of(request)
    name = form.text("login", 64)
    try:
        pending = await in_hash(
            request, request.app[HOUSE].sign_in.start_staff, name, form.secret("password"),
            address(request),
        )  # fmt: skip
    except Fault as fault:
        return await _login_page(request, fault, name)
    response = see_other("/desk/login/code")
    put_cookie(request, response, PENDING, pending, max_age_s=PENDING_S)
    return response


async def code(request: web.Request) -> web.StreamResponse:
    """Ask for the six digits."""
    if not read_cookie(request, PENDING):
        return see_other("/desk/login")
    return await _code_page(request, None)


async def confirm(request: web.Request) -> web.StreamResponse:
    """Open the session."""
    digits, pending = (await form_of(request)).text("code", 16), read_cookie(request, PENDING)
    sign_in = request.app[HOUSE].sign_in
    try:
        opened = await in_db(request, sign_in.confirm_staff, pending, digits, address(request))
    except Fault as fault:
        if fault.cause in AGAIN:
            told = await _login_page(request, fault, "")
            drop_cookie(request, told, PENDING)
            return told
        return await _code_page(request, fault)
    return enter(request, opened, home_of(Role(opened.session.requester.role)))


async def _login_page(request: web.Request, fault: Fault | None, name: str) -> web.Response:
    ended = ENDED.get(request.query.get("ended", ""), "")
    response = await page(
        request, "desk/login.html", status_of(fault) if fault else 200, login=name, ended=ended,
        idle_min=idle_min(request), problem=_staff_problem(request, fault),
        with_card=bool(request.app[SETTINGS].card.public_url),
    )  # fmt: skip
    return tell_when(response, fault) if fault else response


async def _code_page(request: web.Request, fault: Fault | None) -> web.Response:
    t = texts(request)
    return await page(
        request, "login/code.html", status_of(fault) if fault else 200,
        heading=t("desk.login"), lead=t("desk.totp"), action="/desk/login/code", back="/desk/login",
        problem=problem(request, fault) if fault else None, life_s=0, life_max_s=0,
    )  # fmt: skip


def _staff_problem(request: web.Request, fault: Fault | None) -> Problem | None:
    if fault is None:
        return None
    told = Refused("desk_credentials") if fault.cause == "credentials" else fault
    return problem(request, told)

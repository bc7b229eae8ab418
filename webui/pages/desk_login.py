"""The way in for the staff of the hospital: password, then the authenticator's digits or a passkey."""

from aiohttp import web

from appliance.domain.errors import Fault, Refused
from appliance.domain.sign_in import Means
from appliance.domain.staff import Role
from appliance.usecases.sessions import Opened
from webui.answers import home_of, page, problem, see_other, tell_when, texts
from webui.executors import in_db, in_hash
from webui.faults import Problem, status_of
from webui.forms import form_of
from webui.keys import HOUSE, SETTINGS
from webui.middlewares.cookies import PENDING, drop_cookie, put_cookie, read_cookie
from webui.middlewares.origins import address, user_agent
from webui.pages.ceremonies import answered, begun_answer, entered_answer, here, refused_answer
from webui.pages.login import AGAIN, ENDED, enter, idle_min
from webui.sites import site_of

PENDING_S = 600
PASSKEY = "/desk/login/passkey"


def routes() -> list[web.RouteDef]:
    """Return the routes of the staff's log-in."""
    return [
        web.get("/desk/login", login), web.post("/desk/login", check),
        web.get("/desk/login/code", code), web.post("/desk/login/code", confirm),
        web.post(f"{PASSKEY}/begin", begin_passkey), web.post(PASSKEY, confirm_passkey),
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
    """Ask for the six digits, or the passkey of who has one."""
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
    return enter(request, opened, _home(opened))


async def begin_passkey(request: web.Request) -> web.StreamResponse:
    """Ask the browser for a passkey of the member whose password was right."""
    try:
        start = request.app[HOUSE].staff_passkeys.begin_login
        pending = read_cookie(request, PENDING)
        return begun_answer(request, await in_db(request, start, here(request), pending, address(request)))
    except Fault as fault:
        return refused_answer(request, _told(fault))


async def confirm_passkey(request: web.Request) -> web.StreamResponse:
    """Open the session that the passkey opens."""
    try:
        given, _ = await answered(request)
        opened = await in_db(
            request, request.app[HOUSE].staff_passkeys.login, here(request), read_cookie(request, PENDING), given,
            (address(request), user_agent(request)),
        )  # fmt: skip
    except Fault as fault:
        return refused_answer(request, _told(fault))
    return entered_answer(request, opened, _home(opened))


def _told(fault: Fault) -> Fault:
    """Return what is said of a passkey that comes too late: nothing of codes."""
    return Refused("desk_over") if fault.cause in AGAIN else fault


def _home(opened: Opened) -> str:
    return home_of(Role(opened.session.requester.role))


async def _login_page(request: web.Request, fault: Fault | None, name: str) -> web.Response:
    ended = ENDED.get(request.query.get("ended", ""), "")
    response = await page(
        request, "desk/login.html", status_of(fault) if fault else 200, login=name, ended=ended,
        idle_min=idle_min(request), problem=_staff_problem(request, fault),
        with_card=bool(request.app[SETTINGS].card.public_url),
    )  # fmt: skip
    return tell_when(response, fault) if fault else response


async def _code_page(request: web.Request, fault: Fault | None) -> web.Response:
    t, house = texts(request), request.app[HOUSE]
    digits = house.sign_in.policy.methods.is_on(Means.STAFF_TOTP)
    # The right password was given: who waits may know whether the own access has a passkey, and nobody else.
    has_passkey = await in_db(request, house.staff_passkeys.offered, read_cookie(request, PENDING))
    if not (digits or has_passkey):
        return see_other("/desk/login")
    return await page(
        request, "login/code.html", status_of(fault) if fault else 200, heading=t("desk.login"),
        lead=t("desk.totp" if digits else "desk.passkey.only"), action="/desk/login/code" if digits else "",
        back="/desk/login", passkey_path=PASSKEY if has_passkey and site_of(request) is not None else "",
        problem=problem(request, fault) if fault else None, life_s=0, life_max_s=0,
    )  # fmt: skip


def _staff_problem(request: web.Request, fault: Fault | None) -> Problem | None:
    if fault is None:
        return None
    told = Refused("desk_credentials") if fault.cause == "credentials" else fault
    return problem(request, told)

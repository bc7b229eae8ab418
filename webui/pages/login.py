"""The way in for physicians: choice, one-time password, what does not exist yet, the way out."""

from aiohttp import web

from appliance.domain.errors import Fault, Malformed, Refused
from appliance.domain.methods import PASSWORDS, Methods
from appliance.domain.sign_in import Channel, Means
from appliance.usecases.one_time import MEANS, Waiting
from appliance.usecases.sessions import Opened
from webui.answers import page, problem, see_other, tell_when, texts
from webui.executors import in_db, in_hash
from webui.faults import status_of
from webui.forms import form_of
from webui.keys import HOUSE, SESSION, SETTINGS
from webui.middlewares.cookies import (
    FORM,
    PENDING,
    SESSION_COOKIE,
    drop_cookie,
    put_cookie,
    read_cookie,
)
from webui.middlewares.errors import RETURN
from webui.middlewares.origins import address, user_agent
from webui.middlewares.session import session_or_none, session_token
from webui.pages.psc_end import end_address
from webui.sites import site_of

MODES = {"card": "/login/card", "otp": "/login/otp", "psc": "/login/psc"}
ENDED = {
    "idle": "header.ended", "limit": "header.limit", "closed": "header.closed",
    "revoked": "header.revoked", "card_revoked": "header.cardrevoked",
    "card_expired": "header.cardexpired", "card_unverified": "header.cardunverified",
}  # fmt: skip
TOTP = "totp"
CHANNELS = {
    "sms": Means.PASSWORD_SMS, "email": Means.PASSWORD_EMAIL, TOTP: Means.PASSWORD_TOTP,
}  # fmt: skip
"""How the second factor may come after the password, and the method that must be open for it."""
AGAIN = frozenset({"otp_expired", "otp_used", "otp_tries", "otp_replaced", "otp_unknown"})
"""Causes after which the code is dead: another log-in must be started."""


def routes() -> list[web.RouteDef]:
    """Return the routes of the log-in."""
    return [
        web.get("/", choice), web.get("/login", choice),
        web.get("/login/otp", otp), web.post("/login/otp", send_code),
        web.get("/login/otp/code", code), web.post("/login/otp/code", confirm),
        web.post("/login/otp/again", send_again),
        web.post("/logout", logout),
    ]  # fmt: skip


async def choice(request: web.Request) -> web.StreamResponse:
    """Say how to log in, and why the last session ended."""
    mode = MODES.get(request.query.get("mode", ""))
    if mode:
        return see_other(f"{mode}?account=1" if request.query.get("account") == "1" else mode)
    ended = ENDED.get(request.query.get("ended", ""), "")
    session = await session_or_none(request)
    if session is not None and not ended and session.requester.kind == "account":
        return see_other("/codes")
    methods = request.app[HOUSE].sign_in.policy.methods
    return await page(
        request, "login/choice.html", ended=ended, idle_min=idle_min(request),
        with_otp=methods.any_on((*PASSWORDS, Means.PASSKEY)),
        psc_button=request.app[SETTINGS].psc.button is not None,
    )  # fmt: skip


def idle_min(request: web.Request) -> int:
    """Return after how many minutes without a gesture a session ends."""
    idle = request.app[HOUSE].sign_in.policy.sessions.idle
    return round(idle.total_seconds() / 60)


async def otp(request: web.Request) -> web.StreamResponse:
    """Ask for the address and the password."""
    return await _otp_page(request, None, "")


async def _otp_page(request: web.Request, fault: Fault | None, email: str) -> web.Response:
    methods = request.app[HOUSE].sign_in.policy.methods
    if not methods.any_on((*PASSWORDS, Means.PASSKEY)):
        fault = Refused("method_off")
    told = await page(
        request, "login/otp.html", status_of(fault) if fault else 200, email=email,
        problem=problem(request, fault) if fault else None,
        channels=[channel for channel, means in CHANNELS.items() if methods.is_on(means)],
        passkeys_here=methods.is_on(Means.PASSKEY) and site_of(request) is not None,
    )  # fmt: skip
    return tell_when(told, fault) if fault else told


async def send_code(request: web.Request) -> web.StreamResponse:
    """Check the password and send the code by the channel whose button was pressed; an application needs none sent."""
    form = await form_of(request)
    email, password = form.text("email", 254), form.secret("password")
    sign_in = request.app[HOUSE].sign_in
    try:
        wanted = form.text("channel")
        if wanted == TOTP:
            pending = await in_hash(request, sign_in.start_totp, email, password, address(request))
        else:
            channel = _channel(wanted)
            pending = await in_hash(request, sign_in.start_otp, email, password, channel, address(request))
    except Fault as fault:
        return await _otp_page(request, fault, email)
    return _waits(request, pending, "/login/otp/code")


async def send_again(request: web.Request) -> web.StreamResponse:
    """Send another code in place of the one that is waited for; back to the waiting page, which says so."""
    form, pending = await form_of(request), read_cookie(request, PENDING)
    sign_in = request.app[HOUSE].sign_in
    try:
        channel = _channel(form.text("channel"))
        again = await in_db(request, sign_in.resend, pending, channel, address(request))
    except Fault as fault:
        return await _dead_or_waiting(request, fault)
    return _waits(request, again, "/login/otp/code?sent=1")


def _waits(request: web.Request, pending: str, path: str) -> web.Response:
    response = see_other(path)
    life_s = round(request.app[HOUSE].sign_in.policy.otp.life.total_seconds())
    put_cookie(request, response, PENDING, pending, max_age_s=life_s * 2)
    return response


def _channel(text: str) -> Channel:
    try:
        return Channel(text or "email")
    except ValueError:
        raise Malformed("channel") from None


async def code(request: web.Request) -> web.StreamResponse:
    """Ask for the six digits."""
    waiting = await _waiting(request)
    return await _code_page(request, waiting, None) if waiting else see_other("/login/otp")


async def _waiting(request: web.Request) -> Waiting | None:
    pending = read_cookie(request, PENDING)
    return await in_db(request, request.app[HOUSE].sign_in.waiting, pending) if pending else None


async def confirm(request: web.Request) -> web.StreamResponse:
    """Open the session that the digits open."""
    form = await form_of(request)
    pending = read_cookie(request, PENDING)
    try:
        opened = await in_db(
            request, request.app[HOUSE].sign_in.confirm_otp, pending, form.text("code", 16),
            address(request), user_agent(request),
        )  # fmt: skip
    except Fault as fault:
        return await _dead_or_waiting(request, fault)
    return enter(request, opened, "/codes")


async def _dead_or_waiting(request: web.Request, fault: Fault) -> web.Response:
    """Say beside the code what is wrong with it, or ask for the password again when it will never do."""
    waiting = None if fault.cause in AGAIN else await _waiting(request)
    if waiting is not None:
        return tell_when(await _code_page(request, waiting, fault), fault)
    told = await _otp_page(request, fault, "")
    drop_cookie(request, told, PENDING)
    return told


async def _code_page(request: web.Request, waiting: Waiting, fault: Fault | None) -> web.Response:
    t, sign_in = texts(request), request.app[HOUSE].sign_in
    sent = waiting.channel is not None
    return await page(
        request, "login/code.html", status_of(fault) if fault else 200,
        heading=t("otp.title"), lead=t(f"otp.wait.{waiting.channel or TOTP}"), action="/login/otp/code",
        back="/login/otp", passkey_path="", problem=problem(request, fault) if fault else None,
        life_s=round(waiting.left.total_seconds()),
        life_max_s=round(sign_in.policy.otp.life.total_seconds()) if sent else 0,
        again={
            "to": waiting.to, "wait_s": round(waiting.again_in.total_seconds()),
            "sent": fault is None and "sent" in request.query, "channels": _again_by(sign_in.policy.methods, waiting),
        },
    )  # fmt: skip


def _again_by(methods: Methods, waiting: Waiting) -> list[Channel]:
    """Return by what the code may come again: as it came first, then the other way."""
    if waiting.channel is None:
        return []
    other = Channel.EMAIL if waiting.channel is Channel.SMS else Channel.SMS
    possible = methods.is_on(MEANS[other]) and (other is Channel.EMAIL or waiting.by_sms)
    return [waiting.channel, other] if possible else [waiting.channel]


def enter(request: web.Request, opened: Opened, home: str) -> web.Response:
    """Return the answer that gives the session to the browser and leads to where it wanted to go."""
    wanted = read_cookie(request, RETURN)
    response = see_other(wanted if _inside(wanted, home) else home)
    put_cookie(request, response, SESSION_COOKIE, opened.token)
    for name in (PENDING, FORM, RETURN):
        drop_cookie(request, response, name)
    return response


def _inside(path: str, home: str) -> bool:
    """Whether a remembered address is a page of the same face, never another site."""
    faces = {"/codes": ("/codes", "/viewer", "/account"), "/account": ("/account",)}.get(home, ("/desk",))
    return path.startswith(faces) and "\\" not in path and not path.startswith("/desk/login")


async def logout(request: web.Request) -> web.StreamResponse:
    """End the session here and in the browser."""
    token = session_token(request)
    left = await end_address(request, token)
    if token:
        await in_db(request, request.app[HOUSE].sign_in.logout, token, address(request))
    staff = (await form_of(request)).text("face") == "desk"
    if left:
        request.pop(SESSION, None)
        response = await page(request, "login/psc_end.html", end_href=left)
    else:
        response = see_other("/desk/login" if staff else "/")
    drop_cookie(request, response, SESSION_COOKIE)
    return response

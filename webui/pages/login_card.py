"""The way in by CPS card, the portal's part: what the browser will ask, the way to the card host, and back.

::

    /login/card -> /login/card/go -> https://….cards.hospital/card?state=… -> /login/card/return?ticket=… -> /codes
"""

from base64 import b32encode
from urllib.parse import urlsplit

from aiohttp import web

from appliance.config.sections import Card
from appliance.domain.errors import Fault
from appliance.domain.staff import Role
from webui.answers import home_of, page, problem, see_other, tell_when
from webui.executors import in_db
from webui.faults import status_of
from webui.keys import HOUSE, SETTINGS
from webui.middlewares.cookies import put_cookie, read_cookie
from webui.middlewares.headers import CONTENT_SECURITY_POLICY
from webui.middlewares.origins import address, is_https, user_agent
from webui.pages.login import enter

COOKIE = "negatoscope-card"
"""Binds a log-in by card to the browser that began it."""
FAILED = "negatoscope-card-failed"
"""Says that this browser was refused: it remembers its choice of a certificate, or of none, for that name."""
POOL = 64
COOKIE_S = 3600


def routes() -> list[web.RouteDef]:
    """Return the routes of the log-in by card."""
    return [
        web.get("/login/card", ask), web.get("/login/card/go", go, allow_head=False),
        web.get("/login/card/return", come_back, allow_head=False),
        web.get("/desk/login/card", go_staff, allow_head=False),
    ]  # fmt: skip


async def ask(request: web.Request) -> web.StreamResponse:
    """Say what the browser will ask; it goes on by itself, or at once when no page is looked at."""
    card = request.app[SETTINGS].card
    if not card.public_url:
        return await page(request, "login/absent.html", way="card")
    if request.headers.get("Sec-Fetch-Mode") != "navigate":
        return await go(request)
    told = await page(request, "login/card.html", account=_wants_account(request))
    told.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.replace(
        "form-action 'self'", f"form-action 'self' {_sources(card)}"
    )
    return told


async def go(request: web.Request) -> web.StreamResponse:
    """Send the browser to the card host, with a state that only this browser can bring back."""
    if not request.app[SETTINGS].card.public_url:
        return see_other("/login/card")
    return await _gone(request, wants_account=_wants_account(request), staff=False)


async def go_staff(request: web.Request) -> web.StreamResponse:
    """The same for somebody of the hospital, with the card that the administrator recorded."""
    if not request.app[SETTINGS].card.public_url:
        return see_other("/desk/login")
    return await _gone(request, wants_account=False, staff=True)


async def _gone(request: web.Request, *, wants_account: bool, staff: bool) -> web.Response:
    house, card = request.app[HOUSE], request.app[SETTINGS].card
    origin = f"{'https' if is_https(request) else 'http'}://{request.host}"
    begun = await in_db(
        request, house.card_sign_in.begin, origin, read_cookie(request, COOKIE), address(request),
        wants_account=wants_account, staff=staff,
    )  # fmt: skip
    host = card_host(card, house.secrets.random_bytes(10), failed=bool(read_cookie(request, FAILED)))
    response = see_other(f"{host}/card?state={begun.state}")
    put_cookie(request, response, COOKIE, begun.browser, max_age_s=COOKIE_S)
    return response


async def come_back(request: web.Request) -> web.StreamResponse:
    """Open the session, or say which of the causes it was and what to do."""
    ticket, browser = request.query.get("ticket", "")[:128], read_cookie(request, COOKIE)
    try:
        entered = await in_db(
            request, request.app[HOUSE].card_sign_in.enter, ticket, browser, address(request),
            user_agent(request),
        )  # fmt: skip
    except Fault as fault:
        told = await page(
            request, "login/card_error.html", status_of(fault), problem=problem(request, fault),
            reference=str(fault.facts.get("reference") or ""), ended=fault.cause in ("card_ended", "card_opposed"),
            again="/desk/login/card" if fault.facts.get("staff") else "/login/card",
        )  # fmt: skip
        put_cookie(request, told, FAILED, "1")
        return tell_when(told, fault)
    requester = entered.opened.session.requester
    home = home_of(Role(requester.role)) if requester.kind == "staff" else "/codes"
    response = enter(request, entered.opened, home)
    if entered.wants_account:
        response.headers["Location"] = "/account"
    return response


def card_host(card: Card, chance: bytes, *, failed: bool) -> str:
    """Return scheme and host of the card host for one log-in: a name never used before makes a browser ask again."""
    parts = urlsplit(card.public_url)
    if card.subhosts == "none" or (card.subhosts == "after_failure" and not failed):
        return card.public_url
    name = b32encode(chance).decode().lower().rstrip("=")
    if card.subhosts == "pool":
        name = f"p{int.from_bytes(chance, 'big') % POOL:02d}"
    return f"{parts.scheme}://{name}.{parts.netloc}"


def _sources(card: Card) -> str:
    parts = urlsplit(card.public_url)
    return f"{card.public_url} {parts.scheme}://*.{parts.netloc}"


def _wants_account(request: web.Request) -> bool:
    return request.query.get("account") == "1"

"""Requests that change something must come from our own page and carry the token of its forms.

Somebody logged in has the token of the session; before that, the token is the value of a cookie that
no other site can set or read.
"""

import hmac
from secrets import token_urlsafe

from aiohttp import web
from aiohttp.typedefs import Handler

from appliance.domain.errors import Refused
from webui.keys import NONCE
from webui.middlewares.cookies import FORM, put_cookie, read_cookie
from webui.middlewares.origins import is_own
from webui.middlewares.session import session_or_none

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
HEADER = "X-CSRF-Token"


@web.middleware
async def csrf_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a changing request from elsewhere or without the token; `Refused` ``csrf``."""
    if request.method in SAFE or _is_deposit(request):
        return await handler(request)
    if not is_own(request) or not await _carries_token(request):
        raise Refused("csrf")
    return await handler(request)


def _is_deposit(request: web.Request) -> bool:
    """Whether a machine hands objects in: its key is in a header that no browser adds, and no cookie is looked at."""
    bearer = request.headers.get("Authorization", "")[:7].lower() == "bearer "
    return bearer and request.path.startswith("/dicom-web/")


async def form_token(request: web.Request) -> str:
    """Return the token for the forms of this page, making one for somebody who is not logged in."""
    session = await session_or_none(request)
    if session is not None:
        return session.csrf
    token = request.get(NONCE) or read_cookie(request, FORM) or token_urlsafe(32)
    request[NONCE] = token
    return token


def keep_form_token(request: web.Request, response: web.Response) -> None:
    """Put the token of the forms of this page into its cookie, unless the browser has it."""
    token = request.get(NONCE)
    if token and read_cookie(request, FORM) != token:
        put_cookie(request, response, FORM, token)


async def _carries_token(request: web.Request) -> bool:
    session = await session_or_none(request)
    wanted = session.csrf if session is not None else read_cookie(request, FORM)
    given = request.headers.get(HEADER) or await _field(request)
    return bool(wanted) and hmac.compare_digest(given.encode(), wanted.encode())


async def _field(request: web.Request) -> str:
    if request.content_type not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return ""
    value = (await request.post()).get("csrf", "")
    return value if isinstance(value, str) else ""

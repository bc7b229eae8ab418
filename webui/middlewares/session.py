"""The session behind a request, looked up when a page needs it and once a request.

Frames and DICOMweb do not pass here: the gate judges them by the digest of the token in one query.
"""

from aiohttp import web

from appliance.domain.errors import Refused
from appliance.domain.sign_in import OpenSession
from webui.executors import in_db
from webui.keys import HOUSE, SESSION
from webui.middlewares.cookies import SESSION_COOKIE, read_cookie
from webui.middlewares.origins import address


def session_token(request: web.Request) -> str:
    """Return the opaque token of the session cookie, empty without one."""
    return read_cookie(request, SESSION_COOKIE)


async def open_session(request: web.Request) -> OpenSession:
    """Return the session of this request.

    Raises
    ------
    Refused
        ``session`` with the fact ``end``: ``none``, ``idle``, ``limit``, ``logout``, ``closed`` or ``revoked``.
    """
    known: OpenSession | None = request.get(SESSION)
    if known is not None:
        return known
    token = session_token(request)
    if not token:
        raise Refused("session", end="none")
    found = await in_db(request, request.app[HOUSE].sign_in.session, token, address(request))
    request[SESSION] = found
    return found


async def session_or_none(request: web.Request) -> OpenSession | None:
    """Return the session of this request, or None when there is none or it is over."""
    try:
        return await open_session(request)
    except Refused:
        return None

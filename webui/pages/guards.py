"""Who may open a page. Faces do not mix: a session of the desk opens nothing of the portal."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from appliance.domain.errors import Refused
from appliance.domain.sign_in import OpenSession
from appliance.domain.staff import Act, Role, may
from webui.answers import home_of, see_other
from webui.executors import in_db
from webui.keys import HOUSE, SESSION
from webui.middlewares.origins import address
from webui.middlewares.session import open_session, session_token

DESK, SET_UP = "/desk", "/desk/setup"

PageHandler = Callable[[web.Request, OpenSession], Awaitable[web.StreamResponse]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def physician(handler: PageHandler) -> Handler:
    """Return the handler behind a physician's session."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        return await handler(request, await _session(request, "account"))

    return guarded


def staff(act: Act) -> Callable[[PageHandler], Handler]:
    """Return what puts a handler behind the session of somebody whose role may do ``act``."""

    def behind(handler: PageHandler) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            session = await _session(request, "staff")
            role = Role(session.requester.role)
            if session.requester.must_set_up:
                return see_other(SET_UP)
            if not may(role, act):
                if request.path == DESK:
                    return see_other(home_of(role))
                raise Refused("role")
            return await handler(request, session)

        return guarded

    return behind


def member(handler: PageHandler) -> Handler:
    """Return the handler behind the session of anybody of the staff who has set up the own access."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        session = await _session(request, "staff")
        return see_other(SET_UP) if session.requester.must_set_up else await handler(request, session)

    return guarded


def setting_up(handler: PageHandler) -> Handler:
    """Return the handler behind the session of somebody of the staff who must set up the own access."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        session = await _session(request, "staff")
        if not session.requester.must_set_up:
            return see_other(home_of(Role(session.requester.role)))
        return await handler(request, session)

    return guarded


def desk(handler: PageHandler) -> Handler:
    """Return the handler behind the session of somebody who may issue codes."""
    return staff(Act.ISSUE)(handler)


async def _session(request: web.Request, kind: str) -> OpenSession:
    if (await open_session(request)).requester.kind != kind:
        raise Refused("session", end="none")
    # Opening a page is a gesture; written down at most once a minute.
    sign_in = request.app[HOUSE].sign_in
    request[SESSION] = await in_db(request, sign_in.beat, session_token(request), address(request))
    return request[SESSION]

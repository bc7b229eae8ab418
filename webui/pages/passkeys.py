"""Passkeys of physicians: made in the account, and the log-in by one alone."""

from aiohttp import web

from appliance.domain.errors import Fault
from appliance.domain.sign_in import OpenSession
from webui.executors import in_db
from webui.keys import HOUSE
from webui.middlewares.origins import address, user_agent
from webui.pages.ceremonies import answered, begun_answer, done_answer, entered_answer, here, refused_answer
from webui.pages.guards import physician


def routes() -> list[web.RouteDef]:
    """Return the routes of both ceremonies."""
    return [
        web.post("/account/passkeys/begin", physician(begin)), web.post("/account/passkeys", physician(add)),
        web.post("/login/passkey/begin", begin_login), web.post("/login/passkey", login),
    ]  # fmt: skip


async def begin(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Tell the browser which passkey to make."""
    try:
        start = request.app[HOUSE].second_factors.begin_passkey
        return begun_answer(request, await in_db(request, start, session.requester, here(request)))
    except Fault as fault:
        return refused_answer(request, fault)


async def add(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Keep the passkey just made."""
    try:
        given, name = await answered(request)
        keep = request.app[HOUSE].second_factors.add_passkey
        await in_db(request, keep, session.requester, here(request), given.token, given.answer, name)
    except Fault as fault:
        return refused_answer(request, fault)
    return done_answer(request, "/account?done=passkey_add#s-pk")


async def begin_login(request: web.Request) -> web.StreamResponse:
    """Ask the browser for any passkey of this site; no account is named."""
    try:
        start = request.app[HOUSE].second_factors.begin_login
        return begun_answer(request, await in_db(request, start, here(request), address(request)))
    except Fault as fault:
        return refused_answer(request, fault)


async def login(request: web.Request) -> web.StreamResponse:
    """Open the session that a passkey opens."""
    try:
        given, _ = await answered(request)
        opened = await in_db(
            request, request.app[HOUSE].second_factors.login, here(request), given.token, given.answer,
            (address(request), user_agent(request)),
        )  # fmt: skip
    except Fault as fault:
        return refused_answer(request, fault)
    return entered_answer(request, opened, "/codes")

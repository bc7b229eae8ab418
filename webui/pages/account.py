"""The physician's account: who, which means, until when; only what exists."""

from aiohttp import web

from appliance.domain.sign_in import OpenSession
from webui.answers import page, texts
from webui.keys import HOUSE
from webui.pages.guards import physician
from webui.rendering import clock_time


def routes() -> list[web.RouteDef]:
    """Return the route of the account."""
    return [web.get("/account", physician(shown))]


async def shown(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Show who is logged in and how."""
    requester, t = session.requester, texts(request)
    until = clock_time(session.until)
    idle = request.app[HOUSE].sign_in.policy.sessions.idle
    return await page(
        request, "account.html", tab="account", national_id=requester.national_id,
        email=requester.email, means=t(f"means.{requester.means}"), until=until,
        idle_min=round(idle.total_seconds() / 60),
    )  # fmt: skip

"""The page that holds the viewer; the exams themselves come by ``/viewer-api/``."""

from aiohttp import web

from appliance.domain.errors import Malformed, Refused, Unavailable
from appliance.domain.identifiers import study_uid
from appliance.domain.sign_in import OpenSession
from webui.answers import page, see_other
from webui.executors import in_db
from webui.keys import ASSETS, HOUSE, SETTINGS
from webui.middlewares.session import session_token
from webui.pages.guards import physician


def routes() -> list[web.RouteDef]:
    """Return the route of the viewer's page."""
    return [web.get("/viewer", physician(shown))]


async def shown(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Show the viewer on the exams of one person (``study``), or on that of a mailed link (``m``).

    The view is journaled before the page leaves.
    """
    if sealed := request.query.get("m", ""):
        house = request.app[HOUSE]
        token_hash = house.secrets.hashed(session_token(request))
        return see_other(f"/viewer?study={await in_db(request, house.letters.followed, token_hash, sealed)}")
    asked = request.query.getall("study", [])
    if not asked:
        raise Refused("not_found")
    try:
        uids = [study_uid(text) for text in dict.fromkeys(asked)]
    except Malformed as exc:
        raise Refused("not_found") from exc
    house = request.app[HOUSE]
    token_hash = house.secrets.hashed(session_token(request))
    studies = await in_db(request, house.exams.open, session.requester, token_hash, uids)
    bundle = request.app[ASSETS].bundle()
    if bundle is None:
        raise Unavailable("viewer_absent")
    person = await in_db(request, house.exams.person, studies[0].person_id)
    sends = bool(request.app[SETTINGS].viewer.measures_node)
    return await page(
        request, "viewer.html", bundle=bundle, studies=studies, person=person, uids=uids, measures_send=sends
    )

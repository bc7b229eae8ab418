"""Pointing an exam out to a colleague by e-mail."""

from aiohttp import web

from appliance.usecases.letters import Draft
from webui.dicomweb.access import named, session_of, token_of
from webui.dicomweb.answers import NO_STORE
from webui.executors import in_db
from webui.keys import HOUSE
from webui.slips import public_url


async def sent(request: web.Request) -> web.StreamResponse:
    """Send the link of the exam to the address of the form (``to``), with some words (``message``)."""
    study, form = named(request.match_info).study, await request.post()
    house, session = request.app[HOUSE], await session_of(request)
    draft = Draft(str(form.get("to", "")), str(form.get("message", "")), public_url(request))
    digest = house.secrets.hashed(token_of(request))
    made = await in_db(request, house.letters.send, session.requester, digest, study, draft)
    return web.json_response({"to": made.to, "until": made.until.isoformat()}, status=201, headers=NO_STORE)

"""Sending one's measures and key images to the hospital, and where that stands."""

from typing import Any

from aiohttp import web

from appliance.domain.sending import Standing
from appliance.usecases.measures import Made
from appliance.usecases.ports import SendingRow
from webui.dicomweb.access import named, session_of, token_of
from webui.dicomweb.answers import NO_STORE
from webui.executors import in_db
from webui.keys import HOUSE
from webui.measures import documents


async def told(request: web.Request) -> web.StreamResponse:
    """Say how many ``marks`` and ``keys`` there are, and what was ``sent`` last: when, and where that stands."""
    study, house, session = named(request.match_info).study, request.app[HOUSE], await session_of(request)
    await in_db(request, house.measures.sendable, house.secrets.hashed(token_of(request)), study)
    marks, keys = await in_db(request, house.measures.counted, session.requester, study)
    last = await in_db(request, house.measures.sent, session.requester, study)
    sent = _sent(*last) if last is not None else None
    return web.json_response({"marks": marks, "keys": keys, "sent": sent}, headers=NO_STORE)


async def sent(request: web.Request) -> web.StreamResponse:
    """Send what is kept: nothing of the request but the exam that it names is looked at.

    What was sent already and did not change is not sent again. ``left_out`` lies on images that may not be seen now.
    """
    study, house, session = named(request.match_info).study, request.app[HOUSE], await session_of(request)
    digest = house.secrets.hashed(token_of(request))
    exam = await in_db(request, house.measures.sendable, digest, study)
    found = await in_db(request, documents, request, session.requester, exam)
    made = [Made(one.sop_class, one.sop_uid, one.data) for one in found.made]
    await in_db(request, house.measures.send, session.requester, digest, study, made)
    last = await in_db(request, house.measures.sent, session.requester, study)
    told = {"marks": found.marks, "keys": found.keys, "left_out": found.left_out}
    return web.json_response({**told, "sent": _sent(*last) if last else None}, status=202, headers=NO_STORE)


def _sent(row: SendingRow, standing: Standing) -> dict[str, Any]:
    return {"id": row.id, "at": row.asked_at.isoformat(), "state": str(standing)}

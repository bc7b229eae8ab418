"""Tokens for another viewer: made by the session for one share, said once."""

from aiohttp import web

from appliance.domain.errors import Malformed, Refused
from appliance.domain.identifiers import StudyUID, study_uid
from webui.dicomweb.access import session_of
from webui.dicomweb.answers import NO_STORE
from webui.dicomweb.described import ROOT
from webui.executors import in_db
from webui.keys import HOUSE


async def issued(request: web.Request) -> web.StreamResponse:
    """Return a token for the share of the form (``share``, or any that opens ``study``)."""
    form = await request.post()
    share, study = form.get("share", ""), form.get("study", "")
    if not isinstance(share, str) or not isinstance(study, str):
        raise Refused("not_found")
    session = await session_of(request)
    made = await in_db(request, request.app[HOUSE].bearers.issue, session, share[:64], _study(study))
    return web.json_response(
        {"id": made.id, "token": made.secret, "until": made.row.until.isoformat(), "share_id": made.row.shares[0],
         "dicomweb": ROOT}, status=201, headers=NO_STORE)  # fmt: skip


async def ended(request: web.Request) -> web.StreamResponse:
    """End a token of this session."""
    number = request.match_info["token"]
    if not number.isdecimal() or len(number) > 15:
        raise Refused("not_found")
    await in_db(request, request.app[HOUSE].bearers.end, await session_of(request), int(number))
    return web.Response(status=204, headers=NO_STORE)


def _study(text: str) -> StudyUID | None:
    try:
        return study_uid(text) if text else None
    except Malformed as exc:
        raise Refused("not_found") from exc

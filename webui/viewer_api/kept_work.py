"""What the reader did on an exam: kept as he goes, found again at the next opening."""

from typing import Any

from aiohttp import web

from appliance.domain.kept_work import MOST_BYTES, Work, change_of
from webui.dicomweb.access import Door, session_of, token_of
from webui.dicomweb.answers import NO_STORE
from webui.executors import in_db
from webui.keys import HOUSE
from webui.viewer_api.bodies import json_body


class KeptWork:
    """Marks, starred images, windows and layout."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def kept(self, request: web.Request) -> web.StreamResponse:
        """Keep a change; where another tab changed the work too, the whole of it comes back."""
        session, study = await session_of(request), await self._door.study(request)
        change = change_of(await json_body(request, MOST_BYTES))
        house = request.app[HOUSE]
        digest = house.secrets.hashed(token_of(request))
        kept = await in_db(request, house.kept_work.keep, session.requester, digest, study, change)
        others = work_json(kept.work) if kept.others else None
        return web.json_response({"revision": kept.work.revision, "others": others}, headers=NO_STORE)


def work_json(work: Work) -> dict[str, Any]:
    """Return the work as the page reads it."""
    return {"revision": work.revision, **work.body()}

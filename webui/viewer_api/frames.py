"""Normalised frames of the viewer, their JPEG for browsers without WebGL2, and the beat."""

import gzip

from aiohttp import web

from appliance.domain.errors import Malformed, Refused, Unavailable
from appliance.domain.identifiers import series_uid
from webui.dicomweb import objects
from webui.dicomweb.access import Door, token_of
from webui.dicomweb.answers import NO_STORE
from webui.dicomweb.forms import JPHC
from webui.dicomweb.looks import finite
from webui.executors import in_db
from webui.keys import HOUSE
from webui.middlewares.origins import address

_SMALL_BYTES = 4 << 20


class Pixels:
    """Frames as every viewer draws them the same way."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def frame(self, request: web.Request) -> web.StreamResponse:
        """Return one HTJ2K codestream."""
        row = await self._door.instance(request)
        number, store = _number(request), request.app[HOUSE].objects
        # A slice lies in the page cache: reading it here beats a change of thread.
        if row.frames and len(row.frame_offsets) and row.rows * row.columns * 2 <= _SMALL_BYTES:
            body = objects.codestream(store, row, number)
        else:
            body = await in_db(request, objects.codestream, store, row, number)
        return web.Response(body=body, content_type=JPHC, headers=NO_STORE)

    async def rendered(self, request: web.Request) -> web.StreamResponse:
        """Return a frame as JPEG: ``?center=&width=&invert=&size=``."""
        row = await self._door.instance(request)
        asked = _asked(request)
        store = request.app[HOUSE].objects
        body = await in_db(request, objects.rendered_frame, store, row, _number(request), asked)
        return web.Response(body=body, content_type="image/jpeg", headers=NO_STORE)

    async def thumbnail(self, request: web.Request) -> web.StreamResponse:
        """Return the picture of a series."""
        body = await self._of_series(request, "thumbnail.jpg")
        return web.Response(body=body, content_type="image/jpeg", headers=NO_STORE)

    async def overlays(self, request: web.Request) -> web.StreamResponse:
        """Return the bit planes of a series by instance, as `pacs_bridge.prepare.overlays` describes them."""
        packed = await self._of_series(request, "overlays.json.gz")
        body = await in_db(request, gzip.decompress, packed)
        return web.Response(body=body, content_type="application/json", headers=NO_STORE)

    async def _of_series(self, request: web.Request, name: str) -> bytes:
        """Return an object of a series; raise `Refused` ``not_found`` when there is none."""
        study = await self._door.study(request)
        try:
            uid = series_uid(request.match_info["series"])
            key = f"prepared/{study}/{uid}/{name}"
            return await in_db(request, request.app[HOUSE].objects.read, key)
        except Malformed as exc:
            raise Refused("not_found") from exc
        except Unavailable as exc:
            if exc.cause != "object_missing":
                raise
            raise Refused("not_found") from exc


async def beat(request: web.Request) -> web.StreamResponse:
    """Keep the session alive: sent by the page after gestures, at most once a minute."""
    house = request.app[HOUSE]
    session = await in_db(request, house.sign_in.beat, token_of(request), address(request))
    return web.json_response({"idle_until": session.idle_until.isoformat(),
                              "until": session.until.isoformat()}, headers=NO_STORE)


def _number(request: web.Request) -> int:
    text = request.match_info["frame"]
    if not text.isdecimal() or len(text) > 7:
        raise Refused("not_found")
    return int(text)


def _asked(request: web.Request) -> objects.Asked:
    given = {name: request.query[name] for name in ("center", "width", "size")
             if request.query.get(name)}
    size = int(max(16, min(finite(given["size"]), 4096))) if "size" in given else None
    return objects.Asked(
        center=finite(given["center"]) if "center" in given else None,
        width=finite(given["width"]) if "width" in given else None,
        invert=request.query.get("invert", "") in ("1", "true"), size_px=size)

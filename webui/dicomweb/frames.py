"""WADO-RS frames, rendered, thumbnail and bulk data."""

import math

from aiohttp import web

from appliance.domain.errors import Malformed
from appliance.usecases.ports import InstanceRow
from webui.dicomweb import objects
from webui.dicomweb.accept import Wanted, first_match, wanted
from webui.dicomweb.access import Door
from webui.dicomweb.answers import NO_STORE, multipart, not_acceptable
from webui.executors import in_db
from webui.keys import HOUSE

HTJ2K = "1.2.840.10008.1.2.4.201"
NATIVE = "1.2.840.10008.1.2.1"
OCTETS, JPHC = "application/octet-stream", "image/jphc"
_SYNTAX = {OCTETS: NATIVE, JPHC: HTJ2K}
FRAMES_A_REQUEST = 64
THUMBNAIL_PX = 160


class Frames:
    """Pixels of instances."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def frames(self, request: web.Request) -> web.StreamResponse:
        """Return frames as stored: little endian, or losslessly as HTJ2K, by Accept."""
        row = await self._door.instance(request)
        numbers = _frame_list(request.match_info["frames"])
        forms = wanted(request.headers.get("Accept", ""), request.query.get("accept", ""))
        matched = _chosen(forms)
        if matched is None:
            return not_acceptable([f'multipart/related; type="{m}"' for m in _SYNTAX])
        form, media = matched
        bodies = await in_db(request, _bodies, request, row, numbers, media)
        content_type = f"{media}; transfer-syntax={_SYNTAX[media]}"
        if not form.multipart and len(bodies) == 1:
            return web.Response(body=bodies[0], headers={**NO_STORE, "Content-Type": content_type})
        return multipart([(content_type, body) for body in bodies], media)

    async def rendered(self, request: web.Request) -> web.StreamResponse:
        """Return a frame (the first, unless the route names one) as JPEG at a window."""
        row = await self._door.instance(request)
        number = _frame_list(request.match_info.get("frames", "1"))[0]
        asked = _asked(request)
        store = request.app[HOUSE].objects
        return _jpeg(await in_db(request, objects.rendered_frame, store, row, number, asked))

    async def thumbnail(self, request: web.Request) -> web.StreamResponse:
        """Return an instance small."""
        row = await self._door.instance(request)
        number = _frame_list(request.match_info.get("frames", "1"))[0]
        asked = objects.Asked(size_px=THUMBNAIL_PX, quality=80)
        store = request.app[HOUSE].objects
        return _jpeg(await in_db(request, objects.rendered_frame, store, row, number, asked))

    async def bulk(self, request: web.Request) -> web.StreamResponse:
        """Return the value that a BulkDataURI of the metadata names."""
        row = await self._door.instance(request)
        path = request.match_info["path"].replace("/", ".")
        data = await in_db(request, objects.bulk, request.app[HOUSE].objects, row, path)
        forms = wanted(request.headers.get("Accept", ""), request.query.get("accept", ""))
        matched = first_match(forms, [OCTETS])
        if matched is None:
            return not_acceptable([OCTETS])
        if matched[0].multipart:
            return multipart([(OCTETS, data)], OCTETS)
        return web.Response(body=data, content_type=OCTETS, headers=NO_STORE)


def _chosen(forms: list[Wanted]) -> tuple[Wanted, str] | None:
    """Return the best form whose transfer syntax is one of ours, and its media type."""
    for form in forms:
        fitting = [m for m in _SYNTAX if form.transfer_syntax in ("*", _SYNTAX[m])]
        matched = first_match([form], fitting)
        if matched is not None:
            return matched
    return None


def _bodies(
    request: web.Request, row: InstanceRow, numbers: list[int], media: str,
) -> list[bytes]:
    store = request.app[HOUSE].objects
    if media == OCTETS:
        return [objects.native_frame(store, row, n) for n in numbers]
    image = objects.described_image(store, row, numbers[0]) if row.native_key else {}
    return [objects.stored_htj2k(store, row, n, image) for n in numbers]


def _jpeg(data: bytes) -> web.Response:
    return web.Response(body=data, content_type="image/jpeg", headers=NO_STORE)


def _frame_list(text: str) -> list[int]:
    """Return the frame numbers of the route; raise `Malformed` ``frames``."""
    parts = text.split(",")
    if len(parts) > FRAMES_A_REQUEST or not all(p.isdecimal() and len(p) < 8 for p in parts):
        raise Malformed("frames")
    return [int(part) for part in parts]


def _asked(request: web.Request) -> objects.Asked:
    """Return what PS3.18 8.3.5.1 allows to ask: ``window=c,w,function`` and ``viewport=w,h``."""
    window = request.query.get("window", "").split(",")
    center, width, function = None, None, None
    if window != [""]:
        if len(window) not in (2, 3):
            raise Malformed("window")
        center, width = finite(window[0]), finite(window[1])
        names = {"": None, "linear": "LINEAR", "linear-exact": "LINEAR_EXACT", "sigmoid": "SIGMOID"}
        function = names.get(window[2].lower() if len(window) == 3 else "")
    viewport = request.query.get("viewport", "").split(",")
    size = None if viewport == [""] else int(max(1, min(max(map(finite, viewport[:2])), 8192)))
    return objects.Asked(center=center, width=width, function=function, size_px=size)


def finite(text: str) -> float:
    """Return the number, or raise `Malformed` ``number``."""
    try:
        value = float(text)
    except ValueError as exc:
        raise Malformed("number") from exc
    if not math.isfinite(value):
        raise Malformed("number")
    return value

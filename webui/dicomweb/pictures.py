"""WADO-RS rendered resources and thumbnails (PS3.18 10.4.1.1.3, 10.4.1.1.4): pictures at a window.

Drawn from our own prepared frames; what has none is 404 alone, and left out of a study.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from aiohttp import web

from appliance.domain.errors import Malformed, Refused
from appliance.usecases.ports import InstanceRow, Objects
from webui.dicomweb import forms, objects
from webui.dicomweb.accept import first_match, wanted
from webui.dicomweb.access import Door
from webui.dicomweb.answers import NO_STORE, Part, multipart, not_acceptable, streamed
from webui.dicomweb.frames import frame_list
from webui.dicomweb.kept import Kept
from webui.dicomweb.looks import FORMS, Wish, noted, whole, wish_of
from webui.dicomweb.objects import Asked
from webui.dicomweb.retrieve import Retrieve
from webui.executors import in_db
from webui.keys import HOUSE

THUMBNAIL_PX = 160
PICTURES_A_REQUEST = 2000


class Pictures:
    """Pictures of frames."""

    def __init__(self, door: Door) -> None:
        self._door, self._retrieve, self._kept = door, Retrieve(door), Kept()

    async def rendered(self, request: web.Request) -> web.StreamResponse:
        """Return frames drawn: one alone, several in a multipart; all of a study or a series streamed."""
        form = _form(request)
        if form is None:
            return not_acceptable(list(FORMS))
        media, related = form
        if "instance" not in request.match_info:
            return await self._all(request, media)
        row = await self._door.instance(request)
        numbers = frame_list(request.match_info.get("frames", "1"))
        wish = wish_of(request.query, row.rows, row.columns)
        pictures = [await in_db(request, self._drawn, request.app[HOUSE].objects, row, number, _in_form(wish, media))
                    for number in numbers]
        if len(pictures) == 1 and not related:
            return web.Response(body=pictures[0], content_type=media, headers=NO_STORE)
        return multipart([Part(media, [picture]) for picture in pictures], media)

    async def thumbnail(self, request: web.Request) -> web.StreamResponse:
        """Return a study, a series, an instance or a frame small, as ``image/jpeg``."""
        form = _form(request)
        if form is None or form[0] != "image/jpeg":
            return not_acceptable(["image/jpeg"])
        rows = [row for row in await self._retrieve.rows(request) if row.frames_key]
        if not rows:
            raise Refused("not_found")
        row = rows[len(rows) // 2]
        number = frame_list(request.match_info.get("frames", str(row.frames // 2 + 1)))[0]
        wish = Wish(replace(_small(request), quality=80))
        store = request.app[HOUSE].objects
        body = await in_db(request, self._drawn, store, row, number, wish)
        return web.Response(body=body, content_type="image/jpeg", headers=NO_STORE)

    def _drawn(self, store: Objects, row: InstanceRow, number: int, wish: Wish) -> bytes:
        # Frames have another key each time they are prepared.
        return self._kept.get((row.frames_key, number, wish), lambda: drawn(store, row, number, wish))

    async def _all(self, request: web.Request, media: str) -> web.StreamResponse:
        rows = [row for row in await self._retrieve.rows(request) if row.frames_key]
        if not rows:
            raise Refused("not_found")
        if sum(row.frames for row in rows) > PICTURES_A_REQUEST:
            raise Malformed("too_large")
        wishes = [_in_form(wish_of(request.query, row.rows, row.columns), media) for row in rows]
        return await streamed(request, _each(request.app[HOUSE].objects, rows, wishes, media), media)


def drawn(store: Objects, row: InstanceRow, number: int, wish: Wish) -> bytes:
    """Return a frame as a picture, with its annotations; raise `Refused` ``not_found``."""
    asked = wish.asked
    if wish.annotations:
        asked = noted(wish, forms.said_of(store, row) or {})
    return objects.rendered_frame(store, row, number, asked)


def _each(
    store: Objects, rows: Sequence[InstanceRow], wishes: Sequence[Wish], media: str,
) -> Iterator[Part]:
    for row, wish in zip(rows, wishes, strict=True):
        address = f"/dicom-web/studies/{row.study_uid}/series/{row.series_uid}/instances/{row.sop_uid}"
        for number in range(1, row.frames + 1):
            yield Part(media, _drawing(store, row, number, wish), f"{address}/frames/{number}/rendered")


def _drawing(store: Objects, row: InstanceRow, number: int, wish: Wish) -> Iterator[bytes]:
    yield drawn(store, row, number, wish)


def _form(request: web.Request) -> tuple[str, bool] | None:
    """Return the media type of the pictures, and whether they must be in a multipart."""
    accepted = wanted(request.headers.get("Accept", ""), request.query.get("accept", ""))
    matched = first_match(accepted, list(FORMS))
    return None if matched is None else (matched[1], matched[0].multipart and matched[0].media != "*/*")


def _in_form(wish: Wish, media: str) -> Wish:
    return replace(wish, asked=replace(wish.asked, form=FORMS[media]))


def _small(request: web.Request) -> Asked:
    """Return the size asked for by ``viewport=vw,vh`` (8.3.5.1.3), else that of our own thumbnails."""
    text = request.query.get("viewport", "")
    if not text:
        return Asked(size_px=THUMBNAIL_PX)
    parts = [whole(part, 1, 2048, "viewport") for part in text.split(",")]
    if len(parts) != 2:
        raise Malformed("viewport")
    return Asked(fit=(parts[0], parts[1]))

"""WADO-URI (PS3.18 9): one instance by query, as ``application/dicom`` or as a picture."""

from collections.abc import Mapping
from dataclasses import replace

from aiohttp import web

from appliance.domain.errors import Malformed, Refused
from appliance.imaging.render import Region
from appliance.usecases.ports import InstanceRow
from webui.dicomweb.accept import ANY, Wanted, first_match, wanted
from webui.dicomweb.access import Door, named
from webui.dicomweb.answers import NO_STORE, not_acceptable
from webui.dicomweb.forms import DICOM
from webui.dicomweb.looks import FORMS, LARGEST_PX, Wish, annotations, finite, whole
from webui.dicomweb.objects import Asked
from webui.dicomweb.pictures import drawn
from webui.dicomweb.retrieve import alone, planned
from webui.executors import in_db
from webui.keys import HOUSE

_UIDS = (("study", "studyUID"), ("series", "seriesUID"), ("instance", "objectUID"))
_OF_PICTURES = frozenset({
    "frameNumber", "rows", "columns", "region", "windowCenter", "windowWidth", "imageQuality", "annotation"})


class WadoUri:
    """The older way to one instance."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def retrieve(self, request: web.Request) -> web.StreamResponse:
        """Return the instance that the query names; `Malformed` ``query`` for a query that 9.1.2 does not allow."""
        query = request.query
        if query.get("requestType") != "WADO" or not all(query.get(name) for _, name in _UIDS):
            raise Malformed("query")
        row = await self._door.instance(request, named({key: query[name] for key, name in _UIDS}))
        if query.get("anonymize") or query.get("presentationUID"):
            raise Refused("not_acceptable")  # neither can be done, and silently leaving it out would be worse
        forms = wanted(request.headers.get("Accept", ""), query.get("contentType", ""))
        matched = first_match(forms, [*(FORMS if row.frames_key else ()), DICOM])
        if matched is None:
            return not_acceptable([*FORMS, DICOM])
        if matched[1] == DICOM:
            return await self._object(request, row)
        wish = _wish(query, row, matched[1])
        number = whole(query.get("frameNumber", "1"), 1, 1 << 24, "frames")
        body = await in_db(request, drawn, request.app[HOUSE].objects, row, number, wish)
        return web.Response(body=body, content_type=matched[1], headers=NO_STORE)

    async def _object(self, request: web.Request, row: InstanceRow) -> web.StreamResponse:
        if _OF_PICTURES & request.query.keys():
            raise Malformed("query")
        await self._door.take(request, row.study_uid)
        syntax = request.query.get("transferSyntax", "")
        forms = [Wanted(DICOM, multipart=False, syntax=syntax)]
        store = request.app[HOUSE].objects
        given = await in_db(request, planned, store, row, forms)
        if given is None and not syntax:
            given = await in_db(request, planned, store, row, [replace(forms[0], syntax=ANY)])
        return not_acceptable([DICOM]) if given is None else await alone(request, given)


def _wish(query: Mapping[str, str], row: InstanceRow, media: str) -> Wish:
    """Return the picture asked for (9.1.2.2); raise `Malformed` for what cannot be."""
    if ("windowCenter" in query) != ("windowWidth" in query):
        raise Malformed("window")
    asked = Asked(form=FORMS[media])
    if "imageQuality" in query:
        asked = replace(asked, quality=whole(query["imageQuality"], 1, 100, "quality"))
    if "windowCenter" in query:
        asked = replace(asked, center=finite(query["windowCenter"]), width=finite(query["windowWidth"]))
    asked = replace(asked, fit=_fit(query), region=_region(query.get("region", ""), row))
    return Wish(asked, annotations(query.get("annotation", "")))


def _fit(query: Mapping[str, str]) -> tuple[int, int] | None:
    if "rows" not in query and "columns" not in query:
        return None
    sizes = [min(whole(query.get(name, str(LARGEST_PX)), 1, 1 << 20, "viewport"), LARGEST_PX)
             for name in ("columns", "rows")]  # fmt: skip
    return sizes[0], sizes[1]


def _region(text: str, row: InstanceRow) -> Region | None:
    """Return the part ``xmin,ymin,xmax,ymax`` of the image, each from 0 to 1 (9.1.2.2.5)."""
    if not text:
        return None
    parts = [finite(part) for part in text.split(",")]
    if len(parts) != 4 or not all(0 <= part <= 1 for part in parts) or parts[0] >= parts[2] or parts[1] >= parts[3]:
        raise Malformed("viewport")
    left, top = int(parts[0] * row.columns), int(parts[1] * row.rows)
    return Region(left, top, round(parts[2] * row.columns) - left, round(parts[3] * row.rows) - top)

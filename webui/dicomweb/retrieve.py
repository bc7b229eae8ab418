"""WADO-RS of whole objects and of metadata."""

import asyncio
import gzip
import json
from collections.abc import Sequence
from secrets import token_hex

from aiohttp import web

from appliance.domain.errors import Malformed, Refused
from appliance.domain.identifiers import StudyUID, series_uid
from appliance.usecases.ports import InstanceRow, Objects
from webui.dicomweb import objects
from webui.dicomweb.accept import first_match, wanted
from webui.dicomweb.access import Door
from webui.dicomweb.answers import NO_STORE, not_acceptable
from webui.executors import in_db
from webui.keys import HOUSE

DICOM, DICOM_JSON = "application/dicom", "application/dicom+json"
_CHUNK_BYTES = 1 << 18


class Retrieve:
    """Objects as received, and what they say of themselves."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def objects(self, request: web.Request) -> web.StreamResponse:
        """Stream a study, a series or an instance as ``multipart/related`` Part-10 files, if they may be taken away."""
        forms = wanted(request.headers.get("Accept", ""), request.query.get("accept", ""))
        if first_match([f for f in forms if f.multipart or f.media == DICOM], [DICOM]) is None:
            return not_acceptable([f'multipart/related; type="{DICOM}"'])
        rows = await self._rows(request)
        await self._door.take(request)
        return await _streamed(request, rows)

    async def metadata(self, request: web.Request) -> web.StreamResponse:
        """Return the metadata of a study, a series or an instance, from what *prepare* stored."""
        store = request.app[HOUSE].objects
        forms = wanted(request.headers.get("Accept", ""), request.query.get("accept", ""))
        if first_match(forms, [DICOM_JSON, "application/json"]) is None:
            return not_acceptable([DICOM_JSON])
        if "series" in request.match_info and "instance" not in request.match_info:
            packed = await self._packed_series(request, store)
            if packed is not None:
                return _packed(request, packed)
        rows = await self._rows(request)
        series = list(dict.fromkeys(row.series_uid for row in rows))
        found = await in_db(request, objects.metadata, store, rows[0].study_uid, series)
        sops = {row.sop_uid for row in rows}
        kept = [m for m in found if m["00080018"]["Value"][0] in sops]
        return web.Response(text=json.dumps(kept), content_type=DICOM_JSON, headers=NO_STORE)

    async def _packed_series(self, request: web.Request, store: Objects) -> bytes | None:
        """Return what *prepare* stored of the series of the route: no row of its instances is needed for it."""
        study = await self._door.study(request)
        try:
            series = series_uid(request.match_info["series"])
        except Malformed as exc:
            raise Refused("not_found") from exc
        return await in_db(request, objects.stored_metadata, store, study, series)

    async def _rows(self, request: web.Request) -> Sequence[InstanceRow]:
        """Return the instances of the route; raise `Refused` ``not_found`` when there are none."""
        if "instance" in request.match_info:
            return [await self._door.instance(request)]
        study: StudyUID = await self._door.study(request)
        rows = await in_db(request, request.app[HOUSE].exams.instances, study)
        series = request.match_info.get("series")
        rows = [row for row in rows if series in (None, row.series_uid)]
        if not rows:
            raise Refused("not_found")
        return rows


def _packed(request: web.Request, packed: bytes) -> web.Response:
    """Return gzip bytes as they are to whoever takes them."""
    headers = {**NO_STORE, "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return web.Response(
            body=gzip.decompress(packed), content_type=DICOM_JSON, headers=headers)
    return web.Response(
        body=packed, content_type=DICOM_JSON, headers={**headers, "Content-Encoding": "gzip"})


async def _streamed(request: web.Request, rows: Sequence[InstanceRow]) -> web.StreamResponse:
    boundary = token_hex(16)
    response = web.StreamResponse(headers={
        **NO_STORE, "Content-Type": f'multipart/related; type="{DICOM}"; boundary={boundary}'})
    await response.prepare(request)
    store, loop = request.app[HOUSE].objects, asyncio.get_running_loop()
    for row in rows:
        head = f"--{boundary}\r\nContent-Type: {DICOM}; transfer-syntax={row.transfer_syntax}\r\n\r\n"
        await response.write(head.encode())
        size = await loop.run_in_executor(None, store.size, row.key)
        for offset in range(0, size, _CHUNK_BYTES):
            length = min(_CHUNK_BYTES, size - offset)
            await response.write(
                await loop.run_in_executor(None, store.pread, row.key, offset, length))
        await response.write(b"\r\n")
    await response.write(f"--{boundary}--\r\n".encode())
    await response.write_eof()
    return response

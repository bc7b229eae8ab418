"""WADO-RS of whole objects and of metadata (PS3.18 10.4)."""

import gzip
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from aiohttp import web

from appliance.domain.errors import Refused
from appliance.usecases.ports import InstanceRow, Objects
from webui.dicomweb import forms, objects
from webui.dicomweb.accept import Offer, Wanted, first_match, wanted
from webui.dicomweb.access import Door, Named, named
from webui.dicomweb.answers import NO_STORE, Part, in_json, not_acceptable, same_as_before, streamed, tag_of
from webui.dicomweb.forms import DICOM
from webui.executors import in_db
from webui.keys import HOUSE

Json = dict[str, Any]
DICOM_JSON = "application/dicom+json"


class Given(NamedTuple):
    """An object to give, as which form asked for, in which transfer syntax; its metadata where they are needed."""

    row: InstanceRow
    form: Wanted
    syntax: str
    said: Json | None


class Retrieve:
    """Objects, and what they say of themselves."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def objects(self, request: web.Request) -> web.StreamResponse:
        """Give a study, a series or an instance as Part-10 files, if they may be taken away.

        In a multipart, or alone where there is one. 206 when some have no acceptable form, 406 when all have none.
        """
        accepted = wanted(request.headers.get("Accept", ""), request.query.get("accept", ""))
        accepted = [form for form in accepted if form.takes_media(DICOM)]
        rows = await self.rows(request)
        await self._door.take(request, rows[0].study_uid)
        accepted = [form for form in accepted if form.multipart or len(rows) == 1]
        plan = await in_db(request, _planned, request.app[HOUSE].objects, rows, accepted)
        if not plan:
            return not_acceptable([f'multipart/related; type="{DICOM}"; transfer-syntax=*'])
        if not plan[0].form.multipart:
            return await alone(request, plan[0])
        parts = _parts(request.app[HOUSE].objects, plan)
        return await streamed(request, parts, DICOM, 200 if len(plan) == len(rows) else 206)

    async def metadata(self, request: web.Request) -> web.StreamResponse:
        """Return the metadata of a study, a series or an instance, from what *prepare* stored."""
        store = request.app[HOUSE].objects
        accepted = wanted(request.headers.get("Accept", ""), request.query.get("accept", ""))
        matched = first_match(accepted, [DICOM_JSON, "application/json"])
        if matched is None:
            return not_acceptable([DICOM_JSON])
        if "series" in request.match_info and "instance" not in request.match_info:
            packed = await self._packed_series(request, store)
            if packed is not None:
                return _packed(request, packed, matched[1])
        rows = await self.rows(request)
        series = list(dict.fromkeys(row.series_uid for row in rows))
        found = await in_db(request, objects.metadata, store, rows[0].study_uid, series)
        sops = {row.sop_uid for row in rows}
        kept = [m for m in found if m["00080018"]["Value"][0] in sops]
        return in_json(kept, matched[1])

    async def _packed_series(self, request: web.Request, store: Objects) -> bytes | None:
        """Return what *prepare* stored of the series of the route: no row of its instances is needed for it."""
        one = named(request.match_info)
        study = await self._door.study(request)
        if one.series is None:
            raise Refused("not_found")
        if await in_db(request, request.app[HOUSE].exams.concealed, study):
            return None
        return await in_db(request, objects.stored_metadata, store, study, one.series)

    async def rows(self, request: web.Request, one: Named | None = None) -> Sequence[InstanceRow]:
        """Return the instances of the route; raise `Refused` ``not_found`` when there are none."""
        one = one or named(request.match_info)
        if one.sop is not None:
            return [await self._door.instance(request, one)]
        study = await self._door.study(request, one.study)
        rows = await in_db(request, request.app[HOUSE].exams.instances, study)
        rows = [row for row in rows if one.series in (None, row.series_uid)]
        if not rows:
            raise Refused("not_found")
        return rows


async def alone(request: web.Request, given: Given) -> web.StreamResponse:
    """Answer with one object and nothing around it."""
    row = given.row
    tag = tag_of(row.sha256.hex(), row.version, given.syntax)
    if (unchanged := same_as_before(request, tag)) is not None:
        return unchanged
    pieces = forms.pieces(request.app[HOUSE].objects, row, given.syntax, given.said)
    piece = await in_db(request, next, pieces, None)
    response = web.StreamResponse(headers={
        **NO_STORE, "Content-Type": f"{DICOM}; transfer-syntax={given.syntax}", "ETag": f'"{tag}"'})
    await response.prepare(request)
    while piece is not None:
        await response.write(piece)
        piece = await in_db(request, next, pieces, None)
    await response.write_eof()
    return response


def planned(store: Objects, row: InstanceRow, accepted: Sequence[Wanted]) -> Given | None:
    """Return the object in the best form accepted, or None."""
    plan = _planned(store, [row], accepted)
    return plan[0] if plan else None


def _planned(store: Objects, rows: Sequence[InstanceRow], accepted: Sequence[Wanted]) -> list[Given]:
    """Return what can be given. Metadata are read only when the received form is not what is wanted."""
    plan: list[Given] = []
    said: dict[str, Json] | None = None
    for row in rows:
        given = _as_received(row, accepted)
        if given is None:
            said = _said(store, rows) if said is None else said
            given = _best(row, accepted, said.get(row.sop_uid))
        if given is not None:
            plan.append(given)
    return plan


def _best(row: InstanceRow, accepted: Sequence[Wanted], said: Json | None) -> Given | None:
    found = forms.form_for(accepted, forms.of_object(row, said))
    return None if found is None else Given(row, *found, said)


def _as_received(row: InstanceRow, accepted: Sequence[Wanted]) -> Given | None:
    """Return the received form where it is the best answer, without a look at the metadata."""
    for form in accepted[:1]:
        named = bool(form.syntax) or form.media != DICOM or row.transfer_syntax == forms.NATIVE
        if named and form.takes(Offer(DICOM, row.transfer_syntax)):
            return Given(row, form, row.transfer_syntax, None)
    return None


def _said(store: Objects, rows: Sequence[InstanceRow]) -> dict[str, Json]:
    series = list(dict.fromkeys(row.series_uid for row in rows))
    found = objects.metadata(store, rows[0].study_uid, series)
    return {one["00080018"]["Value"][0]: one for one in found}


def _parts(store: Objects, plan: Sequence[Given]) -> Iterator[Part]:
    for row, _, syntax, said in plan:
        yield Part(f"{DICOM}; transfer-syntax={syntax}", forms.pieces(store, row, syntax, said))


def _packed(request: web.Request, packed: bytes, media: str) -> web.Response:
    """Return gzip bytes as they are to whoever takes them."""
    headers = {**NO_STORE, "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return web.Response(body=gzip.decompress(packed), content_type=media, headers=headers)
    return web.Response(body=packed, content_type=media, headers={**headers, "Content-Encoding": "gzip"})

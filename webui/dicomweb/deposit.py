"""STOW-RS (PS3.18 10.5): objects of a machine, streamed to quarantine; the bridge looks at them, never this process.

Only a key made for it may deposit. The answer waits for the bridge; when that takes too long nothing is acknowledged,
and whoever sends again finds what is kept already to be the same.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any

from aiohttp import ClientError, web

from appliance.domain import deposits
from appliance.domain.deposits import Answer, Stored
from appliance.domain.errors import Fault, Malformed, Refused, TryLater
from appliance.domain.identifiers import StudyUID, study_uid
from appliance.domain.sign_in import Requester
from appliance.usecases.ports import Objects, Writing
from webui.dicomweb.accept import first_match, wanted
from webui.dicomweb.access import caller_of, is_bearer, token_of
from webui.dicomweb.answers import in_json, not_acceptable
from webui.dicomweb.described import ROOT
from webui.dicomweb.forms import DICOM
from webui.dicomweb.multipart import Begin, Data, Reader, related
from webui.executors import in_db
from webui.keys import HOUSE
from webui.middlewares.origins import address

PARTS, PART_BYTES, WHOLE_BYTES = 2000, 2 << 30, 8 << 30
AT_ONCE = 4
PIECE_S, WHOLE_S, WAIT_S, MOST_WAIT_S = 30.0, 3600.0, 60.0, 600.0
BYTES_A_SECOND = 4 << 20
"""The bridge is given time for what was sent, at a pace that it always has; the proxy waits no longer than that."""
_TYPES = ["application/dicom+json", "application/json"]
_STATUS = {Answer.ALL: 200, Answer.SOME: 202, Answer.NONE: 409, Answer.LATER: 503}


class Deposit:
    """The way in."""

    def __init__(self) -> None:
        self._room = AT_ONCE

    async def handed_in(self, request: web.Request) -> web.StreamResponse:
        """Take the objects and answer what became of each.

        Raises
        ------
        Refused
            ``session`` for nobody, ``deposit`` for whoever may not.
        Malformed
            ``media``, ``multipart``, ``too_large``.
        TryLater
            ``busy``.
        """
        requester = await _depositor(request)
        study = _study(request)
        matched = first_match(wanted(request.headers.get("Accept", ""), request.query.get("accept", "")), _TYPES)
        if matched is None:
            return not_acceptable(_TYPES)
        if not self._room:
            raise TryLater("busy", retry_after_s=10)
        self._room -= 1
        try:
            results = await _taken(request, requester, study)
        finally:
            self._room += 1
        answer = deposits.answer_of(results)
        later = {"Retry-After": "60"} if answer is Answer.LATER else {}
        return in_json(_told(results), matched[1], _STATUS[answer], **later)


async def _depositor(request: web.Request) -> Requester:
    found = None
    if is_bearer(request):
        found = await in_db(request, request.app[HOUSE].bearers.depositor, token_of(request), address(request))
    if found is None:
        await caller_of(request)
        raise Refused("deposit")
    return found


def _study(request: web.Request) -> StudyUID | None:
    text = request.match_info.get("study")
    try:
        return study_uid(text) if text is not None else None
    except Malformed as exc:
        raise Refused("not_found") from exc


async def _taken(request: web.Request, requester: Requester, study: StudyUID | None) -> Sequence[Stored]:
    depositing, loop = request.app[HOUSE].depositing, asyncio.get_running_loop()
    quarantine = Quarantine(request.app[HOUSE].objects, depositing.name())
    try:
        async with asyncio.timeout(WHOLE_S):
            await quarantine.fill(request)
        job = await in_db(request, depositing.hand_in, requester, quarantine.name, quarantine.parts, study)
    except TimeoutError as exc:
        await quarantine.emptied()
        raise Malformed("multipart") from exc
    except BaseException:
        await quarantine.emptied()
        raise
    wait_s = min(WAIT_S + quarantine.size_bytes / BYTES_A_SECOND, MOST_WAIT_S)
    return await loop.run_in_executor(None, depositing.results, job, quarantine.name, wait_s)


class Quarantine:
    """The parts of one deposit on their way to disk."""

    def __init__(self, objects: Objects, name: str) -> None:
        self._objects, self.name = objects, name
        self.parts = self.size_bytes = 0
        self._part_bytes = 0
        self._writing: Writing | None = None

    async def fill(self, request: web.Request) -> None:
        """Write every part, each durable when it ends; raise `Malformed` when there is none, or what `Deposit` says."""
        content_type = request.headers.get("Content-Type", "")
        if content_type.split(";")[0].strip().lower() == DICOM:
            await self._take(Begin({"content-type": DICOM}))
            async for data in _pieces(request):
                await self._take(Data(data))
            await self._end()
            return
        boundary, kind = related(content_type)
        if kind not in ("", DICOM):
            raise Malformed("media")
        await self._related(request, Reader(boundary))

    async def emptied(self) -> None:
        """Delete what was written: it was never acknowledged, nor handed in."""
        with suppress(Fault):
            await asyncio.to_thread(self._empty)

    async def _related(self, request: web.Request, reader: Reader) -> None:
        async for data in _pieces(request):
            for event in reader.feed(data):
                if isinstance(event, Begin | Data):
                    await self._take(event)
                else:
                    await self._end()
        reader.close()
        if not self.parts:
            raise Malformed("multipart")

    async def _take(self, event: Begin | Data) -> None:
        if isinstance(event, Begin):
            if event.headers.get("content-type", DICOM).split(";")[0].strip().lower() != DICOM:
                raise Malformed("media")
            if self.parts >= PARTS:
                raise Malformed("too_large")
            self._part_bytes = 0
            self._writing = await asyncio.to_thread(self._objects.create, deposits.part_key(self.name, self.parts))
            return
        self._part_bytes += len(event.data)
        self.size_bytes += len(event.data)
        if self._part_bytes > PART_BYTES or self.size_bytes > WHOLE_BYTES:
            raise Malformed("too_large")
        if self._writing is not None:
            await asyncio.to_thread(self._writing.write, event.data)

    async def _end(self) -> None:
        writing, self._writing = self._writing, None
        if writing is not None:
            self.parts += 1
            await asyncio.to_thread(writing.commit)

    def _empty(self) -> None:
        if self._writing is not None:
            self._writing.discard()
        for number in range(self.parts):
            self._objects.delete(deposits.part_key(self.name, number))


async def _pieces(request: web.Request) -> AsyncIterator[bytes]:
    """Yield the body as it comes; raise `Malformed` ``multipart`` when the sender falls silent or goes away."""
    try:
        while True:
            async with asyncio.timeout(PIECE_S):
                data = await request.content.readany()
            if not data:
                return
            yield data
    except (TimeoutError, OSError, ClientError, web.HTTPException) as exc:
        raise Malformed("multipart") from exc


def _told(results: Sequence[Stored]) -> dict[str, Any]:
    """Return the Store Instances Response Module (PS3.18 table I.2-1) in the JSON model."""
    kept = [_item(one) for one in results if not one.failure]
    named = [_item(one) for one in results if one.failure and one.sop_uid]
    other = [{"00081197": _us(one.failure)} for one in results if one.failure and not one.sop_uid]
    studies = {one.study_uid for one in results if not one.failure}
    told: dict[str, Any] = {"00081190": {"vr": "UR"}}
    if len(studies) == 1:
        told["00081190"]["Value"] = [f"{ROOT}/studies/{studies.pop()}"]
    for tag, items in (("00081198", named), ("00081199", kept), ("0008119A", other)):
        if items:
            told[tag] = {"vr": "SQ", "Value": items}
    return told


def _item(one: Stored) -> dict[str, Any]:
    item: dict[str, Any] = {
        "00081150": {"vr": "UI", "Value": [one.sop_class]} if one.sop_class else {"vr": "UI"},
        "00081155": {"vr": "UI", "Value": [one.sop_uid]},
    }
    if one.failure:
        return item | {"00081197": _us(one.failure)}
    where = f"{ROOT}/studies/{one.study_uid}/series/{one.series_uid}/instances/{one.sop_uid}"
    item["00081190"] = {"vr": "UR", "Value": [where]}
    return item | ({"00081196": _us(one.warning)} if one.warning else {})


def _us(code: int) -> dict[str, Any]:
    return {"vr": "US", "Value": [code]}



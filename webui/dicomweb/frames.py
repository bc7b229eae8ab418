"""WADO-RS of frames and of bulk data (PS3.18 10.4.1.1.2, 10.4.1.1.5, 10.4.1.1.6)."""

from collections.abc import Iterator, Sequence
from typing import Any

from aiohttp import web

from appliance.domain.errors import Malformed
from appliance.usecases.ports import InstanceRow, Objects
from webui.dicomweb import forms, objects
from webui.dicomweb.accept import Offer, chosen, first_match, wanted
from webui.dicomweb.access import Door
from webui.dicomweb.answers import NO_STORE, Part, multipart, not_acceptable, same_as_before, streamed, tag_of
from webui.dicomweb.forms import OCTETS
from webui.dicomweb.retrieve import Retrieve
from webui.executors import in_db
from webui.keys import HOUSE

FRAMES_A_REQUEST = 64


class Frames:
    """Pixels of instances, and what their metadata give by reference."""

    def __init__(self, door: Door) -> None:
        self._door, self._retrieve = door, Retrieve(door)

    async def frames(self, request: web.Request) -> web.StreamResponse:
        """Return frames by Accept: little endian, losslessly as HTJ2K, or compressed as they came."""
        row = await self._door.instance(request)
        numbers = frame_list(request.match_info["frames"])
        accepted = wanted(request.headers.get("Accept", ""), request.query.get("accept", ""))
        offers = forms.of_frames(row)
        matched = chosen([f for f in accepted if f.multipart or len(numbers) == 1], offers)
        if matched is None:
            return not_acceptable([_typed(offer, 'multipart/related; type="{}"') for offer in offers])
        form, offer = matched
        tag = tag_of(row.sha256.hex(), row.version, offer, numbers)
        if (unchanged := same_as_before(request, tag)) is not None:
            return unchanged
        store = request.app[HOUSE].objects
        bodies = await in_db(request, _bodies, store, row, numbers, offer)
        answer = multipart([Part(_typed(offer), [body]) for body in bodies], offer.media)
        if not form.multipart:
            answer = web.Response(body=bodies[0], headers={**NO_STORE, "Content-Type": _typed(offer)})
        answer.headers["ETag"] = f'"{tag}"'
        return answer

    async def bulk(self, request: web.Request) -> web.StreamResponse:
        """Return the value that a BulkDataURI of the metadata names, or a range of it."""
        row = await self._door.instance(request)
        path = request.match_info["path"].replace("/", ".")
        data = await in_db(request, objects.bulk, request.app[HOUSE].objects, row, path)
        accepted = wanted(request.headers.get("Accept", ""), request.query.get("accept", ""))
        matched = first_match(accepted, [OCTETS])
        if matched is None:
            return not_acceptable([OCTETS])
        if matched[0].multipart and request.headers.get("Range") is None:
            return multipart([Part(OCTETS, [data], request.path)], OCTETS)
        return _ranged(request, data)

    async def all_bulk(self, request: web.Request) -> web.StreamResponse:
        """Return every value that the metadata of a study, a series or an instance give by reference."""
        accepted = wanted(request.headers.get("Accept", ""), request.query.get("accept", ""))
        if first_match([form for form in accepted if form.multipart], [OCTETS]) is None:
            return not_acceptable([f'multipart/related; type="{OCTETS}"'])
        rows = await self._retrieve.rows(request)
        store = request.app[HOUSE].objects
        return await streamed(request, _values(store, rows), OCTETS)


def frame_list(text: str) -> list[int]:
    """Return the frame numbers of the route; raise `Malformed` ``frames``."""
    parts = text.split(",")
    if len(parts) > FRAMES_A_REQUEST or not all(p.isascii() and p.isdecimal() and len(p) < 8 for p in parts):
        raise Malformed("frames")
    return [int(part) for part in parts]


def _typed(offer: Offer, around: str = "{}") -> str:
    return f"{around.format(offer.media)}; transfer-syntax={offer.syntax}"


def _bodies(store: Objects, row: InstanceRow, numbers: Sequence[int], offer: Offer) -> list[bytes]:
    return [forms.frame_bytes(store, row, number, offer) for number in numbers]


def _values(store: Objects, rows: Sequence[InstanceRow]) -> Iterator[Part]:
    of_uid = {row.sop_uid: row for row in rows}
    for series in dict.fromkeys(row.series_uid for row in rows):
        for said in objects.metadata(store, rows[0].study_uid, [series]):
            row = of_uid.get(said["00080018"]["Value"][0])
            for address in _addresses(said) if row is not None else ():
                yield Part(OCTETS, _value(store, row, address), address)


def _value(store: Objects, row: InstanceRow | None, address: str) -> Iterator[bytes]:
    if row is not None:
        yield objects.bulk(store, row, address.rpartition("/bulkdata/")[2].replace("/", "."))


def _addresses(node: Any) -> Iterator[str]:
    """Yield every BulkDataURI of a data set, those inside its sequences too."""
    if isinstance(node, dict):
        if isinstance(node.get("BulkDataURI"), str):
            yield node["BulkDataURI"]
        for value in node.values():
            yield from _addresses(value)
    elif isinstance(node, list):
        for value in node:
            yield from _addresses(value)


def _ranged(request: web.Request, data: bytes) -> web.Response:
    """Return the value, or the one range of bytes asked for (RFC 9110 14)."""
    headers = {**NO_STORE, "Accept-Ranges": "bytes"}
    try:
        asked = request.http_range
    except ValueError:
        asked = slice(None)
    start, stop, _ = asked.indices(len(data))
    if (asked.start, asked.stop) == (None, None):
        return web.Response(body=data, content_type=OCTETS, headers=headers)
    if start >= stop:
        return web.Response(status=416, headers={**headers, "Content-Range": f"bytes */{len(data)}"})
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(data)}"
    return web.Response(status=206, body=data[start:stop], content_type=OCTETS, headers=headers)

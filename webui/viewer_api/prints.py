"""Printing: the page sends what to print and the pictures that it took; the paper comes back as a PDF."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import BodyPartReader, web

from appliance.domain.errors import Malformed, Refused
from webui.answers import texts
from webui.dicomweb.access import named, session_of, token_of
from webui.dicomweb.answers import NO_STORE
from webui.executors import in_db
from webui.keys import HOUSE
from webui.viewer_api.reports import PDF_POLICY

MOST_CAPTURES = 12
CAPTURE_BYTES = 6 << 20
MOST_BYTES = 32 << 20
MOST_MEASURES, MEASURE_CHARACTERS = 60, 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the reader asked for: reports and key images or not, pictures he took, lines of what he measured."""

    report: bool
    keys: bool
    captures: Sequence[bytes]
    measures: Sequence[str]


async def made(request: web.Request) -> web.StreamResponse:
    """Return the exam on paper.

    The form has ``report`` and ``keys`` (``1`` or nothing), ``capture`` (PNG or JPEG, several), ``measure`` (lines).
    """
    study, session, house = named(request.match_info).study, await session_of(request), request.app[HOUSE]
    digest = house.secrets.hashed(token_of(request))
    # Before anything of a stranger's is taken in.
    await in_db(request, house.exporting.printable, digest, study)
    wanted = await _wanted(request)
    from webui.printouts import Printing, printed

    facts = {"report": wanted.report, "keys": wanted.keys, "captures": len(wanted.captures)}
    row = await in_db(request, house.exporting.printed, session.requester, digest, study, facts)
    one = Printing(row, session.requester, digest, house.clock.now(), texts(request))
    body = await in_db(request, printed, request, one, wanted)
    day = f"{row.date:%Y-%m-%d}" if row.date else "0"
    headers = {"Content-Security-Policy": PDF_POLICY, "Content-Disposition": f'inline; filename="examen-{day}.pdf"'}
    return web.Response(body=body, content_type="application/pdf", headers={**NO_STORE, **headers})


async def _wanted(request: web.Request) -> Wanted:
    """Return what the form asks for; it may be larger than others.

    Raises
    ------
    Malformed
        ``media``; ``pictures_large`` beyond the limits.
    Refused
        ``printed_nothing``.
    """
    if request.content_type != "multipart/form-data":
        raise Malformed("media")
    fields: dict[str, str] = {}
    captures: list[bytes] = []
    measures: list[str] = []
    left = MOST_BYTES
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader):
            raise Malformed("media")
        data = await _part(part, min(left, CAPTURE_BYTES))
        left -= len(data)
        if part.name == "capture":
            captures.append(data)
        elif part.name == "measure":
            measures.append(_line(data))
        else:
            fields[part.name or ""] = data.decode("utf-8", "replace")
        if len(captures) > MOST_CAPTURES or len(measures) > MOST_MEASURES or len(fields) > 8:
            raise Malformed("pictures_large")
    wanted = Wanted(fields.get("report") == "1", fields.get("keys") == "1", captures, [one for one in measures if one])
    if not (wanted.report or wanted.keys or wanted.captures or wanted.measures):
        raise Refused("printed_nothing")
    return wanted


async def _part(part: BodyPartReader, most: int) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(1 << 16):
        data += chunk
        if len(data) > most:
            raise Malformed("pictures_large")
    return bytes(data)


def _line(data: bytes) -> str:
    text = " ".join(data.decode("utf-8", "replace").split())
    return "".join(c for c in text if c.isprintable())[:MEASURE_CHARACTERS]

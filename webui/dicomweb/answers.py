"""Answers of the image routes: JSON faults (never a page, never a redirect), multipart bodies."""

import asyncio
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from secrets import token_hex
from typing import Any, TypeVar

from aiohttp import web

from appliance.domain.errors import Fault, Malformed, Refused
from webui.answers import tell_when
from webui.faults import status_of

T = TypeVar("T")
LOG = logging.getLogger("negatoscope.web")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
NO_STORE = {"Cache-Control": "private, no-store"}


def answering(handler: Handler) -> Handler:
    """Return the handler with its faults as JSON: 401 ``session``, 404 alike for foreign, unknown."""

    async def answered(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except Fault as fault:
            return fault_json(fault)

    return answered


def fault_json(fault: Fault) -> web.Response:
    """Return what stopped the request, for a program."""
    body: dict[str, Any] = {"error": fault.cause}
    if fault.cause == "session":
        body["cause"] = str(fault.facts.get("end") or fault.facts.get("why") or "none")
    status = 406 if fault.cause == "not_acceptable" else status_of(fault)
    response = web.json_response(body, status=status, headers=NO_STORE)
    return tell_when(response, fault)


def in_json(told: object, media: str, status: int = 200, **headers: str) -> web.Response:
    """Return an answer in the DICOM JSON model, which is UTF-8: clients compare its type to the letter."""
    return web.Response(
        body=json.dumps(told).encode(), status=status, content_type=media, headers={**NO_STORE, **headers})


def same_as_before(request: web.Request, tag: str) -> web.Response | None:
    """Return 304 when the client has what this tag stands for (RFC 9110 13.1.2); asked after the door."""
    known = [one.value for one in request.if_none_match or ()]
    if tag not in known and "*" not in known:
        return None
    return web.Response(status=304, headers={**NO_STORE, "ETag": f'"{tag}"'})


def tag_of(*parts: object) -> str:
    """Return an entity tag of what identifies a representation."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:32]


def not_acceptable(offered: Sequence[str]) -> web.Response:
    """Return 406 with what there is."""
    return web.json_response({"error": "not_acceptable", "offered": list(offered)}, status=406)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart answer, in pieces; ``location`` names what it is."""

    content_type: str
    pieces: Iterable[bytes]
    location: str = ""


def multipart(parts: Sequence[Part], kind: str) -> web.Response:
    """Return ``multipart/related`` (RFC 2387) of a few small parts; `kind` is its type."""
    boundary = token_hex(16)
    body = b"".join(
        piece for part in parts for piece in (_heading(part, boundary), *part.pieces, b"\r\n"))
    return web.Response(
        body=body + f"--{boundary}--\r\n".encode(), headers=_related(kind, boundary))


async def streamed(
    request: web.Request, parts: Iterable[Part], kind: str, status: int = 200,
) -> web.StreamResponse:
    """Answer with ``multipart/related`` of parts made one after another in threads, never all in memory.

    A part that cannot be made is left out: its bytes begin only when its first piece is there.
    """
    boundary = token_hex(16)
    response = web.StreamResponse(status=status, headers=_related(kind, boundary))
    await response.prepare(request)
    iterator = iter(parts)
    while (part := await following(iterator)) is not None:
        pieces = iter(part.pieces)
        try:
            piece = await following(pieces)
        except (Malformed, Refused) as fault:
            LOG.warning("part left out: %s", fault.cause)
            continue
        await response.write(_heading(part, boundary))
        while piece is not None:
            await response.write(piece)
            piece = await following(pieces)
        await response.write(b"\r\n")
    await response.write(f"--{boundary}--\r\n".encode())
    await response.write_eof()
    return response


async def following(iterator: Iterator[T]) -> T | None:
    """Return the next one, made in a thread of the general pool: files and pixels, no database; None at the end."""
    return await asyncio.get_running_loop().run_in_executor(None, next, iterator, None)


def _heading(part: Part, boundary: str) -> bytes:
    location = f"Content-Location: {part.location}\r\n" if part.location else ""
    return f"--{boundary}\r\nContent-Type: {part.content_type}\r\n{location}\r\n".encode()


def _related(kind: str, boundary: str) -> dict[str, str]:
    return {**NO_STORE, "Content-Type": f'multipart/related; type="{kind}"; boundary={boundary}'}

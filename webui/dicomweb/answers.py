"""Answers of the image routes: JSON faults (never a page, never a redirect), multipart bodies."""

from collections.abc import Awaitable, Callable, Sequence
from secrets import token_hex
from typing import Any

from aiohttp import web

from appliance.domain.errors import Fault
from webui.answers import tell_when
from webui.faults import status_of

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


def not_acceptable(offered: Sequence[str]) -> web.Response:
    """Return 406 with what there is."""
    return web.json_response({"error": "not_acceptable", "offered": list(offered)}, status=406)


def multipart(parts: Sequence[tuple[str, bytes]], kind: str) -> web.Response:
    """Return ``multipart/related`` (RFC 2387) of (content type, body) parts; `kind` is its type."""
    boundary = token_hex(16)
    body = bytearray()
    for content_type, part in parts:
        body += f"--{boundary}\r\nContent-Type: {content_type}\r\n\r\n".encode()
        body += part
        body += b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    return web.Response(body=bytes(body), headers={
        **NO_STORE, "Content-Type": f'multipart/related; type="{kind}"; boundary={boundary}'})

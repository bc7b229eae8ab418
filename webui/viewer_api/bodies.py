"""JSON that the page sends: so many bytes at most, and nothing that JSON does not know."""

import json
from typing import NoReturn

from aiohttp import web

from appliance.domain.errors import Malformed


async def json_body(request: web.Request, most_bytes: int) -> object:
    """Return what the body says.

    Raises
    ------
    Malformed
        ``media``: it is no JSON by its type, or cannot be read; ``too_large``.
    """
    if request.content_type != "application/json":
        raise Malformed("media")
    data = bytearray()
    async for chunk in request.content.iter_chunked(1 << 16):
        data += chunk
        if len(data) > most_bytes:
            raise Malformed("too_large")
    try:
        told: object = json.loads(data.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as exc:
        raise Malformed("media") from exc
    return told


def _refuse(word: str) -> NoReturn:
    """Refuse NaN and Infinity, which are no JSON (RFC 8259 6)."""
    raise ValueError(word)

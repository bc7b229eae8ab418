"""Retrieve Capabilities (PS3.18 8.9): what this origin server can do, as WADL or JSON, from the table of its routes."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

from aiohttp import web

from webui.dicomweb.accept import first_match, wanted
from webui.dicomweb.access import Door
from webui.dicomweb.answers import NO_STORE, not_acceptable
from webui.dicomweb.described import ROOT
from webui.dicomweb.forms import DICOM, HTJ2K, JPHC, NATIVE, OCTETS
from webui.dicomweb.looks import FORMS

Json = dict[str, Any]
WADL, JSON = "application/vnd.sun.wadl+xml", "application/json"
_DICOM_JSON = "application/dicom+json"
_VARIABLE = re.compile(r"\{(\w+)(?::(?:[^{}]|\{[^{}]*\})*)?\}")
_SEARCH = ("limit", "offset", "includefield", "fuzzymatching", "emptyvaluematching", "multiplevaluematching")
_PICTURE = ("window", "viewport", "quality", "annotation")


class Capabilities:
    """What OPTIONS answers, to whoever is logged in."""

    def __init__(self, door: Door, table: Mapping[str, object]) -> None:
        self._door, self._paths = door, [template(path) for path in table]

    async def told(self, request: web.Request) -> web.StreamResponse:
        """Return the capabilities; raise `Refused` ``session``."""
        await self._door.known(request)
        matched = first_match(wanted(request.headers.get("Accept", ""), request.query.get("accept", "")), [WADL, JSON])
        if matched is None:
            return not_acceptable([WADL, JSON])
        text = _wadl(self._paths) if matched[1] == WADL else json.dumps(_told(self._paths))
        return web.Response(text=text, content_type=matched[1], headers={**NO_STORE, "Allow": "GET, HEAD, OPTIONS"})


def template(path: str) -> str:
    """Return a path of a route with its variables as in a URI template, without their patterns."""
    return _VARIABLE.sub(r"{\1}", path)


def media_of(path: str) -> list[str]:
    """Return the media types of the answer at a path."""
    if path.endswith(("/rendered", "/thumbnail")):
        return ["image/jpeg"] if path.endswith("/thumbnail") else list(FORMS)
    if path.endswith("/wado"):
        return [DICOM, *FORMS]
    if "/bulkdata" in path:
        return [OCTETS]
    if path.endswith("/frames/{frames}"):
        return [f"{OCTETS}; transfer-syntax={NATIVE}", f"{JPHC}; transfer-syntax={HTJ2K}"]
    return [DICOM] if path.endswith("}") else [_DICOM_JSON]


def parameters_of(path: str) -> tuple[str, ...]:
    """Return the query parameters understood at a path, attributes of searches apart."""
    if path.endswith(("/studies", "/series", "/instances")):
        return _SEARCH
    return _PICTURE if path.endswith("/rendered") else ()


def _told(paths: Iterable[str]) -> Json:
    return {"resources": [
        {"path": path, "methods": ["GET"], "query": list(parameters_of(path)), "representations": media_of(path)}
        for path in paths]}  # fmt: skip


def _wadl(paths: Iterable[str]) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<application xmlns="http://wadl.dev.java.net/2009/02">'
        f"<resources base={quoteattr(ROOT)}>{''.join(map(_resource, paths))}</resources></application>\n"
    )


def _resource(path: str) -> str:
    given = "".join(f'<param name={quoteattr(name)} style="query"/>' for name in parameters_of(path))
    media = "".join(f"<representation mediaType={quoteattr(name)}/>" for name in media_of(path))
    method = f'<method name="GET"><request>{given}</request><response status="200">{media}</response></method>'
    return f"<resource path={quoteattr(path.removeprefix(ROOT + '/'))}>{method}</resource>"

"""Viewers of another origin, such as OHIF: whose pages may ask DICOMweb in a browser (CORS, Fetch 3.3).

None, unless the settings name it. A named one reads with a token in its header: no cookie goes across, nothing is
changed from there, and the answers are those that the token gets anywhere else.
"""

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from webui.keys import SETTINGS

READING = ("GET", "HEAD")
PREFLIGHT = {
    hdrs.ACCESS_CONTROL_ALLOW_METHODS: ", ".join(READING),
    hdrs.ACCESS_CONTROL_ALLOW_HEADERS: "Authorization, Accept, Content-Type, Range, If-None-Match",
    hdrs.ACCESS_CONTROL_MAX_AGE: "600",
}
EXPOSED = "Warning, ETag, Retry-After, Accept-Ranges, Content-Range"


@web.middleware
async def viewers_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer the question that a browser asks, without the token, before the request of a named viewer."""
    asked = request.headers.get(hdrs.ACCESS_CONTROL_REQUEST_METHOD)
    if request.method == hdrs.METH_OPTIONS and asked in READING and _is_named(request):
        return web.Response(status=204, headers=PREFLIGHT)
    return await handler(request)


async def put_viewer_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Let a named viewer read the answer about to leave, faults included (signal ``on_response_prepare``)."""
    if not request.app[SETTINGS].web.viewer_origins or not _is_dicomweb(request):
        return
    response.headers.add(hdrs.VARY, hdrs.ORIGIN)
    if _is_named(request):
        response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = request.headers[hdrs.ORIGIN]
        response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = EXPOSED


def _is_named(request: web.Request) -> bool:
    origins = request.app[SETTINGS].web.viewer_origins
    return _is_dicomweb(request) and request.headers.get(hdrs.ORIGIN) in origins


def _is_dicomweb(request: web.Request) -> bool:
    return request.path.startswith("/dicom-web/")

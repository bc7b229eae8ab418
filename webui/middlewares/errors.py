"""What stops an action becomes a page with words, or JSON for scripts; nothing leaks, nothing is silent."""

import logging

from aiohttp import web
from aiohttp.typedefs import Handler

from appliance.domain.errors import Fault, Malformed, Refused, Unavailable
from webui.answers import fault_page, see_other, tell_when
from webui.faults import status_of
from webui.middlewares.cookies import put_cookie

LOG = logging.getLogger("negatoscope.web")
SCRIPTED = ("/viewer-api/", "/dicom-web/", "/session/")
RETURN = "negatoscope-return"
"""Where somebody was when the session ended."""


@web.middleware
async def error_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn faults and HTTP errors into answers; the outermost loop of a request."""
    try:
        return await handler(request)
    except Fault as fault:
        return await _answer(request, fault)
    except web.HTTPRequestEntityTooLarge:
        return await _answer(request, Malformed("too_large"))
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        return await _answer(request, Refused("not_found"))
    except web.HTTPException:
        raise
    except Exception as exc:  # the outermost loop of a request: everything else ends here
        # The type alone: a message may carry what somebody typed.
        LOG.error("request failed", extra={"error": type(exc).__name__, "route": _route(request)})
        LOG.debug("request failed", exc_info=exc)
        return await _answer(request, Unavailable("server"))


async def _answer(request: web.Request, fault: Fault) -> web.Response:
    if request.path.startswith(SCRIPTED):
        body: dict[str, object] = {"error": fault.cause}
        if fault.cause == "session":
            body["cause"] = str(fault.facts.get("end", "none"))
        return tell_when(web.json_response(body, status=status_of(fault)), fault)
    if fault.cause == "session":
        return _to_login(request, str(fault.facts.get("end", "none")))
    return await fault_page(request, fault)


def _to_login(request: web.Request, end: str) -> web.Response:
    place = "/desk/login" if request.path.startswith("/desk") else "/login"
    response = see_other(place if end in ("none", "logout") else f"{place}?ended={end}")
    if request.method == "GET" and request.path != "/session/beat":
        put_cookie(request, response, RETURN, request.path_qs, max_age_s=900)
    return response


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "?"

"""The application of the card host: takes the certificate, leads back to the portal, closes the connection."""

import logging
from html import escape

from aiohttp import web
from aiohttp.typedefs import Handler

from appliance.bootstrap import House
from appliance.config.settings import Settings
from appliance.domain.errors import Fault, Refused, Unavailable
from webui.answers import texts
from webui.app import DB_THREADS, close_executors
from webui.card.certificates import presented
from webui.executors import BoundedExecutor, in_db
from webui.faults import problem_of, retry_after_s, status_of
from webui.i18n import Catalogues
from webui.keys import CATALOGUES, DB, HASH, HOUSE, SETTINGS
from webui.middlewares.headers import put_headers
from webui.middlewares.origins import address

PATH = "/card"
LOG = logging.getLogger("negatoscope.card")


def make_card_app(house: House, settings: Settings) -> web.Application:
    """Return the application: no cookie, no form, and no page of its own but the one that says what went wrong."""
    app = web.Application(middlewares=[_said], client_max_size=1024)
    app[HOUSE], app[SETTINGS], app[CATALOGUES] = house, settings, Catalogues()
    app[DB], app[HASH] = BoundedExecutor(DB_THREADS, 64, "db"), BoundedExecutor(1, 1, "hash")
    app.on_response_prepare.append(put_headers)
    app.on_response_prepare.append(_close)
    app.cleanup_ctx.append(close_executors)
    app.router.add_get(PATH, _card, allow_head=False)
    app.router.add_get("/healthz", _healthz)
    return app


async def _card(request: web.Request) -> web.StreamResponse:
    state = request.query.get("state", "")[:128]
    # On TLS of our own nobody stands between: what a visitor says of his address is not looked at.
    where = request.remote or "" if request.secure else address(request)
    received = await in_db(request, request.app[HOUSE].card_sign_in.receive, state, presented(request), where)
    place = f"{received.origin}/login/card/return?ticket={received.ticket}"
    return web.Response(status=303, headers={"Location": place, "Referrer-Policy": "no-referrer"})


async def _healthz(_: web.Request) -> web.StreamResponse:
    return web.Response(text="ok\n")


async def _close(request: web.Request, response: web.StreamResponse) -> None:
    """A connection kept open would still speak for a card that was taken out."""
    response.force_close()
    response.headers["Connection"] = "close"
    if request.secure:  # our own TLS is the demo's, on localhost: other programs are there without any
        response.headers.pop("Strict-Transport-Security", None)


@web.middleware
async def _said(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Fault as fault:
        return _page(request, fault)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        return _page(request, Refused("not_found"))
    except web.HTTPException:
        raise
    except Exception as exc:  # the outermost loop of a request; the type alone: a message may carry a name
        LOG.error("card request failed", extra={"error": type(exc).__name__})
        return _page(request, Unavailable("server"))


def _page(request: web.Request, fault: Fault) -> web.Response:
    t = texts(request)
    problem = problem_of(fault, t)
    html = (
        f'<!doctype html><html lang="{t.language}"><head><meta charset="utf-8"><title>{escape(problem.title)}</title>'
        f"</head><body><h1>{escape(problem.title)}</h1><p>{escape(problem.advice)}</p></body></html>"
    )
    headers = {"Retry-After": str(retry_after_s(fault))} if status_of(fault) == 429 else {}
    return web.Response(text=html, status=status_of(fault), content_type="text/html", headers=headers)

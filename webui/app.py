"""The application: keys, middlewares, routes. What it serves is decided by the use cases of the house."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from aiohttp import web

from appliance.bootstrap import House
from appliance.config.settings import Settings
from webui.assets import Assets
from webui.brand import brand_of
from webui.dicomweb import routes as dicomweb
from webui.executors import BoundedExecutor
from webui.i18n import Catalogues
from webui.keys import ASSETS, BRAND, CATALOGUES, DB, FORM_TARGETS, HASH, HOUSE, SETTINGS, TEMPLATES
from webui.middlewares.csrf import csrf_middleware
from webui.middlewares.errors import error_middleware
from webui.middlewares.headers import put_headers
from webui.middlewares.viewers import put_viewer_headers, viewers_middleware
from webui.pages import (
    account,
    code,
    codes,
    desk,
    desk_access,
    desk_codes,
    desk_emergency,
    desk_identity,
    desk_journal,
    desk_login,
    desk_reports,
    desk_setup,
    desk_staff,
    house,
    login,
    login_card,
    psc,
    viewer,
)
from webui.rendering import Templates
from webui.viewer_api import routes as viewer_api

DB_THREADS = 8
HASH_THREADS = 2
FORM_BYTES = 64 * 1024
PAGES = (
    house, login, login_card, psc, codes, code, account, viewer,
    desk_login, desk_setup, desk_access, desk, desk_codes, desk_emergency, desk_identity, desk_reports, desk_staff,
    desk_journal,
    viewer_api, dicomweb,
)  # fmt: skip


def make_app(the_house: House, settings: Settings) -> web.Application:
    """Return the application on these use cases."""
    middlewares = [error_middleware, viewers_middleware, csrf_middleware]
    app = web.Application(middlewares=middlewares, client_max_size=FORM_BYTES)
    assets = Assets()
    app[HOUSE], app[SETTINGS] = the_house, settings
    app[ASSETS], app[TEMPLATES] = assets, Templates(assets)
    app[BRAND], app[CATALOGUES] = brand_of(settings), Catalogues()
    app[FORM_TARGETS] = _origin(the_house.psc_client.provider.authorize) if the_house.psc_client else ""
    app[DB] = BoundedExecutor(DB_THREADS, 256, "db")
    app[HASH] = BoundedExecutor(HASH_THREADS, 32, "hash")
    app.on_response_prepare.extend([put_headers, put_viewer_headers])
    app.cleanup_ctx.append(close_executors)
    for pages in PAGES:
        app.router.add_routes(pages.routes())
    return app


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


async def close_executors(app: web.Application) -> AsyncIterator[None]:
    """End the threads with the application (``cleanup_ctx``)."""
    yield
    for key in (DB, HASH):
        app[key].shutdown(wait=True, cancel_futures=True)

"""What every face needs: health, the brand's style and logo, static files, the beat of the session."""

from aiohttp import web

from appliance.domain.errors import Refused
from webui.executors import in_db
from webui.keys import ASSETS, BRAND, HOUSE
from webui.middlewares.origins import address
from webui.middlewares.session import session_token

FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "public, no-cache"


def routes() -> list[web.RouteDef]:
    """Return the routes of the house."""
    return [
        web.get("/healthz", healthy), web.get("/brand.css", brand_css), web.get("/brand/logo", logo),
        web.get("/static/{name:.+}", static), web.post("/session/beat", beat),
    ]  # fmt: skip


async def healthy(request: web.Request) -> web.StreamResponse:
    """Say that this worker answers and reaches its database."""
    await in_db(request, request.app[HOUSE].sign_in.logout, "", "")
    return web.json_response({"status": "ok"})


async def brand_css(request: web.Request) -> web.StreamResponse:
    """Return the hospital's accent as a style sheet."""
    response = web.Response(text=request.app[BRAND].stylesheet(), content_type="text/css")
    response.headers["Cache-Control"] = ASK_AGAIN
    return response


async def logo(request: web.Request) -> web.StreamResponse:
    """Return the hospital's logo."""
    path = request.app[BRAND].logo
    if path is None or not path.is_file():
        raise Refused("not_found")
    return web.FileResponse(path, headers={"Cache-Control": ASK_AGAIN})


async def static(request: web.Request) -> web.StreamResponse:
    """Return a static file, its Brotli twin when there is one; kept for ever under its own version."""
    assets, name = request.app[ASSETS], request.match_info["name"]
    path = (assets.root / name).resolve()
    if not path.is_relative_to(assets.root) or not path.is_file() or "/." in f"/{name}":
        raise Refused("not_found")
    version = request.query.get("v", "")
    kept = name.startswith("viewer/assets/") or (version and version == assets.version(name))
    return web.FileResponse(path, headers={"Cache-Control": FOR_EVER if kept else ASK_AGAIN})


async def beat(request: web.Request) -> web.StreamResponse:
    """Keep the session alive because somebody moved; say how long it still lasts."""
    token, house = session_token(request), request.app[HOUSE]
    if not token:
        raise Refused("session", end="none")
    session = await in_db(request, house.sign_in.beat, token, address(request))
    left = min(session.idle_until, session.until) - house.clock.now()
    return web.json_response({
        "idle_until": session.idle_until.isoformat(), "left_s": max(0, int(left.total_seconds())),
    })  # fmt: skip

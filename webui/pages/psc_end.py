"""Where the session of Pro Santé Connect is closed, after ours."""

from urllib.parse import urlsplit

from aiohttp import web

from webui.executors import in_db
from webui.keys import HOUSE


async def end_address(request: web.Request, token: str) -> str:
    """Return where the provider's own session is closed, empty when the session of ``token`` did not come by it."""
    house = request.app[HOUSE]
    if house.psc_client is None or not token:
        return ""
    id_token = await in_db(request, house.psc_sign_in.left, token)
    if not id_token:
        return ""
    parts = urlsplit(house.psc_client.provider.redirect)
    return await house.psc_client.end_address(id_token, f"{parts.scheme}://{parts.netloc}/")

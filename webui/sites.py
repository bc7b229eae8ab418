"""Where passkeys belong: the configured public name, else the name that the browser asked for (WebAuthn 5.1.3)."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

from appliance.usecases.ports import Site
from webui.keys import SETTINGS
from webui.middlewares.origins import is_https


def site_of(request: web.Request) -> Site | None:
    """Return the site of this page's passkeys, None where browsers have none: no TLS, an address, another name."""
    settings = request.app[SETTINGS]
    scheme = "https" if is_https(request) else "http"
    host = _host(f"{scheme}://{request.host}")
    public = [_host(url) for url in (settings.web.public_url, *(f"https://{n}" for n in settings.web.public_names))]
    names = [name for name in public if name]
    rp_id = names[0] if names else host
    if not _is_name(rp_id) or not _below(host, rp_id) or (scheme == "http" and host != "localhost"):
        return None
    origins = {f"{scheme}://{request.host}"} | {f"https://{name}" for name in names if _below(name, rp_id)}
    return Site(rp_id, settings.brand.name, tuple(sorted(origins)))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_name(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return bool(host)
    return False


def _below(host: str, rp_id: str) -> bool:
    return host == rp_id or host.endswith(f".{rp_id}")

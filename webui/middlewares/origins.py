"""Where a request comes from: scheme, address, and whether a browser sent it from our own pages."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

from webui.keys import SETTINGS

_DEFAULT_PORTS = {"http": 80, "https": 443}


def is_https(request: web.Request) -> bool:
    """Whether the browser speaks TLS: here, or with the proxy that we trust."""
    if request.secure:
        return True
    return _from_proxy(request) and request.headers.get("X-Forwarded-Proto", "") == "https"


def address(request: web.Request) -> str:
    """Return the address of the client: the last one that a trusted proxy saw, else the peer's."""
    if _from_proxy(request):
        forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if _is_address(forwarded):
            return forwarded
    return request.remote or ""


def user_agent(request: web.Request) -> str:
    """Return what the browser calls itself, for the list of open sessions; never trusted."""
    return "".join(c for c in request.headers.get("User-Agent", "")[:256] if c.isprintable())


def is_own(request: web.Request) -> bool:
    """Whether the Origin, else the Referer, names this host (or a configured public name).

    A request with neither is not a browser's form and passes: the token decides about it.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    claimed = request.headers.get("Origin") or request.headers.get("Referer")
    return claimed is None or _place(claimed) in _own_places(request)


def _own_places(request: web.Request) -> set[tuple[str, int | None]]:
    scheme = "https" if is_https(request) else "http"
    places = {_place(f"{scheme}://{request.host}")}
    return places | {_place(f"https://{name}") for name in request.app[SETTINGS].web.public_names}


def _place(url: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(url)
        return (parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme))
    except ValueError:
        return ("", None)


def _from_proxy(request: web.Request) -> bool:
    """Whether the peer is our proxy: a Unix socket, or an address that the settings trust."""
    peer = request.remote
    if not peer:
        return True
    try:
        known = ip_address(peer)
    except ValueError:
        return True
    return any(known in network for network in request.app[SETTINGS].web.trusted_proxies)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True

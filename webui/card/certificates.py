"""The certificate that a browser presented: from its own TLS, or from the header of a proxy that is trusted."""

import ssl
from binascii import Error
from ipaddress import ip_address
from urllib.parse import unquote_to_bytes

from aiohttp import web

from appliance.config.sections import Card
from webui.keys import SETTINGS

UNREADABLE = b"?"
"""What stands for a header that holds no certificate: it is judged, and refused with its cause."""


def presented(request: web.Request) -> bytes | None:
    """Return the DER certificate of this connection, None when there was none.

    A header counts only on a plain connection from the proxy (nginx, `$ssl_client_escaped_cert`: PEM, percent-encoded):
    on our own TLS, or from anybody else, it is what a visitor wrote.
    """
    secured = request.transport.get_extra_info("ssl_object") if request.transport else None
    if secured is not None:
        found: bytes | None = secured.getpeercert(True)
        return found
    settings = request.app[SETTINGS].card
    if not _from_proxy(request, settings):
        return None
    given = [one for one in request.headers.getall(settings.header, []) if one]
    if not given:
        return None
    return _der(given[0]) if len(given) == 1 else UNREADABLE


def _der(text: str) -> bytes:
    pem = unquote_to_bytes(text).decode("ascii", "replace").strip()
    if pem.count("-----BEGIN") != 1:
        return UNREADABLE
    try:
        return ssl.PEM_cert_to_DER_cert(pem)
    except (ValueError, Error):
        return UNREADABLE


def _from_proxy(request: web.Request, settings: Card) -> bool:
    peer = request.remote
    if not peer:  # a Unix socket: who may open it is said by its mode
        return True
    try:
        known = ip_address(peer)
    except ValueError:
        return False
    return any(known in network for network in settings.trusted_proxies)

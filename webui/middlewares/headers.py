"""Security headers on every answer, errors included; pages are never stored by a browser or a proxy."""

from aiohttp import web

from webui.keys import FORM_TARGETS
from webui.middlewares.origins import is_https

CONTENT_SECURITY_POLICY = "; ".join((
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "connect-src 'self'",
    "font-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
))
"""WASM decoders need ``'wasm-unsafe-eval'``, cursors of tools need ``blob:``; nothing inline runs."""

ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not `no-referrer`: browsers would then send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
HSTS = "max-age=63072000; includeSubDomains"


async def put_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers to an answer about to leave (signal ``on_response_prepare``)."""
    targets = request.app.get(FORM_TARGETS, "")
    if targets:
        policy = CONTENT_SECURITY_POLICY.replace("form-action 'self'", f"form-action 'self' {targets}")
        response.headers.setdefault("Content-Security-Policy", policy)
    for name, value in ALWAYS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    if is_https(request):
        response.headers.setdefault("Strict-Transport-Security", HSTS)
    response.headers.pop("Server", None)

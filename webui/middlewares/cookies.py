"""Cookies of this product: ``__Host-`` over TLS, a plain name on the loopback of the demo."""

from aiohttp import web

from webui.middlewares.origins import is_https

SESSION_COOKIE = "negatoscope"
PENDING = "negatoscope-pending"
"""Binds a one-time code to the browser that asked for it."""
FORM = "negatoscope-form"
LANGUAGE = "negatoscope-lang"


def cookie_name(request: web.Request, name: str) -> str:
    """Return the full name of the cookie on this connection."""
    return f"__Host-{name}" if is_https(request) else name


def read_cookie(request: web.Request, name: str) -> str:
    """Return the value of the cookie, empty if the browser has none."""
    return request.cookies.get(cookie_name(request, name), "")


def put_cookie(
    request: web.Request,
    response: web.StreamResponse,
    name: str,
    value: str,
    *,
    max_age_s: int | None = None,
) -> None:
    """Give the browser a cookie for the whole host that no script and no other site can use.

    `Lax`, not `Strict`: a link in a mail of the hospital must find its reader logged in; changing
    requests are held by their token.
    """
    response.set_cookie(
        cookie_name(request, name), value, max_age=max_age_s, path="/",
        secure=is_https(request), httponly=True, samesite="Lax",
    )


def drop_cookie(request: web.Request, response: web.StreamResponse, name: str) -> None:
    """Take the cookie back."""
    response.del_cookie(
        cookie_name(request, name), path="/", secure=is_https(request), httponly=True,
        samesite="Lax",
    )

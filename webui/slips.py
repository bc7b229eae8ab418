"""The printed slip of a share. The maker is imported when a slip is asked for: it weighs 32 MiB."""

from typing import Literal

from aiohttp import web

from appliance.paper.words import SPELLED
from appliance.usecases.sharing import ShareView
from webui.i18n import Texts
from webui.keys import BRAND, HOUSE, SETTINGS
from webui.middlewares.origins import is_https


def slip_pdf(request: web.Request, view: ShareView, code: str, t: Texts) -> bytes:
    """Return the slip as PDF, in the language of the desk."""
    from appliance.paper.composing import Letterhead
    from appliance.paper.composing import slip_pdf as made

    brand = request.app[BRAND]
    phones = tuple((phone.service, phone.number) for phone in brand.phones)
    head = Letterhead(brand.name, public_url(request), phones)
    language: Literal["fr", "en"] = "en" if t.language == "en" else "fr"
    return made(view, code, head, request.app[HOUSE].clock.now(), language)


def public_url(request: web.Request) -> str:
    """Return the address that physicians type: the configured one, else this host's."""
    configured = request.app[SETTINGS].web.public_url.rstrip("/")
    return configured or f"{'https' if is_https(request) else 'http'}://{request.host}"


def spelled(code: str) -> str:
    """Return how the code is said over the telephone: ``Kilo, 7, Mike, X-ray – 4, Roméo, 9, Écho``."""
    said = [SPELLED.get(symbol, symbol) for symbol in code]
    return " – ".join(", ".join(part) for part in (said[:4], said[4:]) if part)

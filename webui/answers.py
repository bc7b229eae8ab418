"""Making answers: a page in the reader's language with what every page needs, redirects, errors."""

from typing import Any

from aiohttp import web

from appliance.domain.errors import Fault, TryLater
from appliance.domain.sign_in import OpenSession
from appliance.domain.staff import Act, Role, acts, may
from webui.faults import Problem, problem_of, retry_after_s, status_of
from webui.i18n import Texts, chosen
from webui.keys import BRAND, CATALOGUES, HOUSE, SETTINGS, TEMPLATES
from webui.middlewares.cookies import LANGUAGE, put_cookie, read_cookie
from webui.middlewares.csrf import form_token, keep_form_token
from webui.middlewares.session import session_or_none

YEAR_S = 365 * 86_400


def texts(request: web.Request) -> Texts:
    """Return the texts in the reader's language."""
    language = chosen(
        request.query.get("lang", ""), read_cookie(request, LANGUAGE),
        request.headers.get("Accept-Language", ""), request.app[SETTINGS].languages.default,
    )
    return request.app[CATALOGUES].texts(language)


async def page(request: web.Request, name: str, status: int = 200, **context: Any) -> web.Response:
    """Return the page of a template; ``context`` adds to what every page has."""
    common = await _common(request)
    html = request.app[TEMPLATES].render(name, {**common, **context})
    response = web.Response(text=html, status=status, content_type="text/html")
    keep_form_token(request, response)
    if request.query.get("lang") == common["lang"]:
        put_cookie(request, response, LANGUAGE, common["lang"], max_age_s=YEAR_S)
    return response


async def fault_page(request: web.Request, fault: Fault) -> web.Response:
    """Return the page that says what stopped the action and what to do."""
    return tell_when(await problem_page(request, problem_of(fault, texts(request)), status_of(fault)), fault)


async def problem_page(request: web.Request, problem: Problem, status: int) -> web.Response:
    """Return the page of a problem."""
    return await page(request, "error.html", status, problem=problem)


def tell_when(response: web.Response, fault: Fault) -> web.Response:
    """Return the answer with ``Retry-After`` when the fault passes by itself."""
    if isinstance(fault, TryLater):
        response.headers["Retry-After"] = str(retry_after_s(fault))
    return response


def see_other(path: str) -> web.Response:
    """Return a redirect after a form: 303, so that a reload never sends it again."""
    return web.Response(status=303, headers={"Location": path})


def problem(request: web.Request, fault: Fault) -> Problem:
    """Return the words for a fault in the reader's language."""
    return problem_of(fault, texts(request))


async def _common(request: web.Request) -> dict[str, Any]:
    t, desk = texts(request), request.path.startswith("/desk")
    session = await session_or_none(request)
    other = "en" if t.language == "fr" else "fr"
    common: dict[str, Any] = {
        "t": t, "lang": t.language, "other_language": other, "desk_face": desk,
        "other_language_href": f"{request.path if request.method == 'GET' else '/'}?lang={other}",
        "brand": request.app[BRAND], "csrf": await form_token(request),
        "home": "/desk" if desk else ("/codes" if session else "/"),
        "face": t("product.desk" if desk else "product.portal"),
        "ended_href": "/desk/login" if desk else "/login", "left_s": 0, "who": "",
        "organisation": "", "tab": "", "may": frozenset(),
    }  # fmt: skip
    if session is not None:
        now = request.app[HOUSE].clock.now()
        left = min(session.idle_until, session.until) - now
        common |= {
            "left_s": max(0, int(left.total_seconds())), "who": session.requester.label,
            "organisation": session.requester.organisation, "may": _acts(session),
        }  # fmt: skip
        if desk and session.requester.kind == "staff":
            common["home"] = home_of(Role(session.requester.role))
    return common


def home_of(role: Role) -> str:
    """Return the first page of the desk for a role."""
    return "/desk" if may(role, Act.ISSUE) else "/desk/journal"


def _acts(session: OpenSession) -> frozenset[str]:
    requester = session.requester
    if requester.kind != "staff" or requester.must_set_up:
        return frozenset()
    return frozenset(acts(Role(requester.role)))

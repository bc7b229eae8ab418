"""The physician's account: password, one-time password, application, passkeys, sessions. One page, a form a section.

Each form says in ``action`` what it wants; what was done leads back to the section by a redirect, what was refused is
said there beside the field.
"""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from appliance.domain.errors import Fault, Refused
from appliance.domain.sign_in import Means, OpenSession
from appliance.usecases.my_account import Contact
from webui.answers import page, problem, see_other, tell_when
from webui.executors import in_db, in_hash
from webui.faults import status_of
from webui.forms import Form, form_of
from webui.keys import BRAND, HOUSE
from webui.middlewares.cookies import drop_cookie, put_cookie, read_cookie
from webui.pages import passkeys
from webui.pages.account_view import Typed, Wrong, view
from webui.pages.guards import physician

EMAIL, PHONE, TOTP = "negatoscope-email", "negatoscope-phone", "negatoscope-totp"
"""Cookies that bind what waits for its digits to this browser."""
WAIT_S = 600
SECTIONS = {
    "password": "pw", "otp": "otp", "confirm_email": "otp", "confirm_phone": "otp", "totp_begin": "totp",
    "totp_confirm": "totp", "totp_remove": "totp", "passkey_add": "pk", "passkey_rename": "pk",
    "passkey_remove": "pk", "close_session": "sess", "close_others": "sess",
}  # fmt: skip

Action = Callable[[web.Request, OpenSession, Form], Awaitable[web.Response | None]]


def routes() -> list[web.RouteDef]:
    """Return the routes of the account."""
    own = [web.get("/account", physician(shown)), web.post("/account", physician(changed))]
    return [*own, *passkeys.routes()]


async def shown(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Show the account."""
    done = request.query.get("done", "")
    return await account_page(request, session, done=done if done in SECTIONS else "")


async def changed(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Do what one section's form asks."""
    form = await form_of(request)
    wanted = form.text("action", 32)
    action = ACTIONS.get(wanted)
    if action is None:
        raise Refused("not_found")
    try:
        told = await action(request, session, form)
    except Fault as fault:
        if fault.cause == "session":
            raise
        rules = tuple(str(fault.facts.get("rules", "")).split())
        wrong = Wrong(wanted, fault.cause, problem(request, fault), rules)
        typed = Typed("enable" in form, form.text("email", 254), form.text("phone", 40)) if wanted == "otp" else None
        return tell_when(await account_page(request, session, status_of(fault), wrong=wrong, typed=typed), fault)
    return told or back(wanted)


def back(action: str) -> web.Response:
    """Return to the section where it was done, and say so."""
    return see_other(f"/account?done={action}#s-{SECTIONS[action]}")


async def account_page(
    request: web.Request,
    session: OpenSession,
    status: int = 200,
    *,
    wrong: Wrong | None = None,
    typed: Typed | None = None,
    done: str = "",
) -> web.Response:
    """Return the page, with what went wrong or was done."""
    house, requester = request.app[HOUSE], session.requester
    tokens = read_cookie(request, EMAIL), read_cookie(request, PHONE)
    found = await in_db(request, house.my_account.shown, requester, *tokens)
    totp = await in_db(
        request, house.second_factors.totp_waiting, requester, read_cookie(request, TOTP), request.app[BRAND].name
    )
    context = view(request, session, found, totp)
    return await page(
        request, "account/page.html", status, wrong=wrong, typed=typed, done=done,
        done_section=SECTIONS.get(done, ""), wrong_section=SECTIONS[wrong.section] if wrong else "", **context,
    )  # fmt: skip


async def _password(request: web.Request, session: OpenSession, form: Form) -> None:
    account = request.app[HOUSE].my_account
    current, new, again = form.secret("current"), form.secret("password"), form.secret("password_again")
    await in_hash(request, account.change_password, session.requester, current, new, again)


async def _otp(request: web.Request, session: OpenSession, form: Form) -> web.Response:
    house = request.app[HOUSE]
    phone = form.text("phone", 40) if house.sign_in.policy.methods.is_on(Means.PASSWORD_SMS) else None
    contact = Contact("enable" in form, form.text("email", 300), phone)
    asked = await in_hash(request, house.my_account.set_contact, session.requester, contact, form.secret("current"))
    response = see_other("/account#s-otp") if asked.email or asked.phone else back("otp")
    for name, token in ((EMAIL, asked.email), (PHONE, asked.phone)):
        if token:
            put_cookie(request, response, name, token, max_age_s=WAIT_S)
    return response


async def _confirm_email(request: web.Request, session: OpenSession, form: Form) -> web.Response:
    return await _confirm(request, session, form, ("email", EMAIL, "confirm_email"))


async def _confirm_phone(request: web.Request, session: OpenSession, form: Form) -> web.Response:
    return await _confirm(request, session, form, ("phone", PHONE, "confirm_phone"))


async def _confirm(
    request: web.Request, session: OpenSession, form: Form, what: tuple[str, str, str]
) -> web.Response:
    kind, cookie, action = what
    confirm = request.app[HOUSE].my_account.confirm
    await in_db(request, confirm, session.requester, kind, read_cookie(request, cookie), form.text("code", 16))
    response = back(action)
    drop_cookie(request, response, cookie)
    return response


async def _totp_begin(request: web.Request, session: OpenSession, _: Form) -> web.Response:
    token = await in_db(request, request.app[HOUSE].second_factors.begin_totp, session.requester)
    response = see_other("/account#s-totp")
    put_cookie(request, response, TOTP, token, max_age_s=WAIT_S)
    return response


async def _totp_confirm(request: web.Request, session: OpenSession, form: Form) -> web.Response:
    finish = request.app[HOUSE].second_factors.finish_totp
    await in_db(request, finish, session.requester, read_cookie(request, TOTP), form.text("code", 16))
    response = back("totp_confirm")
    drop_cookie(request, response, TOTP)
    return response


async def _totp_remove(request: web.Request, session: OpenSession, _: Form) -> None:
    await in_db(request, request.app[HOUSE].second_factors.drop_totp, session.requester)


async def _passkey_rename(request: web.Request, session: OpenSession, form: Form) -> None:
    rename = request.app[HOUSE].second_factors.rename_passkey
    await in_db(request, rename, session.requester, form.number("id"), form.text("name", 64))


async def _passkey_remove(request: web.Request, session: OpenSession, form: Form) -> None:
    await in_db(request, request.app[HOUSE].second_factors.remove_passkey, session.requester, form.number("id"))


async def _close_session(request: web.Request, session: OpenSession, form: Form) -> None:
    await in_db(request, request.app[HOUSE].my_account.close_session, session.requester, form.number("id"))


async def _close_others(request: web.Request, session: OpenSession, _: Form) -> None:
    await in_db(request, request.app[HOUSE].my_account.close_others, session.requester)


ACTIONS: Mapping[str, Action] = {
    "password": _password, "otp": _otp, "confirm_email": _confirm_email, "confirm_phone": _confirm_phone,
    "totp_begin": _totp_begin, "totp_confirm": _totp_confirm, "totp_remove": _totp_remove,
    "passkey_rename": _passkey_rename, "passkey_remove": _passkey_remove, "close_session": _close_session,
    "close_others": _close_others,
}  # fmt: skip

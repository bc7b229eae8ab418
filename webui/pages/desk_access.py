"""« Mon accès »: what a member of the staff does for the own access, once it is set up: its passkeys.

As in the account of physicians, each form says in ``action`` what it wants.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from appliance.domain.errors import Fault, Refused
from appliance.domain.sign_in import Means, OpenSession
from webui.answers import page, problem, see_other, tell_when, texts
from webui.executors import in_db
from webui.faults import Problem, status_of
from webui.forms import Form, form_of
from webui.i18n import Texts
from webui.keys import HOUSE
from webui.pages.ceremonies import answered, begun_answer, done_answer, here, refused_answer
from webui.pages.guards import member
from webui.pages.passkey_section import PasskeySection, hindrance_of, passkey_lines

ACCESS = "/desk/access"
DONE = frozenset({"passkey_add", "passkey_rename", "passkey_remove"})

Action = Callable[[web.Request, OpenSession, Form], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Wrong:
    """What went wrong in which form."""

    section: str
    cause: str
    problem: Problem


def routes() -> list[web.RouteDef]:
    """Return the routes of the own access."""
    return [
        web.get(ACCESS, member(shown)), web.post(ACCESS, member(changed)),
        web.post(f"{ACCESS}/passkeys/begin", member(begin)), web.post(f"{ACCESS}/passkeys", member(add)),
    ]  # fmt: skip


async def shown(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Show the own access."""
    done = request.query.get("done", "")
    return await _page(request, session, done=done if done in DONE else "")


async def changed(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Do what a form asks."""
    form = await form_of(request)
    wanted = form.text("action", 32)
    action = ACTIONS.get(wanted)
    if action is None:
        raise Refused("not_found")
    try:
        await action(request, session, form)
    except Fault as fault:
        if fault.cause == "session":
            raise
        wrong = Wrong(wanted, fault.cause, problem(request, fault))
        return tell_when(await _page(request, session, status_of(fault), wrong=wrong), fault)
    return see_other(f"{ACCESS}?done={wanted}#s-pk")


async def begin(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Tell the browser which passkey to make."""
    try:
        start = request.app[HOUSE].staff_passkeys.begin
        return begun_answer(request, await in_db(request, start, session.requester, here(request)))
    except Fault as fault:
        return refused_answer(request, fault)


async def add(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Keep the passkey just made."""
    try:
        given, name = await answered(request)
        await in_db(request, request.app[HOUSE].staff_passkeys.add, session.requester, here(request), given, name)
    except Fault as fault:
        return refused_answer(request, fault)
    return done_answer(request, f"{ACCESS}?done=passkey_add#s-pk")


async def _rename(request: web.Request, session: OpenSession, form: Form) -> None:
    rename = request.app[HOUSE].staff_passkeys.rename
    await in_db(request, rename, session.requester, form.number("id"), form.text("name", 64))


async def _remove(request: web.Request, session: OpenSession, form: Form) -> None:
    await in_db(request, request.app[HOUSE].staff_passkeys.remove, session.requester, form.number("id"))


ACTIONS: Mapping[str, Action] = {"passkey_rename": _rename, "passkey_remove": _remove}


async def _page(
    request: web.Request, session: OpenSession, status: int = 200, *, wrong: Wrong | None = None, done: str = ""
) -> web.Response:
    t, passkeys = texts(request), request.app[HOUSE].staff_passkeys
    found = await in_db(request, passkeys.listed, session.requester)
    section = PasskeySection(
        ACCESS, t("access.passkey.why"), t("access.passkey.default"), _hindrance(request, t), passkey_lines(found, t)
    )
    return await page(
        request, "desk/access.html", status, tab="access", role=session.requester.role, pk=section,
        wrong=wrong, done=done, done_section="pk",
    )  # fmt: skip


def _hindrance(request: web.Request, t: Texts) -> str:
    if not request.app[HOUSE].staff_passkeys.policy.methods.is_on(Means.STAFF_PASSKEY):
        return t("otp.off.t")
    return hindrance_of(request, t)

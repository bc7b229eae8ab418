"""The staff, seen by its administrators: who has access; add, reset, remove. Credentials are shown once."""

from dataclasses import dataclass

from aiohttp import web

from appliance.domain.errors import Fault, Malformed
from appliance.domain.sign_in import OpenSession
from appliance.domain.staff import Act, Role, StaffMember
from appliance.usecases.people import Credentials, NewMember
from appliance.usecases.sharing import actor_of
from webui.answers import page, problem, see_other, texts
from webui.executors import in_db, in_hash
from webui.faults import status_of
from webui.forms import Form, form_of
from webui.keys import HOUSE
from webui.pages.guards import staff

STATES = {"active": ("ok", "check-circle"), "first": ("info", "clock"), "closed": ("", "ban")}


@dataclass(frozen=True, slots=True)
class Line:
    """A member as one line of the list."""

    login: str
    name: str
    role: str
    card: bool
    state: str
    kind: str
    sign: str
    mine: bool


def routes() -> list[web.RouteDef]:
    """Return the routes of the staff."""
    behind = staff(Act.MANAGE_STAFF)
    return [
        web.get("/desk/staff", behind(shown)), web.post("/desk/staff", behind(add)),
        web.post("/desk/staff/reset", behind(reset)), web.post("/desk/staff/remove", behind(remove)),
    ]  # fmt: skip


async def shown(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Show everybody, and the form that adds somebody."""
    return await _staff(request, session, None, Form({}), None)


async def add(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Add somebody; the answer itself shows the credentials, so that no address or reload does."""
    form = await form_of(request)
    try:
        role = form.text("role", 16)
        if role not in tuple(Role):
            raise Malformed("staff_role")
        member = NewMember(form.text("login", 65), form.text("name", 128), Role(role), form.text("national_id", 64))
        made = await in_hash(request, request.app[HOUSE].people.add_staff, member, actor_of(session.requester))
    except Fault as fault:
        return await _staff(request, session, fault, form, None)
    return await _staff(request, session, None, Form({}), made)


async def reset(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Give new credentials; what was there ends at once."""
    login = (await form_of(request)).text("login", 64)
    try:
        made = await in_hash(request, request.app[HOUSE].people.reset_staff, login, actor_of(session.requester))
    except Fault as fault:
        return await _staff(request, session, fault, Form({}), None)
    return await _staff(request, session, None, Form({}), made)


async def remove(request: web.Request, session: OpenSession) -> web.StreamResponse:
    """Close an access for good."""
    login = (await form_of(request)).text("login", 64)
    try:
        await in_db(request, request.app[HOUSE].people.remove_staff, login, actor_of(session.requester))
    except Fault as fault:
        return await _staff(request, session, fault, Form({}), None)
    return see_other("/desk/staff?done=removed")


async def _staff(
    request: web.Request, session: OpenSession, fault: Fault | None, form: Form, made: Credentials | None
) -> web.Response:
    members = await in_db(request, request.app[HOUSE].people.staff)
    t = texts(request)
    return await page(
        request, "desk/staff.html", status_of(fault) if fault else 200, tab="staff", form=form, made=made,
        lines=[_line(member, session) for member in members], roles=[(str(r), t(f"role.{r}")) for r in Role],
        problem=problem(request, fault) if fault else None,
        done=request.query.get("done") == "removed" and fault is None,
    )  # fmt: skip


def _line(member: StaffMember, session: OpenSession) -> Line:
    state = "closed" if member.disabled_at else "first" if member.must_set_up else "active"
    mine = member.id == session.requester.id
    return Line(member.login, member.name, member.role, bool(member.national_id), state, *STATES[state], mine)

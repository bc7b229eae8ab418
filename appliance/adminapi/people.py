"""Accounts of correspondent physicians, and the staff."""

from aiohttp import web

from appliance.adminapi import views
from appliance.adminapi.door import DESK, Desk, page, question, segment, told, work
from appliance.contract.people import AccountView, StaffAsked, StaffSecrets, StaffView
from appliance.contract.wire import Slice, Told
from appliance.domain.errors import Malformed, Refused
from appliance.domain.identifiers import AccountId
from appliance.domain.journal import Actor
from appliance.domain.staff import Role
from appliance.usecases.people import Credentials, NewMember
from appliance.usecases.ports import AccountRow, Page

routes = web.RouteTableDef()


@routes.get("/v1/accounts", allow_head=False)
async def accounts(request: web.Request) -> web.Response:
    """Accounts by name."""
    cut, query = page(request)

    def verb(desk: Desk, _: Actor) -> Slice[AccountView]:
        found, total = desk.house.people.accounts(cut, query)
        return Slice[AccountView](items=tuple(views.account(row) for row in found), total=total)

    return told(await work(request, verb))


@routes.get("/v1/accounts/{reference}", allow_head=False)
async def account(request: web.Request) -> web.Response:
    """One account by number or e-mail."""
    reference = segment(request, "reference")
    return told(await work(request, lambda desk, _: views.account(_account(desk, reference))))


@routes.post("/v1/accounts/{reference}/{act:disable|enable}")
async def switched(request: web.Request) -> web.Response:
    """Disabled, or enabled again."""
    reference, act = segment(request, "reference"), segment(request, "act")

    def verb(desk: Desk, actor: Actor) -> AccountView:
        found = _account(desk, reference)
        switch = desk.house.people.disable if act == "disable" else desk.house.people.enable
        switch(found.id, actor)
        return views.account(desk.house.people.account(found.id))

    return told(await work(request, verb))


@routes.get("/v1/staff", allow_head=False)
async def staff(request: web.Request) -> web.Response:
    """Everybody, by login."""

    def verb(desk: Desk, _: Actor) -> Slice[StaffView]:
        found = tuple(views.staff(member) for member in desk.house.people.staff())
        return Slice[StaffView](items=found, total=len(found))

    return told(await work(request, verb))


@routes.post("/v1/staff")
async def staff_added(request: web.Request) -> web.Response:
    """A new member, and the secrets, said once."""
    asked = await question(request, StaffAsked)
    if asked.role not in tuple(Role):
        raise Malformed("role")
    _only_demo(request, asked.seeded)
    member = NewMember(asked.login, asked.name, Role(asked.role), asked.national_id, not asked.seeded)
    made = await work(request, lambda desk, actor: desk.house.people.add_staff(member, actor))
    return told(_secrets(made))


@routes.delete("/v1/staff/{login}")
async def staff_removed(request: web.Request) -> web.Response:
    """No longer a member."""
    login = segment(request, "login")
    await work(request, lambda desk, actor: desk.house.people.remove_staff(login, actor))
    return told(Told())


@routes.post("/v1/staff/{login}/reset")
async def staff_reset(request: web.Request) -> web.Response:
    """New secrets, said once."""
    login, seeded = segment(request, "login"), request.query.get("seeded") == "1"
    _only_demo(request, seeded)

    def verb(desk: Desk, actor: Actor) -> Credentials:
        return desk.house.people.reset_staff(login, actor, must_set_up=not seeded)

    return told(_secrets(await work(request, verb)))


def _only_demo(request: web.Request, seeded: bool) -> None:
    if seeded and not request.app[DESK].settings.demo:
        raise Refused("demo_only")


def _secrets(made: Credentials) -> StaffSecrets:
    return StaffSecrets(login=made.login, password=made.password, totp_secret=made.totp_secret)


def _account(desk: Desk, reference: str) -> AccountRow:
    if reference.isdecimal() and len(reference) < 16:
        return desk.house.people.account(AccountId(int(reference)))
    found, _ = desk.house.people.accounts(Page(0, 50), reference)
    for row in found:
        if row.email.casefold() == reference.casefold():
            return row
    raise Refused("account_unknown")

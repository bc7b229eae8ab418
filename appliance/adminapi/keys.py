"""Keys of machines for DICOMweb (P009)."""

from datetime import datetime

from aiohttp import web

from appliance.adminapi.door import Desk, question, segment, told, work
from appliance.contract.people import KeyAsked, KeySecret, KeyView
from appliance.contract.wire import Slice, Told
from appliance.domain.journal import Actor
from appliance.usecases.bearers import NewKey
from appliance.usecases.ports import BearerRow

routes = web.RouteTableDef()


@routes.get("/v1/keys", allow_head=False)
async def keys(request: web.Request) -> web.Response:
    """Every key, revoked ones last; none is said."""

    def verb(desk: Desk, _: Actor) -> Slice[KeyView]:
        now = desk.house.clock.now()
        found = tuple(_view(row, now) for row in desk.house.bearers.all_keys())
        return Slice[KeyView](items=found, total=len(found))

    return told(await work(request, verb))


@routes.post("/v1/keys")
async def key_added(request: web.Request) -> web.Response:
    """A new key, said once."""
    asked = await question(request, KeyAsked)

    def verb(desk: Desk, actor: Actor) -> KeySecret:
        shares = [desk.house.sharing.shown(reference[:128]).share.id for reference in asked.shares]
        made = desk.house.bearers.add_key(NewKey(asked.name, asked.rights, shares, asked.days), actor)
        return KeySecret(name=made.row.name, key=made.secret, until=made.row.until)

    return told(await work(request, verb))


@routes.delete("/v1/keys/{name}")
async def key_revoked(request: web.Request) -> web.Response:
    """Revoked, for good."""
    name = segment(request, "name")
    await work(request, lambda desk, actor: desk.house.bearers.revoke_key(name, actor))
    return told(Told())


def _view(row: BearerRow, now: datetime) -> KeyView:
    state = "revoked" if row.ended_at is not None else "expired" if now >= row.until else "valid"
    return KeyView(
        name=row.name, rights=tuple(sorted(row.rights)), shares=row.shares, state=state, created_at=row.created_at,
        created_by=row.created_by, until=row.until, revoked_at=row.ended_at, used_at=row.used_at,
    )  # fmt: skip

"""The job table and the journal."""

from aiohttp import web

from appliance.adminapi import views
from appliance.adminapi.door import Desk, page, segment, told, work
from appliance.contract.jobs import JobView
from appliance.contract.journal import EntryView, VerifyAnswer
from appliance.contract.wire import Slice
from appliance.domain.errors import Malformed, Refused
from appliance.domain.journal import Actor, Event, Family

routes = web.RouteTableDef()


@routes.get("/v1/jobs", allow_head=False)
async def jobs(request: web.Request) -> web.Response:
    """Jobs, newest first."""
    cut, query = page(request)

    def verb(desk: Desk, _: Actor) -> Slice[JobView]:
        found, total = desk.house.queue.listed(cut, query)
        return Slice[JobView](items=tuple(views.job(one) for one in found), total=total)

    return told(await work(request, verb))


@routes.post(r"/v1/jobs/{number:\d{1,15}}/{act:retry|cancel}")
async def job_act(request: web.Request) -> web.Response:
    """Tried again, or cancelled."""
    number, act = int(segment(request, "number")), segment(request, "act")

    def verb(desk: Desk, actor: Actor) -> JobView:
        with desk.house.database.reading() as unit:
            if unit.jobs.by_id(number) is None:
                raise Refused("job_unknown")
        (desk.house.queue.retry if act == "retry" else desk.house.queue.cancel)(number, actor)
        with desk.house.database.reading() as unit:
            after = unit.jobs.by_id(number)
        if after is None:
            raise Refused("job_unknown")
        return views.job(after)

    return told(await work(request, verb))


@routes.get("/v1/journal", allow_head=False)
async def journal(request: web.Request) -> web.Response:
    """Records, newest first."""
    cut, query = page(request)
    family = request.query.get("family", "")
    if family and family not in tuple(Family):
        raise Malformed("family")

    def verb(desk: Desk, _: Actor) -> Slice[EntryView]:
        found, total = desk.house.journal.listed(cut, query, family)
        return Slice[EntryView](items=tuple(views.entry(one) for one in found), total=total)

    return told(await work(request, verb))


@routes.post("/v1/journal/verify")
async def verified(request: web.Request) -> web.Response:
    """The verdict on the whole chain, which is itself a record."""

    def verb(desk: Desk, actor: Actor) -> VerifyAnswer:
        verdict = desk.house.segments.verify()
        with desk.house.database.reading() as unit:
            head = unit.journal.head()[1].hex()
        cause = "" if verdict.broken_at is None else "broken"
        desk.house.journal.record(Event(Family.ADMIN, "journal.verify", actor, cause=cause))
        return views.verdict(verdict, head, desk.house.segments.fingerprint())

    return told(await work(request, verb))


@routes.post("/v1/journal/export")
async def exported(request: web.Request) -> web.Response:
    """Every record as lines of JSON, oldest first."""

    def verb(desk: Desk, actor: Actor) -> bytes:
        return "".join(f"{body}\n" for body in desk.house.journal.exported(actor)).encode()

    return web.Response(body=await work(request, verb), content_type="application/x-ndjson")


@routes.get("/v1/journal/anchors", allow_head=False)
async def anchors(request: web.Request) -> web.Response:
    """Every anchor as lines of JSON, oldest first: they name nobody."""

    def verb(desk: Desk, _: Actor) -> bytes:
        return "".join(f"{line}\n" for line in desk.house.segments.exported()).encode()

    return web.Response(body=await work(request, verb), content_type="application/x-ndjson")

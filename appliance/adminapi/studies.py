"""Studies of the index and their pictures, drawn from the frames that *prepare* stored."""

from aiohttp import web

from appliance.adminapi import pictures, views
from appliance.adminapi.door import Desk, page, question, segment, told, work
from appliance.contract.client import PICTURE_HEADER
from appliance.contract.studies import PictureFacts, ReleaseAsked, StudyView
from appliance.contract.wire import Slice
from appliance.domain.errors import Refused
from appliance.domain.identifiers import series_uid, study_uid
from appliance.domain.journal import Actor, Event, Family

routes = web.RouteTableDef()


@routes.get("/v1/studies", allow_head=False)
async def listed(request: web.Request) -> web.Response:
    """Studies, newest first."""
    cut, query = page(request)

    def verb(desk: Desk, _: Actor) -> Slice[StudyView]:
        with desk.house.database.reading() as unit:
            found, total = unit.studies.listed(cut, query)
        kept_back = desk.house.exams.embargoed([row.uid for row in found])
        items = tuple(views.study(row, embargoed=row.uid in kept_back) for row in found)
        return Slice[StudyView](items=items, total=total)

    return told(await work(request, verb))


@routes.get("/v1/studies/{study}", allow_head=False)
async def shown(request: web.Request) -> web.Response:
    """One study with its series."""
    uid = study_uid(segment(request, "study"))

    def verb(desk: Desk, _: Actor) -> StudyView:
        with desk.house.database.reading() as unit:
            row, series = unit.studies.by_uid(uid), unit.studies.series(uid)
        if row is None:
            raise Refused("study_unknown")
        kept_back = uid in desk.house.exams.embargoed([uid])
        return views.study(row, tuple(views.series(one) for one in series), embargoed=kept_back)

    return told(await work(request, verb))


@routes.post("/v1/studies/{study}/release")
async def released(request: web.Request) -> web.Response:
    """Out of the embargo."""
    uid, asked = study_uid(segment(request, "study")), await question(request, ReleaseAsked)

    def verb(desk: Desk, actor: Actor) -> StudyView:
        desk.house.reports.release(uid, asked.reason, actor)
        with desk.house.database.reading() as unit:
            row = unit.studies.by_uid(uid)
        if row is None:
            raise Refused("study_unknown")
        return views.study(row)

    return told(await work(request, verb))


@routes.get(r"/v1/studies/{study}/series/{series}/pictures/{index:\d{1,6}}", allow_head=False)
async def picture(request: web.Request) -> web.Response:
    """A PNG; how to read it is in a header. The look is journaled once a caller and study."""
    uid, series = study_uid(segment(request, "study")), series_uid(segment(request, "series"))
    index = int(segment(request, "index"))

    def verb(desk: Desk, actor: Actor) -> tuple[bytes, PictureFacts]:
        drawn = pictures.picture(desk.house, uid, series, index)
        if (actor.id, uid) not in desk.looked_at:
            desk.house.journal.record(Event(Family.ACCESS, "exam.picture", actor, uid))
            desk.looked_at.add((actor.id, uid))
        return drawn

    body, facts = await work(request, verb)
    headers = {PICTURE_HEADER: facts.model_dump_json(ensure_ascii=True)}
    return web.Response(body=body, content_type="image/png", headers=headers)

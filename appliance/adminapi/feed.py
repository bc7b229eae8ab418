"""Messages of the hospital's HL7 feed: list, show, replay by the bridge, drop."""

from aiohttp import web

from appliance.adminapi.door import Desk, page, segment, told, work
from appliance.contract.feed import MessageView, ReplayAnswer
from appliance.contract.wire import Slice
from appliance.domain.jobs import JobKind
from appliance.domain.journal import Actor
from appliance.usecases.ports import MessageRow

REPLAY_WAIT_S = 15.0
routes = web.RouteTableDef()


@routes.get("/v1/hl7", allow_head=False)
async def listed(request: web.Request) -> web.Response:
    """Messages, newest first."""
    cut, query = page(request)

    def verb(desk: Desk, _: Actor) -> Slice[MessageView]:
        found, total = desk.house.feed.listed(cut, query)
        return Slice[MessageView](items=tuple(_view(one) for one in found), total=total)

    return told(await work(request, verb))


@routes.post(r"/v1/hl7/{number:\d{1,15}}/show")
async def shown(request: web.Request) -> web.Response:
    """One message with its text while that is kept; journaled by the use case."""
    number = int(segment(request, "number"))

    def verb(desk: Desk, actor: Actor) -> MessageView:
        row = desk.house.feed.shown(number, actor)
        return _view(row).model_copy(update={"text": _text(row.body)})

    return told(await work(request, verb))


@routes.post(r"/v1/hl7/{number:\d{1,15}}/replay")
async def replayed(request: web.Request) -> web.Response:
    """Taken again by the bridge, with the settings of now."""
    number = int(segment(request, "number"))

    def verb(desk: Desk, actor: Actor) -> ReplayAnswer:
        desk.house.feed.replayed(number, actor)
        said = desk.house.queue.ask(JobKind.REPLAY, "admin", {"message": number}, wait_s=REPLAY_WAIT_S)
        return ReplayAnswer(id=number, state=str(said.get("state", "")), cause=str(said.get("cause", "")))

    return told(await work(request, verb))


@routes.post(r"/v1/hl7/{number:\d{1,15}}/drop")
async def dropped(request: web.Request) -> web.Response:
    """Given up."""
    number = int(segment(request, "number"))

    def verb(desk: Desk, actor: Actor) -> MessageView:
        desk.house.feed.drop(number, actor)
        return _view(desk.house.feed.shown(number, actor))

    return told(await work(request, verb))


def _text(body: bytes) -> str | None:
    """Return the message a line a segment; what is no UTF-8 is read as 8859/1, which reads anything."""
    if not body:
        return None
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _view(row: MessageRow) -> MessageView:
    return MessageView(
        id=row.id,
        sender=row.sender,
        control_id=row.control_id,
        kind=row.kind,
        event=row.event,
        said_at=row.said_at,
        received_at=row.received_at,
        state=row.state,
        cause=row.cause,
        peer=row.peer,
    )

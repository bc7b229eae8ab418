"""What happens to every request: the peer is known, a reason is asked of bare root, faults become JSON."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

from aiohttp import web
from aiohttp.typedefs import Middleware
from pydantic import BaseModel, ValidationError

from appliance.adminapi import peer as peers
from appliance.config.settings import Settings
from appliance.contract.client import REASON_HEADER
from appliance.contract.faults import FaultView, Kind
from appliance.domain.errors import Fact, Fault, Malformed, Refused, TryLater, Unavailable
from appliance.domain.journal import Actor, Event, Family
from appliance.usecases.ports import Page

if TYPE_CHECKING:
    from appliance.bootstrap import House

_log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ACTOR = web.RequestKey("actor", Actor)
PEER = web.RequestKey("peer", peers.Peer)


@dataclass(frozen=True, slots=True)
class Desk:
    """What every route holds: the house, its settings, since when this service runs."""

    house: "House"
    settings: Settings
    since: datetime
    looked_at: set[tuple[str, str]]


DESK = web.AppKey("desk", Desk)

STATUS_OF: dict[type[Fault], tuple[int, Kind]] = {
    Malformed: (400, "malformed"),
    Refused: (409, "refused"),
    TryLater: (429, "try_later"),
    Unavailable: (503, "unavailable"),
}

_Answer = TypeVar("_Answer")
_Asked = TypeVar("_Asked", bound=BaseModel)


def only_peers(group: int | None, *, root_needs_reason: bool) -> Middleware:
    """Let through who may administer; the rest get 403 with the cause and nothing else."""

    @web.middleware
    async def check_peer(request: web.Request, handler: Handler) -> web.StreamResponse:
        sock = request.transport.get_extra_info("socket") if request.transport else None
        if sock is None:
            return _refused(403, "refused", "peer")
        peer = peers.read_peer(sock)
        if not peers.is_allowed(peer, group):
            return _refused(403, "refused", "peer")
        reason = unquote(request.headers.get(REASON_HEADER, ""))[:512].strip()
        if root_needs_reason and peer.is_bare_root and not reason:
            return _refused(403, "refused", "reason_needed")
        request[PEER], request[ACTOR] = peer, peers.actor(peer)
        if reason and request.method != "GET":
            await asyncio.to_thread(_record_reason, request, reason)
        return await handler(request)

    return check_peer


def _record_reason(request: web.Request, reason: str) -> None:
    resource = request.match_info.route.resource
    path = resource.canonical if resource is not None else ""
    event = Event(Family.ADMIN, "admin.reason", request[ACTOR], f"{request.method} {path}", facts={"reason": reason})
    request.app[DESK].house.journal.record(event)


@web.middleware
async def faults_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every way of stopping into a status and a `FaultView`."""
    try:
        return await handler(request)
    except Fault as fault:
        status, kind = STATUS_OF[type(fault)]
        return _refused(status, kind, fault.cause, fault.facts)
    except web.HTTPException as stop:
        return _refused(stop.status, "refused", "no_route" if stop.status == 404 else "not_understood")
    except Exception:
        _log.exception("admin request failed: %s %s", request.method, request.match_info.route.name)
        return _refused(500, "unavailable", "internal")


def _refused(status: int, kind: Kind, cause: str, facts: dict[str, Fact] | None = None) -> web.Response:
    told = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in (facts or {}).items()}
    view = FaultView(kind=kind, cause=cause, facts=told)
    return web.json_response({"fault": view.model_dump(mode="json")}, status=status)


async def question(request: web.Request, kind: type[_Asked]) -> _Asked:
    """Return the body as ``kind``; raise `Malformed` ``body`` with the name of the first field that is wrong."""
    try:
        return kind.model_validate_json(await request.read())
    except ValidationError as exc:
        where = ".".join(str(part) for part in exc.errors()[0]["loc"])
        raise Malformed("body", field=where) from exc


def page(request: web.Request) -> tuple[Page, str]:
    """Return the slice and the text of a list's query; raise `Malformed` ``page``."""
    try:
        offset, limit = int(request.query.get("offset", "0")), int(request.query.get("limit", "200"))
    except ValueError as exc:
        raise Malformed("page") from exc
    if not (0 <= offset <= 10_000_000 and 1 <= limit <= 500):
        raise Malformed("page")
    return Page(offset, limit), request.query.get("query", "").strip()[:128]


def told(answer: BaseModel) -> web.Response:
    """Return the answer as JSON."""
    return web.Response(body=answer.model_dump_json(), content_type="application/json")


async def work(request: web.Request, verb: Callable[[Desk, Actor], _Answer]) -> _Answer:
    """Return what ``verb`` makes of the house, run away from the loop: use cases wait for the disk."""
    desk: Desk = request.app[DESK]
    return await asyncio.to_thread(verb, desk, request[ACTOR])


def segment(request: web.Request, name: str) -> str:
    """Return a part of the path."""
    return str(request.match_info[name])


def plain(value: Any) -> str | int | float | bool | None:
    """Return a fact of the journal as one JSON scalar."""
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)

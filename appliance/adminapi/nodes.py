"""PACS nodes: list, add, edit, remove, echo, find, pull."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web

from appliance.adminapi import views
from appliance.adminapi.door import Desk, page, question, segment, told, work
from appliance.contract.jobs import JobView
from appliance.contract.nodes import FindAnswer, FindAsked, FoundStudy, NodeAnswer, NodeAsked, NodeView, PullAsked
from appliance.contract.people import PatientView
from appliance.contract.wire import Slice, Told
from appliance.domain.errors import Malformed, Refused, Unavailable
from appliance.domain.identifiers import study_uid
from appliance.domain.jobs import JobKind
from appliance.domain.journal import Actor
from appliance.domain.nodes import Method, Node

FIND_WAIT_S = 35.0
routes = web.RouteTableDef()


@routes.get("/v1/nodes", allow_head=False)
async def listed(request: web.Request) -> web.Response:
    """Every node by name."""
    page(request)

    def verb(desk: Desk, _: Actor) -> Slice[NodeView]:
        found = tuple(views.node(one) for one in desk.house.nodes.listed())
        return Slice[NodeView](items=found, total=len(found))

    return told(await work(request, verb))


@routes.post("/v1/nodes")
async def added(request: web.Request) -> web.Response:
    """A new node."""
    asked = await question(request, NodeAsked)

    def verb(desk: Desk, actor: Actor) -> NodeView:
        desk.house.nodes.add(_asked(desk, asked, None), actor)
        return views.node(desk.house.nodes.get(asked.name))

    return told(await work(request, verb))


@routes.post("/v1/nodes/{name}")
async def edited(request: web.Request) -> web.Response:
    """Other settings."""
    name, asked = segment(request, "name"), await question(request, NodeAsked)

    def verb(desk: Desk, actor: Actor) -> NodeView:
        desk.house.nodes.edit(name, _asked(desk, asked, desk.house.nodes.get(name)), actor)
        return views.node(desk.house.nodes.get(name))

    return told(await work(request, verb))


@routes.delete("/v1/nodes/{name}")
async def removed(request: web.Request) -> web.Response:
    """No longer a node."""
    name = segment(request, "name")
    await work(request, lambda desk, actor: desk.house.nodes.remove(name, actor))
    return told(Told())


@routes.post("/v1/nodes/{name}/echo")
async def echoed(request: web.Request) -> web.Response:
    """C-ECHO by the bridge; a bridge that does not do it is an answer too."""
    name = segment(request, "name")

    def verb(desk: Desk, _: Actor) -> NodeAnswer:
        try:
            said = desk.house.nodes.echo(name)
        except Unavailable as away:
            return NodeAnswer(name=name, ok=False, cause="bridge" if away.cause == "too_late" else away.cause)
        ms = said.get("ms")
        return NodeAnswer(
            name=name,
            ok=bool(said.get("ok")),
            ms=round(ms) if isinstance(ms, int | float) else None,
            cause=str(said.get("cause") or ""),
        )

    return told(await work(request, verb))


@routes.post("/v1/find")
async def found(request: web.Request) -> web.Response:
    """C-FIND at STUDY level by the bridge."""
    asked = await question(request, FindAsked)
    matched = {
        name: value
        for name in ("patient_id", "issuer", "family_name", "given_name", "birth_date", "accession", "study_uid")
        if (value := getattr(asked, name))
    }
    if not matched or set(matched) == {"issuer"}:
        raise Malformed("query")

    def verb(desk: Desk, _: Actor) -> FindAnswer:
        for name in asked.nodes:
            desk.house.nodes.get(name)
        if not desk.house.nodes.listed():
            raise Refused("no_node")
        payload = {
            "nodes": list(asked.nodes) or None,
            "level": "STUDY",
            "query": matched,
            "limit": max(1, min(200, asked.limit)),
        }
        return _found(desk.house.queue.ask(JobKind.FIND, "admin", payload, wait_s=FIND_WAIT_S))

    return told(await work(request, verb))


@routes.post("/v1/pull")
async def pulled(request: web.Request) -> web.Response:
    """A job that fetches a study; it is not waited for."""
    asked = await question(request, PullAsked)

    def verb(desk: Desk, actor: Actor) -> JobView:
        return views.job(desk.house.queue.pull(study_uid(asked.study_uid), asked.node or None, actor))

    return told(await work(request, verb))


def _asked(desk: Desk, asked: NodeAsked, known: Node | None) -> Node:
    """Return the node asked for; what is known of its credentials goes to no other address."""
    node = _node(asked)
    if node.method is not Method.WADO:
        return node
    if asked.auth is not None:
        return desk.house.nodes.told(node, "" if asked.auth == "none" else asked.auth, asked.secret)
    return replace(node, credentials=known.credentials) if known is not None and known.url == node.url else node


def _node(asked: NodeAsked) -> Node:
    return Node(
        name=asked.name,
        aet=asked.aet,
        host=asked.host,
        port=asked.port,
        method=Method(asked.method),
        tls=asked.tls,
        our_aet=asked.our_aet,
        charset=asked.charset,
        issuer=asked.issuer,
        facility=asked.facility,
        allowed_senders=asked.allowed_senders,
        url=asked.url if asked.method == "wado" else "",
    )


def _found(answer: Mapping[str, Any]) -> FindAnswer:
    """Return the result of a *find* job as told; what the PACS sent is text to show, nothing more."""
    return FindAnswer(
        studies=tuple(_study(row) for row in answer.get("studies", [])),
        more=bool(answer.get("more")),
        nodes=tuple(
            NodeAnswer(name=str(n.get("name", "")), ok=bool(n.get("ok")), cause=str(n.get("cause") or ""))
            for n in answer.get("nodes", [])
        ),
    )


def _study(row: Mapping[str, Any]) -> FoundStudy:
    day = str(row.get("study_date") or "").replace("-", "")[:8]
    birth = str(row.get("birth_date") or "").replace("-", "")[:8]
    count = row.get("instances")
    return FoundStudy(
        uid=str(row.get("study_uid", "")),
        node=str(row.get("node") or ""),
        date=views.iso_birth(day),
        modality="/".join(str(m) for m in row.get("modalities") or ()),
        description=str(row.get("description") or ""),
        accession=str(row.get("accession") or ""),
        instances=count if isinstance(count, int) else None,
        patient=PatientView(
            id=str(row.get("patient_id") or ""),
            issuer=str(row.get("issuer") or ""),
            name=views.shown_name(str(row.get("patient_name") or "")),
            birth_date=views.iso_birth(birth),
            sex=str(row.get("sex") or ""),
        ),
    )

"""The doctor of a PACS: asked of the bridge, and told step by step as it goes."""

from collections.abc import Mapping

from aiohttp import web

from appliance.adminapi.door import Desk, segment, told, work
from appliance.contract.examinations import ExaminationView, StepView
from appliance.contract.wire import Saying, Scalar
from appliance.domain import diagnosis
from appliance.domain.diagnosis import Examination, Finding
from appliance.domain.errors import Malformed
from appliance.domain.journal import Actor
from appliance.domain.nodes import Method

NEWS_S = 5.0
"""A caller is answered after so long even when no step has ended."""
routes = web.RouteTableDef()


@routes.post("/v1/nodes/{name}/doctor")
async def begun(request: web.Request) -> web.Response:
    """An examination begins; it is not waited for."""
    name = segment(request, "name")

    def verb(desk: Desk, actor: Actor) -> ExaminationView:
        nodes = desk.house.nodes
        return _view(nodes.examination(nodes.examine(name, actor)))

    return told(await work(request, verb))


@routes.get("/v1/examinations/{number}", allow_head=False)
async def followed(request: web.Request) -> web.Response:
    """The examination once it has more than ``seen`` steps."""
    number, seen = _number(segment(request, "number")), _number(request.query.get("seen", "0"))
    return told(await work(request, lambda desk, _: _view(desk.house.nodes.examination(number, seen, NEWS_S))))


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise Malformed("number")
    return int(text)


def _view(one: Examination) -> ExaminationView:
    steps = tuple(_step(finding, one.facts) for finding in one.findings)
    return ExaminationView(id=one.id, node=one.node, ended=one.ended, cause=one.cause, steps=steps)


def _step(finding: Finding, node: Mapping[str, Scalar]) -> StepView:
    facts: dict[str, Scalar] = {**node, **finding.facts}
    advice, vendor = diagnosis.remedy(finding, Method(str(node["method"])))
    text = f"peer.{finding.cause}" if finding.cause else f"doc.ok.{finding.name}"
    if vendor == "declare" and node.get("our_tls_port"):
        vendor = "declare_tls"
    return StepView(
        name=finding.name,
        verdict=finding.verdict.value,
        cause=finding.cause,
        ms=finding.ms,
        facts=dict(finding.facts),
        text=Saying(id=text, facts=facts),
        advice=Saying(id=f"doc.do.{advice}", facts=facts) if advice else None,
        vendor=Saying(id=f"doc.vendor.{vendor}", facts=facts) if vendor else None,
    )

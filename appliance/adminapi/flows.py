"""The flow matrix of the settings that run and of the nodes that are declared."""

from collections.abc import Sequence

from aiohttp import web

from appliance.adminapi.door import Desk, told, work
from appliance.config.settings import Settings
from appliance.config.setup import setup_of
from appliance.contract.flows import FlowView, MatrixView
from appliance.domain.errors import Malformed
from appliance.domain.flows import Matrix, Topology, matrix
from appliance.domain.journal import Actor
from appliance.domain.nodes import Node
from appliance.oidc.setup import provider_of

routes = web.RouteTableDef()


@routes.get("/v1/flows", allow_head=False)
async def flows(request: web.Request) -> web.Response:
    """The matrix for ``topology``."""
    try:
        topology = Topology(request.query.get("topology", Topology.ONE_BOX))
    except ValueError as exc:
        raise Malformed("topology") from exc

    def verb(desk: Desk, _: Actor) -> MatrixView:
        return view(desk.settings, desk.house.nodes.listed(), topology)

    return told(await work(request, verb))


def view(settings: Settings, nodes: Sequence[Node] | None, topology: Topology) -> MatrixView:
    """Return the matrix as told; ``nodes`` is None where they are not known."""
    provider = provider_of(settings)
    return _told(matrix(setup_of(settings, provider.issuer if provider else ""), nodes, topology))


def _told(found: Matrix) -> MatrixView:
    flows = [
        {
            "source": one.source,
            "destination": one.destination,
            "protocol": one.protocol,
            "transport": one.transport,
            "port": one.port,
            "direction": one.direction,
            "service": one.service,
            "purpose": one.purpose,
        }
        for one in found.flows
    ]
    return MatrixView(
        topology=found.topology.value,
        flows=tuple(FlowView.model_validate(one) for one in flows),
        remarks=tuple(found.remarks),
    )

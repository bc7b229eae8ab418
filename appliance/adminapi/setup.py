"""The set-up that a conformance statement describes: settings that run, and the titles that nodes call us by."""

from collections.abc import Sequence

from aiohttp import web

from appliance.adminapi.door import Desk, told, work
from appliance.config.settings import Settings
from appliance.config.version import running_version
from appliance.contract.setup import SetupView
from appliance.domain.journal import Actor
from appliance.domain.nodes import Node

routes = web.RouteTableDef()


@routes.get("/v1/setup", allow_head=False)
async def setup(request: web.Request) -> web.Response:
    """The DICOM side of what runs."""

    def verb(desk: Desk, _: Actor) -> SetupView:
        return view(desk.settings, desk.house.nodes.listed())

    return told(await work(request, verb))


def view(settings: Settings, nodes: Sequence[Node] = ()) -> SetupView:
    """Return the set-up as told."""
    dicom = settings.dicom
    return SetupView(
        hospital=settings.brand.name,
        version=running_version(),
        aets=tuple(dict.fromkeys((dicom.aet, *dicom.aliases, *(node.our_aet for node in nodes)))),
        dicom_port=dicom.port,
        tls_port=dicom.tls_port,
        client_certificates=dicom.tls_client_ca is not None,
        configured_only=dicom.known_callers == "configured",
        strict=dicom.node_policy == "strict",
        max_associations=dicom.max_associations,
        max_per_peer=dicom.max_per_peer,
        charsets=tuple(sorted({node.charset for node in nodes})),
        downloads=settings.sharing.downloads,
        public_url=settings.web.public_url,
    )

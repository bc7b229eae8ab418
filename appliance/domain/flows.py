"""The flow matrix: who opens which connection to whom, as a firewall team asks for it.

Pure: from what is set up and the nodes, for one box in the hospital's network or for two machines, DMZ and LAN.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from appliance.domain.nodes import Method, Node


class Topology(StrEnum):
    """Where the services stand."""

    ONE_BOX = "one-box"
    DMZ_LAN = "dmz-lan"


class Place(StrEnum):
    """An end of a flow that is no host of the settings."""

    SERVER = "server"
    DMZ = "dmz"
    LAN = "lan"
    INTERNET = "internet"
    WORKSTATIONS = "workstations"
    ADMINISTRATORS = "administrators"
    EVERY_PACS = "every_pacs"
    HIS = "his"
    RESOLVERS = "resolvers"
    CLOCKS = "clocks"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A host of the settings and its port."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Setup:
    """What of the settings opens or takes connections; nothing of it is secret."""

    web_port: int = 8080
    behind_nginx: bool = False
    public_port: int | None = None
    card_port: int | None = None
    dicom_port: int = 11112
    dicom_tls_port: int | None = None
    hl7_port: int | None = None
    hl7_tls: bool = False
    hl7_networks: tuple[str, ...] = ()
    mail: Endpoint | None = None
    mail_security: str = ""
    sms: Endpoint | None = None
    psc: Endpoint | None = None
    ocsp: Endpoint | None = None
    lists: tuple[Endpoint, ...] = ()
    proxy: Endpoint | None = None
    database: Endpoint | None = None
    objects: Endpoint | None = None
    """The S3 server; None where the images are a folder."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One line: who connects (``source``), to whom, over what, and why; replies are of the same connection.

    ``direction`` is seen from our machines: ``in``, ``out`` or ``inside``. ``port`` is None where it is the peer's own.
    """

    source: str
    destination: str
    protocol: str
    port: int | None
    direction: str
    service: str
    purpose: str
    transport: str = "TCP"


@dataclass(frozen=True, slots=True)
class Matrix:
    """The whole; ``remarks`` are words of what a table cannot say."""

    topology: Topology
    flows: Sequence[Flow]
    remarks: Sequence[str] = field(default=())


def matrix(setup: Setup, nodes: Sequence[Node] | None, topology: Topology) -> Matrix:
    """Return the flows of a set-up; ``nodes`` is None where they are not known."""
    one = topology is Topology.ONE_BOX
    front, back = (Place.SERVER, Place.SERVER) if one else (Place.DMZ, Place.LAN)
    flows = [
        *_people(setup, front),
        *_dicom(setup, nodes, back),
        *_hl7(setup, back),
        *_outward(setup, front),
        *_data(setup, front, back),
        *_machines(front, back),
    ]
    return Matrix(topology, flows, list(_remarks(setup, nodes, topology)))


def _people(setup: Setup, front: str) -> Iterator[Flow]:
    if setup.behind_nginx:
        for source in (Place.INTERNET, Place.WORKSTATIONS):
            yield Flow(source, front, "HTTPS", setup.public_port or 443, "in", "web", "portal")
        yield Flow(Place.INTERNET, front, "HTTP", 80, "in", "web", "redirect")
        return
    yield Flow(Place.WORKSTATIONS, front, "HTTP", setup.web_port, "in", "web", "portal")
    if setup.card_port is not None:
        yield Flow(Place.INTERNET, front, "HTTPS", setup.card_port, "in", "web", "card")


def _dicom(setup: Setup, nodes: Sequence[Node] | None, back: str) -> Iterator[Flow]:
    if nodes is None:
        yield Flow(back, Place.EVERY_PACS, "DICOM", None, "out", "bridge", "query_retrieve")
        yield from _arrivals(setup, Place.EVERY_PACS, back, "store")
        return
    for node in nodes:
        if node.method is Method.WADO:
            yield Flow(back, node.host, "HTTPS" if node.tls else "HTTP", node.port, "out", "bridge", "query_web")
            continue
        spoken = "DICOM TLS" if node.tls else "DICOM"
        purpose = "query_move" if node.method is Method.MOVE else "query_get"
        yield Flow(back, node.host, spoken, node.port, "out", "bridge", purpose)
        for host in dict.fromkeys(sender.host or node.host for sender in node.senders()):
            yield from _arrivals(setup, host, back, "store" if node.method is Method.MOVE else "push")


def _arrivals(setup: Setup, source: str, back: str, purpose: str) -> Iterator[Flow]:
    yield Flow(source, back, "DICOM", setup.dicom_port, "in", "bridge", purpose)
    if setup.dicom_tls_port is not None:
        yield Flow(source, back, "DICOM TLS", setup.dicom_tls_port, "in", "bridge", purpose)


def _hl7(setup: Setup, back: str) -> Iterator[Flow]:
    if setup.hl7_port is None:
        return
    spoken = "MLLP TLS" if setup.hl7_tls else "MLLP"
    for source in setup.hl7_networks or (Place.HIS,):
        yield Flow(source, back, spoken, setup.hl7_port, "in", "bridge", "hl7")


def _outward(setup: Setup, front: str) -> Iterator[Flow]:
    if setup.mail is not None:
        spoken = {"tls": "SMTPS", "starttls": "SMTP STARTTLS"}.get(setup.mail_security, "SMTP")
        yield Flow(front, setup.mail.host, spoken, setup.mail.port, "out", "courier", "mail")
    if setup.sms is not None:
        yield Flow(front, setup.sms.host, _web(setup.sms), setup.sms.port, "out", "courier", "sms")
    ends = ((setup.psc, "web", "psc"), (setup.ocsp, "web", "ocsp"))
    asked = [(end, service, purpose) for end, service, purpose in ends if end is not None]
    for end, service, purpose in [*asked, *((one, "courier", "lists") for one in setup.lists)]:
        if setup.proxy is None:
            yield Flow(front, end.host, _web(end), end.port, "out", service, purpose)
        else:
            # What the proxy itself must let through stands behind it.
            yield Flow(front, setup.proxy.host, "HTTP proxy", setup.proxy.port, "out", service, purpose)
            yield Flow(setup.proxy.host, end.host, _web(end), end.port, "out", service, purpose)


def _data(setup: Setup, front: str, back: str) -> Iterator[Flow]:
    if setup.database is not None:
        for source in dict.fromkeys((front, back)):
            yield Flow(source, setup.database.host, "PostgreSQL", setup.database.port, "out", "all", "database")
    if setup.objects is not None:
        for source in dict.fromkeys((front, back)):
            yield Flow(source, setup.objects.host, _web(setup.objects), setup.objects.port, "out", "all", "objects")
    if front != back:
        if setup.database is None:
            yield Flow(back, front, "PostgreSQL", 5432, "inside", "bridge", "database")
        if setup.objects is None:
            yield Flow(back, front, "HTTPS", 443, "inside", "bridge", "objects")


def _machines(front: str, back: str) -> Iterator[Flow]:
    for machine in dict.fromkeys((front, back)):
        yield Flow(Place.ADMINISTRATORS, machine, "SSH", 22, "in", "admin", "console")
        yield Flow(machine, Place.RESOLVERS, "DNS", 53, "out", "all", "names", "TCP+UDP")
        yield Flow(machine, Place.CLOCKS, "NTP", 123, "out", "all", "time", "UDP")


def _remarks(setup: Setup, nodes: Sequence[Node] | None, topology: Topology) -> Iterator[str]:
    if topology is Topology.DMZ_LAN:
        yield "no_way_in"
        if setup.objects is None:
            yield "needs_bucket"
        if setup.database is None:
            yield "needs_postgresql"
    if nodes is None:
        yield "nodes_unknown"
    elif not nodes:
        yield "no_nodes"
    if nodes and any(node.method is Method.MOVE for node in nodes):
        yield "senders"
    if not setup.behind_nginx:
        yield "no_nginx"
    yield "rest_closed"


def _web(end: Endpoint) -> str:
    return "HTTP" if end.port == 80 else "HTTPS"

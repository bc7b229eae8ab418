"""A PACS node: how to reach it and what it is known to do."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from appliance.domain.errors import Malformed


class Method(StrEnum):
    """How exams are retrieved from a node."""

    MOVE = "move"
    GET = "get"
    WADO = "wado"
    """By DICOMweb: searched by QIDO-RS, retrieved by WADO-RS; no association is ever opened."""


@dataclass(frozen=True, slots=True)
class Sender:
    """An AE title that sends for a node, and from where; without ``host`` that is not said."""

    aet: str
    host: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """Settings of one peer. ``name`` is unique and stable; AE titles are 1–16 printable ASCII (PS3.8 D).

    ``url`` is the address of a DICOMweb service, ``credentials`` what it is told: ``basic:`` or ``bearer:`` and sealed.
    ``allowed_senders`` are further titles that send for it, each ``AET`` or ``AET@HOST``.
    """

    name: str
    aet: str
    host: str
    port: int
    method: Method = Method.MOVE
    tls: bool = False
    our_aet: str = "NEGATOSCOPE"
    charset: str = "ISO_IR 100"
    issuer: str = ""
    facility: str = ""
    pn_limit: int = 64
    allowed_senders: tuple[str, ...] = field(default=())
    supports_issuer: bool = False
    required_keys_only: bool = False
    url: str = ""
    credentials: str = field(default="", repr=False)
    last_answer: datetime | None = None
    unreachable_since: datetime | None = None

    def senders(self) -> tuple[Sender, ...]:
        """Return who sends for it: itself first."""
        if self.method is Method.WADO:
            return ()
        further = (Sender(aet, host) for aet, _, host in (one.partition("@") for one in self.allowed_senders))
        return (Sender(self.aet, self.host), *further)


WEB_AET = "DICOMWEB"
"""Stands for the title that a DICOMweb node does not have, where objects name their sender."""


def at(node: Node) -> Node:
    """Return a DICOMweb node with host and port of its address; raise `Malformed` ``node_url`` or ``node_plain``."""
    try:
        parts = urlsplit(node.url)
        host, port = parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError as exc:
        raise Malformed("node_url") from exc
    fine = parts.scheme in ("http", "https") and host and not (parts.username or parts.query or parts.fragment)
    if not fine or len(node.url) > 1024 or not node.url.isascii() or not node.url.isprintable() or " " in node.url:
        raise Malformed("node_url")
    if node.credentials and parts.scheme == "http" and host not in ("127.0.0.1", "::1", "localhost"):
        raise Malformed("node_plain")
    return replace(node, aet=WEB_AET, host=host, port=port, tls=parts.scheme == "https", allowed_senders=())


def checked(node: Node) -> Node:
    """Return the node; raise `Malformed` with ``node_name``, ``node_aet``, ``node_host`` or ``node_port``."""
    if node.method is Method.WADO:
        node = at(node)
    for aet in (node.our_aet, *(sender.aet for sender in node.senders())):
        if not 1 <= len(aet.strip()) <= 16 or not aet.isascii() or not aet.isprintable() or "\\" in aet:
            raise Malformed("node_aet")
    if not node.name.strip() or len(node.name) > 64 or not node.name.isprintable():
        raise Malformed("node_name")
    if any(one.endswith("@") for one in node.allowed_senders):
        raise Malformed("node_host")
    for host in (node.host, *(sender.host for sender in node.senders() if sender.host)):
        if not host.strip() or len(host) > 253 or any(c.isspace() for c in host):
            raise Malformed("node_host")
    if not 1 <= node.port <= 65535:
        raise Malformed("node_port")
    return node

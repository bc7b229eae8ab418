"""A PACS node: how to reach it and what it is known to do."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from appliance.domain.errors import Malformed


class Method(StrEnum):
    """How exams are retrieved from a node."""

    MOVE = "move"
    GET = "get"


@dataclass(frozen=True, slots=True)
class Node:
    """Settings of one peer. ``name`` is unique and stable; AE titles are 1–16 printable ASCII (PS3.8 D)."""

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
    last_answer: datetime | None = None
    unreachable_since: datetime | None = None


def checked(node: Node) -> Node:
    """Return the node; raise `Malformed` with ``node_name``, ``node_aet``, ``node_host`` or ``node_port``."""
    for aet in (node.aet, node.our_aet, *node.allowed_senders):
        if not 1 <= len(aet.strip()) <= 16 or not aet.isascii() or not aet.isprintable() or "\\" in aet:
            raise Malformed("node_aet")
    if not node.name.strip() or len(node.name) > 64 or not node.name.isprintable():
        raise Malformed("node_name")
    if not node.host.strip() or len(node.host) > 253 or any(c.isspace() for c in node.host):
        raise Malformed("node_host")
    if not 1 <= node.port <= 65535:
        raise Malformed("node_port")
    return node

"""Associations that we open, and why one fails, in stable words.

Causes: ``refused timeout aborted rejected_called_ae rejected_calling_ae rejected unreachable
no_context failed_status``, and those of `pacs_bridge.query.handshakes`.
"""

import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pynetdicom.presentation import PresentationContext

from appliance.config.refusals import SettingsRefused
from appliance.config.sections import Dicom
from appliance.config.tls import client_context
from appliance.domain.errors import Unavailable
from appliance.domain.nodes import Node
from pacs_bridge.query import handshakes
from pacs_bridge.query.dialogue import Begin, Dialogue, Reported
from pacs_bridge.query.requestor import Agreed, Titles, agreed, connected, secured
from pacs_bridge.receive.pdu import Wire

Secure = Callable[[], ssl.SSLContext]
"""Makes the context for TLS nodes, new each time: a renewed certificate needs no restart."""


def by_default() -> ssl.SSLContext:
    """Return the context of no settings: the system's authorities, no certificate of our own."""
    return client_context(Dicom())


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds to wait for a connection, for an association, for each response."""

    connect_s: float = 5
    associate_s: float = 10
    response_s: float = 10


@dataclass(frozen=True, slots=True)
class Offer:
    """What an association proposes."""

    contexts: Sequence[PresentationContext]
    extended: Sequence[Any] = ()
    waits: Waits = field(default_factory=Waits)
    secure: Secure = by_default


@contextlib.contextmanager
def dialogue(
    node: Node, offer: Offer, begin: Begin | None = None, reported: Reported | None = None
) -> Iterator[Dialogue]:
    """Open an association with a node and end it; objects of a C-GET go to ``begin``, reports to ``reported``.

    Raises
    ------
    Unavailable
        With the cause.
    """
    tls = _tls(offer.secure) if node.tls else None
    sock = connected(node.host, node.port, offer.waits.connect_s)
    try:
        if tls is not None:
            sock = _secured(sock, node, tls, offer.waits.associate_s)
        wire, titles = Wire(sock), Titles(node.our_aet, node.aet)
        found = _agreed(wire, titles, node, offer, tls)
        opened = Dialogue(sock, wire, found, begin, reported)
        try:
            yield opened
        finally:
            opened.release()
    finally:
        sock.close()


def _secured(sock: socket.socket, node: Node, tls: ssl.SSLContext, seconds: float) -> socket.socket:
    try:
        return secured(sock, node.host, tls, seconds)
    except Unavailable as away:
        raise Unavailable(handshakes.failure(node.host, node.port, tls) or away.cause) from away


def _agreed(wire: Wire, titles: Titles, node: Node, offer: Offer, tls: ssl.SSLContext | None) -> Agreed:
    storing = [str(role.sop_class_uid) for role in offer.extended]
    try:
        return agreed(wire, titles, offer.contexts, storing, offer.waits.associate_s)
    except Unavailable as away:
        # With TLS 1.3 a refusal of our certificate comes after the handshake.
        told = handshakes.failure(node.host, node.port, tls) if tls is not None and away.cause == "aborted" else ""
        raise Unavailable(told or away.cause) from away


def _tls(secure: Secure) -> ssl.SSLContext:
    try:
        return secure()
    except SettingsRefused as exc:
        raise Unavailable("tls_settings") from exc

"""Associations that we open, and why one fails, in stable words.

Causes: ``refused timeout aborted rejected_called_ae rejected_calling_ae rejected unreachable
no_context failed_status``, and those of `pacs_bridge.query.handshakes`.
"""

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pynetdicom
from pynetdicom import AE, evt
from pynetdicom.association import Association
from pynetdicom.presentation import PresentationContext

from appliance.config.refusals import SettingsRefused
from appliance.config.sections import Dicom
from appliance.config.tls import client_context
from appliance.domain.errors import Unavailable
from appliance.domain.nodes import Node
from pacs_bridge.query import handshakes
from pacs_bridge.query.dialogue import Begin, Dialogue
from pacs_bridge.query.requestor import Agreed, Titles, agreed, connected, secured
from pacs_bridge.receive.pdu import Wire

_CAUSES_OF_REJECTION = {(1, 7): "rejected_called_ae", (1, 3): "rejected_calling_ae"}


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
    handlers: Sequence[Any] = ()
    waits: Waits = field(default_factory=Waits)
    secure: Secure = by_default


@contextlib.contextmanager
def associated(node: Node, offer: Offer) -> Iterator[Association]:
    """Open an association with a node and release it; raise `Unavailable` with the cause."""
    association = _opened(node, offer)
    try:
        yield association
    finally:
        if association.is_established:
            association.release()
        if association.is_alive():
            association.abort()


@contextlib.contextmanager
def dialogue(node: Node, offer: Offer, begin: Begin | None = None) -> Iterator[Dialogue]:
    """Open an association with a node and end it; objects of a C-GET go to ``begin``.

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
        opened = Dialogue(sock, wire, found, begin)
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


def _opened(node: Node, offer: Offer) -> Association:
    pynetdicom._config.LOG_REQUEST_IDENTIFIERS = False  # noqa: SLF001 -- its only way to be discreet
    pynetdicom._config.LOG_RESPONSE_IDENTIFIERS = False  # noqa: SLF001
    entity = AE(node.our_aet)
    entity.connection_timeout = offer.waits.connect_s
    entity.acse_timeout = offer.waits.associate_s
    entity.dimse_timeout = offer.waits.response_s
    entity.network_timeout = offer.waits.response_s + 30
    tls = _tls(offer.secure) if node.tls else None
    connected: list[bool] = []
    started = time.monotonic()
    association = entity.associate(
        node.host,
        node.port,
        contexts=list(offer.contexts),
        ae_title=node.aet,
        max_pdu=128 << 10,
        ext_neg=list(offer.extended),
        tls_args=(tls, node.host) if tls else None,
        evt_handlers=[(evt.EVT_CONN_OPEN, lambda _: connected.append(True)), *offer.handlers],
    )
    if association.is_established:
        return association
    late = time.monotonic() - started >= offer.waits.associate_s
    cause = _cause(association, node, connected=bool(connected), late=late)
    if tls is not None and cause in ("aborted", "tls"):
        # The library does not say why a handshake failed; with TLS 1.3 a refusal even comes after it.
        cause = handshakes.failure(node.host, node.port, tls) or cause
    raise Unavailable(cause)


def _tls(secure: Secure) -> ssl.SSLContext:
    try:
        return secure()
    except SettingsRefused as exc:
        raise Unavailable("tls_settings") from exc


def _cause(association: Association, node: Node, *, connected: bool, late: bool) -> str:
    if association.is_rejected:
        answer = association.acceptor.primitive
        key = (getattr(answer, "result_source", 0), getattr(answer, "diagnostic", 0))
        return _CAUSES_OF_REJECTION.get(key, "rejected")
    if not connected:
        return _connection_cause(node)
    if association.rejected_contexts and not association.accepted_contexts:
        return "no_context"
    return "timeout" if late else "aborted"


def _connection_cause(node: Node) -> str:
    """Connect once more by hand: pynetdicom does not say why it could not."""
    try:
        socket.create_connection((node.host, node.port), timeout=3).close()
    except ConnectionRefusedError:
        return "refused"
    except TimeoutError:
        return "timeout"
    except OSError:
        return "unreachable"
    return "tls" if node.tls else "aborted"

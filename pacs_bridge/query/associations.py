"""Associations that we open, and why one fails, in stable words.

Causes: ``refused timeout aborted rejected_called_ae rejected_calling_ae rejected unreachable tls
no_context failed_status``.
"""

import contextlib
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pynetdicom
from pynetdicom import AE, evt
from pynetdicom.association import Association
from pynetdicom.presentation import PresentationContext

from appliance.domain.errors import Unavailable
from appliance.domain.nodes import Node

_CAUSES_OF_REJECTION = {(1, 7): "rejected_called_ae", (1, 3): "rejected_calling_ae"}


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


def _opened(node: Node, offer: Offer) -> Association:
    pynetdicom._config.LOG_REQUEST_IDENTIFIERS = False  # noqa: SLF001 -- its only way to be discreet
    pynetdicom._config.LOG_RESPONSE_IDENTIFIERS = False  # noqa: SLF001
    entity = AE(node.our_aet)
    entity.connection_timeout = offer.waits.connect_s
    entity.acse_timeout = offer.waits.associate_s
    entity.dimse_timeout = offer.waits.response_s
    entity.network_timeout = offer.waits.response_s + 30
    connected: list[bool] = []
    started = time.monotonic()
    association = entity.associate(
        node.host,
        node.port,
        contexts=list(offer.contexts),
        ae_title=node.aet,
        max_pdu=128 << 10,
        ext_neg=list(offer.extended),
        tls_args=(_tls(), node.host) if node.tls else None,
        evt_handlers=[(evt.EVT_CONN_OPEN, lambda _: connected.append(True)), *offer.handlers],
    )
    if association.is_established:
        return association
    late = time.monotonic() - started >= offer.waits.associate_s
    raise Unavailable(_cause(association, node, connected=bool(connected), late=late))


def _tls() -> ssl.SSLContext:
    """Return a context that encrypts; the node's certificate is not ours to judge yet."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


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

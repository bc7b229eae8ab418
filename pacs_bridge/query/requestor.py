"""A-ASSOCIATE from our side: what we propose, and what the peer made of it (PS3.8 9.3). No DIMSE.

pynetdicom's classes build and read the PDUs; the socket and its deadlines are ours.
"""

import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydicom.uid import UID
from pynetdicom import build_role
from pynetdicom.pdu import A_ASSOCIATE_AC, A_ASSOCIATE_RJ, A_ASSOCIATE_RQ
from pynetdicom.pdu_primitives import (
    A_ASSOCIATE,
    ImplementationClassUIDNotification,
    ImplementationVersionNameNotification,
    MaximumLengthNotification,
)
from pynetdicom.pdu_primitives import SCP_SCU_RoleSelectionNegotiation as Role
from pynetdicom.presentation import PresentationContext

from appliance.domain.errors import Unavailable
from pacs_bridge.receive import pdu
from pacs_bridge.receive.negotiation import ACCEPTED, APPLICATION_CONTEXT, NO_ABSTRACT_SYNTAX, Context
from pacs_bridge.receive.part10 import IMPLEMENTATION_UID, IMPLEMENTATION_VERSION
from pacs_bridge.receive.pdu import PeerFault, PeerGone, Wire

MAX_PDU_BYTES = 128 << 10
ANSWER_BYTES = 64 << 10
_CAUSES_OF_REJECTION = {(1, 7): "rejected_called_ae", (1, 3): "rejected_calling_ae"}


@dataclass(frozen=True, slots=True)
class Titles:
    """Who asks whom."""

    calling: str
    called: str


@dataclass(frozen=True, slots=True)
class Agreed:
    """What both sides agreed on. ``send_bytes`` bounds the PDUs that the peer takes.

    ``storing``: classes of which the peer accepts that we are the SCP (PS3.7 D.3.3.4); ``peer``: its implementation;
    ``unknown``: abstract syntaxes that it does not support at all.
    """

    contexts: Mapping[int, Context]
    send_bytes: int
    storing: frozenset[str] = frozenset()
    peer: str = ""
    unknown: frozenset[str] = frozenset()

    def carrying(self, abstract_syntax: str, transfer_syntax: str) -> int | None:
        """Return the context accepted for a service in a transfer syntax, or None."""
        wanted = Context(abstract_syntax, transfer_syntax)
        return next((number for number, one in self.contexts.items() if one == wanted), None)

    def of(self, abstract_syntax: str) -> int | None:
        """Return the context accepted for a service, or None."""
        found = (number for number, one in self.contexts.items() if one.abstract_syntax == abstract_syntax)
        return next(found, None)


def connected(host: str, port: int, seconds: float) -> socket.socket:
    """Return a socket to a node; raise `Unavailable` ``refused timeout unreachable``."""
    try:
        sock = socket.create_connection((host, port), timeout=seconds)
    except ConnectionRefusedError as exc:
        raise Unavailable("refused") from exc
    except TimeoutError as exc:
        raise Unavailable("timeout") from exc
    except OSError as exc:
        raise Unavailable("unreachable") from exc
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def secured(sock: socket.socket, host: str, context: ssl.SSLContext, seconds: float) -> socket.socket:
    """Return the socket under TLS; raise `Unavailable` ``tls``: `handshakes.failure` says why."""
    sock.settimeout(seconds)
    try:
        return context.wrap_socket(sock, server_hostname=host)
    except OSError as exc:
        sock.close()
        raise Unavailable("tls") from exc


def agreed(
    wire: Wire, titles: Titles, contexts: Sequence[PresentationContext], storing: Sequence[str], seconds: float
) -> Agreed:
    """Propose the contexts, we being the SCP of ``storing``; return what the peer accepted.

    Raises
    ------
    Unavailable
        ``rejected…``, ``aborted``, ``timeout``, ``no_context``.
    """
    wanted = list(contexts)
    for number, context in enumerate(wanted):
        context.context_id = 2 * number + 1
    try:
        wire.send(_request(titles, wanted, storing), seconds)
        kind, length = wire.header(seconds, ANSWER_BYTES)
        raw = bytes([kind, 0]) + length.to_bytes(4, "big") + wire.read(length, seconds)
    except PeerFault as exc:
        raise Unavailable("aborted") from exc
    except PeerGone as exc:
        raise Unavailable("timeout" if str(exc) == "too_slow" else "aborted") from exc
    return _answer(kind, raw, wanted)


def _request(titles: Titles, contexts: Sequence[PresentationContext], storing: Sequence[str]) -> bytes:
    length, who = MaximumLengthNotification(), ImplementationClassUIDNotification()
    version = ImplementationVersionNameNotification()
    length.maximum_length_received = MAX_PDU_BYTES
    who.implementation_class_uid = UID(IMPLEMENTATION_UID)
    version.implementation_version_name = IMPLEMENTATION_VERSION
    ask = A_ASSOCIATE()
    ask.application_context_name = UID(APPLICATION_CONTEXT)
    ask.calling_ae_title, ask.called_ae_title = titles.calling, titles.called
    ask.presentation_context_definition_list = list(contexts)
    roles = [build_role(uid, scp_role=True) for uid in dict.fromkeys(storing)]
    ask.user_information = [length, who, version, *roles]
    request = A_ASSOCIATE_RQ()
    request.from_primitive(ask)
    return bytes(request.encode())


def _answer(kind: int, raw: bytes, wanted: Sequence[PresentationContext]) -> Agreed:
    if kind == pdu.A_ASSOCIATE_RJ:
        raise Unavailable(_rejection(raw))
    if kind != pdu.A_ASSOCIATE_AC:
        raise Unavailable("aborted")
    asked = {context.context_id: str(context.abstract_syntax) for context in wanted}
    try:
        answer = A_ASSOCIATE_AC()
        answer.decode(raw)
        primitive = answer.to_primitive()
        results = list(primitive.presentation_context_definition_results_list)
        told = list(primitive.user_information)
        send_bytes = int(primitive.maximum_length_received or 0)
    except Exception as exc:  # pynetdicom's decoder raises whatever the bytes provoke
        raise Unavailable("aborted") from exc
    contexts = {
        one.context_id: Context(asked[one.context_id], str(one.transfer_syntax[0]))
        for one in results
        if one.result == ACCEPTED and one.context_id is not None and one.context_id in asked and one.transfer_syntax
    }
    if not contexts:
        raise Unavailable("no_context")
    storing = frozenset(str(one.sop_class_uid) for one in told if isinstance(one, Role) and one.scp_role)
    versions = [one for one in told if isinstance(one, ImplementationVersionNameNotification)]
    peer = str(versions[0].implementation_version_name or "") if versions else ""
    unknown = frozenset(asked[one.context_id] for one in results
                        if one.result == NO_ABSTRACT_SYNTAX and one.context_id in asked)  # fmt: skip
    return Agreed(contexts, min(send_bytes or MAX_PDU_BYTES, MAX_PDU_BYTES), storing, peer, unknown)


def _rejection(raw: bytes) -> str:
    try:
        answer = A_ASSOCIATE_RJ()
        answer.decode(raw)
        key = (int(answer.source or 0), int(answer.reason_diagnostic or 0))
    except Exception:  # pynetdicom's decoder raises whatever the bytes provoke
        return "rejected"
    return _CAUSES_OF_REJECTION.get(key, "rejected")

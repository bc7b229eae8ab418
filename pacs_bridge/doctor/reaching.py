"""TCP and TLS: whether somebody is there, and who it is."""

import ipaddress
import socket
import ssl
from datetime import UTC, datetime, timedelta

from appliance.config.refusals import SettingsRefused
from appliance.domain.diagnosis import Verdict
from appliance.domain.errors import Unavailable
from pacs_bridge.doctor.case import Case, Outcome
from pacs_bridge.query import handshakes

ENDS_SOON = timedelta(days=30)


def tcp(case: Case) -> Outcome:
    """Connect, and learn which of our addresses looks towards the node."""
    node = case.node
    case.our_host = _looking(node.host, node.port)
    try:
        with socket.create_connection((node.host, node.port), timeout=case.left()) as connected:
            case.our_host = str(connected.getsockname()[0])
            return Outcome(facts={"address": str(connected.getpeername()[0])})
    except ConnectionRefusedError as exc:
        raise Unavailable("refused") from exc
    except TimeoutError as exc:
        raise Unavailable("timeout") from exc
    except socket.gaierror as exc:
        raise Unavailable("name_unknown") from exc
    except OSError as exc:
        raise Unavailable("unreachable") from exc


def tls(case: Case) -> Outcome:
    """Shake hands where the node is asked over TLS."""
    node = case.node
    if not node.tls:
        return Outcome(Verdict.SKIPPED, "plain")
    try:
        context = case.means.secure()
    except SettingsRefused as exc:
        raise Unavailable("tls_settings") from exc
    shaken = handshakes.shake(node.host, node.port, context)
    if shaken.cause:
        raise Unavailable(shaken.cause)
    until = _instant(shaken.until)
    facts = {"version": shaken.version, "cipher": shaken.cipher, "until": until.isoformat() if until else ""}
    today = datetime.combine(case.means.today, datetime.min.time(), UTC)
    if until is not None and until - today < ENDS_SOON:
        return Outcome(Verdict.WARN, "tls_ends", facts)
    return Outcome(facts=facts)


def _looking(host: str, port: int) -> str:
    """Return our address on the way to a host; no packet leaves for a UDP socket that only connects."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind, proto) as looking:
            looking.connect(address)
            return str(ipaddress.ip_address(str(looking.getsockname()[0]).split("%")[0]))
    except (OSError, ValueError):
        return ""


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)
    except ValueError:
        return None

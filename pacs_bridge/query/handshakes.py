"""Why TLS with a node fails: one handshake by hand, its failure in stable words.

Causes: ``tls_unknown_ca tls_expired tls_not_yet tls_name tls_certificate`` (we refuse theirs), ``tls_wants_certificate
tls_ours_refused`` (they refuse ours), ``tls_not_spoken tls_version tls``.
"""

import contextlib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass

WAIT_S = 3.0
"""For the connection, for the handshake, and for a refusal that follows it (TLS 1.3)."""
_OF_VERIFICATION = {
    7: "tls_unknown_ca",  # an authority of the same name and another key
    9: "tls_not_yet",
    10: "tls_expired",
    18: "tls_unknown_ca",
    19: "tls_unknown_ca",
    20: "tls_unknown_ca",
    21: "tls_unknown_ca",
    62: "tls_name",
    64: "tls_name",
}
"""X509_V_ERR_… of OpenSSL's x509_vfy.h."""
_OF_REASON = {
    "WRONG_VERSION_NUMBER": "tls_not_spoken",
    "HTTP_REQUEST": "tls_not_spoken",
    "RECORD_LAYER_FAILURE": "tls_not_spoken",
    "PACKET_LENGTH_TOO_LONG": "tls_not_spoken",
    "UNSUPPORTED_PROTOCOL": "tls_version",
    "TLSV1_ALERT_PROTOCOL_VERSION": "tls_version",
    "TLSV1_ALERT_INSUFFICIENT_SECURITY": "tls_version",
    "DH_KEY_TOO_SMALL": "tls_version",
    "WRONG_SIGNATURE_TYPE": "tls_version",
    "NO_PROTOCOLS_AVAILABLE": "tls_version",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "tls_wants_certificate",
    "TLSV1_ALERT_UNKNOWN_CA": "tls_ours_refused",
    "TLSV1_ALERT_ACCESS_DENIED": "tls_ours_refused",
    "TLSV1_ALERT_DECRYPT_ERROR": "tls_ours_refused",
    "SSLV3_ALERT_BAD_CERTIFICATE": "tls_ours_refused",
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": "tls_ours_refused",
    "SSLV3_ALERT_CERTIFICATE_REVOKED": "tls_ours_refused",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "tls_ours_refused",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "tls_ours_refused",
}


@dataclass(frozen=True, slots=True)
class Handshake:
    """How one went. ``until`` is the end of the node's certificate as OpenSSL writes it."""

    cause: str = ""
    version: str = ""
    cipher: str = ""
    until: str = ""


def failure(host: str, port: int, context: ssl.SSLContext) -> str:
    """Return why no TLS connection holds, empty when one does."""
    return shake(host, port, context).cause


def shake(host: str, port: int, context: ssl.SSLContext) -> Handshake:
    """Return how a handshake goes; nothing is said where there is no connection at all."""
    try:
        raw = socket.create_connection((host, port), timeout=WAIT_S)
    except OSError:
        return Handshake()
    with contextlib.closing(context.wrap_socket(raw, server_hostname=host, do_handshake_on_connect=False)) as secured:
        secured.settimeout(WAIT_S)
        cause = _shaken(secured) or _after(secured)
        return Handshake(cause) if cause else _good(secured)


def _good(secured: ssl.SSLSocket) -> Handshake:
    cipher = secured.cipher()
    until = (secured.getpeercert() or {}).get("notAfter", "")
    return Handshake("", secured.version() or "", cipher[0] if cipher else "", str(until))


def _shaken(secured: ssl.SSLSocket) -> str:
    return _tried(secured.do_handshake, secured, silence="tls_not_spoken")


def _after(secured: ssl.SSLSocket) -> str:
    """Read: a peer that refuses our certificate under TLS 1.3 says so now. Silence is consent."""
    return _tried(lambda: secured.recv(1), secured, silence="")


def _tried(step: Callable[[], object], secured: ssl.SSLSocket, *, silence: str) -> str:
    try:
        step()
    except (TimeoutError, ssl.SSLEOFError):
        return silence
    except ssl.SSLCertVerificationError as exc:
        return _OF_VERIFICATION.get(exc.verify_code, "tls_certificate")
    except ssl.SSLError as exc:
        return _of(exc.reason or "", secured)
    except OSError:
        return silence
    return ""


def _of(reason: str, secured: ssl.SSLSocket) -> str:
    if reason in ("SSLV3_ALERT_HANDSHAKE_FAILURE", "TLSV1_ALERT_HANDSHAKE_FAILURE"):
        # Once a cipher is agreed, what is left to fail in TLS 1.2 is the certificate that we did not show.
        return "tls_wants_certificate" if secured.cipher() else "tls_version"
    return _OF_REASON.get(reason, "tls")

"""DICOM over TLS: the contexts that the settings ask for, and what is wrong with their files, in words.

TLS 1.2 at least, forward secrecy and authenticated encryption only (PS3.15 B.9, B.10, B.12: BCP 195, RFC 9325).
Nothing here opens a connection; a private key is never echoed.
"""

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from appliance.config.refusals import SettingsRefused
from appliance.config.sections import Dicom

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:!aNULL:!aDSS"
"""Of TLS 1.2; those of TLS 1.3 are all good."""
_LINES: Mapping[str, str] = {
    "missing": "nécessaire avec dicom.tls_port / needed with dicom.tls_port",
    "half": "tls_certificate et tls_key vont ensemble / tls_certificate and tls_key go together",
    "unreadable": "{file} est illisible ({why}) / {file} cannot be read ({why})",
    "no_certificate": "{file} ne contient pas de certificat PEM / {file} holds no PEM certificate",
    "no_key": "{file} ne contient pas de clé privée PEM / {file} holds no PEM private key",
    "key_encrypted": "{file} est protégé par un mot de passe / {file} is protected by a password",
    "mismatch": "{file} n'est pas la clé du certificat / {file} is not the key of the certificate",
    "weak": "{file} est refusé par OpenSSL ({why}) / {file} is refused by OpenSSL ({why})",
}


@dataclass(frozen=True, slots=True)
class TlsFault:
    """What is wrong with one key: ``word`` is stable, ``file`` its path, ``why`` the system's reason."""

    key: str
    word: str
    file: str = ""
    why: str = ""

    @property
    def line(self) -> str:
        """Return the fault in both languages."""
        return f"dicom.{self.key} : {_LINES[self.word].format(file=self.file, why=self.why)}"


def faults(dicom: Dicom) -> Sequence[TlsFault]:
    """Return what keeps the settings of TLS from being used; nothing when there are none."""
    found = [*_absent(dicom), *_own(dicom)]
    for key, path in (("tls_client_ca", dicom.tls_client_ca), ("tls_node_ca", dicom.tls_node_ca)):
        if path is not None:
            found += certificate_faults(key, path)
    return found


def server_context(dicom: Dicom) -> ssl.SSLContext | None:
    """Return what the TLS listener shakes hands with, None when there is no such listener.

    With ``tls_client_ca`` a client must show a certificate of these authorities.

    Raises
    ------
    SettingsRefused
        With one line a fault.
    """
    return None if dicom.tls_port is None else own_context(dicom)


def own_context(dicom: Dicom) -> ssl.SSLContext:
    """Return what a listener with our certificate shakes hands with; raises as `server_context`."""
    _refuse(faults(dicom))
    context = _hardened(ssl.PROTOCOL_TLS_SERVER)
    _own_certificate(context, dicom)
    if dicom.tls_client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(dicom.tls_client_ca)
    return context


def client_context(dicom: Dicom) -> ssl.SSLContext:
    """Return what we ask TLS nodes with: their certificate and their host name are verified, always.

    Trusted are the authorities of ``tls_node_ca``, or those of the system. Our certificate is shown when asked for.

    Raises
    ------
    SettingsRefused
        With one line a fault.
    """
    _refuse(faults(dicom))
    context = _hardened(ssl.PROTOCOL_TLS_CLIENT)
    # A hospital may trust an intermediate authority, or the very certificate of one archive.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if dicom.tls_node_ca is not None:
        context.load_verify_locations(dicom.tls_node_ca)
    else:
        context.load_default_certs()
    if dicom.tls_certificate is not None:
        _own_certificate(context, dicom)
    return context


def valid_until(path: Path) -> datetime:
    """Return when the first certificate of a PEM file ends, aware UTC; raise `ValueError` or `OSError`."""
    from cryptography import x509

    return x509.load_pem_x509_certificates(path.read_bytes())[0].not_valid_after_utc


def _hardened(protocol: int) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_ciphers(CIPHERS)
    return context


def _own_certificate(context: ssl.SSLContext, dicom: Dicom) -> None:
    if dicom.tls_certificate is None or dicom.tls_key is None:
        raise SettingsRefused([TlsFault("tls_key", "half").line])
    try:
        # Without a password given here, OpenSSL would ask the terminal.
        context.load_cert_chain(dicom.tls_certificate, dicom.tls_key, password="")
    except (ssl.SSLError, OSError) as exc:
        fault = TlsFault("tls_certificate", "weak", str(dicom.tls_certificate), _reason(exc))
        raise SettingsRefused([fault.line]) from exc


def _refuse(found: Sequence[TlsFault]) -> None:
    if found:
        raise SettingsRefused([fault.line for fault in found])


def _absent(dicom: Dicom) -> list[TlsFault]:
    pair = {"tls_certificate": dicom.tls_certificate, "tls_key": dicom.tls_key}
    absent = [key for key, path in pair.items() if path is None]
    if dicom.tls_port is not None:
        return [TlsFault(key, "missing") for key in absent]
    return [TlsFault(absent[0], "half")] if len(absent) == 1 else []


def _own(dicom: Dicom) -> list[TlsFault]:
    if dicom.tls_certificate is None or dicom.tls_key is None:
        return []
    return pair_faults(dicom.tls_certificate, dicom.tls_key, ("tls_certificate", "tls_key"))


def pair_faults(certificate: Path, key: Path, names: tuple[str, str]) -> list[TlsFault]:
    """Judge a certificate, a key, and whether they are a pair; ``names`` are their keys in the settings."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    found = certificate_faults(names[0], certificate)
    data, unread = _read(names[1], key)
    if unread is not None or found:
        return [*found, *([unread] if unread else [])]
    try:
        private = load_pem_private_key(data, None)
    except TypeError:
        return [TlsFault(names[1], "key_encrypted", str(key))]
    except ValueError:
        return [TlsFault(names[1], "no_key", str(key))]
    from cryptography import x509

    if x509.load_pem_x509_certificates(certificate.read_bytes())[0].public_key() != private.public_key():
        return [TlsFault(names[1], "mismatch", str(key))]
    return []


def certificate_faults(key: str, path: Path) -> list[TlsFault]:
    """Judge a PEM file of certificates; ``key`` is its key in the settings."""
    from cryptography import x509

    data, unread = _read(key, path)
    if unread is not None:
        return [unread]
    try:
        x509.load_pem_x509_certificates(data)
    except ValueError:
        return [TlsFault(key, "no_certificate", str(path))]
    return []


def _read(key: str, path: Path) -> tuple[bytes, TlsFault | None]:
    try:
        return path.read_bytes(), None
    except OSError as exc:
        return b"", TlsFault(key, "unreadable", str(path), _reason(exc))


def _reason(exc: OSError) -> str:
    reason = getattr(exc, "reason", None)
    return str(reason or exc.strerror or type(exc).__name__)

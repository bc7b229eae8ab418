"""The demo's authority of cards, a physician's certificate to put into a browser, and the TLS of the card host.

Made at the first start and kept: a browser that was told to believe it need not be told again. The keys of the
authorities are kept too, so that the lists of revocations can be made anew at each start; none of it is of any use
elsewhere.
"""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cps_card.simulator.pki import PERSONS, ROOT, Authority, CrlWanted, PrivateKey, Wanted, person, rsa_key
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from appliance.supervisor import write_private

LIST_DAYS = 400.0
TLS_DAYS = 396
NAMES = ("localhost", "*.localhost")


@dataclass(frozen=True, slots=True)
class DemoCard:
    """The physician's certificate, and the PKCS#12 file (no password) that a browser imports."""

    certificate: x509.Certificate
    file: Path


def made(folder: Path, national_id: str, now: datetime) -> DemoCard:
    """Return the card of the demo's physician, making whatever is not in ``folder`` yet."""
    now = now.replace(microsecond=0)
    for below in ("authorities", "lists"):
        (folder / below).mkdir(mode=0o700, parents=True, exist_ok=True)
    top = _authority(folder, "racine", ROOT, None, now)
    persons = _authority(folder, "personnes", PERSONS, top, now)
    for name, one in (("racine", top), ("personnes", persons)):
        crl = Authority(one.certificate, one.key, now).crl(CrlWanted(until=LIST_DAYS))
        write_private(folder / "lists" / f"{name}.crl", crl.public_bytes(Encoding.DER))
    _tls(folder, now)
    return _card(folder, persons, national_id)


def _authority(folder: Path, name: str, common: str, above: Authority | None, now: datetime) -> Authority:
    public, secret = folder / "authorities" / f"{name}.pem", folder / f"{name}.key"
    if public.exists() and secret.exists():
        return Authority(x509.load_pem_x509_certificate(public.read_bytes()), _key(secret), now)
    new = above.below(common) if above else Authority.root(common, now)
    write_private(secret, _pem(new.key))
    write_private(public, new.certificate.public_bytes(Encoding.PEM))
    return new


def _card(folder: Path, persons: Authority, national_id: str) -> DemoCard:
    file, public = folder / "physician.p12", folder / "physician.pem"
    if file.exists() and public.exists():
        return DemoCard(x509.load_pem_x509_certificate(public.read_bytes()), file)
    key = rsa_key()
    one = persons.issue(Wanted(person(national_id, "ROUSSEAU", "CAMILLE"), key.public_key(), ends=3 * 365))
    data = pkcs12.serialize_key_and_certificates(
        "CPS de démonstration".encode(), key, one, [persons.certificate], NoEncryption()
    )
    write_private(file, data)
    write_private(public, one.public_bytes(Encoding.PEM))
    return DemoCard(one, file)


def _tls(folder: Path, now: datetime) -> None:
    public, secret = folder / "tls.pem", folder / "tls.key"
    if public.exists() and secret.exists():
        known = x509.load_pem_x509_certificate(public.read_bytes())
        if known.not_valid_after_utc - timedelta(days=1) > now:
            return
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAMES[0])])
    loopback = [x509.IPAddress(ipaddress.ip_address(one)) for one in ("127.0.0.1", "::1")]
    known_as = x509.SubjectAlternativeName([*(x509.DNSName(one) for one in NAMES), *loopback])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
    made = made.not_valid_after(now + timedelta(days=TLS_DAYS)).add_extension(known_as, critical=False)
    made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    write_private(secret, _pem(key))
    write_private(public, made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))


def _pem(key: PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _key(path: Path) -> PrivateKey:
    key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ValueError(path.name)
    return key

"""Certificates as the IGC-Santé writes them, made on the spot; nobody in them exists."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID as N

NOW = datetime(2026, 11, 24, tzinfo=UTC)
Rdn = list[tuple[x509.ObjectIdentifier, str]]
Maker = Callable[..., x509.Certificate]


def name(*rdns: Rdn) -> x509.Name:
    return x509.Name([x509.RelativeDistinguishedName([x509.NameAttribute(o, v) for o, v in rdn]) for rdn in rdns])


ISSUER = name(
    [(N.COUNTRY_NAME, "FR")],
    [(N.ORGANIZATION_NAME, "ASIP-SANTE")],
    [(N.ORGANIZATIONAL_UNIT_NAME, "IGC-SANTE TEST")],
    [(N.COMMON_NAME, "TEST AC IGC-SANTE FORT PERSONNES")],
)


@pytest.fixture(scope="session")
def certificate() -> Maker:
    key = ec.generate_private_key(ec.SECP256R1())

    def make(subject: x509.Name, issuer: x509.Name = ISSUER) -> x509.Certificate:
        builder = x509.CertificateBuilder(issuer, subject, key.public_key(), 0xC0FFEE)
        dated = builder.not_valid_before(NOW - timedelta(days=1)).not_valid_after(NOW + timedelta(days=900))
        return dated.sign(key, hashes.SHA256())

    return make

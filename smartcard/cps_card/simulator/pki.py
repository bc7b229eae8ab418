"""An authority shaped as the IGC-Santé (root, ``… PERSONNES`` below it), the certificates and the CRLs it signs.

Every date comes from the ``now`` given, so that the same tree can be seen from any day.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ROOT = "TEST AC RACINE IGC-SANTE FORT"
PERSONS = "TEST AC IGC-SANTE FORT PERSONNES"
ORGANISATIONS = "TEST AC IGC-SANTE FORT ORGANISATIONS"
DAY = timedelta(days=1)
CLIENT = (ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SMARTCARD_LOGON)

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


def rsa_key() -> rsa.RSAPrivateKey:
    """Return a key as a card holds one, 2048 bits."""
    return rsa.generate_private_key(65537, 2048)


def name(*rdns: tuple[tuple[x509.ObjectIdentifier, str], ...]) -> x509.Name:
    """Return a name, one tuple a relative distinguished name."""
    return x509.Name([x509.RelativeDistinguishedName([x509.NameAttribute(o, v) for o, v in rdn]) for rdn in rdns])


def person(number: str, family: str, given: str, title: str = "Médecin") -> x509.Name:
    """Return the subject of a professional's card: number, name and first name in one RDN."""
    who = ((NameOID.COMMON_NAME, number), (NameOID.SURNAME, family), (NameOID.GIVEN_NAME, given))
    titled = (((NameOID.TITLE, title),),) if title else ()
    return name(((NameOID.COUNTRY_NAME, "FR"),), *titled, who)


def organisation(number: str, host: str) -> x509.Name:
    """Return the subject of an organisation's certificate."""
    return name(
        ((NameOID.COUNTRY_NAME, "FR"),),
        ((NameOID.ORGANIZATION_NAME, "CENTRE DE TEST"),),
        ((NameOID.ORGANIZATIONAL_UNIT_NAME, number),),
        ((NameOID.COMMON_NAME, host),),
    )


def authority_name(common: str) -> x509.Name:
    """Return the name of an authority of the test IGC."""
    return name(
        ((NameOID.COUNTRY_NAME, "FR"),),
        ((NameOID.ORGANIZATION_NAME, "ASIP-SANTE"),),
        ((NameOID.ORGANIZATIONAL_UNIT_NAME, "0002 187512751"),),
        ((NameOID.ORGANIZATIONAL_UNIT_NAME, "IGC-SANTE TEST"),),
        ((NameOID.COMMON_NAME, common),),
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a certificate shall say; dates are days from now. ``usages`` None leaves the extension out."""

    subject: x509.Name
    key: PublicKey
    starts: float = -1
    ends: float = 900
    usages: tuple[x509.ObjectIdentifier, ...] | None = CLIENT
    signs: bool | None = True
    """Key usage digitalSignature; False is nonRepudiation alone, None no key usage at all."""
    crl_url: str = ""
    more: tuple[tuple[x509.ExtensionType, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class CrlWanted:
    """What a list of revocations shall say; days from now."""

    revoked: tuple[int, ...] = ()
    since: float = -0.1
    until: float = 7
    more: tuple[tuple[x509.ExtensionType, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Authority:
    """One authority: its certificate and its key."""

    certificate: x509.Certificate
    key: PrivateKey
    now: datetime

    @classmethod
    def root(cls, common: str, now: datetime, key: PrivateKey | None = None) -> "Authority":
        """Return a root that signed itself."""
        key = key or rsa_key()
        return cls(_authority(authority_name(common), key, None, now, (-3650, 3650)), key, now)

    def below(self, common: str, key: PrivateKey | None = None, days: tuple[float, float] = (-1, 3650)) -> "Authority":
        """Return an authority that this one signed, valid between two days from now."""
        key = key or rsa_key()
        return Authority(_authority(authority_name(common), key, self, self.now, days), key, self.now)

    def issue(self, wanted: Wanted) -> x509.Certificate:
        """Return a certificate of a person or an organisation."""
        made = _dated(wanted.subject, self.certificate.subject, wanted.key, self.now, (wanted.starts, wanted.ends))
        made = made.add_extension(x509.BasicConstraints(False, None), critical=True)
        made = _identified(made, wanted.key, self.key)
        if wanted.signs is not None:
            made = made.add_extension(_usage(signs=wanted.signs, commits=not wanted.signs), critical=True)
        if wanted.usages is not None:
            made = made.add_extension(x509.ExtendedKeyUsage(wanted.usages), critical=False)
        if wanted.crl_url:
            point = x509.DistributionPoint([x509.UniformResourceIdentifier(wanted.crl_url)], None, None, None)
            made = made.add_extension(x509.CRLDistributionPoints([point]), critical=False)
        for extension, critical in wanted.more:
            made = made.add_extension(extension, critical=critical)
        return made.sign(self.key, hashes.SHA256())

    def crl(self, wanted: CrlWanted | None = None, signer: PrivateKey | None = None) -> x509.CertificateRevocationList:
        """Return the list of what this authority revoked; another ``signer`` makes a forged one."""
        wanted, at = wanted or CrlWanted(), self.now
        made = x509.CertificateRevocationListBuilder().issuer_name(self.certificate.subject)
        made = made.last_update(at + wanted.since * DAY).next_update(at + wanted.until * DAY)
        made = made.add_extension(x509.CRLNumber(1), critical=False)
        for extension, critical in wanted.more:
            made = made.add_extension(extension, critical=critical)
        for serial in wanted.revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at - DAY)
            made = made.add_revoked_certificate(entry.build())
        return made.sign(signer or self.key, hashes.SHA256())


@dataclass(frozen=True, slots=True)
class Holder:
    """A person with a card: two keys, two certificates."""

    authentication: x509.Certificate
    authentication_key: rsa.RSAPrivateKey
    signature: x509.Certificate
    signature_key: rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class Igc:
    """A whole test IGC."""

    now: datetime
    top: Authority
    persons: Authority

    @classmethod
    def made(cls, now: datetime) -> "Igc":
        """Return a new one; its keys take about half a second."""
        top = Authority.root(ROOT, now)
        return cls(now, top, top.below(PERSONS))

    def holder(self, subject: x509.Name) -> Holder:
        """Return a person with new certificates."""
        one, two = rsa_key(), rsa_key()
        return Holder(
            self.persons.issue(Wanted(subject, one.public_key())),
            one,
            self.persons.issue(Wanted(subject, two.public_key(), usages=None, signs=False)),
            two,
        )


def _authority(
    subject: x509.Name, key: PrivateKey, above: Authority | None, now: datetime, days: tuple[float, float]
) -> x509.Certificate:
    issuer = above.certificate.subject if above else subject
    made = _dated(subject, issuer, key.public_key(), now, days)
    made = made.add_extension(x509.BasicConstraints(True, 0 if above else None), critical=True)
    made = made.add_extension(_usage(authority=True), critical=True)
    signer = above.key if above else key
    return _identified(made, key.public_key(), signer).sign(signer, hashes.SHA256())


def _dated(
    subject: x509.Name, issuer: x509.Name, key: PublicKey, now: datetime, days: tuple[float, float]
) -> x509.CertificateBuilder:
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    made = made.serial_number(x509.random_serial_number())
    return made.not_valid_before(now + days[0] * DAY).not_valid_after(now + days[1] * DAY)


def _identified(made: x509.CertificateBuilder, key: PublicKey, signer: PrivateKey) -> x509.CertificateBuilder:
    made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    return made.add_extension(above, critical=False)


def _usage(*, signs: bool = False, commits: bool = False, authority: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=commits,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )

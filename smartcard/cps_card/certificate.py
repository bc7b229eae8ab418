"""The identity that a certificate of the IGC-Santé holds. Pure: no trust is judged here, no clock is read.

The subject of a card is one multi-valued RDN ``CN=<national id>+SN=<name>+GN=<first name>`` with ``title=<profession>``
and ``C=FR``. The national id begins with its type: ``8`` and eleven digits is RPPS, ``0`` is ADELI,
``<structure>/<employee>`` is the CPE of an employee. An organisation has an ``OU`` with its own number and no name.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from cps_card.errors import CertificateRejected

RPPS_OID = "1.2.250.1.71.4.2.1"
"""Authority of national ids of persons (Annuaire Santé): *identifiant national PP*."""
PROFESSION_OID = "1.2.250.1.71.1.2.7"
"""Nomenclature of professions, TRE_G15."""

_RPPS = re.compile(r"8(\d{11})")
_ADELI = re.compile(r"0([0-9A-Z]{9})")
_EMPLOYEE = re.compile(r"[1-7](\d[0-9A-Za-z]{4,19})/([0-9A-Za-z.]{1,32})|(\d{9,15})/([0-9A-Za-z.]{1,32})")
_STRUCTURE = re.compile(r"[1-4]\d{8,14}")
_ISSUER = re.compile(r"IGC-SANTE", re.IGNORECASE)

PROFESSIONS = {
    "médecin": "10",
    "pharmacien": "21",
    "audioprothésiste": "26",
    "opticien-lunetier": "28",
    "chirurgien-dentiste": "40",
    "sage-femme": "50",
    "infirmier": "60",
    "masseur-kinésithérapeute": "70",
    "pédicure-podologue": "80",
    "manipulateur erm": "98",
}


class Kind(StrEnum):
    """Whose certificate it is."""

    RPPS = "rpps"
    ADELI = "adeli"
    EMPLOYEE = "employee"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a certificate names.

    ``national_id`` is the whole identifier with its type digit, as the directory writes it; ``rpps`` its eleven digits
    when it is one. ``profession_code`` is of TRE_G15, empty when the title is not of the list. The validity is
    closed at both ends, UTC.
    """

    kind: Kind
    national_id: str
    rpps: str
    family_name: str
    given_name: str
    profession: str
    profession_code: str
    organisation: str
    issuer: str
    serial: str
    not_before: datetime
    not_after: datetime
    fingerprint: str

    @property
    def is_physician(self) -> bool:
        """Whether the title is the physician's; which professions may redeem is a setting elsewhere."""
        return self.profession_code == "10"

    @property
    def structure(self) -> str:
        """The number of the structure: an employee's before the stroke, an organisation's whole; else empty."""
        if self.kind is Kind.EMPLOYEE:
            return self.national_id.partition("/")[0]
        return self.national_id if self.kind is Kind.ORGANISATION else ""


def read(data: bytes) -> x509.Certificate:
    """Return the certificate of PEM or DER bytes; raise `CertificateRejected` ``unreadable``."""
    try:
        pem = data.lstrip().startswith(b"-----")
        found = x509.load_pem_x509_certificate(data) if pem else x509.load_der_x509_certificate(data)
    except (ValueError, x509.InvalidVersion) as exc:
        raise CertificateRejected("unreadable") from exc
    # A signature of whole bytes has no unused bits (X.690 8.6.2): one certificate has one writing.
    if not found.public_bytes(serialization.Encoding.DER).endswith(b"\0" + found.signature):
        raise CertificateRejected("unreadable")
    return found


def identity(certificate: x509.Certificate) -> Identity:
    """Return who the certificate names.

    Raises
    ------
    CertificateRejected
        ``foreign_issuer`` when the issuer is not of the IGC-Santé (a name only: trust is judged by the chain);
        ``no_identity`` when the subject has no national identifier, or two to choose from; ``unreadable`` when a field
        cannot be decoded.
    """
    try:
        subject, issuer = certificate.subject, certificate.issuer
        names = [str(a.value) for a in issuer if a.oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME)]
    except ValueError as exc:
        raise CertificateRejected("unreadable") from exc
    if not any(_ISSUER.search(name) for name in names):
        raise CertificateRejected("foreign_issuer")
    return _identity(certificate, subject, issuer)


def _identity(certificate: x509.Certificate, subject: x509.Name, issuer: x509.Name) -> Identity:
    numbers = set(_all(subject, NameOID.COMMON_NAME))
    if len(numbers) > 1:
        raise CertificateRejected("no_identity")
    number = next(iter(numbers), "")
    units = _all(subject, NameOID.ORGANIZATIONAL_UNIT_NAME)
    family = _one(subject, NameOID.SURNAME)
    kind, national_id = _kind(number, units, named=bool(family))
    rpps = _RPPS.fullmatch(national_id)
    title = _one(subject, NameOID.TITLE)
    return Identity(
        kind=kind,
        national_id=national_id,
        rpps=rpps[1] if rpps else "",
        family_name=family,
        given_name=_one(subject, NameOID.GIVEN_NAME),
        profession=title,
        profession_code=PROFESSIONS.get(title.casefold(), title if re.fullmatch(r"\d{2}", title) else ""),
        organisation=_one(subject, NameOID.ORGANIZATION_NAME),
        issuer=_one(issuer, NameOID.COMMON_NAME),
        serial=f"{certificate.serial_number:X}",
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
    )


def _kind(number: str, units: Iterable[str], *, named: bool) -> tuple[Kind, str]:
    if _RPPS.fullmatch(number):
        return Kind.RPPS, number
    if _EMPLOYEE.fullmatch(number):
        return Kind.EMPLOYEE, number
    if _ADELI.fullmatch(number) and named:
        return Kind.ADELI, number
    if not named:
        for unit in (number, *units):
            if _STRUCTURE.fullmatch(unit):
                return Kind.ORGANISATION, unit
    raise CertificateRejected("no_identity")


def _one(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    return next(iter(_all(name, oid)), "")


def _all(name: x509.Name, oid: x509.ObjectIdentifier) -> list[str]:
    return [str(attribute.value).strip() for attribute in name if attribute.oid == oid]

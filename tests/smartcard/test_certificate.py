"""The identity of a card, and what is refused."""

import pytest
from cps_card.certificate import Kind, identity, read
from cps_card.errors import CertificateRejected
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID as N

from tests.smartcard.conftest import NOW, Maker, name


def person(number: str, title: str = "Médecin") -> x509.Name:
    return name(
        [(N.COUNTRY_NAME, "FR")],
        [(N.TITLE, title)],
        [(N.COMMON_NAME, number), (N.SURNAME, "DOC0036624"), (N.GIVEN_NAME, "KIT")],
    )


def test_a_physician_is_known_by_the_rpps_number(certificate: Maker) -> None:
    found = identity(certificate(person("899700366240")))
    assert found.kind is Kind.RPPS
    assert found.national_id == "899700366240"
    assert found.rpps == "99700366240"
    assert (found.family_name, found.given_name) == ("DOC0036624", "KIT")
    assert (found.profession, found.profession_code) == ("Médecin", "10")
    assert found.is_physician
    assert found.not_before < NOW < found.not_after
    assert found.issuer == "TEST AC IGC-SANTE FORT PERSONNES"
    assert found.serial == "C0FFEE"
    assert len(found.fingerprint) == 64


@pytest.mark.parametrize(
    ("number", "title", "kind", "code"),
    [
        ("899700366241", "Chirurgien-Dentiste", Kind.RPPS, "40"),
        ("899700366241", "Sage-Femme", Kind.RPPS, "50"),
        ("899700366241", "Alchimiste", Kind.RPPS, ""),
        ("0751234567", "Infirmier", Kind.ADELI, "60"),
        ("330781253000018/0000000010", "", Kind.EMPLOYEE, ""),
    ],
)
def test_other_holders(certificate: Maker, number: str, title: str, kind: Kind, code: str) -> None:
    subject = person(number, title) if title else name([(N.COMMON_NAME, number), (N.SURNAME, "X")])
    found = identity(certificate(subject))
    assert (found.kind, found.profession_code) == (kind, code)
    assert not found.is_physician


def test_an_organisation_is_no_person(certificate: Maker) -> None:
    subject = name(
        [(N.COUNTRY_NAME, "FR")],
        [(N.ORGANIZATION_NAME, "CENTRE DE TEST")],
        [(N.ORGANIZATIONAL_UNIT_NAME, "1630000123")],
        [(N.COMMON_NAME, "www.example.org")],
    )
    found = identity(certificate(subject))
    assert found.kind is Kind.ORGANISATION
    assert (found.national_id, found.rpps, found.organisation) == ("1630000123", "", "CENTRE DE TEST")


@pytest.mark.parametrize("number", ["", "www.example.org", "89970036624", "8997003662400", "8997 00366240", "'; --"])
def test_a_name_without_national_number_is_refused(certificate: Maker, number: str) -> None:
    rdn = [(N.SURNAME, "X"), *([(N.COMMON_NAME, number)] if number else [])]
    with pytest.raises(CertificateRejected) as info:
        identity(certificate(name(rdn)))
    assert info.value.cause == "no_identity"


def test_blanks_around_the_number_are_no_part_of_it(certificate: Maker) -> None:
    assert identity(certificate(person(" 899700366240 "))).national_id == "899700366240"


def test_two_numbers_are_one_too_many(certificate: Maker) -> None:
    twice = name([(N.COMMON_NAME, "899700366240")], [(N.COMMON_NAME, "899700366241")])
    with pytest.raises(CertificateRejected) as info:
        identity(certificate(twice))
    assert info.value.cause == "no_identity"


def test_the_structure_of_an_employee(certificate: Maker) -> None:
    found = identity(certificate(person("330781253000018/0000000010", "")))
    assert (found.structure, found.kind) == ("330781253000018", Kind.EMPLOYEE)
    assert identity(certificate(person("899700366240"))).structure == ""


def test_a_certificate_of_another_authority_is_refused(certificate: Maker) -> None:
    other = name([(N.COMMON_NAME, "Some CA")])
    with pytest.raises(CertificateRejected) as info:
        identity(certificate(person("899700366240"), other))
    assert info.value.cause == "foreign_issuer"


def test_pem_and_der_are_read_and_the_rest_refused(certificate: Maker) -> None:
    made = certificate(person("899700366240"))
    assert read(made.public_bytes(Encoding.PEM)) == read(made.public_bytes(Encoding.DER)) == made
    for data in (b"", b"nonsense", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        with pytest.raises(CertificateRejected):
            read(data)

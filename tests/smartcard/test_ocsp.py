"""Answers of OCSP: believed, refused, and needed once they are asked for."""

from datetime import datetime, timedelta

import pytest
from cps_card.errors import CertificateRejected
from cps_card.simulator.pki import PERSONS, Authority, person
from cps_card.trust import TrustPolicy
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID as Usage

from tests.smartcard.worlds import NOW, Lists, World, key, wanted

GOOD, REVOKED, UNKNOWN = ocsp.OCSPCertStatus.GOOD, ocsp.OCSPCertStatus.REVOKED, ocsp.OCSPCertStatus.UNKNOWN
HOUR = timedelta(hours=1)


class Answers:
    """One answer for whatever is asked."""

    def __init__(self, answer: ocsp.OCSPResponse | None) -> None:
        self._answer = answer

    def answer(self, certificate: x509.Certificate, issuer: x509.Certificate) -> ocsp.OCSPResponse | None:
        return self._answer


def signed(
    about: x509.Certificate,
    issuer: Authority,
    *,
    status: ocsp.OCSPCertStatus = GOOD,
    signer: Authority | None = None,
    since: datetime = NOW - HOUR,
    until: datetime | None = NOW + HOUR,
) -> ocsp.OCSPResponse:
    by = signer or issuer
    ended = NOW - HOUR if status is REVOKED else None
    made = ocsp.OCSPResponseBuilder().add_response(
        about, issuer.certificate, hashes.SHA256(), status, since, until, ended, None
    )
    made = made.responder_id(ocsp.OCSPResponderEncoding.HASH, by.certificate)
    if signer is not None:
        made = made.certificates([signer.certificate])
    return made.sign(by.key, hashes.SHA256())


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def verdict(world: World, shown: x509.Certificate, answer: ocsp.OCSPResponse | None) -> str:
    policy = TrustPolicy(world.known, Lists(*world.lists()), issuers=(PERSONS,), answers=Answers(answer))
    try:
        policy.verify(shown, NOW)
    except CertificateRejected as no:
        return no.cause
    return ""


def responder(world: World, by: Authority, *usages: x509.ObjectIdentifier) -> Authority:
    own = key()
    subject = person("899700366249", "REPONDEUR", "X")
    return Authority(by.issue(wanted(subject=subject, key=own.public_key(), usages=usages)), own, NOW)


def test_a_good_answer_is_believed_for_its_time(world: World) -> None:
    shown = world.card()
    answers = Answers(signed(shown, world.persons))
    policy = TrustPolicy(world.known, Lists(*world.lists()), issuers=(PERSONS,), answers=answers)
    assert policy.verify(shown, NOW).fresh_until == NOW + HOUR


def test_what_is_revoked_since_the_list_is_refused(world: World) -> None:
    shown = world.card()
    assert verdict(world, shown, signed(shown, world.persons, status=REVOKED)) == "revoked"


def test_no_answer_about_the_certificate_refuses_it(world: World) -> None:
    shown = world.card()
    other = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
    for answer in (
        None,
        other,
        signed(world.card(), world.persons),
        signed(shown, world.persons, status=UNKNOWN),
        signed(shown, world.elementary),
    ):
        assert verdict(world, shown, answer) == "ocsp_missing"


def test_old_answers_and_those_of_tomorrow_are_stale(world: World) -> None:
    shown = world.card()
    for since, until in ((NOW - 9 * HOUR, NOW - HOUR), (NOW + HOUR, NOW + 9 * HOUR), (NOW - 25 * HOUR, None)):
        assert verdict(world, shown, signed(shown, world.persons, since=since, until=until)) == "ocsp_stale"


def test_a_responder_answers_only_when_the_issuer_says_so(world: World) -> None:
    shown = world.card()
    told = responder(world, world.persons, Usage.OCSP_SIGNING)
    assert verdict(world, shown, signed(shown, world.persons, signer=told)) == ""
    for other in (
        responder(world, world.persons, Usage.CLIENT_AUTH),
        responder(world, world.elementary, Usage.OCSP_SIGNING),
        responder(world, world.rogue, Usage.OCSP_SIGNING),
        world.rogue,
    ):
        assert verdict(world, shown, signed(shown, world.persons, signer=other)) == "ocsp_forged"

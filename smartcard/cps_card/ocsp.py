"""What an OCSP responder answered of a certificate, and whether to believe it (RFC 6960). No network in here."""

from datetime import datetime, timedelta
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.ocsp import OCSPCertStatus, OCSPResponse, OCSPResponseStatus
from cryptography.x509.oid import ExtendedKeyUsageOID

from cps_card.crls import STRONG
from cps_card.errors import CertificateRejected

AHEAD = timedelta(minutes=5)
"""How far a responder's clock may be ahead of ours: it answers with its present time."""
WITHOUT_NEXT = timedelta(hours=24)
"""How long an answer counts that names no *nextUpdate*."""


class OcspSource(Protocol):
    """Where answers come from; asking is somebody else's."""

    def answer(self, certificate: x509.Certificate, issuer: x509.Certificate) -> OCSPResponse | None:
        """Return the newest answer about the certificate, None when there is none."""


def checked(
    answer: OCSPResponse | None,
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    now: datetime,
    grace: timedelta = timedelta(0),
) -> datetime:
    """Return until when the answer *good* counts.

    Raises
    ------
    CertificateRejected
        ``ocsp_missing`` (none, not about this certificate, or *unknown*), ``ocsp_forged``, ``ocsp_stale``, ``revoked``.
    """
    try:
        return _until(answer, certificate, issuer, now, grace)
    except (ValueError, UnsupportedAlgorithm) as exc:  # read late: several answers in one, an unknown algorithm
        raise CertificateRejected("ocsp_missing") from exc


def _until(
    answer: OCSPResponse | None,
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    now: datetime,
    grace: timedelta,
) -> datetime:
    if answer is None or answer.response_status is not OCSPResponseStatus.SUCCESSFUL:
        raise CertificateRejected("ocsp_missing")
    if answer.serial_number != certificate.serial_number or not _about(answer, issuer):
        raise CertificateRejected("ocsp_missing")
    if not _signed(answer, issuer, now):
        raise CertificateRejected("ocsp_forged")
    if answer.certificate_status is OCSPCertStatus.REVOKED:
        raise CertificateRejected("revoked")
    until = (answer.next_update_utc or answer.this_update_utc + WITHOUT_NEXT) + grace
    if answer.this_update_utc > now + AHEAD or until < now:
        raise CertificateRejected("ocsp_stale")
    if answer.certificate_status is not OCSPCertStatus.GOOD:
        raise CertificateRejected("ocsp_missing")
    return until


def _about(answer: OCSPResponse, issuer: x509.Certificate) -> bool:
    if not isinstance(answer.hash_algorithm, (hashes.SHA1, *STRONG)):
        return False
    # SHA-1 names the issuer here and proves nothing: the signature does.
    name, key = hashes.Hash(answer.hash_algorithm), hashes.Hash(answer.hash_algorithm)
    name.update(issuer.subject.public_bytes())
    key.update(_key_bits(issuer))
    return (name.finalize(), key.finalize()) == (answer.issuer_name_hash, answer.issuer_key_hash)


def _key_bits(issuer: x509.Certificate) -> bytes:
    """Return the bits of the public key without their wrapping, which is what an answer hashes (RFC 6960, 4.1.1)."""
    key = issuer.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return b""


def _signed(answer: OCSPResponse, issuer: x509.Certificate, now: datetime) -> bool:
    """Whether the issuer signed, or a responder to whom it gave that task (RFC 6960, 4.2.2.2)."""
    signers = [issuer, *(one for one in answer.certificates if _may_answer(one, issuer, now))]
    return any(_verifies(answer, one) for one in signers)


def _may_answer(responder: x509.Certificate, issuer: x509.Certificate, now: datetime) -> bool:
    try:
        usages = responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        responder.verify_directly_issued_by(issuer)
    except (x509.ExtensionNotFound, ValueError, TypeError, InvalidSignature):
        return False
    dated = responder.not_valid_before_utc <= now <= responder.not_valid_after_utc
    return dated and ExtendedKeyUsageOID.OCSP_SIGNING in usages


def _verifies(answer: OCSPResponse, signer: x509.Certificate) -> bool:
    key = signer.public_key()
    try:
        known = answer.signature_hash_algorithm
        if known is None or not isinstance(known, STRONG):
            return False
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), known)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(known))
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm):
        return False
    return True

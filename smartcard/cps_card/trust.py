"""Whether a certificate proves who shows it, today. Fails closed; no network, no clock: ``now`` is an argument.

A certificate is believed when its issuer is one of those pinned (by name, and by signature up to a root of the
hospital's list), it is for client authentication by signature, every level above it has a signed and fresh list of
revocations that does not name it, and its subject is a person. Which professions may do what is decided elsewhere, and
so is any grace: a caller that keeps a session open when the Internet is away passes it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store, VerificationError

from cps_card import certificate as reading
from cps_card import ocsp
from cps_card.certificate import Identity, Kind
from cps_card.crls import CrlSource, Lists, is_authority
from cps_card.errors import CertificateRejected

FORT_PERSONS = "AC IGC-SANTE FORT PERSONNES"
"""The authority of the cards of professionals (CPS); the others are a hospital's decision."""
NO_GRACE = timedelta(0)
_LONGEST_CHAIN = 3
_KNOWN = (x509.BasicConstraints, x509.KeyUsage, x509.ExtendedKeyUsage, x509.CertificatePolicies)
"""Extensions that are understood when critical (RFC 5280, 4.2: any other refuses the certificate)."""


class Cause(StrEnum):
    """Why a certificate is refused: the words of `CertificateRejected`."""

    UNREADABLE = "unreadable"
    WRONG_ISSUER = "wrong_issuer"
    UNTRUSTED = "untrusted"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    ISSUER_EXPIRED = "issuer_expired"
    WRONG_USAGE = "wrong_usage"
    REVOKED = "revoked"
    ISSUER_REVOKED = "issuer_revoked"
    CRL_MISSING = "crl_missing"
    CRL_STALE = "crl_stale"
    CRL_FORGED = "crl_forged"
    OCSP_MISSING = "ocsp_missing"
    OCSP_STALE = "ocsp_stale"
    OCSP_FORGED = "ocsp_forged"
    NO_IDENTITY = "no_identity"
    FOREIGN_ISSUER = "foreign_issuer"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True)
class Trusted:
    """Who the certificate proves, and until when that stands without fresher lists, grace included.

    ``unanswered``: why no answer of OCSP counts, where one was asked for and is not needed.
    """

    identity: Identity
    fresh_until: datetime
    unanswered: str = ""


@dataclass(frozen=True, slots=True)
class ListStanding:
    """The list of revocations of one authority: its dates, or the word of what is wrong with it."""

    authority: str
    since: datetime | None
    until: datetime | None
    cause: str


class TrustPolicy:
    """The authorities a hospital believes, and what it asks of a certificate.

    Parameters
    ----------
    authorities
        Certificates of roots (self-signed) and of those below them. Nothing that a client sends is added.
    crls
        Where the lists of revocations are.
    issuers
        Common names of the authorities whose certificates are accepted.
    answers
        Where answers of OCSP are; when given, they are asked for once everything else holds.
    answers_needed
        Whether each certificate needs a good answer besides the lists; else only *revoked* refuses, and the lists
        decide where no answer counts.
    """

    def __init__(
        self,
        authorities: Iterable[x509.Certificate],
        crls: CrlSource,
        *,
        issuers: Iterable[str] = (FORT_PERSONS,),
        answers: ocsp.OcspSource | None = None,
        answers_needed: bool = True,
    ) -> None:
        known = tuple(authorities)
        self._roots = tuple(one for one in known if _is_root(one))
        self._between = tuple(one for one in known if one not in self._roots)
        self._lists, self._issuers = Lists(crls), frozenset(issuers)
        self._answers, self._answers_needed = answers, answers_needed

    def verify(self, certificate: x509.Certificate, now: datetime, grace: timedelta = NO_GRACE) -> Trusted:
        """Return who the certificate proves at ``now``; lists count for ``grace`` beyond their *nextUpdate*.

        Raises
        ------
        CertificateRejected
            Its ``cause`` is of `Cause`.
        """
        try:
            return self._verified(certificate, now, grace)
        except (ValueError, TypeError, x509.DuplicateExtension, UnsupportedAlgorithm) as exc:
            raise CertificateRejected(Cause.UNREADABLE) from exc

    def lists(self, now: datetime) -> tuple[ListStanding, ...]:
        """Return how the list of each authority that is asked stands: what an administrator is warned by."""
        asked = [*self._roots, *(one for one in self._between if _common(one.subject) in self._issuers)]
        return tuple(self._standing(one, now) for one in asked)

    def _verified(self, certificate: x509.Certificate, now: datetime, grace: timedelta) -> Trusted:
        if _common(certificate.issuer) not in self._issuers:
            raise CertificateRejected(Cause.WRONG_ISSUER)
        chain = self._chain(certificate, now)
        _check_usage(certificate)
        until = [self._fresh(one, above, now, grace) for one, above in pairwise(chain)]
        identity = reading.identity(certificate)
        if identity.kind is Kind.ORGANISATION:
            raise CertificateRejected(Cause.ORGANISATION)
        if self._answers is None:
            return Trusted(identity, min(until))
        try:
            answer = self._answers.answer(certificate, chain[1])
            until.append(ocsp.checked(answer, certificate, chain[1], now, grace))
        except CertificateRejected as no:
            if self._answers_needed or no.cause == Cause.REVOKED:
                raise
            return Trusted(identity, min(until), str(no.cause))
        return Trusted(identity, min(until))

    def _chain(self, certificate: x509.Certificate, now: datetime) -> list[x509.Certificate]:
        """Return the certificate and those above it, a root last; its dates are blamed only when it is ours."""
        first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        try:
            return self._built(certificate, now)
        except VerificationError as exc:
            if first <= now <= last:
                raise CertificateRejected(self._blamed(certificate, now)) from exc
        try:
            self._built(certificate, first if now < first else last)
        except VerificationError as exc:
            raise CertificateRejected(Cause.UNTRUSTED) from exc
        raise CertificateRejected(Cause.NOT_YET_VALID if now < first else Cause.EXPIRED)

    def _blamed(self, certificate: x509.Certificate, now: datetime) -> Cause:
        """Tell a chain that ended from one that never was."""
        above = [one for one in (*self._between, *self._roots) if one.not_valid_after_utc < now]
        if not above:
            return Cause.UNTRUSTED
        try:
            self._built(certificate, max(certificate.not_valid_before_utc, min(x.not_valid_before_utc for x in above)))
        except VerificationError:
            return Cause.UNTRUSTED
        return Cause.ISSUER_EXPIRED

    def _built(self, certificate: x509.Certificate, at: datetime) -> list[x509.Certificate]:
        if not self._roots:
            raise VerificationError("no root")
        # No subject alternative name on a card, and usages are judged after the chain: both words of ours.
        leaf = ExtensionPolicy.permit_all()
        builder = PolicyBuilder().store(Store(list(self._roots))).time(at).max_chain_depth(_LONGEST_CHAIN)
        builder = builder.extension_policies(ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=leaf)
        return builder.build_client_verifier().verify(certificate, list(self._between)).chain

    def _fresh(
        self, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime, grace: timedelta
    ) -> datetime:
        listed = self._lists.believed(issuer, certificate, now)
        if listed.names(certificate):
            above = certificate in self._between
            raise CertificateRejected(Cause.ISSUER_REVOKED if above else Cause.REVOKED)
        return listed.fresh_until(now, grace)

    def _standing(self, authority: x509.Certificate, now: datetime) -> ListStanding:
        name = _common(authority.subject)
        try:
            listed = self._lists.believed(authority, None, now)
        except CertificateRejected as no:
            return ListStanding(name, None, None, no.cause)
        stale = listed.until is None or listed.until < now
        return ListStanding(name, listed.since, listed.until, Cause.CRL_STALE if stale else "")


def authorities(folder: Path) -> tuple[x509.Certificate, ...]:
    """Return the certificates in the DER and PEM files of a folder, several a PEM file maybe.

    Raises
    ------
    CertificateRejected
        ``unreadable`` for the first file that holds none: a forgotten root is better said at once.
    """
    found: list[x509.Certificate] = []
    for path in sorted(one for one in folder.glob("*") if one.is_file()) if folder.is_dir() else ():
        data = path.read_bytes()
        try:
            found += x509.load_pem_x509_certificates(data) if b"-----BEGIN" in data else [reading.read(data)]
        except (ValueError, x509.InvalidVersion) as exc:
            raise CertificateRejected(Cause.UNREADABLE) from exc
    return tuple(found)


def _check_usage(certificate: x509.Certificate) -> None:
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        keys = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound as exc:
        raise CertificateRejected(Cause.WRONG_USAGE) from exc
    if any(one.critical and not isinstance(one.value, _KNOWN) for one in certificate.extensions):
        raise CertificateRejected(Cause.WRONG_USAGE)
    if ExtendedKeyUsageOID.CLIENT_AUTH not in usages or not keys.digital_signature or is_authority(certificate):
        raise CertificateRejected(Cause.WRONG_USAGE)


def _is_root(certificate: x509.Certificate) -> bool:
    if certificate.subject != certificate.issuer:
        return False
    try:
        certificate.verify_directly_issued_by(certificate)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _common(name: x509.Name) -> str:
    return next((str(one.value) for one in name if one.oid == NameOID.COMMON_NAME), "")

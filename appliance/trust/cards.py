"""`appliance.usecases.ports.Cards` over the folders of authorities and lists. What changes there counts at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from cps_card import certificate as reading
from cps_card import trust
from cps_card.crls import CrlFolder
from cps_card.errors import CertificateRejected
from cps_card.ocsp import OcspSource
from cryptography import x509

from appliance.domain.cards import Card, refusal

_log = structlog.get_logger(__name__)
_Stamp = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """The list of revocations of one authority; ``cause`` is a word of `cps_card.trust.Cause`, empty when it counts."""

    authority: str
    since: datetime | None
    until: datetime | None
    cause: str

    def half_over(self, now: datetime) -> bool:
        """Whether half of the time for which the list was made is over: time to look for the next one."""
        return self.since is None or self.until is None or now >= self.since + (self.until - self.since) / 2


class CardTrust:
    """The hospital's trust in cards.

    Parameters
    ----------
    authorities, lists
        Folders of certificates and of lists of revocations, DER or PEM; either may not exist yet: nobody is believed.
    issuers
        Common names of the authorities whose cards are accepted.
    answers, answers_needed
        As `cps_card.trust.TrustPolicy` takes them; whoever judges within a transaction, or without a card at hand,
        has none: asking takes its time.
    """

    def __init__(
        self,
        authorities: Path,
        lists: Path,
        issuers: Iterable[str],
        *,
        answers: OcspSource | None = None,
        answers_needed: bool = True,
    ) -> None:
        self._authorities, self._folder, self._issuers = authorities, lists, tuple(issuers)
        self._answers, self._answers_needed = answers, answers_needed
        self._lists = CrlFolder(lists)
        self._known: tuple[_Stamp, trust.TrustPolicy] | None = None

    def judge(self, certificate: bytes, now: datetime, grace: timedelta) -> Card:
        """Return whom the DER certificate proves; raise `Refused` of `domain.cards.refusal`."""
        try:
            read = reading.read(certificate)
            found = self._policy().verify(read, now, grace)
        except CertificateRejected as no:
            cause = str(no.cause)
            raise refusal(cause, _date(certificate, cause), _claimed(certificate)) from no
        if found.unanswered:
            _log.warning("ocsp", cause=found.unanswered, decided="lists")
        who = found.identity
        return Card(
            national_id=who.national_id,
            rpps=who.rpps,
            family_name=who.family_name,
            given_name=who.given_name,
            profession=who.profession_code,
            organisation=who.organisation,
            until=who.not_after,
            fresh_until=found.fresh_until,
        )

    def standing(self, now: datetime) -> tuple[Standing, ...]:
        """Return how the list of each authority stands; none without authorities.

        Raises
        ------
        Refused
            ``card_unverified`` when a file of the authorities cannot be read.
        """
        return tuple(Standing(x.authority, x.since, x.until, str(x.cause)) for x in self._policy().lists(now))

    def issuers_known(self) -> tuple[x509.Certificate, ...]:
        """Return the certificates of the authorities; raise `Refused` as `standing`."""
        try:
            return trust.authorities(self._authorities)
        except (CertificateRejected, OSError) as exc:
            raise refusal("trust") from exc

    def stamp(self) -> object:
        """Return a value that is another as soon as a file of trust is another."""
        return _stamp(self._authorities), _stamp(self._folder)

    def _policy(self) -> trust.TrustPolicy:
        stamp = _stamp(self._authorities)
        if self._known is None or self._known[0] != stamp:
            policy = trust.TrustPolicy(
                self.issuers_known(), self._lists, issuers=self._issuers, answers=self._answers,
                answers_needed=self._answers_needed,
            )  # fmt: skip
            self._known = (stamp, policy)
        return self._known[1]


def _date(certificate: bytes, cause: str) -> datetime | None:
    """Return the date that the holder is told with the cause."""
    if cause == "expired":
        return reading.read(certificate).not_valid_after_utc
    return reading.read(certificate).not_valid_before_utc if cause == "not_yet_valid" else None


def _claimed(certificate: bytes) -> str:
    """Return the national identifier that a certificate gives, believed or not; empty when it gives none."""
    try:
        return reading.identity(reading.read(certificate)).national_id
    except (CertificateRejected, ValueError):
        return ""


def _stamp(folder: Path) -> _Stamp:
    found = []
    try:
        for path in sorted(folder.glob("*")):
            about = path.stat()
            found.append((path.name, about.st_ino, about.st_size, about.st_mtime_ns))
    except OSError:
        return ()
    return tuple(found)

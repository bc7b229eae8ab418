"""A made-up IGC for verdicts, on elliptic curves because they are made at once, and lists kept in memory."""

from collections.abc import Sequence
from datetime import UTC, datetime

from cps_card.simulator.pki import ORGANISATIONS, PERSONS, ROOT, Authority, CrlWanted, Wanted, person
from cps_card.trust import TrustPolicy
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ELEMENTARY = "TEST AC IGC-SANTE ELEMENTAIRE PERSONNES"
URL = "http://igc.example/ACI-FO-PP.crl"
CARD_KEY = ec.generate_private_key(ec.SECP256R1())
PHYSICIAN = person("899700366240", "DOC0036624", "KIT")


def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


class Lists:
    """Lists of revocation in memory."""

    def __init__(self, *lists: x509.CertificateRevocationList) -> None:
        self._lists = lists

    def crls(self, issuer: x509.Name) -> Sequence[x509.CertificateRevocationList]:
        return [one for one in self._lists if one.issuer == issuer]


class World:
    """The authorities."""

    def __init__(self, now: datetime = NOW) -> None:
        self.top = Authority.root(ROOT, now, key())
        self.persons = self.top.below(PERSONS, key())
        self.organisations = self.top.below(ORGANISATIONS, key())
        self.elementary = self.top.below(ELEMENTARY, key())
        self.ended = self.top.below(PERSONS, key(), (-30, -1))
        self.rogue_top = Authority.root(ROOT, now, key())
        self.rogue = self.rogue_top.below(PERSONS, key())

    @property
    def known(self) -> list[x509.Certificate]:
        """What the hospital trusts."""
        return [one.certificate for one in (self.top, self.persons, self.organisations, self.elementary)]

    def lists(self) -> list[x509.CertificateRevocationList]:
        return [one.crl() for one in (self.top, self.persons, self.organisations, self.elementary)]

    def policy(self, *lists: x509.CertificateRevocationList, issuers: Sequence[str] = (PERSONS,)) -> TrustPolicy:
        """A policy with these lists alone."""
        return TrustPolicy(self.known, Lists(*lists), issuers=issuers)

    def card(self, **said: object) -> x509.Certificate:
        """A card of the authority of persons."""
        return self.persons.issue(wanted(**said))


def wanted(**said: object) -> Wanted:
    return Wanted(**({"subject": PHYSICIAN, "key": CARD_KEY.public_key(), "crl_url": URL} | said))  # type: ignore[arg-type]


__all__ = ["NOW", "URL", "CrlWanted", "Lists", "World", "key", "wanted"]

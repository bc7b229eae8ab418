"""Every certificate that may be shown, and its verdict."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from cps_card.certificate import Kind, read
from cps_card.crls import CrlFolder
from cps_card.errors import CertificateRejected
from cps_card.simulator.pki import ORGANISATIONS, PERSONS, name, organisation, person
from cps_card.trust import Cause, TrustPolicy, authorities
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID as Usage
from cryptography.x509.oid import NameOID as N

from tests.smartcard.worlds import ELEMENTARY, NOW, URL, CrlWanted, Lists, World, wanted

Certificates = Callable[[World], x509.Certificate]
ListsOf = Callable[[World], Sequence[x509.CertificateRevocationList]]


def fresh(world: World) -> Sequence[x509.CertificateRevocationList]:
    return world.lists()


def physician(world: World) -> x509.Certificate:
    return world.card()


@dataclass(frozen=True)
class Case:
    """What is shown, with which lists, at what time (days from now), and what is said: a cause, or empty for trust."""

    why: str
    cause: str
    shown: Certificates = physician
    lists: ListsOf = fresh
    issuers: Sequence[str] = (PERSONS,)
    at: timedelta = field(default=timedelta(0))
    grace: timedelta = field(default=timedelta(0))


def subject(*rdns: tuple[tuple[x509.ObjectIdentifier, str], ...]) -> Certificates:
    return lambda world: world.card(subject=name(*rdns))


def card(**said: object) -> Certificates:
    return lambda world: world.card(**said)


def of(authority: str, **said: object) -> Certificates:
    return lambda world: getattr(world, authority).issue(wanted(**said))


def listed(top: CrlWanted | None, persons: CrlWanted | None) -> ListsOf:
    """Lists of the root and of the persons' authority; None leaves one out."""
    return lambda world: [
        authority.crl(said) for authority, said in ((world.top, top), (world.persons, persons)) if said is not None
    ]


GOOD, STALE = CrlWanted(), CrlWanted(since=-9, until=-0.5)
FUTURE = CrlWanted(since=1, until=9)
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.250.1.71.9.9"), b"\x05\x00")


def point(**said: object) -> x509.IssuingDistributionPoint:
    fields: dict[str, object] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**(fields | said))  # type: ignore[arg-type]


def at(url: str) -> list[x509.GeneralName]:
    return [x509.UniformResourceIdentifier(url)]


def with_point(**said: object) -> ListsOf:
    return listed(GOOD, CrlWanted(more=((point(**said), True),)))


def revoking(since: float = -0.1, until: float = 7) -> tuple[Certificates, ListsOf]:
    made: list[x509.Certificate] = []

    def shown(world: World) -> x509.Certificate:
        made.append(world.card())
        return made[-1]

    def lists(world: World) -> Sequence[x509.CertificateRevocationList]:
        return [world.top.crl(), world.persons.crl(CrlWanted((made[-1].serial_number,), since, until))]

    return shown, lists


REVOKED, REVOKING = revoking()
REVOKED_OLD, REVOKING_OLD = revoking(-9, -0.5)
NUMBER = (N.COMMON_NAME, "899700366240")

CASES = [
    # Who is believed.
    Case("a physician", ""),
    Case("a dentist", "", card(subject=person("899700366241", "X", "Y", "Chirurgien-Dentiste"))),
    Case("a number of ADELI", "", card(subject=person("0751234567", "X", "Y", "Infirmier"))),
    Case("an employee's CPE", "", card(subject=person("330781253000018/0000000010", "X", "Y", ""))),
    Case("each attribute an RDN of its own", "", subject(((N.COUNTRY_NAME, "FR"),), (NUMBER,), ((N.SURNAME, "X"),))),
    Case(
        "everything in one RDN", "", subject(((N.COUNTRY_NAME, "FR"), NUMBER, (N.SURNAME, "X"), (N.TITLE, "Médecin")))
    ),
    Case("its last second", "", card(ends=0)),
    Case("its first second", "", card(starts=0)),
    # Dates.
    Case("valid tomorrow", "not_yet_valid", card(starts=1)),
    Case("ended yesterday", "expired", card(starts=-9, ends=-1)),
    Case("a second after its last", "expired", card(ends=0), at=timedelta(seconds=1)),
    Case("its authority ended", "issuer_expired", of("ended", starts=-20)),
    # Authorities.
    Case("another authority of the same name", "untrusted", of("rogue")),
    Case("another authority of the same name, ended", "untrusted", of("rogue", starts=-9, ends=-1)),
    Case("another authority of the same name, tomorrow", "untrusted", of("rogue", starts=1)),
    Case("the elementary authority", "wrong_issuer", of("elementary")),
    Case("the elementary authority where it is accepted", "", of("elementary"), issuers=(PERSONS, ELEMENTARY)),
    Case("the root itself as issuer", "wrong_issuer", of("top")),
    Case(
        "the authority of organisations", "wrong_issuer", of("organisations", subject=organisation("1630000123", "x"))
    ),
    # Usages.
    Case("for servers only", "wrong_usage", card(usages=(Usage.SERVER_AUTH,))),
    Case("for any usage, not named", "wrong_usage", card(usages=(Usage.ANY_EXTENDED_KEY_USAGE,))),
    Case("no extended usage", "wrong_usage", card(usages=None)),
    Case("the key that signs documents", "wrong_usage", card(signs=False)),
    Case("no key usage", "wrong_usage", card(signs=None)),
    Case("a critical extension nobody knows", "untrusted", card(more=((UNKNOWN, True),))),
    Case("the same, not critical", "", card(more=((UNKNOWN, False),))),
    # Lists of revocation, at each level.
    Case("revoked", "revoked", REVOKED, REVOKING),
    Case("revoked by a list gone stale", "revoked", REVOKED_OLD, REVOKING_OLD),
    Case("no list of the persons' authority", "crl_missing", lists=listed(GOOD, None)),
    Case("no list of the root", "crl_missing", lists=listed(None, GOOD)),
    Case("no list at all", "crl_missing", lists=lambda _: []),
    Case("a stale list of the persons' authority", "crl_stale", lists=listed(GOOD, STALE)),
    Case("a stale list of the root", "crl_stale", lists=listed(STALE, GOOD)),
    Case("a list of tomorrow", "crl_stale", lists=listed(GOOD, FUTURE)),
    Case("a root's list of tomorrow", "crl_stale", lists=listed(FUTURE, GOOD)),
    Case(
        "a forged list of the persons' authority",
        "crl_forged",
        lists=lambda world: [world.top.crl(), world.persons.crl(signer=world.rogue.key)],
    ),
    Case(
        "a forged list of the root",
        "crl_forged",
        lists=lambda world: [world.top.crl(signer=world.rogue_top.key), world.persons.crl()],
    ),
    Case(
        "its authority revoked",
        "issuer_revoked",
        lists=lambda world: [world.top.crl(CrlWanted((world.persons.certificate.serial_number,))), world.persons.crl()],
    ),
    Case(
        "a stale and a fresh list",
        "",
        lists=lambda world: [world.top.crl(), world.persons.crl(STALE), world.persons.crl(GOOD)],
    ),
    Case(
        "a forged list beside the true one",
        "",
        lists=lambda world: [world.top.crl(), world.persons.crl(signer=world.rogue.key), world.persons.crl()],
    ),
    Case(
        "a delta only",
        "crl_missing",
        lists=listed(GOOD, CrlWanted(more=((x509.DeltaCRLIndicator(1), True),))),
    ),
    Case(
        "a list with a critical extension nobody knows",
        "crl_missing",
        lists=listed(GOOD, CrlWanted(more=((UNKNOWN, True),))),
    ),
    Case("a list of authorities only", "crl_missing", lists=with_point(only_contains_ca_certs=True)),
    Case("a list of users only", "", lists=with_point(only_contains_user_certs=True)),
    Case("an indirect list", "crl_missing", lists=with_point(indirect_crl=True)),
    Case(
        "a list of some reasons",
        "crl_missing",
        lists=with_point(only_some_reasons=frozenset({x509.ReasonFlags.key_compromise})),
    ),
    Case("the list of another part", "crl_missing", lists=with_point(full_name=at("http://igc.example/other.crl"))),
    Case("the list of its part", "", lists=with_point(full_name=at(URL))),
    Case("stale for twelve hours, with grace", "", lists=listed(GOOD, STALE), grace=timedelta(hours=24)),
    Case("stale for longer than the grace", "crl_stale", lists=listed(GOOD, STALE), grace=timedelta(hours=11)),
    Case("revoked, with grace", "revoked", REVOKED_OLD, REVOKING_OLD, grace=timedelta(days=9)),
    # Identity.
    Case("no name at all", "no_identity", subject()),
    Case("a name without number", "no_identity", subject(((N.COMMON_NAME, "Docteur X"), (N.SURNAME, "X")))),
    Case("a number too short", "no_identity", subject(((N.COMMON_NAME, "89970036624"), (N.SURNAME, "X")))),
    Case("two numbers to choose from", "no_identity", subject((NUMBER,), ((N.COMMON_NAME, "899700366241"),))),
    Case("the number as surname", "no_identity", subject(((N.SURNAME, "899700366240"),))),
    Case("an organisation among persons", "organisation", card(subject=organisation("1630000123", "www.example.org"))),
    Case(
        "an organisation of an accepted authority",
        "organisation",
        of("organisations", subject=organisation("1630000123", "www.example.org")),
        issuers=(PERSONS, ORGANISATIONS),
    ),
]


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.why)
def test_each_certificate_has_its_verdict(world: World, case: Case) -> None:
    shown = case.shown(world)
    known = [*world.known, world.ended.certificate]
    policy = TrustPolicy(known, Lists(*case.lists(world)), issuers=case.issuers)
    said = ""
    try:
        policy.verify(shown, NOW + case.at, case.grace)
    except CertificateRejected as no:
        said = no.cause
    assert said == case.cause
    assert said in {"", *Cause}


def test_who_is_believed_and_until_when(world: World) -> None:
    found = world.policy(world.top.crl(CrlWanted(until=3)), world.persons.crl()).verify(world.card(), NOW)
    assert (found.identity.kind, found.identity.rpps) == (Kind.RPPS, "99700366240")
    assert found.fresh_until == NOW + timedelta(days=3)


def test_the_card_of_professionals_alone_by_default(world: World) -> None:
    with pytest.raises(CertificateRejected) as info:
        TrustPolicy(world.known, Lists(*world.lists())).verify(world.card(), NOW)
    assert info.value.cause == "wrong_issuer"


def test_nothing_is_believed_without_a_root_or_what_lies_between(world: World) -> None:
    for known in ([], [world.top.certificate], [world.persons.certificate]):
        policy = TrustPolicy(known, Lists(*world.lists()), issuers=(PERSONS,))
        with pytest.raises(CertificateRejected) as info:
            policy.verify(world.card(), NOW)
        assert info.value.cause == "untrusted"


def test_an_authority_shown_as_a_card_is_refused(world: World) -> None:
    below = world.persons.below("899700366240")
    with pytest.raises(CertificateRejected) as info:
        world.policy(*world.lists()).verify(below.certificate, NOW)
    assert info.value.cause in {"untrusted", "wrong_usage"}


def test_a_bit_turned_anywhere_is_never_believed(world: World) -> None:
    policy, der = world.policy(*world.lists()), bytearray(world.card().public_bytes(Encoding.DER))
    believed = 0
    for place in range(0, len(der), 3):
        der[place] ^= 0x04
        try:
            policy.verify(read(bytes(der)), NOW)
            believed += 1
        except CertificateRejected:
            pass
        der[place] ^= 0x04
    assert believed == 0


def test_a_signature_has_one_writing(world: World) -> None:
    for _ in range(8):  # one in two signatures ends with a bit that could be called unused
        der = bytearray(world.card().public_bytes(Encoding.DER))
        unused = len(der) - len(read(bytes(der)).signature) - 1
        for count in (1, 2, 4):
            der[unused] = count
            with pytest.raises(CertificateRejected):
                read(bytes(der))


def test_how_the_lists_stand_is_told(world: World) -> None:
    found = world.policy(world.top.crl(), world.persons.crl(STALE)).lists(NOW)
    assert [(one.authority, one.cause) for one in found] == [
        ("TEST AC RACINE IGC-SANTE FORT", ""),
        (PERSONS, "crl_stale"),
    ]
    assert found[0].until == NOW + timedelta(days=7)
    assert [one.cause for one in world.policy().lists(NOW)] == ["crl_missing", "crl_missing"]


def test_folders_of_authorities_and_lists(world: World, tmp_path: Path) -> None:
    known, lists = tmp_path / "authorities", tmp_path / "crl"
    for folder in (known, lists):
        folder.mkdir()
    pem = b"".join(one.public_bytes(Encoding.PEM) for one in world.known[1:])
    (known / "between.pem").write_bytes(pem)
    (known / "root.der").write_bytes(world.known[0].public_bytes(Encoding.DER))
    (lists / "root.pem").write_bytes(world.top.crl().public_bytes(Encoding.PEM))
    (lists / "ACI-FO-PP.crl").write_bytes(world.persons.crl(STALE).public_bytes(Encoding.DER))
    (lists / "page.crl").write_text("<html>captive portal</html>")
    folder = CrlFolder(lists)
    policy = TrustPolicy(authorities(known), folder, issuers=(PERSONS,))
    with pytest.raises(CertificateRejected) as info:
        policy.verify(world.card(), NOW)
    assert info.value.cause == "crl_stale"
    (lists / "ACI-FO-PP.crl").write_bytes(world.persons.crl().public_bytes(Encoding.DER))
    assert policy.verify(world.card(), NOW).identity.rpps == "99700366240"
    assert folder.unreadable() == ("page.crl",)
    (lists / "root.pem").unlink()
    with pytest.raises(CertificateRejected) as info:
        policy.verify(world.card(), NOW)
    assert info.value.cause == "crl_missing"


def test_a_list_is_verified_once_and_a_new_one_again(world: World) -> None:
    class Changing(Lists):
        now: Sequence[x509.CertificateRevocationList] = ()

        def crls(self, issuer: x509.Name) -> Sequence[x509.CertificateRevocationList]:
            return [one for one in self.now if one.issuer == issuer]

    lists, shown = Changing(), world.card()
    policy = TrustPolicy(world.known, lists, issuers=(PERSONS,))
    good, forged = world.persons.crl(), world.persons.crl(signer=world.rogue.key)
    revoking = world.persons.crl(CrlWanted((shown.serial_number,)))
    said = []
    for one in (good, good, forged, good, revoking, forged):
        lists.now = (world.top.crl(), one)
        try:
            policy.verify(shown, NOW)
            said.append("")
        except CertificateRejected as no:
            said.append(no.cause)
    assert said == ["", "", "crl_forged", "", "revoked", "crl_forged"]


def test_a_file_that_is_no_authority_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_text("nothing")
    with pytest.raises(CertificateRejected) as info:
        authorities(tmp_path)
    assert info.value.cause == "unreadable"
    assert authorities(tmp_path / "none") == ()

"""Every kind of certificate at the card host: what its holder reads on the portal, and what the journal says."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from cps_card.simulator.pki import CrlWanted, name, organisation, person
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from appliance.config.settings import Settings
from appliance.domain.sign_in import Means
from appliance.usecases.ports import Page
from tests.cards import PERSONS, Trust, escaped
from tests.houses import new_house
from tests.smartcard.worlds import CARD_KEY, NOW, World, wanted
from tests.webui.conftest import Browser, MovedClock
from webui.app import make_app
from webui.card.app import make_card_app

HEADER = "X-Client-Certificate"
WORDS = {
    "card.none": "Aucun certificat de carte n’a été présenté",
    "card.read": "La carte n’a pas répondu correctement",
    "card.issuer": "Le certificat présenté n’est pas celui d’une carte CPS",
    "card.early": "Elle le sera le 25/11/2026",
    "card.expired": "Votre carte CPS est arrivée à échéance le 23/11/2026",
    "card.usage": "Le certificat choisi sert à signer",
    "card.revoked": "Votre carte CPS a été mise en opposition",
    "card.rpps": "Cette carte ne porte pas de numéro RPPS",
    "card.profession": "n’est pas admise sur ce portail",
    "card.crl": "La validité des cartes ne peut pas être vérifiée",
}
CRITICAL = x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), b"\x05\x00")


@dataclass
class Hospital:
    """Portal and card host on one house."""

    world: World
    trust: Trust
    portal: Browser
    card: TestClient
    clock: MovedClock
    known: dict = field(default_factory=dict)

    async def present(self, header: str | None, *more: tuple[str, str]) -> str:
        """Go to the card host with a header, and back to the portal; return where that leads, or the page."""
        away = await self.portal.get("/login/card/go")
        path = away.headers["Location"].partition(".cps.example")[2]
        headers = [(HEADER, header)] if header is not None else []
        answer = await self.card.get(path, headers=[*headers, *more], allow_redirects=False)
        assert answer.status == 303, await answer.text()
        assert answer.headers["Connection"] == "close"
        place = answer.headers["Location"]
        assert place.startswith(str(self.portal.client.make_url("/login/card/return?ticket=")))
        back = await self.portal.get(place.partition(str(self.portal.client.make_url("/")))[2].join(["/", ""]))
        self.known["status"] = back.status
        return back.headers.get("Location") or self.portal.text

    def journal(self) -> tuple[str, str]:
        records, _ = self.portal.house.journal.listed(Page())
        return records[0].event.verb, records[0].event.cause


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def card_settings(folder: Path, **more) -> Settings:
    card = {"public_url": "https://cps.example", "issuers": [PERSONS], "trusted_proxies": ["127.0.0.0/8"], **more}
    phones = {"phones": [{"service": "Radiologie", "number": "04 65 71 10 01"}]}
    return Settings(state_dir=folder, card=card, brand=phones)


@pytest_asyncio.fixture
async def hospital(tmp_path, clock, world) -> AsyncIterator[Hospital]:
    clock.time = NOW
    settings = card_settings(tmp_path)
    with new_house(settings, clock) as house:
        async with (
            TestClient(TestServer(make_app(house, settings))) as portal,
            TestClient(TestServer(make_card_app(house, settings))) as card,
        ):
            yield Hospital(world, Trust(tmp_path, world), Browser(portal, house), card, clock)


Make = Callable[[Hospital], str | None]


def card(**said) -> Make:
    return lambda h: escaped(h.world.card(**said))


def after(change: Callable[[Hospital, x509.Certificate], object], **said) -> Make:
    """A good card, once ``change`` was done to the trust of the hospital."""

    def made(h: Hospital) -> str:
        one = h.world.card(**said)
        change(h, one)
        return escaped(one)

    return made


def signed_by(authority: str, **said) -> Make:
    return lambda h: escaped(getattr(h.world, authority).issue(wanted(**said)))


def remove(path: str) -> Callable[[Hospital, x509.Certificate], object]:
    return lambda h, _: (h.trust.lists / path).unlink()


def publish(name: str, **crl) -> Callable[[Hospital, x509.Certificate], object]:
    return lambda h, _: h.trust.publish(name, h.trust.authorities[name].crl(CrlWanted(**crl)))


def self_signed(h: Hospital) -> str:
    one = h.world.card()
    made = x509.CertificateBuilder().subject_name(one.subject).issuer_name(one.subject).public_key(one.public_key())
    made = made.serial_number(7).not_valid_before(NOW - timedelta(days=1)).not_valid_after(NOW + timedelta(days=1))
    return escaped(made.sign(CARD_KEY, hashes.SHA256()))


def without_authority(h: Hospital, _: x509.Certificate) -> None:
    h.trust.publish("top", h.world.top.crl(CrlWanted((h.world.persons.certificate.serial_number,))))


def two_numbers() -> x509.Name:
    cn = NameOID.COMMON_NAME
    return name(((cn, "899700366240"),), ((cn, "899700366241"), (NameOID.SURNAME, "X")))


ALL_IN_ONE = (
    (NameOID.COUNTRY_NAME, "FR"), (NameOID.TITLE, "Médecin"), (NameOID.COMMON_NAME, "899700366244"),
    (NameOID.SURNAME, "X"), (NameOID.GIVEN_NAME, "Y"),
)  # fmt: skip
GOOD = {
    "physician": card(),
    "dentist": card(subject=person("899700366241", "D", "X", "Chirurgien-Dentiste")),
    "midwife": card(subject=person("899700366242", "S", "X", "Sage-Femme")),
    "profession by its code": card(subject=person("899700366243", "S", "X", "10")),
    "one RDN for all": card(subject=name(ALL_IN_ONE)),
    "last day": card(ends=0.001),
    "revoked list of others": after(publish("persons", revoked=(1, 2, 3))),
}
BAD: dict[str, tuple[Make, str, str]] = {
    "no certificate": (lambda _: None, "card.none", "none"),
    "an empty header": (lambda _: "", "card.none", "none"),
    "no PEM": (lambda _: "%30%82", "card.read", "unreadable"),
    "PEM of nothing": (
        lambda _: "-----BEGIN%20CERTIFICATE-----%0AMAA%3D%0A-----END%20CERTIFICATE-----%0A", "card.read", "unreadable",
    ),
    "two certificates": (lambda h: escaped(h.world.card()) * 2, "card.read", "unreadable"),
    "expired": (card(starts=-30, ends=-1), "card.expired", "expired"),
    "not yet valid": (card(starts=1, ends=30), "card.early", "not_yet_valid"),
    "wrong authority of the same name": (signed_by("rogue"), "card.issuer", "untrusted"),
    "signed by itself": (self_signed, "card.issuer", "wrong_issuer"),
    "an authority that is not admitted": (signed_by("elementary"), "card.issuer", "wrong_issuer"),
    "the root itself": (signed_by("top"), "card.issuer", "wrong_issuer"),
    "authority of organisations": (
        signed_by("organisations", subject=organisation("1630000123", "www.example")), "card.issuer", "wrong_issuer",
    ),
    "organisation": (card(subject=organisation("1630000123", "www.example")), "card.issuer", "organisation"),
    "signature only": (card(signs=False), "card.usage", "wrong_usage"),
    "no key usage": (card(signs=None), "card.usage", "wrong_usage"),
    "no extended usage": (card(usages=None), "card.usage", "wrong_usage"),
    "server's usage": (card(usages=(ExtendedKeyUsageOID.SERVER_AUTH,)), "card.usage", "wrong_usage"),
    "unknown critical extension": (card(more=((CRITICAL, True),)), "card.issuer", "untrusted"),
    "revoked": (after(lambda h, one: h.trust.revoke(one)), "card.revoked", "revoked"),
    "employee (CPE)": (
        card(subject=name(((NameOID.COMMON_NAME, "330781253000018/0000000010"), (NameOID.SURNAME, "X")))),
        "card.rpps", "no_rpps",
    ),
    "ADELI": (card(subject=person("0751234567", "X", "Y", "Infirmier")), "card.rpps", "no_rpps"),
    "no name at all": (card(subject=x509.Name([])), "card.rpps", "no_identity"),
    "number of a host": (card(subject=person("www.example", "X", "Y")), "card.rpps", "no_identity"),
    "two numbers": (card(subject=two_numbers()), "card.rpps", "no_identity"),
    "pharmacist": (card(subject=person("899700366241", "P", "X", "Pharmacien")), "card.profession", "profession"),
    "unknown profession": (card(subject=person("899700366241", "P", "X", "Alchimie")), "card.profession", "profession"),
    "no profession": (card(subject=person("899700366241", "P", "X", "")), "card.profession", "profession"),
    "list missing": (after(remove("persons.crl")), "card.crl", "crl_missing"),
    "list of the root missing": (after(remove("top.crl")), "card.crl", "crl_missing"),
    "list stale": (after(publish("persons", since=-8, until=-1)), "card.crl", "crl_stale"),
    "list of the root stale": (after(publish("top", since=-8, until=-1)), "card.crl", "crl_stale"),
    "list of the future": (after(publish("persons", since=1, until=9)), "card.crl", "crl_stale"),
    "list forged": (
        after(lambda h, _: h.trust.publish("persons", h.world.persons.crl(signer=h.world.rogue.key))),
        "card.crl", "crl_forged",
    ),
    "authority revoked": (after(without_authority), "card.crl", "issuer_revoked"),
}  # fmt: skip


def test_the_matrix_is_wide():
    assert len(GOOD) + len(BAD) >= 40


@pytest.mark.parametrize("kind", GOOD)
async def test_a_good_card_opens_a_session(hospital, kind):
    assert await hospital.present(GOOD[kind](hospital)) == "/codes"
    assert hospital.journal() == ("login", "")
    assert (await hospital.portal.get("/codes")).status == 200
    session = hospital.portal.client.session.cookie_jar.filter_cookies(hospital.portal.client.make_url("/"))
    found = hospital.portal.house.sign_in.session(session["negatoscope"].value, "")
    assert found.requester.means is Means.CARD


@pytest.mark.parametrize("kind", BAD)
async def test_a_bad_card_is_explained_and_journaled(hospital, kind):
    make, words, cause = BAD[kind]
    page = await hospital.present(make(hospital))
    assert hospital.journal() == ("card.refused", cause)
    assert WORDS[words] in page
    assert "La carte n’a pas ouvert la session" in page
    assert "04 65 71 10 01" in page
    records, _ = hospital.portal.house.journal.listed(Page())
    assert f"R{records[0].number:04d}" in page
    assert hospital.known["status"] == 403
    assert (await hospital.portal.get("/codes")).headers["Location"] == "/login"


async def test_two_headers_are_one_too_many(hospital):
    good = escaped(hospital.world.card())
    page = await hospital.present(good, (HEADER, good))
    assert WORDS["card.read"] in page


async def test_a_header_from_anybody_but_the_proxy_is_no_certificate(tmp_path, hospital):
    for proxies in ([], ["10.0.0.0/8"]):
        settings = card_settings(tmp_path, trusted_proxies=proxies)
        async with TestClient(TestServer(make_card_app(hospital.portal.house, settings))) as spoofed:
            hospital.card = spoofed
            page = await hospital.present(escaped(hospital.world.card()))
        assert WORDS["card.none"] in page
        assert hospital.journal() == ("card.refused", "none")


@pytest.mark.parametrize("path", ["/", "/login/card", "/login/card/return", "/codes", "/account", "/desk", "/healthz"])
async def test_the_portal_never_looks_at_a_certificate(hospital, path):
    good = escaped(hospital.world.card())
    names = (HEADER, "X-SSL-Client-Cert", "X-SSL-Client-Verify", "SSL_CLIENT_CERT", "X-Client-Cert")
    plain = await hospital.portal.get(path)
    with_headers = await hospital.portal.client.get(path, headers=dict.fromkeys(names, good), allow_redirects=False)
    assert plain.status == with_headers.status
    assert "negatoscope" not in {c.key for c in hospital.portal.client.session.cookie_jar}
    assert hospital.portal.house.journal.listed(Page())[1] == 0


async def test_the_card_host_serves_nothing_else(hospital):
    for path in ("/", "/codes", "/login/card", "/desk", "/static/css/base.css", "/card/x"):
        assert (await hospital.card.get(path)).status == 404
    assert (await hospital.card.post("/card")).status == 404
    assert (await hospital.card.head("/card?state=x")).status == 404
    stranger = await hospital.card.get("/card?state=invented", headers={"Accept-Language": "en"})
    assert stranger.status == 403
    assert "works only once" in await stranger.text()
    assert stranger.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Set-Cookie" not in stranger.headers


async def test_the_address_of_the_card_host_is_new_each_time(hospital, tmp_path, clock):
    async def host(browser) -> str:
        return (await browser.get("/login/card/go")).headers["Location"].partition("/card?")[0]

    assert len({await host(hospital.portal) for _ in range(5)}) == 5
    for subhosts, most in (("pool", 64), ("none", 1)):
        settings = card_settings(tmp_path, subhosts=subhosts)
        async with TestClient(TestServer(make_app(hospital.portal.house, settings))) as client:
            seen = {await host(Browser(client, hospital.portal.house)) for _ in range(10)}
            clock.move(minutes=2)
        assert len(seen) <= most
        assert all(one.startswith("https://p" if subhosts == "pool" else "https://cps.example") for one in seen)


async def test_a_name_of_its_own_only_after_a_refusal(hospital, tmp_path):
    settings = card_settings(tmp_path, subhosts="after_failure")
    async with TestClient(TestServer(make_app(hospital.portal.house, settings))) as client:
        browser = Browser(client, hospital.portal.house)
        hosts = []
        for _ in range(3):
            away = await browser.get("/login/card/go")
            hosts.append(away.headers["Location"].partition("/card?")[0])
            if len(hosts) == 2:
                assert (await browser.get("/login/card/return?ticket=x")).status == 403
    assert hosts[:2] == ["https://cps.example"] * 2
    assert hosts[2].endswith(".cps.example")


async def test_the_page_says_what_the_browser_will_ask_and_keeps_the_wish(hospital):
    answer = await hospital.portal.get("/?mode=card&account=1")
    assert answer.headers["Location"] == "/login/card?account=1"
    page = await hospital.portal.get("/login/card?account=1", **{"Sec-Fetch-Mode": "navigate"})
    assert page.status == 200
    for words in ("Choisissez le certificat", "Saisissez le code de votre carte CPS", "Firefox", "checked"):
        assert words in hospital.portal.text
    assert "form-action 'self' https://cps.example https://*.cps.example;" in page.headers["Content-Security-Policy"]
    away = await hospital.portal.get("/login/card/go?account=1")
    path = away.headers["Location"].partition(".cps.example")[2]
    headers = {HEADER: escaped(hospital.world.card())}
    back = (await hospital.card.get(path, headers=headers, allow_redirects=False)).headers["Location"]
    answer = await hospital.portal.get(back[back.index("/login/") :])
    assert answer.headers["Location"] == "/account"


@pytest.mark.parametrize(
    ("change", "ended", "words"),
    [
        ("revoked", "card_revoked", "mise en opposition : la session est fermée"),
        ("expired", "card_expired", "arrivée à échéance : la session est fermée"),
        ("unverified", "card_unverified", "ne peut plus être vérifiée : la session est fermée"),
    ],
)
async def test_the_next_click_says_why_the_card_ended_the_session(hospital, change, ended, words):
    card = hospital.world.card(ends=0.005)
    if change == "unverified":
        hospital.trust.revoke(until=0.001)
    assert await hospital.present(escaped(card)) == "/codes"
    if change == "revoked":
        hospital.trust.revoke(card)
    elif change == "unverified":
        hospital.trust.publish("persons", hospital.world.persons.crl(CrlWanted(since=-9, until=-2)))
    else:
        hospital.clock.time = card.not_valid_after_utc
    hospital.portal.house.proofs.look()
    answer = await hospital.portal.get("/codes")
    assert answer.headers["Location"] == f"/login?ended={ended}"
    await hospital.portal.get(answer.headers["Location"])
    assert words in hospital.portal.text


async def test_too_many_cards_wait_a_minute(hospital):
    for _ in range(30):
        await hospital.card.get("/card?state=invented")
    answer = await hospital.card.get("/card?state=invented")
    assert answer.status == 429
    assert answer.headers["Retry-After"] == "60"

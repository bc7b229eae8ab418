"""Pro Santé Connect by `tls_client_auth` (RFC 8705): real handshakes with a provider that asks for our certificate."""

import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import trustme
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer

from appliance.bootstrap import House
from appliance.config.settings import Settings
from appliance.usecases.ports import Page
from tests.houses import new_house
from tests.peers.psc import CLIENT, SECRET, MockPsc, served
from tests.peers.tls_front import TlsFront, fronting
from tests.webui.conftest import Browser, MovedClock
from webui.app import make_app

BACK = "https://imagerie.example/login/psc/return"
OURS = "imagerie.example"
VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@dataclass
class World:
    """The authority of the provider's side, and one that nobody there knows; files for the settings."""

    folder: Path
    known: trustme.CA = field(default_factory=lambda: trustme.CA(key_type=trustme.KeyType.RSA))
    other: trustme.CA = field(default_factory=trustme.CA)

    def __post_init__(self) -> None:
        self.known.cert_pem.write_to_path(self.folder / "known.pem")
        self.other.cert_pem.write_to_path(self.folder / "other.pem")
        for name, authority in (("ours", self.known), ("stranger", self.other)):
            made = authority.issue_cert(common_name=OURS)
            made.private_key_pem.write_to_path(self.folder / f"{name}.key")
            made.cert_chain_pems[0].write_to_path(self.folder / f"{name}.pem")

    def server(self, version: ssl.TLSVersion, *, asks: bool = True) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = context.maximum_version = version
        self.known.issue_cert("127.0.0.1").configure_cert(context)
        if asks:
            context.verify_mode = ssl.CERT_REQUIRED
            self.known.configure_trust(context)
        return context

    def shown(self, name: str) -> dict[str, Any]:
        return {
            "authentication": "tls", "certificate": self.folder / f"{name}.pem", "key": self.folder / f"{name}.key",
        }  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("psc"))


@pytest.fixture(params=VERSIONS, ids=["1.2", "1.3"])
def version(request: pytest.FixtureRequest) -> ssl.TLSVersion:
    return ssl.TLSVersion(request.param)


@pytest_asyncio.fixture
async def plain(clock: MovedClock) -> AsyncIterator[tuple[MockPsc, int]]:
    """The provider before TLS, and its port."""
    made = MockPsc(lambda: clock.now().timestamp(), known_subject=OURS)
    server = await served(made)
    yield made, int(server.port or 0)
    await server.close()


@pytest.fixture
def front(plain: tuple[MockPsc, int], world: World, version: ssl.TLSVersion) -> Iterator[TlsFront]:
    with fronting(world.server(version), plain[1]) as made:
        plain[0].base = f"https://127.0.0.1:{made.port}"
        yield made


@pytest.fixture
def mock(plain: tuple[MockPsc, int], front: TlsFront) -> MockPsc:
    del front
    return plain[0]


def settings(folder: Path, mock: MockPsc, world: World, **said: Any) -> Settings:
    psc = {
        "environment": "custom", "issuer": mock.issuer, "authorize": f"{mock.base}/auth", "client_id": CLIENT,
        "redirect_url": BACK, "provider_ca": world.folder / "known.pem",
    }  # fmt: skip
    return Settings(state_dir=folder, psc=psc | said)


async def log_in(house: House, mock: MockPsc) -> tuple[int, str, str]:
    """Go there and back as a browser does; return the status, where it leads, and the page."""
    async with TestClient(TestServer(make_app(house, house.settings))) as client:
        browser = Browser(client, house)
        away = (await browser.get("/login/psc")).headers["Location"]
        code = await _at_the_provider(away, mock)
        answer = await browser.get(code.removeprefix("https://imagerie.example"))
        return answer.status, answer.headers.get("Location", ""), browser.text


async def _at_the_provider(away: str, mock: MockPsc) -> str:
    """The browser speaks with another host, which asks for no certificate."""
    server = TestServer(mock.app(), host="127.0.0.1")
    await server.start_server()
    here = away.replace(mock.base, f"http://127.0.0.1:{server.port}")
    async with ClientSession() as person, person.get(here, allow_redirects=False) as sent:
        back = sent.headers["Location"]
    await server.close()
    return back


def journaled(house: House) -> str:
    record = next(one for one in house.journal.listed(Page())[0] if one.event.verb == "psc.refused")
    return record.event.cause


async def test_our_certificate_opens_the_whole_way(tmp_path, clock, mock, world, front):
    with new_house(settings(tmp_path, mock, world, **world.shown("ours")), clock) as house:
        assert (await log_in(house, mock))[:2] == (303, "/codes")
        verbs = [record.event.verb for record in house.journal.listed(Page())[0]]
    assert verbs[0] == "login"
    assert mock.authentications == ["tls"]
    assert front.refused == []


async def test_a_certificate_of_another_authority_is_refused_with_its_cause(tmp_path, clock, mock, world, front):
    with new_house(settings(tmp_path, mock, world, **world.shown("stranger")), clock) as house:
        status, _, page = await log_in(house, mock)
        assert journaled(house) == "certificate_refused"
    assert status == 503
    assert "est à réparer" in page
    assert '<b class="code">R0001</b>' in page
    assert "token" not in mock.asked
    assert front.refused


async def test_no_certificate_is_refused_with_its_cause(tmp_path, clock, mock, world):
    with new_house(settings(tmp_path, mock, world, client_secret=SECRET), clock) as house:
        status, _, page = await log_in(house, mock)
        assert journaled(house) == "certificate_refused"
    assert (status, "est à réparer" in page) == (503, True)
    assert "token" not in mock.asked


async def test_a_known_authority_and_another_client_is_refused(tmp_path, clock, mock, world):
    mock.known_subject = "another.example"
    with new_house(settings(tmp_path, mock, world, **world.shown("ours")), clock) as house:
        status, _, page = await log_in(house, mock)
        assert journaled(house) == "invalid_client"
    assert (status, "est à réparer" in page) == (503, True)


async def test_a_page_of_the_front_in_the_place_of_an_answer_is_understood(tmp_path, clock, mock, world):
    said = "<html><center>No required SSL certificate was sent</center></html>"
    mock.answers["token"] = lambda: web.Response(status=400, text=said, content_type="text/html")
    with new_house(settings(tmp_path, mock, world, **world.shown("ours")), clock) as house:
        assert (await log_in(house, mock))[0] == 503
        assert journaled(house) == "certificate_refused"


async def test_a_provider_that_we_do_not_believe_gets_nothing(tmp_path, clock, mock, world):
    said = {**world.shown("ours"), "provider_ca": world.folder / "other.pem"}
    with new_house(settings(tmp_path, mock, world, **said), clock) as house:
        status, _, page = await log_in(house, mock)
        assert journaled(house) == "provider_certificate"
    assert (status, "est à réparer" in page) == (503, True)
    assert "wallet-openid-configuration" not in mock.asked


@pytest.mark.parametrize(("said", "cause"), [("certificate", "certificate"), ("provider_ca", "authorities")])
async def test_a_file_that_cannot_be_used_closes_this_way_in(tmp_path, clock, mock, world, said, cause):
    broken = tmp_path / "broken.pem"
    broken.write_text("-----BEGIN NOTHING")
    with new_house(settings(tmp_path, mock, world, **{**world.shown("ours"), said: broken}), clock) as house:
        assert (await log_in(house, mock))[0] == 503
        assert journaled(house) == cause


async def test_the_endpoints_for_certificates_are_taken_when_they_are_elsewhere(
    tmp_path, clock, plain, world, version
):
    mock, port = plain
    with fronting(world.server(version, asks=False), port) as open_, fronting(world.server(version), port) as mutual:
        mock.base, mock.mutual = f"https://127.0.0.1:{open_.port}", f"https://127.0.0.1:{mutual.port}"
        with new_house(settings(tmp_path, mock, world, **world.shown("ours")), clock) as house:
            assert (await log_in(house, mock))[0] == 303
    assert mock.authentications == ["tls"]

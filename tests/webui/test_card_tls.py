"""The card host with TLS of its own: any certificate arrives, nothing is resumed, PKCS#1 alone, closed at once."""

import asyncio
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from cps_card.simulator.pki import Igc, Wanted, person, rsa_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from appliance.bootstrap import House
from appliance.config.settings import Settings
from appliance.domain.errors import Unavailable
from appliance.usecases.ports import Page
from tests.cards import PERSONS, Trust, escaped
from tests.houses import new_house
from tests.peers.authority import Authority
from tests.smartcard.worlds import NOW, World
from webui.card import tls
from webui.card.app import make_card_app
from webui.card.service import _stranger, trusted_context


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls")).issue("localhost", "localhost", "127.0.0.1")


@pytest.fixture(scope="module")
def shown(tmp_path_factory) -> tuple[Path, Igc]:
    """PEM of a certificate and its RSA key, as a card has one; nobody here trusts its authority yet."""
    igc, key = Igc.made(NOW), rsa_key()
    one = igc.persons.issue(Wanted(person("899700366240", "DOC0036624", "KIT"), key.public_key()))
    path = tmp_path_factory.mktemp("client") / "card.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(one.public_bytes(Encoding.PEM) + secret)
    return path, igc


@pytest.fixture
def settings(tmp_path, pair) -> Settings:
    card = {"issuers": [PERSONS], "tls_certificate": pair.certificate, "tls_key": pair.key,
            "trusted_proxies": ["127.0.0.0/8"], "public_url": "https://localhost:1"}  # fmt: skip
    return Settings(state_dir=tmp_path, card=card)


@pytest.fixture
def house(settings, clock):
    clock.time = NOW
    with new_house(settings, clock) as opened:
        yield opened


@pytest_asyncio.fixture
async def port(house, settings) -> AsyncIterator[int]:
    runner = web.AppRunner(make_card_app(house, settings), access_log=None)
    await runner.setup()
    listening = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, listening, ssl_context=trusted_context(settings)).start()
    yield listening.getsockname()[1]
    await runner.cleanup()


def client(shown: Path | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if shown:
        context.load_cert_chain(shown)
    return context


class Seen:
    """One visit: the answer, and what TLS was."""

    def __init__(self, port: int, context: ssl.SSLContext, state: str, session=None, extra: str = "") -> None:
        with (
            socket.create_connection(("127.0.0.1", port), 5) as plain,
            context.wrap_socket(plain, server_hostname="localhost", session=session) as secured,
        ):
            self.version, self.resumed = secured.version(), secured.session_reused
            request = f"GET /card?state={state} HTTP/1.1\r\nHost: localhost\r\n{extra}\r\n"
            secured.sendall(request.encode())
            parts = []
            while part := secured.recv(65536):
                parts.append(part)
            self.session = secured.session
        self.text = b"".join(parts).decode()
        self.location = next((x[10:] for x in self.text.split("\r\n") if x.startswith("Location: ")), "")


async def visit(port: int, house: House, context: ssl.SSLContext, **how) -> tuple[Seen, str]:
    begun = house.card_sign_in.begin("http://portal", "", "127.0.0.1", wants_account=False)
    return await asyncio.to_thread(Seen, port, context, begun.state, **how), begun.browser


def cause(house: House) -> str:
    return house.journal.listed(Page())[0][0].event.cause


async def test_an_untrusted_certificate_arrives_and_is_explained(port, house, shown, tmp_path):
    Trust(tmp_path, World())
    seen, _ = await visit(port, house, client(shown[0]))
    assert seen.version == "TLSv1.2"
    assert seen.location.startswith("http://portal/login/card/return?ticket=")
    assert "Connection: close" in seen.text
    assert "Strict-Transport-Security" not in seen.text
    assert cause(house) == "untrusted"
    assert (await visit(port, house, client()))[0].location
    assert cause(house) == "none"


async def test_a_trusted_card_enters(port, house, shown, tmp_path):
    world = World()
    world.top, world.persons = shown[1].top, shown[1].persons
    Trust(tmp_path, world)
    seen, browser = await visit(port, house, client(shown[0]))
    entered = house.card_sign_in.enter(seen.location.partition("ticket=")[2], browser, "127.0.0.1")
    assert entered.opened.session.requester.national_id == "899700366240"


async def test_a_header_is_no_certificate_on_our_own_tls(port, house, tmp_path):
    world = World()
    Trust(tmp_path, world)
    await visit(port, house, client(), extra=f"X-Client-Certificate: {escaped(world.card())}\r\n")
    assert cause(house) == "none"


async def test_nothing_is_resumed(port, house, shown):
    first, _ = await visit(port, house, client(shown[0]))
    context = client(shown[0])
    first, _ = await visit(port, house, context)
    second, _ = await visit(port, house, context, session=first.session)
    assert not second.resumed


async def test_what_the_address_header_says_is_not_believed(port, house, settings):
    for n in range(30):
        await asyncio.to_thread(Seen, port, client(), "x", extra=f"X-Forwarded-For: 192.0.2.{n}\r\n")
    seen = await asyncio.to_thread(Seen, port, client(), "x", extra="X-Forwarded-For: 192.0.2.99\r\n")
    assert "429" in seen.text.split("\r\n")[0]


async def test_signatures_are_those_that_a_card_can_make(port, shown, require):
    done = await asyncio.to_thread(
        subprocess.run,
        [require("openssl"), "s_client", "-connect", f"127.0.0.1:{port}", "-cert", str(shown[0]), "-key", str(shown[0]),
         "-tls1_2"],
        input=b"", capture_output=True, timeout=20,
    )  # fmt: skip
    said = done.stdout.decode()
    assert "Requested Signature Algorithms: RSA+SHA256:RSA+SHA384:ECDSA+SHA256" in said
    refused = await asyncio.to_thread(
        subprocess.run, [require("openssl"), "s_client", "-connect", f"127.0.0.1:{port}", "-tls1_3"],
        input=b"", capture_output=True, timeout=20,
    )  # fmt: skip
    assert refused.returncode != 0
    assert b"New, TLSv1.3" not in refused.stdout


def test_a_context_that_remembers_is_found_out(pair):
    def plain() -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(pair.certificate, pair.key)
        return context

    with pytest.raises(Unavailable, match="card_tls"):
        tls.self_test(plain, _stranger())
    tls.self_test(lambda: tls.server_context(pair.certificate, pair.key), _stranger())


def test_missing_files_are_said(tmp_path):
    with pytest.raises(Unavailable, match="card_tls"):
        tls.server_context(tmp_path / "none.pem", tmp_path / "none.key")
    with pytest.raises(Unavailable, match="card_tls"):
        trusted_context(Settings(state_dir=tmp_path))

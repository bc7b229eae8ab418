"""What the doctor says of Pro Santé Connect, the courier asking a provider on a real port."""

import asyncio
import json
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import trustme
from aiohttp import web
from typer.testing import CliRunner

from appliance.adminapi.app import build_app
from appliance.adminapi.door import Desk
from appliance.adminapi.psc_checks import psc
from appliance.adminapi.service import bound
from appliance.bootstrap import House
from appliance.cli import application
from appliance.config.settings import Settings
from appliance.contract.overview import CheckView
from appliance.contract.words import Words
from appliance.courier import questions
from appliance.oidc.http import Limits
from appliance.usecases.ports import Clock
from tests.appliance.usecases.conftest import MovedClock
from tests.houses import new_house
from tests.peers.dcmtk import free_port
from tests.peers.psc import CLIENT, SECRET, MockPsc, served
from tests.peers.tls_front import TlsFront, fronting


class Now:
    """The real time, which the provider tells too."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class Hurried(MovedClock):
    """Ten seconds go by each time somebody looks."""

    def now(self) -> datetime:
        self.move(seconds=10)
        return self.time


@pytest_asyncio.fixture
async def mock() -> AsyncIterator[MockPsc]:
    made = MockPsc(lambda: Now().now().timestamp())
    server = await served(made)
    yield made
    await server.close()


def settings(folder: Path, mock: MockPsc, proxy: str = "", **said: Any) -> Settings:
    psc = {
        "environment": "custom", "issuer": mock.issuer, "authorize": f"{mock.base}/auth", "client_id": CLIENT,
        "client_secret": SECRET, "redirect_url": "https://imagerie.example/login/psc/return",
    }  # fmt: skip
    return Settings(state_dir=folder, psc=psc | said, outbound_proxy=proxy, demo=True)


@contextmanager
def courier(house: House) -> Iterator[None]:
    """The courier answers while the block lasts."""
    stop = threading.Event()
    thread = threading.Thread(target=questions.run, args=(house, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)


async def told(wanted: Settings, clock: Clock | None = None) -> dict[str, CheckView]:
    """Return the findings by their word; each reads well in both languages and says what to do when it is not well."""
    with new_house(wanted, clock or Now()) as house, courier(house):
        desk = Desk(house, wanted, house.clock.now(), set())
        found = await asyncio.to_thread(psc, desk)
    for one in found:
        assert one.name == "psc"
        assert (one.remedy is not None) == (one.level in ("warn", "bad"))
        for say in (Words("fr"), Words("en")):
            texts = [one.text, *([one.remedy] if one.remedy else [])]
            assert all(say.has(text.id) and "…" not in say.saying(text) for text in texts), one
    return {one.text.id.removeprefix("check.").removeprefix("psc."): one for one in found}


async def test_off_is_said_and_nobody_is_asked(tmp_path):
    assert {name: one.level for name, one in (await told(Settings(state_dir=tmp_path))).items()} == {"off": "info"}


async def test_a_provider_that_answers(tmp_path, mock):
    found = await told(settings(tmp_path, mock))
    assert {name: one.level for name, one in found.items()} == {"tests": "warn", "secret": "info", "answers": "ok"}
    assert mock.asked == ["wallet-openid-configuration"]
    assert SECRET not in str(found)


async def test_nobody_at_the_address(tmp_path, mock):
    away = settings(tmp_path, mock, issuer=f"http://127.0.0.1:{free_port()}/realm")
    found = (await told(away))["away"]
    assert (found.level, found.text.facts["cause"]) == ("bad", "refused")
    assert "rien n’écoute" in Words("fr").saying(found.text)


async def test_the_proxy_is_the_way_and_is_blamed(tmp_path, mock):
    proxy = f"http://127.0.0.1:{free_port()}"
    found = (await told(settings(tmp_path, mock, proxy)))["away"]
    assert (found.text.facts["cause"], found.text.facts["proxy"]) == ("proxy", proxy)
    assert mock.asked == []


@pytest.mark.parametrize(
    ("lie", "word"),
    [
        ({"issuer": "https://evil.example/auth"}, "issuer"),
        ({"token_endpoint": "http://psc.example/token"}, "endpoints"),
        ({"jwks_uri": None}, "endpoints"),
    ],
)
async def test_a_document_that_is_not_the_right_one(tmp_path, mock, lie, word):
    connect = f"{mock.issuer}/x"
    document = {
        "issuer": mock.issuer, "token_endpoint": connect, "userinfo_endpoint": connect, "jwks_uri": connect, **lie,
    }  # fmt: skip
    mock.answers["wallet-openid-configuration"] = lambda: web.json_response(document)
    assert (await told(settings(tmp_path, mock)))[word].level == "bad"


@pytest.mark.parametrize("status", [403, 404, 407, 500])
async def test_another_answer_than_the_document(tmp_path, mock, status):
    mock.answers["wallet-openid-configuration"] = lambda: web.Response(status=status)
    assert (await told(settings(tmp_path, mock)))["status"].text.facts["status"] == status


@pytest.mark.parametrize("minutes", [-2, 2])
async def test_a_clock_that_is_wrong_is_told(tmp_path, mock, minutes):
    clock = MovedClock()
    clock.time = Now().now() + timedelta(minutes=minutes)
    found = (await told(settings(tmp_path, mock), clock))["clock"]
    assert found.level == "bad"
    assert 118 <= int(found.text.facts["s"]) <= 130


@pytest.mark.parametrize("url", ["http://imagerie.example/login/psc/return", "https://imagerie.example/psc"])
async def test_an_address_to_come_back_to_that_is_none(tmp_path, mock, url):
    assert (await told(settings(tmp_path, mock, redirect_url=url)))["redirect"].level == "bad"


async def test_nothing_to_homologate_in_production(tmp_path, mock):
    here = settings(tmp_path, mock, environment="production")
    with new_house(here, Hurried()) as house:  # no courier: the State is not asked by a test
        found = psc(Desk(house, here, house.clock.now(), set()))
    assert [(one.text.id, one.level) for one in found] == [
        ("check.psc.production", "ok"), ("check.psc.secret", "info"), ("check.psc.unasked", "bad"),
    ]  # fmt: skip


# --- with a certificate ---


class Files:
    """Certificates of the provider's side, and one that nobody there knows."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.known, self.other = folder, trustme.CA(), trustme.CA()
        self.known.cert_pem.write_to_path(folder / "known.pem")
        self.other.cert_pem.write_to_path(folder / "other.pem")
        now = Now().now()
        self.make("good", self.known, now + timedelta(days=300))
        self.make("soon", self.known, now + timedelta(days=20))
        self.make("ended", self.known, now - timedelta(days=1))
        self.make("stranger", self.other, now + timedelta(days=300))
        (folder / "broken.pem").write_text("-----BEGIN NOTHING")

    def make(self, name: str, authority: trustme.CA, until: datetime) -> None:
        made = authority.issue_cert(common_name="imagerie.example", not_after=until)
        made.cert_chain_pems[0].write_to_path(self.folder / f"{name}.pem")
        made.private_key_pem.write_to_path(self.folder / f"{name}.key")

    def server(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.known.issue_cert("127.0.0.1").configure_cert(context)
        context.verify_mode = ssl.CERT_REQUIRED
        self.known.configure_trust(context)
        return context

    def shown(self, name: str, key: str = "", ca: str = "known") -> dict[str, Any]:
        return {
            "authentication": "tls", "certificate": self.folder / f"{name}.pem",
            "key": self.folder / f"{key or name}.key", "provider_ca": self.folder / f"{ca}.pem",
        }  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return Files(tmp_path_factory.mktemp("psc"))


@pytest.fixture
def front(mock: MockPsc, files: Files) -> Iterator[TlsFront]:
    with fronting(files.server(), int(mock.base.rpartition(":")[2])) as made:
        mock.base = f"https://127.0.0.1:{made.port}"
        yield made


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        ({"name": "good"}, {"cert_ready": "ok", "answers": "ok"}),
        ({"name": "soon"}, {"cert_ends": "warn", "answers": "ok"}),
        ({"name": "ended"}, {"cert_ended": "bad"}),
        ({"name": "stranger"}, {"cert_ready": "ok", "certificate_refused": "bad"}),
        ({"name": "good", "ca": "other"}, {"cert_ready": "ok", "provider_certificate": "bad"}),
        ({"name": "good", "ca": "absent"}, {"tls.unreadable": "bad"}),
        ({"name": "good", "ca": "broken"}, {"tls.no_certificate": "bad"}),
        ({"name": "absent"}, {"tls.unreadable": "bad"}),
        ({"name": "good", "key": "soon"}, {"tls.mismatch": "bad"}),
    ],
    ids=lambda value: "-".join(map(str, value.values())),
)
async def test_a_certificate_and_its_files(tmp_path, mock, files, front, shown, words):
    found = await told(settings(tmp_path, mock, **files.shown(**shown)))
    assert {name: one.level for name, one in found.items()} == {"tests": "warn", **words}


async def test_the_handshake_is_tried_where_the_certificate_will_be_wanted(tmp_path, mock, files, front):
    port = int(mock.base.rpartition(":")[2])
    mock.mutual = f"https://127.0.0.1:{port}"
    plain = settings(tmp_path, mock, **files.shown("good"))
    await told(plain)
    assert mock.asked == ["wallet-openid-configuration", "token"]


async def test_the_verb_says_it_in_french_and_in_json(tmp_path, mock, monkeypatch):
    here = settings(tmp_path, mock, redirect_url="http://imagerie.example/login/psc/return")
    monkeypatch.setenv("NEGATOSCOPE_ADMIN_SOCKET", str(here.admin_socket))
    monkeypatch.setenv("NEGATOSCOPE_LANG", "fr")
    with new_house(here, Now()) as house, courier(house):
        runner = web.AppRunner(build_app(house, here), access_log=None)
        await runner.setup()
        await web.SockSite(runner, bound(here.admin_socket, 0o600)).start()
        said, as_json = [
            await asyncio.to_thread(CliRunner().invoke, application(words), words)
            for words in (["doctor"], ["doctor", "--json"])
        ]
        await runner.cleanup()
    text = said.stdout.replace("\u00a0", " ")
    assert said.exit_code == 1
    assert "● Pro Santé Connect répond (127.0.0.1)" in text
    assert "✖ psc.redirect_url (http://imagerie.example/login/psc/return) n’est pas une adresse https" in text
    assert "→ https://NOM-DU-PORTAIL/login/psc/return" in text
    assert {one["text"]["id"] for one in json.loads(as_json.stdout) if one["name"] == "psc"} == {
        "check.psc.tests", "check.psc.redirect", "check.psc.secret", "check.psc.answers",
    }  # fmt: skip


def test_whoever_asked_is_still_there_when_the_courier_gives_up():
    longest = 2 * Limits(questions.LIMITS.whole_s).whole_s + questions.LOOK_S
    assert longest < 15

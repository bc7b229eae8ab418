"""A responder asked at each log-in by card: what its answers open and close, and that nobody waits long for it."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cps_card.simulator.pki import Authority, CrlWanted, person
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp as built
from cryptography.x509.oid import AuthorityInformationAccessOID
from cryptography.x509.oid import ExtendedKeyUsageOID as Usage
from structlog.testing import capture_logs

from appliance.bootstrap import House
from appliance.config.settings import Settings
from appliance.usecases.ports import Page
from tests.appliance.usecases.conftest import MovedClock
from tests.cards import PERSONS, Trust, der
from tests.conftest import require
from tests.houses import new_house
from tests.peers import ocsp
from tests.peers.dcmtk import free_port
from tests.peers.ocsp import Index
from tests.smartcard.worlds import World, key, wanted

HERE, PORTAL = "192.0.2.7", "https://imagerie.example"


@pytest.fixture(scope="module")
def now() -> datetime:
    """The real time: it is the responder's."""
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def world(now: datetime) -> World:
    return World(now)


@pytest.fixture(scope="module")
def openssl(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    return require("openssl"), ocsp.shim(require("gcc"), tmp_path_factory.mktemp("shim"))


@pytest.fixture
def clock(now: datetime) -> MovedClock:
    made = MovedClock()
    made.time = now
    return made


@contextmanager
def opened(folder: Path, world: World, clock: MovedClock, proxy: str = "", **card: object) -> Iterator[House]:
    trust = Trust(folder, world)
    for name, one in trust.authorities.items():
        trust.publish(name, one.crl(CrlWanted(until=30)))
    said = {"issuers": [PERSONS], "public_url": "https://cps.example", **card}
    with new_house(Settings(state_dir=folder, card=said, outbound_proxy=proxy), clock) as house:
        yield house


def shown(house: House, card: x509.Certificate) -> str:
    """The cause in the journal, empty when the card was accepted."""
    begun = house.card_sign_in.begin(PORTAL, "", HERE, wants_account=False)
    house.card_sign_in.receive(begun.state, der(card), HERE)
    event = house.journal.listed(Page())[0][0].event
    assert event.verb in ("card.accepted", "card.refused")
    return event.cause


class Case:
    """What a case may change."""

    def __init__(self, world: World) -> None:
        self.world, self.card = world, world.card()
        self.index, self.signer, self.wait, self.down = Index(good=[self.card]), None, timedelta(0), False


def delegate(world: World, by: Authority) -> Authority:
    own = key()
    subject = person("899700366249", "REPONDEUR", "X")
    return Authority(by.issue(wanted(subject=subject, key=own.public_key(), usages=[Usage.OCSP_SIGNING])), own, by.now)


def good(_: Case) -> None: ...


def told(case: Case) -> None:
    case.signer = delegate(case.world, case.world.persons)


def revoked(case: Case) -> None:
    case.index = Index(revoked=[case.card])


def unknown(case: Case) -> None:
    case.index = Index(good=[case.world.card()])


def down(case: Case) -> None:
    case.down = True


def stale(case: Case) -> None:
    case.wait = timedelta(minutes=31)


def strange(case: Case) -> None:
    case.signer = case.world.rogue


CASES: list[tuple[Callable[[Case], None], str, str]] = [
    (good, "", ""), (told, "", ""), (revoked, "revoked", "revoked"), (unknown, "ocsp_missing", ""),
    (down, "ocsp_missing", ""), (stale, "ocsp_stale", ""), (strange, "ocsp_forged", ""),
]  # fmt: skip


@pytest.mark.parametrize(("change", "required", "preferred"), CASES, ids=[case[0].__name__ for case in CASES])
def test_a_real_responder(tmp_path, world, clock, openssl, change, required, preferred):
    case = Case(world)
    change(case)
    with ExitStack() as stack:
        url = f"http://127.0.0.1:{free_port()}/"
        if not case.down:
            url = stack.enter_context(ocsp.running(openssl, tmp_path / "ca", world.persons, case.index, case.signer))
        clock.time += case.wait
        for mode, cause in (("required", required), ("preferred", preferred), ("off", "")):
            with opened(tmp_path / mode, world, clock, ocsp=mode, ocsp_url=url) as house, capture_logs() as logs:
                assert shown(house, case.card) == cause, mode
            decided = [one["cause"] for one in logs if one.get("decided") == "lists"]
            assert decided == ([required] if mode == "preferred" and required != preferred else [])


@pytest.mark.parametrize("mode", ["required", "preferred"])
def test_good_answers_never_make_up_for_a_list(tmp_path, world, clock, openssl, mode):
    card = world.card()
    with (
        ocsp.running(openssl, tmp_path / "ca", world.persons, Index(good=[card])) as url,
        opened(tmp_path / "house", world, clock, ocsp=mode, ocsp_url=url) as house,
    ):
        (house.settings.lists_dir / "persons.crl").unlink()
        assert shown(house, card) == "crl_missing"


# --- responders that misbehave ---


class Pretended:
    """An HTTP server that says what a test wants; ``asked`` are paths or, of a proxy, whole addresses."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.status, self.body, self.headers = 200, b"", {"Content-Type": "application/ocsp-response"}
        self.hold = threading.Event()
        self.hold.set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.asked.append(self.path)
                self.rfile.read(int(self.headers["Content-Length"]))
                outer.hold.wait(10)
                self.send_response(outer.status)
                for name, value in outer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(outer.body)

            do_GET = do_POST

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def says_good(self, card: x509.Certificate, issuer: Authority, now: datetime) -> None:
        made = built.OCSPResponseBuilder().add_response(
            card, issuer.certificate, hashes.SHA256(), built.OCSPCertStatus.GOOD, now, now + timedelta(hours=1), None,
            None,
        )  # fmt: skip
        signed = made.responder_id(built.OCSPResponderEncoding.HASH, issuer.certificate)
        self.body = signed.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def close(self) -> None:
        self.hold.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


@pytest.fixture
def pretended() -> Iterator[Pretended]:
    made = Pretended()
    yield made
    made.close()


def naming(world: World, *urls: str) -> x509.Certificate:
    """A card that names responders."""
    told = [("http://igc.example/ACI.crt", AuthorityInformationAccessOID.CA_ISSUERS)]
    told += [(url, AuthorityInformationAccessOID.OCSP) for url in urls]
    places = [x509.AccessDescription(method, x509.UniformResourceIdentifier(url)) for url, method in told]
    return world.card(more=((x509.AuthorityInformationAccess(places), False),))


def test_the_address_in_the_certificate_is_asked_unless_another_is_set(tmp_path, world, clock, pretended):
    card = naming(world, f"{pretended.url}of-the-card")
    pretended.says_good(card, world.persons, clock.now())
    with opened(tmp_path / "named", world, clock, ocsp="required") as house:
        assert shown(house, card) == ""
    with opened(tmp_path / "set", world, clock, ocsp="required", ocsp_url=f"{pretended.url}set") as house:
        assert shown(house, card) == ""
    assert pretended.asked == ["/of-the-card", "/set"]


def test_nobody_is_asked_when_it_is_off_or_the_card_is_not_believed(tmp_path, world, clock, pretended):
    card = naming(world, pretended.url)
    with opened(tmp_path / "off", world, clock) as house:
        assert shown(house, card) == ""
    stranger = world.rogue.issue(wanted(more=((_access(card), False),)))
    with opened(tmp_path / "on", world, clock, ocsp="required") as house:
        assert shown(house, stranger) == "untrusted"
        assert shown(house, world.card()) == "ocsp_missing"  # names no responder
    assert pretended.asked == []


def _access(card: x509.Certificate) -> x509.AuthorityInformationAccess:
    return card.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value


@pytest.mark.parametrize("url", ["ldap://127.0.0.1/", "file:///etc/passwd", "ftp://127.0.0.1/x"])
def test_other_ways_than_http_are_not_gone(tmp_path, world, clock, url):
    with opened(tmp_path, world, clock, ocsp="required") as house:
        assert shown(house, naming(world, url)) == "ocsp_missing"


def test_whoever_hangs_is_given_up_in_time(tmp_path, world, clock, pretended):
    card = world.card()
    pretended.says_good(card, world.persons, clock.now())
    pretended.hold.clear()
    with opened(tmp_path, world, clock, ocsp="required", ocsp_url=pretended.url, ocsp_timeout_s=0.3) as house:
        start = time.monotonic()
        assert shown(house, card) == "ocsp_missing"
        assert time.monotonic() - start < 2
        pretended.hold.set()
        assert shown(house, card) == ""


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (200, b"", {}), (200, b"<html>", {}), (200, b"0" * 100_000, {}), (500, b"", {}), (404, b"", {}),
        (302, b"", {"Location": "/elsewhere"}), (307, b"", {"Location": "/elsewhere"}),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_none(tmp_path, world, clock, pretended, status, body, headers):
    pretended.status, pretended.body, pretended.headers = status, body, headers
    with opened(tmp_path, world, clock, ocsp="required", ocsp_url=f"{pretended.url}x") as house:
        assert shown(house, world.card()) == "ocsp_missing"
    assert pretended.asked == ["/x"]


def test_the_outbound_proxy_carries_the_question(tmp_path, world, clock, pretended):
    card = world.card()
    pretended.says_good(card, world.persons, clock.now())
    said = {"ocsp": "required", "ocsp_url": "http://ocsp.example/"}
    with opened(tmp_path, world, clock, pretended.url.rstrip("/"), **said) as house:
        assert shown(house, card) == ""
    assert pretended.asked == ["http://ocsp.example/"]


def test_a_responder_a_little_ahead_of_us_is_believed(tmp_path, world, clock, pretended):
    card = world.card()
    with opened(tmp_path, world, clock, ocsp="required", ocsp_url=pretended.url) as house:
        pretended.says_good(card, world.persons, clock.now() + timedelta(minutes=4))
        assert shown(house, card) == ""
        pretended.says_good(card, world.persons, clock.now() + timedelta(minutes=6))
        assert shown(house, card) == "ocsp_stale"


def test_the_watch_over_accounts_asks_nobody(tmp_path, world, clock, pretended):
    card = naming(world, pretended.url)
    pretended.says_good(card, world.persons, clock.now())
    with opened(tmp_path, world, clock, ocsp="required") as house:
        begun = house.card_sign_in.begin(PORTAL, "", HERE, wants_account=False)
        received = house.card_sign_in.receive(begun.state, der(card), HERE)
        house.card_sign_in.enter(received.ticket, begun.browser, HERE)
        assert pretended.asked == ["/"]
        assert house.proofs.look().good == 1
    assert pretended.asked == ["/"]


def test_a_peer_of_the_tests_stays_on_this_machine(tmp_path, world, openssl):
    with ocsp.running(openssl, tmp_path, world.persons, Index()) as url:
        port = int(url.rsplit(":", 1)[1].strip("/"))
        with socket.create_server(("127.0.0.2", port)):  # free: nobody listens on every address
            pass

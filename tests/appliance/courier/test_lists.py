"""The courier brings lists of revocations: over HTTP, through the proxy, and only those that their authority signed."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cps_card.simulator.pki import CrlWanted
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from appliance.bootstrap import House
from appliance.config.settings import Settings
from appliance.courier import lists
from appliance.usecases.ports import Page
from tests.appliance.usecases.conftest import MovedClock
from tests.cards import PERSONS, Trust, der
from tests.houses import new_house
from tests.smartcard.worlds import NOW, World


class Publisher:
    """A web server that gives out what a test put there, and remembers what it was asked."""

    def __init__(self) -> None:
        self.given: dict[str, bytes] = {}
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                body = outer.given.get(self.path)
                self.send_response(200 if body is not None else 404)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def give(self, crl: x509.CertificateRevocationList, path: str = "/ACI-FO-PP.crl", pem: bool = False) -> None:
        self.given[path] = crl.public_bytes(Encoding.PEM if pem else Encoding.DER)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    made = Publisher()
    yield made
    made.close()


@pytest.fixture
def house(tmp_path, world, publisher) -> Iterator[House]:
    clock = MovedClock()
    clock.time = NOW
    Trust(tmp_path, world)
    for path in (tmp_path / "trust" / "lists").iterdir():
        if path.name == "persons.crl":
            path.unlink()
    card = {"issuers": [PERSONS], "public_url": "https://cps.example", "list_urls": [f"{publisher.url}/ACI-FO-PP.crl"]}
    with new_house(Settings(state_dir=tmp_path, card=card), clock) as opened:
        yield opened


def refreshed(house: House) -> bool:
    return lists.refreshed(house, house.settings.card.list_urls[0], lists.fetcher(""))


def last(house: House) -> tuple[str, str]:
    records, _ = house.journal.listed(Page())
    return (records[0].event.verb, records[0].event.cause) if records else ("", "")


def persons(house: House) -> str:
    return next(one.cause for one in house.card_trust.standing(NOW) if one.authority == PERSONS)


@pytest.mark.parametrize("pem", [False, True])
def test_a_list_is_brought_and_counts_at_once(house, world, publisher, pem):
    assert persons(house) == "crl_missing"
    publisher.give(world.persons.crl(), pem=pem)
    assert refreshed(house)
    assert persons(house) == ""
    assert last(house) == ("list.replaced", "")
    assert refreshed(house)  # the same again: nothing to say
    assert house.journal.listed(Page())[1] == 1
    card = world.card()
    publisher.give(world.persons.crl(CrlWanted((card.serial_number,), since=0)))
    assert refreshed(house)
    begun = house.card_sign_in.begin("http://portal", "", "192.0.2.1", wants_account=False)
    house.card_sign_in.receive(begun.state, der(card), "192.0.2.1")
    assert last(house) == ("card.refused", "revoked")


@pytest.mark.parametrize(
    ("made", "cause"),
    [
        (lambda w: w.persons.crl(signer=w.rogue.key), "crl_forged"),
        (lambda w: w.persons.crl(CrlWanted(since=-9, until=-1)), "crl_stale"),
        (lambda w: w.persons.crl(CrlWanted(since=1)), "crl_stale"),
        (lambda w: w.persons.crl(CrlWanted(since=-2)), "crl_stale"),
        (lambda w: w.rogue_top.below("SOMEBODY ELSE", w.rogue.key).crl(), "wrong_issuer"),
        (None, "unreadable"),
    ],
    ids=["forged", "stale", "of the future", "older than ours", "of nobody known", "a page of a proxy"],
)
def test_what_is_no_younger_list_of_its_authority_changes_nothing(house, world, publisher, made, cause):
    publisher.give(world.persons.crl())
    assert refreshed(house)
    before = {path: path.read_bytes() for path in house.settings.lists_dir.iterdir()}
    if made is None:
        publisher.given["/ACI-FO-PP.crl"] = b"<html>Log in to use the Internet</html>"
    else:
        publisher.give(made(world))
    assert not refreshed(house)
    assert {path: path.read_bytes() for path in house.settings.lists_dir.iterdir()} == before
    assert last(house) == ("list.refused", cause)
    assert persons(house) == ""


def test_a_server_away_is_tried_again_and_not_journaled(house, publisher):
    assert not refreshed(house)
    assert last(house) == ("", "")
    assert not lists.refreshed(house, "file:///etc/passwd", lists.fetcher(""))


def test_the_proxy_of_the_hospital_is_asked(house, world, publisher):
    publisher.given["http://igc.example/ACI-FO-PP.crl"] = der_of(world)
    assert lists.refreshed(house, "http://igc.example/ACI-FO-PP.crl", lists.fetcher(publisher.url))
    assert publisher.asked == ["http://igc.example/ACI-FO-PP.crl"]


def der_of(world: World) -> bytes:
    return world.persons.crl().public_bytes(Encoding.DER)


def test_the_thread_of_the_courier_brings_them_and_ends(house, world, publisher):
    publisher.give(world.persons.crl())
    stop = threading.Event()
    thread = threading.Thread(target=lists.run, args=(house, stop))
    thread.start()
    for _ in range(200):
        if publisher.asked and persons(house) == "":
            break
        stop.wait(0.02)
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
    assert persons(house) == ""

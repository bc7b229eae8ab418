"""The listener on real sockets: answers, limits, TLS, a database that is away."""

import contextlib
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from appliance.bootstrap import House
from appliance.config.settings import Settings
from appliance.config.tls import own_context
from appliance.domain.errors import Unavailable
from appliance.usecases.ports import Page
from pacs_bridge.hl7.intake import Habits, Intake
from pacs_bridge.hl7.listener import Listener, Patience
from pacs_bridge.receive.door import Capacity, Crowd
from tests.houses import new_house
from tests.pacs_bridge.hl7.messages import Adt, code
from tests.peers.authority import Authority
from tests.peers.hl7_sender import Hl7Sender

QUICK = Patience(most_bytes=20_000, idle_s=5, message_s=0.5, handshake_s=2)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with new_house(Settings(state_dir=tmp_path)) as opened:
        yield opened


@contextmanager
def listening(house: House, patience: Patience = QUICK, **rest: object) -> Iterator[int]:
    sock = socket.create_server(("127.0.0.1", 0))
    intake = rest.pop("intake", None) or Intake(house.feed, house.results, house.clock, Habits())
    listener = Listener(sock, intake, house.feed, patience=patience, **rest)
    thread = threading.Thread(target=listener.run)
    thread.start()
    try:
        yield sock.getsockname()[1]
    finally:
        listener.stop()
        thread.join(5)
        assert not thread.is_alive()


def journaled(house: House) -> list[tuple[str, dict]]:
    records = house.journal.listed(Page())[0]
    return [(r.event.cause, r.event.facts) for r in records if r.event.verb == "hl7.connection"]


def test_messages_are_answered_in_order_however_they_are_cut(house):
    with listening(house) as port, Hl7Sender(port) as peer:
        stream = b"".join(b"\x0b" + Adt(control=f"C{n}", birth="?" if n == 1 else "1961").bytes() + b"\x1c\x0d"
                          for n in range(3))  # fmt: skip
        for start in range(0, len(stream), 97):
            peer.socket.sendall(stream[start : start + 97])
        answers = [peer.answer() for _ in range(3)]
        peer.socket.close()
    assert [code(answer) for answer in answers] == ["AA", "AA", "AA"]
    assert [f"MSA|AA|C{n}".encode() in answer for n, answer in enumerate(answers)] == [True] * 3
    assert journaled(house) == [("", {"AA": 3})]


def test_data_errors_and_rubbish_are_answered_and_the_connection_lives_on(house):
    with listening(house) as port, Hl7Sender(port) as peer:
        assert code(peer.send(Adt(birth="000").bytes())) == "AE"
        assert code(peer.send(b"MSH|^~\\&|rubbish")) == "AR"
        assert code(peer.send(b"\x00\xff" * 200)) == "AR"
        assert code(peer.send(Adt(control="C2").bytes())) == "AA"
        peer.socket.close()
    assert journaled(house) == [("", {"AE": 1, "AR": 2, "AA": 1})]


@pytest.mark.parametrize(("data", "cause"), [
    (b"GET / HTTP/1.1\r\n\r\n", "frame"), (b"\x0b" + b"A" * 30_000, "frame_size"), (b"\x0bMSH|", "timeout"),
], ids=["HTTP", "too long", "unfinished"])  # fmt: skip
def test_who_does_not_speak_mllp_is_cut(house, data, cause):
    with listening(house) as port, Hl7Sender(port) as peer:
        peer.socket.sendall(data)
        assert peer.answer() == b""
    assert [why for why, _ in journaled(house)] == [cause]


def test_a_message_sent_a_byte_at_a_time_does_not_hold_a_thread(house):
    with listening(house) as port, Hl7Sender(port) as peer:
        peer.socket.settimeout(0.1)
        peer.socket.sendall(b"\x0b")
        gone = False
        for _ in range(40):
            try:
                peer.socket.sendall(b"A")
                gone = peer.socket.recv(1) == b""
            except TimeoutError:
                continue
            except OSError:
                gone = True
            if gone:
                break
        assert gone


def test_a_silent_peer_is_cut_after_its_time(house):
    patience = Patience(idle_s=0.3)
    with listening(house, patience) as port, Hl7Sender(port) as peer:
        assert peer.answer() == b""


def test_one_peer_takes_no_more_than_its_share(house):
    with listening(house, crowd=Crowd(Capacity(8, 2))) as port:
        first, second = Hl7Sender(port), Hl7Sender(port)
        assert code(first.send(Adt().bytes())) == code(second.send(Adt().bytes())) == "AA"
        with Hl7Sender(port) as third:
            assert third.answer() == b""
        assert code(first.send(Adt().bytes())) == "AA"
        first.socket.close()
        second.socket.close()


def test_only_the_networks_that_are_set_may_connect(house):
    with listening(house, networks=(ipaddress.ip_network("10.0.0.0/8"),)) as port, Hl7Sender(port) as peer:
        assert peer.answer() == b""
    with listening(house, networks=(ipaddress.ip_network("127.0.0.0/8"),)) as port, Hl7Sender(port) as peer:
        assert code(peer.send(Adt().bytes())) == "AA"


def test_a_database_that_is_away_gives_no_answer(house):
    class Away(Intake):
        def take(self, body: bytes, peer: str) -> bytes:
            raise Unavailable("database")

    intake = Away(house.feed, house.results, house.clock, Habits())
    with listening(house, intake=intake) as port, Hl7Sender(port) as peer:
        assert peer.send(Adt().bytes()) == b""


def test_tls_with_client_certificates(house, tmp_path):
    authority = Authority(tmp_path / "tls")
    ours, theirs = authority.issue("localhost", "localhost"), authority.issue("his", "his")
    settings = Settings(
        state_dir=tmp_path,
        dicom={"tls_certificate": ours.certificate, "tls_key": ours.key, "tls_client_ca": authority.file},
    )
    with listening(house, tls=own_context(settings.dicom)) as port:
        context = ssl.create_default_context(cafile=str(authority.file))
        with contextlib.suppress(OSError), Hl7Sender(port, context) as peer:
            assert peer.send(Adt().bytes()) == b""
        assert house.feed.listed(Page())[1] == 0
        context.load_cert_chain(theirs.certificate, theirs.key)
        with Hl7Sender(port, context) as peer:
            assert code(peer.send(Adt().bytes())) == "AA"
        with Hl7Sender(port) as peer:
            assert peer.send(Adt().bytes()) == b""

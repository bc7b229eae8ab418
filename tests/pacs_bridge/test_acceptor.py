"""The acceptor before real peers and hostile ones."""

import resource
import socket
import ssl
import struct
import subprocess
import time
from pathlib import Path

import pytest

from appliance.domain.errors import Fault, Malformed, Refused, TryLater, Unavailable
from appliance.domain.nodes import Node
from pacs_bridge.receive.negotiation import accepts
from pacs_bridge.receive.policy import WRONG_CALLED, WRONG_CALLING, Admission, KnownPeers
from pacs_bridge.receive.statuses import OF_KIND, status_of
from tests.pacs_bridge.conftest import Acceptor, accepting
from tests.pacs_bridge.houses import FakeHouse
from tests.peers import dcmtk
from tests.peers.sender import (
    EXPLICIT,
    SECONDARY_CAPTURE,
    Sender,
    Sent,
    as_bytes,
    p_data,
    send_object,
    store_command,
)


def test_echo_and_a_series_by_dcmtk(acceptor: Acceptor, require, shared_dicom: Path):
    assert dcmtk.run(require("echoscu"), "-aec", "NEGATOSCOPE", "127.0.0.1", str(acceptor.port)).code == 0
    files = sorted((shared_dicom / "series" / "ct-head-1mm").glob("*"))[:20]
    ran = dcmtk.store(require("storescu"), acceptor.port, files, options=["-xs"])
    assert ran.code == 0, ran.output
    kept = acceptor.house.receiving.files
    assert len(kept) == len(files)
    wait_until(lambda: acceptor.door.live == 0)
    series = {file.facts.series_uid for file in kept}
    assert set(acceptor.house.receiving.asked) == series
    [(actor, counts, cause)] = acceptor.house.receiving.ended
    assert (actor.label, counts["instances"], cause) == ("STORESCU", len(files), "")


def test_the_data_set_is_kept_byte_for_byte(acceptor: Acceptor, shared_dicom: Path):
    path = sorted((shared_dicom / "series" / "ct-head-1mm").glob("*"))[0]
    sent = as_bytes(path)
    assert Sender(acceptor.port).store(sent) == 0
    [file] = acceptor.house.receiving.files
    assert acceptor.house.objects.read(file.key).endswith(sent.data)
    assert file.key.startswith(f"received/{file.facts.study_uid}/{sent.sop_uid}.")
    other = Sender(acceptor.port).store(sent, pdu_bytes=777)
    assert other == 0
    first, second = acceptor.house.receiving.files
    assert (first.sha256, first.pixels_sha256) == (second.sha256, second.pixels_sha256)


def test_wrong_called_title_is_rejected(acceptor: Acceptor, require):
    ran = dcmtk.run(require("echoscu"), "-aec", "OTHER", "127.0.0.1", str(acceptor.port))
    assert ran.code != 0
    assert "Called AE Title Not Recognized" in ran.output


def test_unknown_calling_title_is_rejected(tmp_path: Path, require):
    with accepting(FakeHouse(tmp_path), any_loopback=False) as acceptor:
        ran = dcmtk.run(require("echoscu"), "-aec", "NEGATOSCOPE", "127.0.0.1", str(acceptor.port))
    assert "Calling AE Title Not Recognized" in ran.output


def test_every_shared_file_gets_an_answer(acceptor: Acceptor, shared_dicom: Path):
    sender, unanswered = Sender(acceptor.port), []
    files = [
        f
        for f in shared_dicom.rglob("*")
        if f.is_file() and f.suffix not in {".md", ".tsv", ".txt"} and "series" not in f.parts
    ]
    for path in files:
        started = time.monotonic()
        if sender.store(as_bytes(path)) is None:
            unanswered.append(path.name)
        assert time.monotonic() - started < 5, path
    assert acceptor.house.receiving.files
    # A directory of media is no storage class, and a syntax that is no UID has no context.
    assert [n for n in unanswered if "DICOMDIR" not in n and "invalid_ts" not in n] == []
    kept = {f.key for f in acceptor.house.receiving.files}
    assert set(acceptor.house.objects.keys("received")) == kept


def test_a_set_of_another_instance_is_refused(acceptor: Acceptor, shared_dicom: Path):
    sent = as_bytes(sorted((shared_dicom / "series" / "ct-head-1mm").glob("*"))[0])
    lying = Sent(sent.sop_class, "1.2.3.4", sent.syntax, sent.data)
    assert Sender(acceptor.port).store(lying) == 0xA900
    assert not list(acceptor.house.objects.keys("received"))


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Unavailable("storage"), 0xA700),
        (TryLater("busy"), 0xA700),
        (Refused("no"), 0x0124),
        (Malformed("x"), 0xC000),
        (Malformed("sop_mismatch"), 0xA900),
        (KeyError("x"), 0x0110),
        (MemoryError(), 0xA700),
    ],
)
def test_errors_become_statuses(acceptor: Acceptor, shared_dicom: Path, fault, status):
    acceptor.house.receiving.fault = fault
    sent = as_bytes(sorted((shared_dicom / "series" / "ct-head-1mm").glob("*"))[0])
    assert Sender(acceptor.port).store(sent) == status


def test_the_table_of_statuses_is_complete():
    assert set(Fault.__subclasses__()) == set(OF_KIND)
    assert all(status_of(kind("anything")).code for kind in OF_KIND)


def test_a_full_disk_refuses_and_the_association_lives(acceptor: Acceptor, shared_dicom: Path):
    sent = as_bytes(sorted((shared_dicom / "series" / "ct-head-1mm").glob("*"))[0])
    acceptor.house.objects.full = True
    assert Sender(acceptor.port).store(sent) == 0xA700
    acceptor.house.objects.full = False
    assert Sender(acceptor.port).store(sent) == 0


def test_stalled_peers_and_huge_pdus_harm_nobody(acceptor: Acceptor, require):
    stalled = []
    for _ in range(50):
        peer = socket.create_connection(("127.0.0.1", acceptor.port))
        peer.sendall(b"\1\0\0")
        stalled.append(peer)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    huge = socket.create_connection(("127.0.0.1", acceptor.port), timeout=5)
    huge.sendall(b"\1\0\xff\xff\xff\xff" + b"x" * 1000)
    assert huge.recv(10)[:1] in (b"\7", b"")
    started = time.monotonic()
    ran = dcmtk.run(require("echoscu"), "-aec", "NEGATOSCOPE", "127.0.0.1", str(acceptor.port))
    assert ran.code == 0
    assert time.monotonic() - started < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 << 10
    wait_until(lambda: acceptor.door.live == 0, 6)
    for peer in [*stalled, huge]:
        peer.close()


@pytest.mark.parametrize(
    "junk",
    [
        b"\0" * 6,
        b"GET / HTTP/1.1\r\n\r\n" + b"x" * 100,
        bytes(range(1, 251)) * 2,
        b"\1\0" + struct.pack(">I", 200) + b"\0\1\0\0" + b"A" * 196,
        b"\4\0\0\0\0\4abcd",
        b"\7\0\0\0\0\4\0\0\0\0",
    ],
    ids=["zeros", "http", "random", "items", "early", "abort"],
)
def test_junk_ends_its_own_association_only(acceptor: Acceptor, junk: bytes):
    with socket.create_connection(("127.0.0.1", acceptor.port), timeout=5) as peer:
        peer.sendall(junk)
        try:
            while peer.recv(100):
                pass
        except ConnectionResetError:
            pass
    Sender(acceptor.port).associated("1.2.840.10008.1.1", EXPLICIT).close()


def test_slow_tls_clients_do_not_hold_the_door(tmp_path: Path, require):
    key, certificate = tmp_path / "k.pem", tmp_path / "c.pem"
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            key,
            "-out",
            certificate,
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
        ],
        check=True,
        capture_output=True,
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    with accepting(FakeHouse(tmp_path / "store"), tls=tls) as acceptor:
        slow = [socket.create_connection(("127.0.0.1", acceptor.port)) for _ in range(20)]
        for peer in slow:
            peer.sendall(b"\x16\3\1")
        started = time.monotonic()
        ran = dcmtk.run(require("echoscu"), "+tla", "-ic", "-aec", "NEGATOSCOPE", "127.0.0.1", str(acceptor.port))
        assert ran.code == 0, ran.output
        assert time.monotonic() - started < 2
        wait_until(lambda: acceptor.door.live == 0, 5)
        for peer in slow:
            peer.close()


def test_a_peer_gone_in_the_middle_leaves_nothing(acceptor: Acceptor, shared_dicom: Path):
    sent = as_bytes(sorted((shared_dicom / "series" / "ct-head-1mm").glob("*"))[0])
    peer = Sender(acceptor.port).associated(sent.sop_class, sent.syntax)
    cut = Sent(sent.sop_class, sent.sop_uid, sent.syntax, sent.data)
    peer.sendall(p_data(store_command(cut), 3))
    peer.sendall(p_data(cut.data[:100_000], 0))
    wait_until(lambda: list(acceptor.house.objects.keys("received")))
    peer.close()
    wait_until(lambda: not list(acceptor.house.objects.keys("received")))
    assert not acceptor.house.receiving.files


def test_data_in_a_refused_context_aborts(acceptor: Acceptor):
    with Sender(acceptor.port).associated("1.2.840.10008.5.1.4.1.2.2.1", EXPLICIT) as peer:
        send_object(peer, Sent(SECONDARY_CAPTURE, "1.2.3", EXPLICIT, b""))
        assert peer.recv(10) == b"\7\0\0\0\0\4\0\0\2\5"


@pytest.mark.parametrize(
    ("uid", "ours"),
    [
        ("1.2.840.10008.1.1", True),
        ("1.2.840.10008.5.1.4.1.1.2", True),
        ("1.2.840.113619.4.27", True),
        ("1.2.840.10008.5.1.4.1.1.999.9", True),
        ("1.2.840.10008.5.1.4.1.2.2.1", False),
        ("1.2.840.10008.5.1.4.31", False),
        ("1.2.840.10008.1.20.1", False),
        ("x", False),
    ],
)
def test_classes_taken(uid: str, ours: bool):
    assert accepts(uid) is ours


def test_known_peers():
    node = Node("pacs", "PACS", "pacs.example", 104, allowed_senders=("GATE",), our_aet="NEGA2")
    peers = KnownPeers(["NEGATOSCOPE"], lambda: [node], resolve=lambda _: frozenset({"10.0.0.9"}))
    assert peers.judge("PACS", "NEGATOSCOPE", "10.0.0.9") == Admission("pacs")
    assert peers.judge("PACS", "NEGA2", "::ffff:10.0.0.9") == Admission("pacs")
    assert peers.judge("PACS", "NEGATOSCOPE", "10.0.0.8") == WRONG_CALLING
    assert peers.judge("GATE", "NEGATOSCOPE", "10.9.9.9") == Admission("pacs")
    assert peers.judge("PACS", "X", "10.0.0.9") == WRONG_CALLED
    assert peers.judge("ME", "NEGATOSCOPE", "127.0.0.1") == WRONG_CALLING


@pytest.mark.parametrize(
    ("calling", "called", "address", "verdict"),
    [
        ("PACS", "NEGA2", "10.0.0.9", Admission("pacs")),
        ("PACS", "NEGATOSCOPE", "10.0.0.9", WRONG_CALLED),
        ("PACS", "NEGA2", "10.0.0.8", WRONG_CALLING),
        ("GATE", "NEGA2", "10.0.0.9", Admission("pacs")),
        ("GATE", "NEGA2", "10.9.9.9", WRONG_CALLING),
        ("FAR", "NEGA2", "10.0.0.7", Admission("pacs")),
        ("FAR", "NEGA2", "10.0.0.9", WRONG_CALLING),
        # A second node with the title of the first, on a machine of its own, calls us otherwise.
        ("PACS", "NEGATOSCOPE", "10.0.0.6", Admission("twin")),
        ("PACS", "NEGA2", "10.0.0.6", WRONG_CALLED),
        ("PACS", "OTHER", "10.0.0.9", WRONG_CALLED),
    ],
)
def test_strictly_a_peer_fits_one_node_in_all(calling, called, address, verdict):
    addresses = {"pacs.example": "10.0.0.9", "far.example": "10.0.0.7", "twin.example": "10.0.0.6"}
    nodes = [
        Node("pacs", "PACS", "pacs.example", 104, allowed_senders=("GATE", "FAR@far.example"), our_aet="NEGA2"),
        Node("twin", "PACS", "twin.example", 104, our_aet="NEGATOSCOPE"),
    ]
    peers = KnownPeers(
        ["NEGATOSCOPE"], lambda: nodes, strict=True, resolve=lambda host: frozenset({addresses[host]})
    )
    assert peers.judge(calling, called, address) == verdict


def test_leniently_a_sender_with_an_address_still_speaks_from_there():
    node = Node("pacs", "PACS", "10.0.0.9", 104, allowed_senders=("GATE", "FAR@10.0.0.7"))
    peers = KnownPeers(["ONE", "TWO"], lambda: [node], resolve=lambda host: frozenset({host}))
    assert [peers.judge("FAR", called, "10.0.0.7") for called in ("ONE", "TWO")] == [Admission("pacs")] * 2
    assert peers.judge("FAR", "ONE", "10.0.0.8") == WRONG_CALLING
    assert peers.judge("GATE", "ONE", "10.0.0.8") == Admission("pacs")


def wait_until(condition, seconds: float = 3) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "too late"
        time.sleep(0.01)

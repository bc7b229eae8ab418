"""Upstream DICOMweb: Orthanc's plug-in as the node, and a server that misbehaves as the test says."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset, dcmread

from appliance.config.sections import Dicom
from appliance.config.tls import client_context
from appliance.domain.errors import Malformed, Unavailable
from appliance.domain.jobs import JobKind
from appliance.domain.nodes import Method, Node, checked
from appliance.usecases.authenticators import sealed
from pacs_bridge.dicomweb.multipart import Multipart, boundary_of
from pacs_bridge.handlers import Handlers
from pacs_bridge.receive.arrivals import Arrivals
from tests.pacs_bridge.houses import FakeHouse
from tests.pacs_bridge.test_peers import beat, job
from tests.peers import bad_pacs, orthanc
from tests.peers.authority import Authority
from tests.peers.dcmtk import free_port

PLUGIN = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"
CREDENTIALS = "reader:m0t-de-passe"


@pytest.fixture(scope="module")
def files(shared_dicom: Path) -> list[Path]:
    return sorted((shared_dicom / "series" / "ct-head-1mm").glob("*"))[:12]


@pytest.fixture(scope="module")
def pacs(require, files, tmp_path_factory: pytest.TempPathFactory) -> Iterator[orthanc.Orthanc]:
    if not Path(PLUGIN).exists():
        pytest.skip("the DICOMweb plug-in is missing (apt install orthanc-dicomweb)")
    folder = tmp_path_factory.mktemp("orthanc")
    with orthanc.running(require("Orthanc"), folder, {}, [PLUGIN]) as found:
        found.upload(files)
        yield found


def node_at(port: int, **changes: Any) -> Node:
    node = Node("web", "X", "x", 1, method=Method.WADO, url=f"http://127.0.0.1:{port}/dicom-web")
    return checked(replace(node, **changes))


def handlers_of(house: FakeHouse, secure: Callable[[], ssl.SSLContext] | None = None) -> Handlers:
    return Handlers(house, Arrivals(), secure) if secure else Handlers(house, Arrivals())


def uid_of(files: list[Path]) -> str:
    return str(dcmread(files[0], stop_before_pixels=True).StudyInstanceUID)


def kept(house: FakeHouse, key: str) -> Dataset:
    return dcmread(BytesIO(house.objects.read(key)))


def test_orthanc_is_searched_and_gives_a_study_whole(pacs, files, tmp_path: Path):
    house = FakeHouse(tmp_path, [node_at(pacs.http)])
    handlers, seen = handlers_of(house), []
    assert handlers.echo(job(JobKind.ECHO, {"node": "web"}), beat)["ok"] is True
    found = handlers.find(job(JobKind.FIND, {"query": {"patient_id": "PLASTIC"}}), beat)
    [study] = found["studies"]
    assert (study["study_uid"], study["instances"], study["modalities"]) == (uid_of(files), 12, ["CT"])
    assert handlers.find(job(JobKind.FIND, {"query": {"patient_id": "NOBODY"}}), beat)["studies"] == []

    def told(done: int, total: int) -> bool:
        seen.append((done, total))
        return True

    result = handlers.pull(job(JobKind.PULL, {"study_uid": uid_of(files), "node": "web"}), told)
    assert result == {"received": 12, "expected": 12, "complete": True, "cause": ""}
    assert seen[-1] == (12, 12)
    held = {kept(house, file.key).SOPInstanceUID for file in house.receiving.files}
    originals = {dcmread(path).SOPInstanceUID: path for path in files}
    assert held == set(originals)
    for file in house.receiving.files:
        ours, theirs = kept(house, file.key), dcmread(originals[file.facts.sop_uid])
        assert ours.file_meta.TransferSyntaxUID == theirs.file_meta.TransferSyntaxUID
        assert ours.PixelData == theirs.PixelData
    assert [(actor.kind, actor.id, counts["instances"]) for actor, counts, _ in house.receiving.ended] == [
        ("node", "web", 12)
    ]


def test_only_what_is_missing_is_asked_for(pacs, files, tmp_path: Path):
    house = FakeHouse(tmp_path, [node_at(pacs.http)])
    handlers = handlers_of(house)
    asked = job(JobKind.PULL, {"study_uid": uid_of(files), "node": "web"})
    handlers.pull(asked, beat)
    del house.receiving.files[10:]
    house.receiving.ended.clear()
    assert handlers.pull(asked, beat)["complete"] is True
    assert [counts["instances"] for _, counts, _ in house.receiving.ended] == [2]


def test_a_hung_orthanc_is_told(pacs, files, tmp_path: Path):
    house = FakeHouse(tmp_path, [node_at(pacs.http)])
    asked = job(JobKind.FIND, {"query": {"patient_id": "PLASTIC"}})
    with pacs.stopped():
        started = time.monotonic()
        soon = replace(asked, deadline=house.clock.now() + timedelta(seconds=4.5))
        assert handlers_of(house).find(soon, beat)["nodes"] == [{"name": "web", "ok": False, "cause": "timeout"}]
        assert time.monotonic() - started < 5


@contextmanager
def serving(answer: Callable[[BaseHTTPRequestHandler], None], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def said(handler: BaseHTTPRequestHandler, body: bytes, kind: str = "application/dicom+json", status: int = 200) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def cause_of(node: Node, tmp_path: Path, secure: Callable[[], ssl.SSLContext] | None = None) -> str:
    house = FakeHouse(tmp_path, [node])
    return str(handlers_of(house, secure).echo(job(JobKind.ECHO, {"node": "web"}), beat)["cause"])


@pytest.mark.parametrize(
    ("scheme", "secret", "header"),
    [("basic", CREDENTIALS, "Basic cmVhZGVyOm0wdC1kZS1wYXNzZQ=="), ("bearer", "t0k3n", "Bearer t0k3n"), ("", "", None)],
)
def test_what_a_node_is_told_of_us(tmp_path: Path, scheme: str, secret: str, header: str | None):
    heard: list[str | None] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        heard.append(handler.headers.get("Authorization"))
        said(handler, b"[]")

    house = FakeHouse(tmp_path)
    with serving(answer) as port:
        told = f"{scheme}:{sealed(house.secrets, secret)}" if scheme else ""
        node = node_at(port, credentials=told)
        assert cause_of(node, tmp_path) == ""
    assert heard == [header]
    assert not secret or secret not in repr(node)
    assert not secret or secret not in told


@pytest.mark.parametrize(
    ("status", "cause"), [(401, "credentials"), (403, "credentials"), (404, "not_found"), (500, "failed_status"),
                          (302, "failed_status")],
)  # fmt: skip
def test_statuses_have_their_causes(tmp_path: Path, status: int, cause: str):
    with serving(lambda handler: said(handler, b"", status=status)) as port:
        assert cause_of(node_at(port), tmp_path) == cause


@pytest.mark.parametrize(
    "body", [b"{", b"{}", b"[" * 100_000, b"x" * (17 << 20)], ids=["half", "object", "deep", "long"]
)
def test_what_is_no_answer_is_a_failure(tmp_path: Path, body: bytes):
    with serving(lambda handler: said(handler, body)) as port:
        assert cause_of(node_at(port), tmp_path) == "failed_status"


def test_nobody_and_silence(tmp_path: Path):
    assert cause_of(node_at(free_port()), tmp_path) == "refused"
    with bad_pacs.hung() as port:
        assert cause_of(node_at(port), tmp_path) == "timeout"


def test_the_certificate_of_a_node_is_verified(tmp_path: Path):
    authority = Authority(tmp_path / "pki")
    pair = authority.issue("web", "127.0.0.1")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pair.certificate, pair.key)
    with serving(lambda handler: said(handler, b"[]"), tls) as port:
        node = checked(replace(node_at(port), url=f"https://127.0.0.1:{port}/dicom-web"))
        known = partial(client_context, Dicom(tls_node_ca=authority.file))
        stranger = partial(client_context, Dicom(tls_node_ca=Authority(tmp_path / "other", "Other").file))
        assert cause_of(node, tmp_path, known) == ""
        assert cause_of(node, tmp_path, stranger) == "tls_unknown_ca"


class Archive:
    """A study by DICOMweb, and how its WADO-RS answer goes wrong."""

    def __init__(self, files: list[Path], broken: Callable[[bytes], bytes] = bytes, instead: bytes = b"") -> None:
        self.sets = [dcmread(path) for path in files]
        self.bodies = [path.read_bytes() for path in files]
        self.broken, self.instead = broken, instead
        self.pause_s = 0.0

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        path = handler.path.partition("?")[0].removeprefix("/dicom-web/")
        if handler.headers["Accept"].startswith("multipart"):
            self._give(handler)
        elif path == "studies":
            said(handler, b"[" + self._json("StudyInstanceUID", "PatientID") + b"]")
        elif path.endswith("/series"):
            said(handler, b"[" + self._json("StudyInstanceUID", "SeriesInstanceUID") + b"]")
        else:
            keys = ("SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID")
            said(handler, b"[" + b",".join(self._of(one, keys) for one in self.sets) + b"]")

    def _give(self, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", 'multipart/related; type="application/dicom"; boundary="a=b"')
        handler.end_headers()
        parts = [b"\r\n--a=b\r\nContent-Type: application/dicom\r\n\r\n" + (self.instead or one) for one in self.bodies]
        body = self.broken(b"".join(parts) + b"\r\n--a=b--\r\n")
        try:
            for at in range(0, len(body), 300_000):
                time.sleep(self.pause_s)
                handler.wfile.write(body[at : at + 300_000])
        except OSError:
            return

    def _json(self, *keys: str) -> bytes:
        return self._of(self.sets[0], keys)

    def _of(self, one: Any, keys: tuple[str, ...]) -> bytes:
        wanted = Dataset()
        for key in keys:
            setattr(wanted, key, one[key].value)
        return str(wanted.to_json()).encode()


def pulled(archive: Archive, files: list[Path], tmp_path: Path, told: Any = beat) -> tuple[FakeHouse, Any]:
    house = FakeHouse(tmp_path)
    with serving(archive) as port:
        house.work.nodes.nodes["web"] = node_at(port)
        asked = job(JobKind.PULL, {"study_uid": uid_of(files), "node": "web"})
        try:
            return house, handlers_of(house).pull(asked, told)
        except Unavailable as failed:
            return house, failed.cause


def test_an_answer_cut_off_is_not_whole_and_leaves_no_half_object(files, tmp_path: Path):
    house, cause = pulled(Archive(files[:4], lambda body: body[: len(body) // 2]), files, tmp_path)
    assert cause == "aborted"
    assert house.work.studies.counts[uid_of(files)] == (4, False)
    assert 0 < len(house.receiving.files) < 4
    assert len(list(house.objects.keys("received"))) == len(house.receiving.files)


def test_another_study_is_refused(files, tmp_path: Path):
    other = dcmread(files[0])
    other.StudyInstanceUID = "1.2.3.4"
    other.save_as(tmp_path / "other.dcm")
    archive = Archive(files[:2], instead=(tmp_path / "other.dcm").read_bytes())
    house, cause = pulled(archive, files, tmp_path / "store")
    assert cause == "wrong_instance"
    assert not house.receiving.files


@pytest.mark.parametrize(
    "instead", [b"no DICOM at all" * 30, bytes(128) + b"DICM" + b"\xff" * 4000], ids=["text", "noise"]
)
def test_a_part_that_is_no_object_is_passed_over(files, tmp_path: Path, instead: bytes):
    house, cause = pulled(Archive(files[:2], instead=instead), files, tmp_path)
    assert cause == "incomplete"
    assert not list(house.objects.keys("received"))


def test_a_retrieval_is_cancelled(files, tmp_path: Path):
    archive = Archive(files)
    archive.pause_s = 0.5
    started = time.monotonic()
    _, cause = pulled(archive, files, tmp_path, lambda *_: time.monotonic() - started < 1)
    assert cause == "cancelled"
    assert time.monotonic() - started < 4


PARTS = [b"", b"\r\n", b"--x", b"\r\n--", b"a" * 50, b"\r\n--xy\r\n-x"]


@given(st.lists(st.sampled_from(PARTS), max_size=4), st.lists(st.integers(1, 30), max_size=40))
def test_parts_are_the_same_however_they_come(parts: list[bytes], cuts: list[int]):
    body = b"preamble" if cuts else b""
    body += b"".join(b"\r\n--xyz\r\nA: b\r\n\r\n" + part for part in parts) + b"\r\n--xyz--\r\nepilogue"
    reader, found, at = Multipart(b"xyz"), [], 0
    for cut in [*cuts, len(body)]:
        for kind, data in reader.feed(body[at : at + cut]):
            if kind == "begin":
                found.append(b"")
            elif kind == "data":
                found[-1] += data
        at += cut
    assert found == parts
    assert reader.over


@pytest.mark.parametrize("head", ["application/json", "multipart/related", "", "multipart/related; boundary="])
def test_a_body_without_boundary_is_malformed(head: str):
    with pytest.raises(Malformed):
        boundary_of(head)


def test_headers_without_end_are_malformed():
    reader = Multipart(b"xyz")
    list(reader.feed(b"--xyz\r\n" + b"x" * 16_000))
    with pytest.raises(Malformed):
        list(reader.feed(b"x" * 1000))


@pytest.mark.parametrize(
    "url", ["", "ftp://pacs/", "http://", "https://u:p@pacs/", "https://pacs/?a=b", "https://pa cs/", "https://pacs:99999/"]
)
def test_addresses_that_are_none(url: str):
    with pytest.raises(Malformed, match="node_url"):
        checked(Node("web", "X", "x", 1, method=Method.WADO, url=url))


def test_credentials_do_not_travel_in_clear():
    node = Node("web", "X", "x", 1, method=Method.WADO, url="http://pacs.example/", credentials="basic:x")
    with pytest.raises(Malformed, match="node_plain"):
        checked(node)
    assert checked(replace(node, url="https://pacs.example/dicom-web")).port == 443

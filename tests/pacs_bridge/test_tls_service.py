"""The TLS listener as a hospital configures it: the bridge as a process, DCMTK's tools as its peers."""

import contextlib
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from appliance.bootstrap import open_house
from appliance.config.settings import Settings, load
from appliance.domain.jobs import JobKind
from appliance.domain.journal import Actor
from appliance.domain.nodes import Method, Node
from appliance.store.migrations import migrate
from tests.peers import dcmtk, orthanc
from tests.peers.authority import Authority, Pair
from tests.peers.dcmtk import free_port
from tests.peers.sender import EXPLICIT, Sender

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-c", "from appliance.cli import main; main()"]
STALLED = 50


@dataclass
class Site:
    """A hospital: its settings file, its authority, the pair of its modality."""

    config: Path
    authority: Authority
    modality: Pair

    @property
    def settings(self) -> Settings:
        return load(self.config)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    authority = Authority(tmp_path / "pki")
    ours, modality = authority.issue("bridge", "localhost", "127.0.0.1"), authority.issue("modality")
    found = Site(tmp_path / "negatoscope.toml", authority, modality)
    found.config.write_text(
        f'state_dir = "{tmp_path / "state"}"\n[dicom]\nport = {free_port()}\ntls_port = {free_port()}\n'
        f'tls_certificate = "{ours.certificate}"\ntls_key = "{ours.key}"\nknown_callers = "any_loopback"\n'
    )
    (tmp_path / "state").mkdir()
    migrate(found.settings.database_url)
    return found


@contextlib.contextmanager
def bridge(config: Path) -> Iterator[subprocess.Popen[bytes]]:
    ready, writing = os.pipe()
    with (config.parent / "bridge.log").open("ab") as log:
        process = subprocess.Popen(
            [*PROGRAM, "service", "bridge", "--config", config],
            env=os.environ | {"NEGATOSCOPE_READY_FD": str(writing)}, pass_fds=[writing], cwd=ROOT,
            stderr=log)  # fmt: skip
    os.close(writing)
    try:
        with os.fdopen(ready, "rb") as pipe:
            assert pipe.readline() == b"ready\n", (config.parent / "bridge.log").read_text()[-2000:]
        yield process
    finally:
        process.terminate()
        assert process.wait(15) == 0


def echoed(require, port: int, *options: str | Path) -> dcmtk.Ran:
    return dcmtk.run(require("echoscu"), *options, "-aec", "NEGATOSCOPE", "127.0.0.1", str(port))


def test_echo_and_store_on_both_ports(site: Site, require, shared_dicom: Path):
    files = sorted((shared_dicom / "series" / "ct-head-1mm").glob("*"))[:3]
    dicom, ca = site.settings.dicom, ("+cf", site.authority.file)
    with bridge(site.config), open_house(site.settings) as house:
        assert echoed(require, dicom.port).code == 0
        for profile in ("+px", "+py", "+pz"):
            ran = echoed(require, dicom.tls_port, "+tla", profile, *ca)
            assert ran.code == 0, ran.output
        assert echoed(require, dicom.tls_port).code != 0
        options = ["+tla", *map(str, ca), "-xs"]
        ran = dcmtk.store(require("storescu"), dicom.tls_port, files, options=options)
        assert ran.code == 0, ran.output
        assert len(list(house.objects.keys("received/"))) == 3


def test_only_certificates_of_the_authority_of_clients(site: Site, require, tmp_path: Path):
    with site.config.open("a") as file:
        file.write(f'tls_client_ca = "{site.authority.file}"\n')
    stranger = Authority(tmp_path / "elsewhere", "Other").issue("stranger")
    port, ca = site.settings.dicom.tls_port, ("+cf", site.authority.file)
    with bridge(site.config):
        known = echoed(require, port, "+tls", site.modality.key, site.modality.certificate, *ca)
        assert known.code == 0, known.output
        assert echoed(require, port, "+tla", *ca).code != 0
        assert echoed(require, port, "+tls", stranger.key, stranger.certificate, *ca).code != 0


@pytest.mark.parametrize("days", [-30, 30], ids=["expired", "not-yet"])
def test_a_client_s_certificate_must_hold_today(site: Site, require, days: int):
    with site.config.open("a") as file:
        file.write(f'tls_client_ca = "{site.authority.file}"\n')
    late = site.authority.issue(f"day{days}", days=days)
    port, ca = site.settings.dicom.tls_port, ("+cf", site.authority.file)
    with bridge(site.config):
        assert echoed(require, port, "+tls", late.key, late.certificate, *ca).code != 0
        good = echoed(require, port, "+tls", site.modality.key, site.modality.certificate, *ca)
        assert good.code == 0, good.output


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_older_versions_of_tls_are_refused(site: Site, version: ssl.TLSVersion):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    # OpenSSL of our side would not even try otherwise.
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    with (
        bridge(site.config),
        socket.create_connection(("127.0.0.1", site.settings.dicom.tls_port or 0), timeout=5) as raw,
        pytest.raises(ssl.SSLError, match=r"(?i)protocol.version"),
    ):
        context.wrap_socket(raw)


def test_several_titles_each_for_its_node(site: Site, require, shared_dicom: Path):
    """storescu under titles that fit a node in all, and under those that do not."""
    file = next((shared_dicom / "series" / "ct-head-1mm").glob("*"))
    text = site.config.read_text().replace('"any_loopback"', '"configured"')
    site.config.write_text(text + 'aliases = ["NEGA-URG"]\nnode_policy = "strict"\n')
    port, storescu = site.settings.dicom.port, require("storescu")

    def stores(calling: str, called: str) -> bool:
        return dcmtk.store(storescu, port, [file], called=called, options=["-aet", calling, "-xs"]).code == 0

    with bridge(site.config), open_house(site.settings) as house:
        for name, ours, senders in (("one", "NEGATOSCOPE", ()), ("two", "NEGA-URG", ("GATE@192.0.2.1",))):
            node = Node(name, name.upper(), "127.0.0.1", 104, our_aet=ours, allowed_senders=senders)
            house.nodes.add(node, Actor("unix", "0"))
        assert stores("ONE", "NEGATOSCOPE")
        assert stores("TWO", "NEGA-URG")
        assert not stores("ONE", "NEGA-URG")
        assert not stores("TWO", "NEGATOSCOPE")
        assert not stores("GATE", "NEGA-URG")
        assert not stores("ONE", "SOMEBODY")
        assert not stores("THREE", "NEGATOSCOPE")


@pytest.mark.parametrize("per_peer", [8, 64])
def test_stalled_handshakes_hold_nobody_up_and_cost_little(site: Site, require, per_peer: int):
    with site.config.open("a") as file:
        file.write(f"max_per_peer = {per_peer}\n")
    dicom = site.settings.dicom
    with bridge(site.config) as process, contextlib.ExitStack() as stalled:
        assert echoed(require, dicom.tls_port, "+tla", "-ic").code == 0
        before = status(process.pid, "VmRSS")
        for _ in range(STALLED):
            peer = stalled.enter_context(socket.create_connection(("127.0.0.1", dicom.tls_port or 0)))
            peer.sendall(b"\x16\3\1")
        for port, options in ((dicom.tls_port or 0, ("+tla", "-ic")), (dicom.port, ())):
            started = time.monotonic()
            ran = echoed(require, port, *options)
            assert ran.code == 0, ran.output
            assert time.monotonic() - started < 2
        grown_kib = status(process.pid, "VmRSS") - before
        assert grown_kib < 20_000, grown_kib
        # Each handshake has ten seconds in total; then its thread is gone, whatever the peer does.
        end = time.monotonic() + 14
        while status(process.pid, "Threads") > 25:
            assert time.monotonic() < end, status(process.pid, "Threads")
            time.sleep(0.2)


def status(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1])


@pytest.mark.parametrize("verb", [("service", "bridge"), ("run",)])
def test_a_certificate_that_cannot_be_used_is_told_at_start(site: Site, verb: tuple[str, ...]):
    text = site.config.read_text().replace("bridge.key", "modality.key")
    site.config.write_text(text)
    ran = subprocess.run(
        [*PROGRAM, *verb, "--config", site.config], capture_output=True, text=True, timeout=60, check=False,
        cwd=ROOT)  # fmt: skip
    assert ran.returncode == 78, ran.stderr
    assert "dicom.tls_key : " in ran.stderr
    assert "n'est pas la clé du certificat" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_both_ports_share_one_capacity(site: Site, require):
    with site.config.open("a") as file:
        file.write("max_per_peer = 2\n")
    dicom = site.settings.dicom
    with bridge(site.config), contextlib.ExitStack() as held:
        for _ in range(2):
            held.enter_context(Sender(dicom.port).associated("1.2.840.10008.1.1", EXPLICIT))
        assert echoed(require, dicom.tls_port or 0, "+tla", "-ic").code != 0
        held.close()
        end = time.monotonic() + 5
        while echoed(require, dicom.tls_port or 0, "+tla", "-ic").code != 0:
            assert time.monotonic() < end


@pytest.mark.parametrize("method", [Method.MOVE, Method.GET])
def test_a_study_comes_from_orthanc_by_tls_alone(site: Site, require, shared_dicom: Path, tmp_path: Path, method):
    """Both ways: we ask over TLS, and what C-MOVE brings arrives at our TLS port, each side showing its certificate."""
    files = sorted((shared_dicom / "series" / "ct-head-1mm").glob("*"))[:5]
    with site.config.open("a") as file:
        file.write(f'tls_client_ca = "{site.authority.file}"\ntls_node_ca = "{site.authority.file}"\n')
    theirs = site.authority.issue("orthanc", "127.0.0.1")
    ours = {"AET": "NEGATOSCOPE", "Host": "127.0.0.1", "Port": site.settings.dicom.tls_port, "UseDicomTls": True}
    tls = {
        "DicomTlsEnabled": True, "DicomTlsCertificate": str(theirs.certificate), "DicomTlsPrivateKey": str(theirs.key),
        "DicomTlsTrustedCertificates": str(site.authority.file), "DicomTlsRemoteCertificateRequired": True,
        "DicomModalities": {"NEGATOSCOPE": ours},
    }  # fmt: skip
    with (
        orthanc.running(require("Orthanc"), tmp_path / "orthanc", {}, settings=tls) as pacs,
        bridge(site.config),
        open_house(site.settings) as house,
    ):
        pacs.upload(files)
        house.nodes.add(Node("pacs", pacs.aet, "127.0.0.1", pacs.port, method=method, tls=True), Actor("unix", "0"))
        assert house.nodes.echo("pacs") | {"ms": 0} == {"ok": True, "ms": 0, "cause": ""}
        found = house.queue.ask(JobKind.FIND, "x", {"query": {"patient_id": "PLASTIC"}}, wait_s=15)
        payload = {"study_uid": found["studies"][0]["study_uid"], "node": None}
        result = house.queue.ask(JobKind.PULL, "p", payload, wait_s=60)
        assert (result["received"], result["complete"]) == (5, True)
        house.nodes.edit("pacs", replace(house.nodes.get("pacs"), host="localhost"), Actor("unix", "0"))
        assert house.nodes.echo("pacs")["cause"] == "tls_name"

"""The units are what systemd accepts, and the site is what nginx accepts."""

import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from appliance.config.settings import load
from tests.peers import nginx
from tests.peers.authority import Authority

FOLDER = Path(__file__).parent.parent.parent / "systemd"


@pytest.fixture(params=[FOLDER, FOLDER / "lan"], ids=["one box", "bridge in the LAN"])
def installed(request, tmp_path):
    """The units of a host with a program that exists in place of the installed one."""
    for unit in request.param.iterdir():
        if unit.suffix in (".service", ".socket", ".target"):
            text = unit.read_text().replace("/opt/negatoscope/bin/negatoscope", sys.executable)
            (tmp_path / unit.name).write_text(text)
    return tmp_path


def test_every_service_has_its_unit():
    for name in ("web", "bridge", "courier", "admin"):
        text = (FOLDER / f"negatoscope-{name}.service").read_text()
        assert f"service {name} --config" in text
        assert f"negatoscope-{name}.service" in (FOLDER / "negatoscope.target").read_text()


def test_systemd_accepts_the_units(installed, require):
    program = require("systemd-analyze")
    units = sorted(str(path) for path in installed.iterdir())
    done = subprocess.run([program, "verify", "--man=no", *units], capture_output=True, text=True, timeout=60)
    ours = [line for line in done.stderr.splitlines() if "negatoscope" in line]
    assert ours == []
    assert done.returncode == 0, done.stderr


def test_users_and_folders_are_accepted(require, tmp_path):
    for program, file in (("systemd-sysusers", "negatoscope.sysusers"), ("systemd-tmpfiles", "negatoscope.tmpfiles")):
        (tmp_path / "etc").mkdir(exist_ok=True)
        args = [require(program), f"--root={tmp_path}", *(["--create"] if "tmpfiles" in program else [])]
        done = subprocess.run([*args, str(FOLDER / file)], capture_output=True, text=True, timeout=30)
        assert "Unknown" not in done.stderr
        assert "invalid" not in done.stderr.lower()


def test_the_sample_settings_are_settings():
    assert load(FOLDER / "negatoscope.toml", {}).dicom.known_callers == "configured"


def test_nginx_accepts_the_site(require, tmp_path):
    program = require("nginx")
    if not nginx.MODULE.exists():
        pytest.skip("nginx's stream module is missing (apt install libnginx-mod-stream)")
    pair = Authority(tmp_path / "tls").issue("t", "t")
    nginx.written(tmp_path, (pair, pair), (tmp_path / "web.sock", tmp_path / "card.sock"))
    done = subprocess.run(
        [program, "-t", "-p", str(tmp_path), "-c", "n.conf"], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr


def test_nginx_holds_back_connections_that_never_become_a_request(require, tmp_path):
    program = require("nginx")
    if not nginx.MODULE.exists():
        pytest.skip("nginx's stream module is missing (apt install libnginx-mod-stream)")
    pair = Authority(tmp_path / "tls").issue("t", "t")
    front = nginx.written(tmp_path, (pair, pair), (tmp_path / "web.sock", tmp_path / "card.sock"))
    config = tmp_path / "n.conf"
    assert "limit_conn negatoscope_address 256;" in config.read_text()
    config.write_text(config.read_text().replace("negatoscope_address 256;", "negatoscope_address 8;"))
    with nginx.running(program, tmp_path, front), ExitStack() as stack:
        held = [stack.enter_context(socket.create_connection(("127.0.0.1", front.port), 5)) for _ in range(8)]
        with socket.create_connection(("127.0.0.1", front.port), 5) as ninth:
            assert ninth.recv(1) == b""
        held[0].settimeout(0.2)
        with pytest.raises(TimeoutError):
            held[0].recv(1)


def test_only_the_card_host_speaks_of_certificates_and_remembers_nothing():
    portal, card = (FOLDER / "nginx-site.conf").read_text().split("# Cards.")
    assert 'proxy_set_header X-Client-Certificate "";' in portal
    assert "ssl_verify_client" not in portal
    for line in (
        "ssl_protocols TLSv1.2;", "ssl_session_cache off;", "ssl_session_tickets off;", "keepalive_timeout 0;",
        "ssl_verify_client optional_no_ca;", "proxy_set_header X-Client-Certificate $ssl_client_escaped_cert;",
        "ClientSignatureAlgorithms RSA+SHA256:RSA+SHA384:ECDSA+SHA256;", "error_page 495 = @card;",
    ):  # fmt: skip
        assert line in card
    assert "http2" not in card
    assert "TLSv1.3" not in card.split("server {")[1]

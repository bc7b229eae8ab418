"""The units are what systemd accepts, and the site is what nginx accepts."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.config.settings import load

FOLDER = Path(__file__).parent.parent.parent / "systemd"


@pytest.fixture
def installed(tmp_path):
    """The units with a program that exists in place of the installed one."""
    for unit in FOLDER.iterdir():
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
    nginx, openssl = require("nginx"), require("openssl")
    subject = ["-x509", "-nodes", "-days", "1", "-newkey", "rsa:2048", "-subj", "/CN=t"]
    pem, key = tmp_path / "c.pem", tmp_path / "k.pem"
    subprocess.run([openssl, "req", *subject, "-keyout", str(key), "-out", str(pem)], check=True, capture_output=True)
    site = (FOLDER / "nginx-site.conf").read_text()
    site = site.replace("/etc/negatoscope/tls/portal.pem", str(pem)).replace(
        "/etc/negatoscope/tls/portal.key", str(key)
    )
    site = site.replace("listen 80", "listen 18080").replace(":80;", ":18080;")
    site = site.replace("listen 443", "listen 18443").replace(":443 ", ":18443 ")
    for name in ("body", "proxy", "fastcgi", "uwsgi", "scgi"):
        (tmp_path / name).mkdir()
    paths = "client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; "
    config = f"pid n.pid; error_log stderr; events {{}}\nhttp {{ {paths} scgi_temp_path scgi;\n{site}\n}}\n"
    (tmp_path / "n.conf").write_text(config)
    done = subprocess.run(
        [nginx, "-t", "-p", str(tmp_path), "-c", "n.conf"], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    assert shutil.which("openssl")

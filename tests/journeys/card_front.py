"""The product behind nginx as ``systemd/`` sets it up: `negatoscope run`, its two sockets, one 443 for both hosts."""

import http.client
import json
import re
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cps_card.simulator.pki import PERSONS, CrlWanted, Igc, Wanted, person, rsa_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

from tests.conftest import require
from tests.journeys import running
from tests.peers import nginx
from tests.peers.authority import Authority

HOST, CARDS = "imagerie.test", "cps.imagerie.test"
PHYSICIAN = person("899700366240", "DOC0036624", "KIT")


@dataclass
class House:
    """A running product and the authority whose cards it believes."""

    folder: Path
    front: nginx.Front
    ready: dict[str, Any]
    igc: Igc
    stranger: Igc
    made: dict[str, Path] = field(default_factory=dict)

    @property
    def web(self) -> str:
        return f"https://{HOST}:{self.front.port}"

    def certificate(self, name: str, *, igc: Igc | None = None, **said: Any) -> Path:
        """PEM of a certificate and its key, and beside it a PKCS#12 file (``.p12``)."""
        if name not in self.made:
            key = rsa_key()
            one = (igc or self.igc).persons.issue(Wanted(**{"subject": PHYSICIAN, "key": key.public_key()} | said))
            path = self.folder / f"{name}.pem"
            secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            path.write_bytes(one.public_bytes(Encoding.PEM) + secret)
            chain = pkcs12.serialize_key_and_certificates(b"card", key, one, None, NoEncryption())
            path.with_suffix(".p12").write_bytes(chain)
            self.made[name] = path
        return self.made[name]

    def revoke(self, *serials: int) -> None:
        publish(self.folder / "state" / "trust" / "lists" / "persons.crl", self.igc.persons.crl(CrlWanted(serials, 0)))

    def journal(self) -> list[dict[str, Any]]:
        command = [sys.executable, "-m", "appliance.cli", "journal", "list", "--json"]
        environment = {"NEGATOSCOPE_ADMIN_SOCKET": self.ready["admin_socket"], "PATH": "/usr/bin:/bin"}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=running.ROOT, timeout=60)
        assert done.returncode == 0, done.stderr
        return list(json.loads(done.stdout))


def publish(path: Path, crl: Any) -> None:
    beside = path.with_name(f".{path.name}")
    beside.write_bytes(crl.public_bytes(Encoding.DER))
    beside.replace(path)


@contextmanager
def standing(folder: Path) -> Iterator[House]:
    """Start the product and nginx in a folder with a short path (sockets); end both."""
    program = require("nginx")
    if not nginx.MODULE.exists():
        pytest.skip("nginx's stream module is missing (apt install libnginx-mod-stream)")
    now = datetime.now(UTC).replace(microsecond=0)
    igc, stranger = Igc.made(now), Igc.made(now)
    trust = folder / "state" / "trust"
    for below in ("authorities", "lists"):
        (trust / below).mkdir(parents=True)
    for name, one in (("top", igc.top), ("persons", igc.persons)):
        (trust / "authorities" / f"{name}.pem").write_bytes(one.certificate.public_bytes(Encoding.PEM))
        publish(trust / "lists" / f"{name}.crl", one.crl())
    tls = Authority(folder / "tls")
    pairs = tls.issue("portal", HOST), tls.issue("cards", CARDS, f"*.{CARDS}")
    sockets = folder / "web.sock", folder / "card.sock"
    front = nginx.written(folder, pairs, sockets, HOST)
    config, ready = folder / "n.toml", folder / "ready.json"
    config.write_text(
        f'state_dir = "{folder / "state"}"\n[web]\nsocket = "{sockets[0]}"\npublic_url = "https://{HOST}:{front.port}"\n'
        f'[card]\nsocket = "{sockets[1]}"\npublic_url = "https://{CARDS}:{front.port}"\nissuers = ["{PERSONS}"]\n'
        f'handshakes_per_minute = 1000\n[dicom]\nport = 0\n[admin]\nsocket = "{folder / "admin.sock"}"\n'
        "root_needs_reason = false\n"
    )
    command = [sys.executable, "-m", "appliance.cli", "run", "--config", str(config), "--ready-file", str(ready)]
    with (folder / "run.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=running.ROOT, start_new_session=True)
    try:
        end = time.monotonic() + running.READY_S
        while not ready.exists():
            assert process.poll() is None, (folder / "run.log").read_text()[-3000:]
            assert time.monotonic() < end
            time.sleep(0.05)
        with nginx.running(program, folder, front):
            yield House(folder, front, json.loads(ready.read_text()), igc, stranger)
    finally:
        process.terminate()
        process.wait(30)


class Visitor:
    """A browser that is none: cookies of the portal, a certificate for the card host, TLS as asked."""

    def __init__(self, house: House, certificate: Path | None = None) -> None:
        self.house, self.cookies, self.seen = house, {}, {}
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.context.check_hostname, self.context.verify_mode = False, ssl.CERT_NONE
        if certificate:
            self.context.load_cert_chain(certificate)

    def get(self, url: str, session: Any = None, **headers: str) -> tuple[int, str, str]:
        """Return status, address to go to, and text; what TLS was is in ``seen``."""
        host, path = re.fullmatch(r"https://([^:/]+):\d+(/.*)?", url).groups()
        with (
            socket.create_connection(("127.0.0.1", self.house.front.port), 10) as plain,
            self.context.wrap_socket(plain, server_hostname=host, session=session) as secured,
        ):
            self.seen = {"version": secured.version(), "resumed": secured.session_reused}
            cookie = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
            lines = {"Host": f"{host}:{self.house.front.port}", "Cookie": cookie, **headers}
            text = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
            secured.sendall(f"GET {path or '/'} HTTP/1.1\r\n{text}\r\n".encode())
            answer = http.client.HTTPResponse(secured)
            answer.begin()
            body = answer.read().decode()
            for one in answer.headers.get_all("Set-Cookie", []):
                name, _, value = one.partition(";")[0].partition("=")
                self.cookies[name] = value
            self.seen["session"], self.seen["closed"] = secured.session, answer.headers["Connection"] == "close"
        return answer.status, answer.headers["Location"] or "", body

    def log_in(self, **headers: str) -> tuple[int, str, str]:
        """Go to the card host and back; the headers go to the card host."""
        away = self.get(f"{self.house.web}/login/card/go")[1]
        status, back, text = self.get(away, **headers)
        assert status == 303, (status, text)
        self.card = dict(self.seen)
        return self.get(back)



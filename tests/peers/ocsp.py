"""`openssl ocsp` as a responder on 127.0.0.1: it answers from an index file, as a certification authority keeps one."""

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cps_card.simulator.pki import Authority
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.peers.dcmtk import free_port

SHIM = Path(__file__).parent / "loopback.c"
_READY_S = 20.0


@dataclass(frozen=True)
class Index:
    """What the authority knows of its certificates; one that is in neither is *unknown* to the responder."""

    good: Sequence[x509.Certificate] = ()
    revoked: Sequence[x509.Certificate] = ()

    def text(self) -> str:
        now = datetime.now(UTC)
        lines = [_line("V", one, now, "") for one in self.good]
        ended = f"{now - timedelta(hours=1):%y%m%d%H%M%SZ}"
        return "".join([*lines, *(_line("R", one, now, ended) for one in self.revoked)])


def shim(gcc: str, folder: Path) -> Path:
    """Return the built library that keeps a peer on loopback."""
    built = folder / "loopback.so"
    subprocess.run([gcc, "-shared", "-fPIC", "-o", built, SHIM, "-ldl"], check=True, timeout=60)
    return built


@contextmanager
def running(
    programs: tuple[str, Path], folder: Path, issuer: Authority, index: Index, signer: Authority | None = None
) -> Iterator[str]:
    """Run ``openssl`` (with the shim) for one authority; yield the responder's address."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.txt").write_text(index.text())
    by, port = signer or issuer, free_port()
    (folder / "ca.pem").write_bytes(issuer.certificate.public_bytes(Encoding.PEM))
    (folder / "signer.pem").write_bytes(by.certificate.public_bytes(Encoding.PEM))
    (folder / "signer.key").write_bytes(by.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    command = [
        programs[0], "ocsp", "-port", str(port), "-index", "index.txt", "-CA", "ca.pem", "-rsigner", "signer.pem",
        "-rkey", "signer.key", "-nmin", "30",
    ]  # fmt: skip
    log = folder / "log"
    with log.open("wb") as written:
        environment = os.environ | {"LD_PRELOAD": str(programs[1])}
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=written, stderr=written)
    try:
        end = time.monotonic() + _READY_S
        while "waiting for OCSP client" not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(10)


def _line(state: str, one: x509.Certificate, now: datetime, ended: str) -> str:
    serial = f"{one.serial_number:X}"
    serial = serial if len(serial) % 2 == 0 else f"0{serial}"
    return f"{state}\t{now + timedelta(days=30):%y%m%d%H%M%SZ}\t{ended}\t{serial}\tunknown\t/CN=card\n"

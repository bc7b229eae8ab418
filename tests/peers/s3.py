"""An S3 server as a peer: moto's, a real HTTP server whose objects live in memory."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from appliance.blobs.bucket import Bucket, connected
from tests.peers.authority import Pair
from tests.peers.dcmtk import free_port

NAME = "images"
SERVER = Path(__file__).parent / "s3_server.py"


@dataclass(frozen=True)
class S3Server:
    """A running server and what its client needs to know."""

    bucket: Bucket
    process: subprocess.Popen[bytes]

    def named(self, name: str) -> Bucket:
        """A fresh bucket of this server."""
        bucket = replace(self.bucket, name=name)
        with closing(connected(bucket, 1)) as client:
            client.create_bucket(Bucket=name)
        return bucket


@contextmanager
def running(
    folder: Path,
    address: str = "127.0.0.1",
    port: int = 0,
    *,
    tls: Pair | None = None,
    ca: Path | None = None,
    inside: Sequence[str] = (),
) -> Iterator[S3Server]:
    """Start a server, maybe by the command of another network; end it at the end."""
    port = port or free_port()
    command = [*inside, sys.executable, str(SERVER), "-H", address, "-p", str(port)]
    if tls is not None:
        command += ["-s", "-c", str(tls.certificate), "-k", str(tls.key)]
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "s3.log", "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _await(process, folder / "s3.log")
        scheme = "http" if tls is None else "https"
        yield S3Server(Bucket(NAME, "access", "secret", f"{scheme}://{address}:{port}", ca=ca), process)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def _await(process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        if b"Running on" in log.read_bytes():
            return
        time.sleep(0.05)
    raise RuntimeError(f"the S3 server did not start: {log.read_text(errors='replace')[-500:]}")


class Lossy:
    """A way to a server that swallows the next ``losses`` answers: the request arrived, and nobody says so."""

    def __init__(self, port: int) -> None:
        self._upstream = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self.losses = 0
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for one in self._open:
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._upstream))
            self._open += [near, far]
            for pair in ((near, far, False), (far, near, True)):
                thread = threading.Thread(target=self._pass, args=pair)
                self._threads.append(thread)
                thread.start()

    def _pass(self, source: socket.socket, target: socket.socket, answers: Any) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if answers and self.losses and not data.startswith(b"HTTP/1.1 100"):
                    self.losses -= 1
                    break
                target.sendall(data)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

"""pcscd with a virtual reader (vsmartcard's vpcd), private to the tests: its folder, its socket, its port of 127.0.0.1.

A shim built on the spot keeps it private, so it neither meets nor disturbs a pcscd of the machine.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
SHIM = Path(__file__).parent / "pcscd_private.c"
SOCKET_VARIABLE = "PCSCLITE_CSOCK_NAME"
READER = "Virtual PCD 00 00"


@dataclass
class Pcscd:
    """A running pcscd; clients find it by `SOCKET_VARIABLE`."""

    port: int
    socket: Path
    log: Path
    environment: dict[str, str]
    command: list[str]
    process: subprocess.Popen[bytes] = field(init=False)

    def stop(self) -> None:
        """End it and wait."""
        self.process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(5)

    def start(self) -> None:
        """Start it (again) and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        for _ in range(500):
            if self.process.poll() is not None:
                raise RuntimeError(f"pcscd ended: {self.log.read_text(errors='replace')[-2000:]}")
            if _answers(self.socket) and not _free(self.port):
                return
            time.sleep(0.02)
        raise RuntimeError("pcscd does not answer")


def socket_in(folder: Path) -> Path:
    """Return where clients find a pcscd of that folder."""
    return folder / "run" / "pcscd.comm"


@contextmanager
def running(program: str, gcc: str, folder: Path) -> Iterator[Pcscd]:
    """Start pcscd in a folder that does not exist yet; end it at the end. Short: the path of a socket has 108 bytes."""
    folder.mkdir(mode=0o700)
    try:
        shim = folder / "private.so"
        subprocess.run([gcc, "-shared", "-fPIC", "-o", shim, SHIM, "-ldl"], check=True, timeout=60)
        port = _two_ports()
        (folder / "readers").mkdir()
        (folder / "readers" / "vpcd").write_text(
            f'FRIENDLYNAME "Virtual PCD"\nDEVICENAME /dev/null:0x{port:04X}\nLIBPATH {DRIVER}\nCHANNELID 0x{port:04X}\n'
        )
        (folder / "run").mkdir()
        environment = os.environ | {"LD_PRELOAD": str(shim), "PCSCD_FOLDER": str(folder / "run")}
        # --auto-exit: should the tests be killed, it ends a minute later.
        command = [program, "--foreground", "--auto-exit", "--config", str(folder / "readers")]
        found = Pcscd(port, socket_in(folder), folder / "log", environment, command)
        found.start()
        try:
            yield found
        finally:
            found.stop()
    finally:
        shutil.rmtree(folder)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as asked:
        try:
            asked.connect(str(path))
        except OSError:
            return False
        return True


def _free(port: int) -> bool:
    with socket.socket() as asked:
        asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            asked.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _two_ports() -> int:
    """Return a port that is free and whose next is too: the driver has two slots."""
    for _ in range(100):
        with socket.create_server(("127.0.0.1", 0)) as found:
            port = int(found.getsockname()[1])
        if port < 65535 and _free(port) and _free(port + 1):
            return port
    raise RuntimeError("no two free ports in a row")

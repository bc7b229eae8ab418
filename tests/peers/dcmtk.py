"""DCMTK's tools as peers: run to their end, their output returned."""

import os
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# Debian's DCMTK waits 40 ms an object without these: it would measure Nagle, not the product.
ENVIRONMENT = {"TCP_NODELAY": "1", "TCP_BUFFER_LENGTH": "1048576"}


@dataclass(frozen=True)
class Ran:
    """What a tool answered."""

    code: int
    output: str


def run(program: str, *arguments: str | Path, cwd: Path | None = None, seconds: float = 60) -> Ran:
    done = subprocess.run(
        [program, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=seconds,
        errors="replace",
        env=os.environ | ENVIRONMENT,
        check=False,
        cwd=cwd,
    )
    return Ran(done.returncode, done.stdout + done.stderr)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def store(
    program: str, port: int, files: Sequence[Path], *, called: str = "NEGATOSCOPE", options: Sequence[str] = ()
) -> Ran:
    return run(program, "-aec", called, *options, "127.0.0.1", str(port), *files)

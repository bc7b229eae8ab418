"""Orthanc as a PACS on free ports, on this machine only."""

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.peers.dcmtk import ENVIRONMENT, free_port


@dataclass(frozen=True)
class Orthanc:
    """A running Orthanc."""

    aet: str
    port: int
    http: int
    pid: int = 0

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Hang: connections are taken by the system, and nobody says a word."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)

    def upload(self, files: Sequence[Path]) -> None:
        for path in files:
            request = urllib.request.Request(
                f"http://127.0.0.1:{self.http}/instances", data=path.read_bytes(), method="POST"
            )
            urllib.request.urlopen(request, timeout=30).close()

    def forget(self, study_uid: str) -> None:
        """Delete a study."""
        for one in self._post("/tools/find", {"Level": "Study", "Query": {"StudyInstanceUID": study_uid}}):
            self._delete(f"/studies/{one}")

    def _post(self, path: str, asked: Any) -> Any:
        data = json.dumps(asked).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.http}{path}", data=data, method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def _delete(self, path: str) -> None:
        request = urllib.request.Request(f"http://127.0.0.1:{self.http}{path}", method="DELETE")
        urllib.request.urlopen(request, timeout=30).close()


@contextmanager
def running(
    program: str,
    folder: Path,
    modalities: dict[str, tuple[str, int]],
    plugins: Sequence[str] = (),
    settings: Mapping[str, Any] | None = None,
) -> Iterator[Orthanc]:
    """Start Orthanc with these C-MOVE destinations (AE title → host, port); ``settings`` go over; end it at the end."""
    found = Orthanc("ORTHANC", free_port(), free_port())
    config = {
        "Name": "Tests", "StorageDirectory": str(folder / "db"), "IndexDirectory": str(folder / "db"),
        "HttpPort": found.http, "DicomPort": found.port, "DicomAet": found.aet,
        "RemoteAccessAllowed": False, "AuthenticationEnabled": False, "DicomAlwaysAllowEcho": True,
        "DicomAlwaysAllowStore": True, "DicomAlwaysAllowFind": True, "DicomAlwaysAllowGet": True,
        "DicomAlwaysAllowMove": True, "DicomCheckCalledAet": False, "Plugins": list(plugins),
        "DicomModalities": {aet: [aet, host, port] for aet, (host, port) in modalities.items()},
        **(settings or {}),
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "orthanc.json").write_text(json.dumps(config))
    with open(folder / "orthanc.log", "wb") as log:
        process = subprocess.Popen([program, str(folder / "orthanc.json")], stdout=log, stderr=log, env=ENVIRONMENT)
        try:
            _await(found, process, folder / "orthanc.log")
            yield replace(found, pid=process.pid)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)


def _await(found: Orthanc, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{found.http}/system", timeout=2).close()
            return
        except urllib.error.HTTPError as exc:
            if exc.code == 401:  # it runs, and asks who we are
                return
            time.sleep(0.05)
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError(f"Orthanc did not start: {log.read_text(errors='replace')[-500:]}")

"""The whole tree killed with SIGKILL while machines deposit: what was acknowledged is there after the next start."""

import os
import signal
import sqlite3
import threading
import time
from pathlib import Path

import requests

from tests.journeys import running
from tests.webui.images.conftest import ct_slice

STUDY = "1.2.826.0.1.3680043.9.9192"
SENDERS, OBJECTS = 3, 400


class Sender(threading.Thread):
    """Hands in one object after another until nobody answers."""

    def __init__(self, web: str, key: str, files: list[Path]) -> None:
        super().__init__(daemon=True)
        self._web, self._key, self._files = web, key, files
        self.said: list[str] = []

    def run(self) -> None:
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/dicom"}
        for path in self._files:
            try:
                answer = requests.post(
                    f"{self._web}/dicom-web/studies", data=path.read_bytes(), headers=headers, timeout=30)
            except requests.RequestException:
                return
            if answer.status_code == 200:
                self.said.append(f"{STUDY}.{path.stem}")


def kill(demo: running.Demo) -> None:
    for pid in [demo.process.pid, *(pid for pids in demo.ready["pids"].values() for pid in pids)]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def kept(state: Path) -> set[str]:
    """The objects of the study that the index has and that lie in the store."""
    base = next(path for path in state.rglob("*.db") if "index" in path.name or path.stat().st_size > 100_000)
    with sqlite3.connect(f"file:{base}?mode=ro", uri=True) as connection:
        rows = connection.execute("SELECT sop_uid, key FROM instance WHERE study_uid = ?", [STUDY]).fetchall()
    connection.close()
    return {uid for uid, key in rows if next(state.rglob(Path(key).name), None) is not None}


def handed_in(demo: running.Demo, key: str, files: list[Path], after_s: float) -> set[str]:
    """Deposit until the tree is killed, so long after the first answer; return what was acknowledged."""
    senders = [Sender(demo.web, key, files[n::SENDERS]) for n in range(SENDERS)]
    for sender in senders:
        sender.start()
    end = time.monotonic() + 60
    while not any(sender.said for sender in senders):
        assert time.monotonic() < end
        time.sleep(0.02)
    time.sleep(after_s)
    kill(demo)
    for sender in senders:
        sender.join(60)
    return {uid for sender in senders for uid in sender.said}


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    files = [tmp_path / "in" / f"{number}.dcm" for number in range(OBJECTS)]
    files[0].parent.mkdir()
    for number, path in enumerate(files):
        ct_slice(path, number, STUDY, "KILL-1")
    key, said = "", set()
    for number, after_s in enumerate((0.1, 1.3)):
        with running.demo(tmp_path / "demo") as demo:
            key = key or demo.cli("keys", "add", "scanner", "--deposit")["key"]
            said |= handed_in(demo, key, files[number::2], after_s)
        (tmp_path / "demo" / "ready.json").unlink(missing_ok=True)
    with running.demo(tmp_path / "demo") as again:
        assert said <= kept(tmp_path / "demo" / "state")
        end = time.monotonic() + 30
        while any(one["kind"] == "deposit" and one["state"] in ("waiting", "running")
                  for one in again.cli("jobs", "list")):
            assert time.monotonic() < end
            time.sleep(0.5)

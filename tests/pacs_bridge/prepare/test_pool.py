"""Killable workers: what holds a decoder too long is named. Every shared file passes them in `tests/journeys`."""

import time
from pathlib import Path

from pacs_bridge.prepare.making import Task
from pacs_bridge.prepare.pool import Lanes, Pool


def test_a_worker_that_never_ends_is_killed_and_named(tmp_path: Path) -> None:
    endless = tmp_path / "endless.dcm"
    endless.write_bytes(b"x")
    started = time.monotonic()
    with Pool(workers=1, lanes=Lanes(fast_s=0.001, slow_s=0.001, bytes_a_second=1 << 40)) as pool:
        task = Task(endless, tmp_path / "f", tmp_path / "n", "/x")
        (_, made), = pool.made([task])
    assert made.reason in ("timeout", "corrupt")
    assert time.monotonic() - started < 20

"""C-STORE: ours beside Orthanc as shipped, Orthanc tuned without sync, and, nothing made durable, storescp."""

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench import copies, measures
from tests.journeys import running
from tests.peers import orthanc
from tests.peers.dcmtk import free_port

TUNED = {"StorageCommitment": False, "StoreMD5ForAttachments": False, "SyncStorageArea": False,
         "MaximumPduLength": 131072, "DicomThreadsCount": 8}  # fmt: skip
OURS, SHIPPED, UNSYNCED, BARE, STORESCP = "ours", "Orthanc as shipped", "Orthanc tuned", "ours, unsynced", "storescp"
SIDES = ((OURS, SHIPPED), (OURS, UNSYNCED), (BARE, STORESCP))
ASSOCIATIONS = (1, 4)
Send = Callable[[list[Path], int], float]


def measure(
    folder: Path,
    source: list[Path],
    ours: running.Demo,
    theirs: orthanc.Orthanc,
    runs: int,
    settled: Callable[[running.Demo], None],
) -> None:
    """Print the rows; ``settled`` waits until nothing is being prepared, which would weigh on the next run."""
    program = shutil.which("Orthanc") or "/usr/sbin/Orthanc"
    settled(ours)  # of its own exams
    with (
        orthanc.running(program, folder / "tuned", {}, settings=TUNED) as tuned,
        _bare(folder / "bare") as bare,
        _storescp(folder / "storescp") as plain,
        _watched(ours) as memory,
    ):
        dicom = ours.ready["dicom"]

        def here(files: list[Path], associations: int) -> float:
            speed = measures.c_store(files, dicom["aet"], dicom["port"], associations)
            settled(ours)
            return speed

        sides: dict[str, Send] = {
            OURS: here,
            SHIPPED: lambda files, many: measures.c_store(files, theirs.aet, theirs.port, many),
            UNSYNCED: lambda files, many: measures.c_store(files, tuned.aet, tuned.port, many),
            BARE: lambda files, many: measures.c_store(files, "NEGATOSCOPE", bare, many),
            STORESCP: lambda files, many: measures.c_store(files, "STORESCP", plain, many),
        }
        numbers = iter(range(runs * len(ASSOCIATIONS)))
        for associations in ASSOCIATIONS:
            runs_of = [_once(sides, copies.copy_series(source, folder / f"copy-{next(numbers)}"), associations)
                       for _ in range(runs)]  # fmt: skip
            _print(runs_of, associations)
    print(f"| memory of the bridge under load | {memory.get('bridge', 0):.0f} MiB | – | – |")
    print(f"| memory of a decoder under load | {memory.get('decoder', 0):.0f} MiB | – | – |", flush=True)


def _once(sides: Mapping[str, Send], files: list[Path], associations: int) -> dict[str, float]:
    return {name: send(files, associations) for name, send in sides.items()}


def _print(found: list[dict[str, float]], associations: int) -> None:
    middle = {name: median(one[name] for one in found) for name in found[0]}
    for mine, other in SIDES:
        ratio = middle[mine] / middle[other]
        print(f"| C-STORE, {associations} at a time, {mine} beside {other} | {middle[mine]:.0f} img/s "
              f"| {middle[other]:.0f} img/s | **{ratio:.2f}** |", flush=True)  # fmt: skip


@contextmanager
def _bare(folder: Path) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "bench.receiver", str(folder), str(port)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE)
    try:
        _answers("NEGATOSCOPE", port)
        yield port
    finally:
        process.communicate(timeout=30)


@contextmanager
def _storescp(folder: Path) -> Iterator[int]:
    folder.mkdir()
    port = free_port()
    command = ["/usr/bin/storescp", "--fork", "-pdu", "131072", "-od", str(folder), "+B", str(port)]
    process = subprocess.Popen(command, env=measures.NODELAY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _answers("STORESCP", port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _answers(called: str, port: int) -> None:
    for _ in range(200):
        echo = ["/usr/bin/echoscu", "-aec", called, "127.0.0.1", str(port)]
        if not subprocess.run(echo, capture_output=True).returncode:
            return
        time.sleep(0.1)
    raise RuntimeError(f"{called} does not answer")


@contextmanager
def _watched(ours: running.Demo) -> Iterator[dict[str, float]]:
    """Yield the most memory that the bridge and any of its decoders had, while it goes on."""
    most: dict[str, float] = {}
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.2):
            for pid, kind in _processes(ours.process.pid).items():
                try:
                    most[kind] = max(most.get(kind, 0.0), measures.megabytes(pid))
                except OSError:
                    continue

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield most
    finally:
        over.set()
        thread.join()


def _processes(root: int) -> dict[int, str]:
    """Return the bridge of that tree and its decoders."""
    parents: dict[int, tuple[int, str]] = {}
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        if entry.name.isdigit():
            parents[int(entry.name)] = parent, words
    bridge = {pid for pid, (parent, words) in parents.items() if parent == root and "bridge" in words}
    decoders = {pid for pid, (parent, words) in parents.items() if parent in bridge and "spawn_main" in words}
    return dict.fromkeys(bridge, "bridge") | dict.fromkeys(decoders, "decoder")

"""``python -m bench.retrieving FOLDER [--runs N]``: what we bring from an Orthanc, beside DCMTK's own tools.

FOLDER holds one CT series, uncompressed and copied to studies of ``--images``. Ours goes the whole way, durable and in
the index; theirs writes files. Only ratios of one run mean something.
"""

import argparse
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from pydicom import dcmread

from appliance.bootstrap import House
from appliance.config.settings import Settings
from appliance.domain.identifiers import StudyUID
from appliance.domain.nodes import Method, Node
from bench import copies, measures
from pacs_bridge.prepare.making import Task
from pacs_bridge.prepare.pool import Pool
from pacs_bridge.prepare.series import prepare_series
from pacs_bridge.query import finding
from pacs_bridge.receive.arrivals import Arrivals
from pacs_bridge.receive.door import Door
from pacs_bridge.receive.intake import Intake
from pacs_bridge.receive.policy import KnownPeers
from pacs_bridge.retrieve.contexts import classes_for
from pacs_bridge.retrieve.pulling import Request, pull
from pacs_bridge.retrieve.targets import Target
from pacs_bridge.retrieve.vigil import Vigil
from tests.houses import new_house
from tests.peers import orthanc
from tests.peers.dcmtk import free_port

CT = "1.2.840.10008.5.1.4.1.1.2"
TUNED = {"StorageCommitment": False, "StoreMD5ForAttachments": False, "SyncStorageArea": False,
         "MaximumPduLength": 131072}  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench.retrieving", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--images", type=int, default=500)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder, port, moved = Path(scratch), free_port(), free_port()
        source = sorted(path for path in options.folder.iterdir() if path.is_file())
        source = (source * (options.images // len(source) + 1))[: options.images]
        peers = {"NEGATOSCOPE": ("127.0.0.1", port), "MOVED": ("127.0.0.1", moved)}
        program = shutil.which("Orthanc") or "/usr/sbin/Orthanc"
        with (
            orthanc.running(program, folder / "orthanc", peers, settings=TUNED) as archive,
            new_house(Settings(state_dir=folder / "state")) as house,
        ):
            studies = [_put(archive, source, folder / f"copy-{n}") for n in range(2 * options.runs)]
            print(f"load {os.getloadavg()[0]:.1f}, {len(source)} images of a study, medians of {options.runs}")
            print("| what | ours | DCMTK | ratio |\n|---|---|---|---|")
            with door(house, port) as arrivals:
                bench = _Bench(house, arrivals, archive, folder, moved, options.runs)
                bench.find(studies[0])
                bench.get(studies[: options.runs])
                bench.move(studies[options.runs :])
                bench.prepare(studies[0])


def _put(archive: orthanc.Orthanc, source: list[Path], folder: Path) -> StudyUID:
    files = copies.copy_series(source, folder)
    archive.upload(files)
    return StudyUID(str(dcmread(files[0], stop_before_pixels=True).StudyInstanceUID))


@contextmanager
def door(house: House, port: int) -> Iterator[Arrivals]:
    arrivals = Arrivals()
    policy = KnownPeers(["NEGATOSCOPE"], house.nodes.listed, any_loopback=True)
    listener = socket.create_server(("127.0.0.1", port), backlog=16)
    door = Door(listener, policy, lambda accepted, address: Intake(house, arrivals, accepted, address))
    thread = threading.Thread(target=door.run, daemon=True)
    thread.start()
    try:
        yield arrivals
    finally:
        door.stop(5)
        thread.join(5)


class _Bench:
    """The rows of the table."""

    def __init__(
        self, house: House, arrivals: Arrivals, archive: orthanc.Orthanc, folder: Path, moved: int, runs: int
    ) -> None:
        self._house, self._arrivals, self._archive, self._folder = house, arrivals, archive, folder
        self._moved, self._runs = moved, runs
        self._node = Node("pacs", archive.aet, "127.0.0.1", archive.port, Method.GET)
        self._count = 0

    def find(self, uid: StudyUID) -> None:
        """Names of every image of a study: two questions on one association, as a pull asks them."""
        series = dcmread(next((self._folder / "copy-0").iterdir()), stop_before_pixels=True).SeriesInstanceUID
        keys = ["QueryRetrieveLevel=IMAGE", f"StudyInstanceUID={uid}", f"SeriesInstanceUID={series}",
                "SOPInstanceUID", "SOPClassUID", "InstanceNumber"]  # fmt: skip

        def ours(_: int) -> float:
            start = time.perf_counter()
            found = finding.find_images(self._node, uid)
            assert len(found.classes) > 1
            return time.perf_counter() - start

        self._row("C-FIND of the images", ours, lambda _: self._tool(["findscu", "-S"], keys))

    def get(self, studies: list[StudyUID]) -> None:
        """A whole study by C-GET."""
        self._retrieve("C-GET", Method.GET, studies, lambda n: self._got(studies[n]))

    def move(self, studies: list[StudyUID]) -> None:
        """A whole study by C-MOVE to our acceptor, theirs to storescp."""
        out = self._folder / "moved"
        out.mkdir()
        command = ["storescp", "--fork", "-od", str(out), "+B", str(self._moved)]
        receiver = subprocess.Popen(command, env=measures.NODELAY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            time.sleep(0.5)
            to = ["movescu", "-S", "-aem", "MOVED"]
            self._retrieve("C-MOVE", Method.MOVE, studies, lambda n: self._tool(to, _study(studies[n])))
        finally:
            receiver.terminate()
            receiver.wait(5)

    def prepare(self, uid: StudyUID) -> None:
        """Slices a second of preparation, both cores."""
        [series] = {row.series_uid for row in self._house.exams.instances(uid)}
        with Pool(2) as pool:
            self._warm(pool, uid)
            start = time.perf_counter()
            made = prepare_series(self._house, uid, series, pool)
            speed = made.ready / (time.perf_counter() - start)
        print(f"| prepare, uncompressed CT | {speed:.0f} slices/s | – | – |", flush=True)

    def _warm(self, pool: Pool, uid: StudyUID) -> None:
        """Let both workers load what they need: they live for days, and it takes them a second."""
        with ExitStack() as lent:
            paths = [
                lent.enter_context(self._house.objects.local(row.key)) for row in self._house.exams.instances(uid)[:20]
            ]
            out = self._folder / "warm"
            list(pool.made([Task(path, out, out, "/x", picture=False) for path in paths]))

    def _retrieve(self, name: str, method: Method, studies: list[StudyUID], theirs: Callable[[int], float]) -> None:
        node = replace(self._node, method=method)

        def ours(number: int) -> float:
            vigil = Vigil(lambda: True, lambda _silent: None)
            request = Request(node, studies[number], classes_for([CT], ["CT"]), vigil, lambda: None)
            start = time.perf_counter()
            brought = pull(self._house, self._arrivals, request, [Target(studies[number])])
            seconds = time.perf_counter() - start
            assert not brought.cause, brought
            return seconds

        self._row(f"{name} of the study", ours, theirs)

    def _got(self, uid: StudyUID) -> float:
        self._count += 1
        out = self._folder / f"got-{self._count}"
        out.mkdir()
        seconds = self._tool(["getscu", "-S", "-od", str(out)], _study(uid))
        assert any(out.iterdir())
        shutil.rmtree(out)
        return seconds

    def _tool(self, command: list[str], keys: list[str]) -> float:
        peer = ["-aet", "NEGATOSCOPE", "-aec", self._archive.aet, "127.0.0.1", str(self._archive.port)]
        flags = [part for key in keys for part in ("-k", key)]
        start = time.perf_counter()
        subprocess.run([*command, *peer, *flags], env=measures.NODELAY, capture_output=True, check=True)
        return time.perf_counter() - start

    def _row(self, name: str, ours: Callable[[int], float], theirs: Callable[[int], float]) -> None:
        mine, other = measures.interleaved(self._runs, ours, theirs)
        print(f"| {name} | {mine:.3f} s | {other:.3f} s | **{other / mine:.2f}** |", flush=True)


def _study(uid: StudyUID) -> list[str]:
    return ["QueryRetrieveLevel=STUDY", f"StudyInstanceUID={uid}"]


if __name__ == "__main__":
    main()

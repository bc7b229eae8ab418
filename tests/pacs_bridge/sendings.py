"""A real house with a deposit in it, its acceptor, and the jobs that send and prove."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian

from appliance.bootstrap import House
from appliance.config.settings import Settings
from appliance.domain import deposits
from appliance.domain.errors import Fault
from appliance.domain.identifiers import StudyUID
from appliance.domain.jobs import Job, JobKind, JobState
from appliance.domain.journal import Actor, Event
from appliance.domain.nodes import Node
from appliance.usecases.ports import Page, SendingRow
from pacs_bridge.receive.arrivals import Arrivals
from pacs_bridge.receive.deposits import Deposit
from pacs_bridge.receive.door import Crowd, Door
from pacs_bridge.receive.intake import Intake
from pacs_bridge.receive.policy import KnownPeers
from pacs_bridge.send.handler import Deliveries
from tests.houses import new_house
from tests.pacs_bridge.conftest import QUICK

STUDY = StudyUID("1.2.826.0.1.3680043.9.501")
ADMIN = Actor("unix", "0", "root")


class Clock:
    """The time, which a test may move on."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


def objects(folder: Path, count: int, syntax: UID = ExplicitVRLittleEndian) -> list[bytes]:
    """Part-10 files of one study; UID endings count from 0."""
    return [_object(folder / f"{number}.dcm", number, syntax) for number in range(count)]


def _object(path: Path, number: int, syntax: UID) -> bytes:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = CTImageStorage, UID(sop(number))
    ds = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, sop(number)
    ds.StudyInstanceUID, ds.SeriesInstanceUID = STUDY, f"{STUDY}.100"
    ds.PatientName, ds.PatientID, ds.PatientBirthDate = "DEPOT^Anne", "D-1", "19610314"
    ds.StudyDate, ds.Modality, ds.InstanceNumber = "20261122", "CT", number
    ds.Rows = ds.Columns = 300
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PixelRepresentation = 1, "MONOCHROME2", 0
    ds.BitsAllocated = ds.BitsStored = 16
    ds.HighBit = 15
    ds.PixelData = bytes([number % 251]) * (300 * 300 * 2)
    if syntax.is_compressed:
        from pydicom.encaps import encapsulate

        ds.PixelData = encapsulate([bytes([number % 251]) * 1000])
        ds["PixelData"].VR = "OB"
    ds.save_as(path, enforce_file_format=True)
    return path.read_bytes()


def sop(number: int) -> str:
    return f"{STUDY}.{number}"


def hand_in(house: House, files: Sequence[bytes], name: str = "a" * 32) -> None:
    """Deposit files the way that STOW-RS does, and take them in."""
    for number, data in enumerate(files):
        house.objects.put(deposits.part_key(name, number), data)
    payload = {"deposit": name, "parts": len(files), "study_uid": None, "key": "1", "name": "scanner", "address": ""}
    now = house.clock.now()
    job = Job(1, JobKind.DEPOSIT, name, payload, JobState.RUNNING, 1, 5, now, now)
    assert Deposit(house, Arrivals(), job).done(lambda *_: True)["kept"] == len(files)
    house.objects.delete(deposits.result_key(name))


@dataclass
class Scene:
    """The house, the port of its acceptor, and whoever works off its jobs."""

    house: House
    clock: Clock
    port: int
    deliveries: Deliveries

    def add(self, name: str, aet: str, port: int) -> None:
        self.house.nodes.add(Node(name, aet, "127.0.0.1", port), ADMIN)

    def send(self, node: str = "archive") -> SendingRow:
        return self.house.sending.send(STUDY, node, ADMIN)

    def work(self, attempts: int = 30) -> list[str]:
        """Work off what there is to send and to prove, all tries at once; return why tries failed."""
        errors = []
        for _ in range(attempts):
            job = self.house.queue.claim([JobKind.SEND, JobKind.PROVE], "test")
            if job is None:
                if not self._waiting_for_a_try():
                    break
                continue
            act = self.deliveries.send if job.kind is JobKind.SEND else self.deliveries.prove
            try:
                self.house.queue.finish(job, act(job, lambda *_: True))
            except Fault as fault:
                errors.append(fault.cause)
                self.house.queue.fail(job, fault.cause)
        return errors

    def _waiting_for_a_try(self) -> bool:
        with self.house.database.appending() as work:
            for kind in (JobKind.SEND, JobKind.PROVE):
                work.jobs.hasten(kind, self.house.clock.now())
            return bool(work.jobs.ready(self.house.clock.now()) & {JobKind.SEND, JobKind.PROVE})

    def row(self, number: int) -> SendingRow:
        return self.house.sending.get(number)

    def counts(self, number: int) -> dict[str, int]:
        return {str(state): count for state, count in self.row(number).counts.items()}

    def failures(self, number: int) -> set[tuple[str, str]]:
        with self.house.database.reading() as work:
            return {(one.cause, one.detail) for one in work.sendings.objects(number) if one.state == "failed"}

    def events(self, verb: str) -> list[Event]:
        return [r.event for r in reversed(self.house.journal.listed(Page())[0]) if r.event.verb == verb]


@contextmanager
def scene(folder: Path, hear_s: float = 3.0, port: int = 0) -> Iterator[Scene]:
    clock = Clock()
    with new_house(Settings(state_dir=folder), clock) as house:
        arrivals = Arrivals()
        listener = socket.create_server(("127.0.0.1", port), backlog=128)
        policy = KnownPeers(["NEGATOSCOPE"], house.nodes.listed, any_loopback=True)
        door = Door(listener, policy, lambda a, address: Intake(house, arrivals, a, address), crowd=Crowd(QUICK))
        thread = threading.Thread(target=door.run)
        thread.start()
        try:
            yield Scene(house, clock, listener.getsockname()[1], Deliveries(house, hear_s=hear_s))
        finally:
            door.stop()
            thread.join(5)
            assert not thread.is_alive()

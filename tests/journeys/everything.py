"""A running product to which every file was sent, and what a physician then sees of each."""

import hashlib
import html
import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from appliance.bootstrap import House
from appliance.domain.identifiers import SopUID
from appliance.domain.journal import Actor
from appliance.domain.sign_in import Means, Requester
from appliance.store.tables import instance
from appliance.usecases.ports import InstanceRow, Page
from appliance.usecases.sharing import Order
from tests.journeys.browsing import Visitor
from tests.journeys.jpegs import is_lossy
from tests.journeys.parcels import BIG_ENDIAN, Parcel
from tests.journeys.passers_by import Passer, passing_by
from tests.journeys.running import Demo
from tests.peers import endless
from tests.peers.announced import header_of
from tests.peers.sender import Sender

SUCCESS, COERCED = 0x0000, 0xB000
PREPARED_S = 120.0
BORN, GIVEN = "01/02/1960", "Essai"


@dataclass
class Everything:
    """The running product after every file was sent, prepared and granted to the physician."""

    demo: Demo
    house: House
    sender: Sender
    visitor: Visitor
    parcels: Sequence[Parcel]
    log: Path
    passers: dict[str, Passer] = field(default_factory=dict)
    """Who asked for something all the while."""
    before: dict[int, str] = field(default_factory=dict)
    """Services before anything was sent."""
    statuses: dict[str, int | None] = field(default_factory=dict)
    rows: dict[str, InstanceRow] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)
    """SOP Instance UID → what the exam's page says of an object that cannot be shown."""
    looks: dict[str, tuple[int, str, bytes]] = field(default_factory=dict)
    """File → status, SHA-256 of frame 1 in the manifest's byte order, and of a lossy JPEG the frame."""

    @cached_property
    def unshown(self) -> dict[str, str]:
        """File → what the exam's page says of it."""
        kept = ((name, row.sop_uid) for name, row in self.rows.items())
        return {name: self.named[uid] for name, uid in kept if uid in self.named}

    def parcel(self, name: str) -> Parcel:
        """Return the file of this name."""
        return next(parcel for parcel in self.parcels if parcel.name == name)

    def first_frame(self, parcel: Parcel) -> tuple[int, bytes]:
        """Return status and frame 1 of a file by WADO-RS."""
        row = self.rows[parcel.name]
        return self.visitor.first_frame(row.study_uid, row.series_uid, row.sop_uid)

    def fill(self) -> None:
        """Send every file, wait, grant all to the physician, look at all."""
        self.before = services(self.demo)
        with passing_by(self.demo) as self.passers:
            assert self.sender.store(endless.endless()) == SUCCESS
            for parcel in self.parcels:
                self.sent(parcel)
            self.settled()
        self.refreshed()
        self.visitor.log_in()
        for share in granted(self.house, self.demo.physician["email"]):
            self.named.update(named_in(self.visitor.page(f"/codes/{share}")))
        for parcel in self.parcels:
            self.look_at(parcel)

    def readable(self) -> set[str]:
        """Return the files that are reports and are read beside the images of their exam."""
        documents = {name: row for name, row in self.rows.items() if row.state == "document"}
        return {name for name, row in documents.items() if name not in self.unshown and self._reads(row.study_uid)}

    def _reads(self, study: str) -> bool:
        _, body = self.visitor.get(f"/viewer-api/studies?study={study}", "application/json")
        reports = json.loads(body)["studies"][0]["report"]["reports"]
        texts = [self.visitor.get(f"/viewer-api/reports/{study}/{one['id']}", "*/*") for one in reports]
        return bool(texts) and all(status == 200 and body for status, body in texts)

    def settled(self) -> None:
        """Wait until nothing waits to be prepared."""
        end = time.monotonic() + PREPARED_S
        while True:
            with self.house.database.reading() as work:
                waiting = len(work.instances.unprepared_series())
                jobs = work.jobs.counts()
            if not waiting and not jobs.get("waiting", 0) and not jobs.get("running", 0):
                return
            assert time.monotonic() < end, (waiting, jobs)
            time.sleep(0.2)

    def sent(self, parcel: Parcel) -> None:
        """Send a file; remember the answer, and under which row it is kept."""
        status = self.sender.store(parcel.sent)
        self.statuses[parcel.name] = status
        if status == SUCCESS:
            self._remember(parcel, parcel.sent.sop_uid)
        elif status == COERCED:
            [uid] = self._uids() - {row.sop_uid for row in self.rows.values()} - {SopUID(endless.SOP_UID)}
            self._remember(parcel, uid)

    def look_at(self, parcel: Parcel) -> None:
        """Fetch frame 1 of a file that was taken."""
        if parcel.name in self.rows:
            status, frame = self.first_frame(parcel)
            digest = hashlib.sha256(as_listed(parcel, frame)).hexdigest()
            self.looks[parcel.name] = status, digest, frame if is_lossy(parcel) else b""

    def _remember(self, parcel: Parcel, uid: str) -> None:
        with self.house.database.reading() as work:
            row = work.instances.by_uid(SopUID(uid))
        assert row is not None, parcel.name
        self.rows[parcel.name] = row

    def refreshed(self) -> None:
        """Read the rows again."""
        with self.house.database.reading() as work:
            found = {name: work.instances.by_uid(row.sop_uid) for name, row in self.rows.items()}
        self.rows = {name: row for name, row in found.items() if row is not None}

    def _uids(self) -> set[str]:
        with self.house.database.reader.connect() as connection:
            return set(connection.execute(sa.select(instance.c.sop_uid)).scalars())


def services(demo: Demo) -> dict[int, str]:
    """The children of the run: process id → command."""
    found = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            if f"\nPPid:\t{demo.process.pid}\n" in status.read_text():
                found[int(status.parent.name)] = (status.parent / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue
    return found


def granted(house: House, email: str) -> list[str]:
    """Issue and redeem one code a patient; the desk types what an exam does not say."""
    with house.database.reading() as work:
        account = work.accounts.by_email(email)
        studies, _ = work.studies.listed(Page(0, 5000))
    assert account is not None
    who = Requester("account", account.id, email, Means.CARD, 1, "192.0.2.1", "10", "810000000001")
    shares = []
    for person in dict.fromkeys(study.person_id for study in studies):
        of_person = [study for study in studies if study.person_id == person]
        order = Order(of_person, given_name=GIVEN, birth_date=BORN)
        issued = house.sharing.issue(order, Actor("staff", "1"))
        shares.append(str(house.sharing.redeem(who, issued.code, BORN, GIVEN)))
    return shares


def named_in(page: str) -> dict[str, str]:
    """What a page says of each object that cannot be shown: series and reason."""
    found = {}
    for line in re.findall(r"<li>(.*?)</li>", page, re.S):
        words = re.match(r'<b>(.*?)</b> <span class="why">(.*?)</span>', line)
        for uid in re.findall(r'data-sop="([^"]+)"', line):
            assert words is not None, line
            found[uid] = html.unescape(f"{words[1]} – {words[2]}")
    return found


def as_listed(parcel: Parcel, frame: bytes) -> bytes:
    """The frame as the manifest's sums were made: a byte a bit, colours together, big endian where the file is."""
    header, samples = header_of(parcel.path), np.frombuffer(frame, np.uint8)
    if parcel.bits_allocated == 1 and header is not None:
        return np.unpackbits(samples, count=header.Rows * header.Columns, bitorder="little").tobytes()
    if header is not None and header.get("PlanarConfiguration") == 1:
        return samples.reshape(3, -1).T.tobytes()
    if parcel.row["ts_uid"] != BIG_ENDIAN or parcel.bits_allocated not in (16, 32):
        return frame
    return np.frombuffer(frame, f"u{parcel.bits_allocated // 8}").byteswap().tobytes()

"""The bridge killed during fifty receptions: all it acknowledged is there after the restart, prepared, once."""

import json
import os
import random
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from appliance.bootstrap import House, open_house
from appliance.config.settings import Settings
from appliance.domain.jobs import JobKind, JobState
from appliance.store.tables import instance, job, superseded
from appliance.usecases.ports import Page
from tests.pacs_bridge.test_service import bridge, config, jobs_done, settings_of, wait_until  # noqa: F401
from tests.peers.sender import Sender, Sent, as_bytes

SENDERS = 50
DESCRIPTIONS = {"series.json", "metadata.json.gz", "thumbnail.jpg"}


@dataclass
class Modalities:
    """Fifty senders, each object under a UID of its own; what was acknowledged and what was not."""

    port: int
    template: Sent
    acknowledged: list[Sent] = field(default_factory=list)
    unanswered: list[Sent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._send, args=[number]) for number in range(SENDERS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(30)

    def _send(self, number: int) -> None:
        count = 0
        while not self._stop.is_set():
            sent = variant(self.template, f"9.{number}.{count}")
            count += 1
            if Sender(self.port).store(sent) == 0:
                self.acknowledged.append(sent)
            else:
                self.unanswered.append(sent)
                self._stop.wait(0.05)


def variant(template: Sent, ending: str) -> Sent:
    """The same object under another SOP Instance UID of the same length."""
    old = template.sop_uid.encode()
    new = (template.sop_uid[: len(old) - len(ending) - 1] + "." + ending).replace("..", ".1")
    new = new[: len(old)].ljust(len(old), "1")
    return replace(template, sop_uid=new, data=template.data.replace(old, new.encode()))


def rows_of(house: House, table: sa.Table) -> list[sa.Row]:
    with house.database.reader.begin() as connection:
        return list(connection.execute(sa.select(table)))


def prepared(house: House) -> int:
    return sum(row.state == "prepared" for row in rows_of(house, instance))


def moved_on(house: House, before: int) -> bool:
    return prepared(house) > before or jobs_done(house)


def lease_of_the_dead_runs_out(settings: Settings) -> None:
    """As if its thirty seconds had gone by."""
    engine = sa.create_engine(settings.database_url)
    with engine.begin() as connection:
        past = datetime(2026, 1, 1, tzinfo=UTC)
        connection.execute(sa.update(job).where(job.c.state == JobState.RUNNING).values(lease_until=past))
    engine.dispose()


def test_all_that_was_acknowledged_is_there_after_a_kill_prepared_once(config: Path, shared_dicom: Path):  # noqa: F811
    settings = settings_of(config)
    template = as_bytes(sorted((shared_dicom / "series" / "ct-head-1mm").glob("*"))[0])
    modalities = Modalities(settings.dicom.port, template)
    with bridge(config) as process:
        modalities.start()
        wait_until(lambda: len(modalities.acknowledged) > SENDERS, 40)
        time.sleep(random.random() / 2)
        process.send_signal(signal.SIGKILL)
        process.wait(5)
        modalities.stop()
    acknowledged = {sent.sop_uid for sent in modalities.acknowledged}
    assert len(acknowledged) == len(modalities.acknowledged)
    assert modalities.unanswered
    for _ in range(2):  # and again, while it prepares them
        lease_of_the_dead_runs_out(settings)
        with bridge(config) as process, open_house(settings) as house:
            wait_until(partial(moved_on, house, prepared(house)), 40)
            time.sleep(random.random() / 5)
            process.send_signal(signal.SIGKILL)
            process.wait(5)
    lease_of_the_dead_runs_out(settings)
    with bridge(config), open_house(settings) as house:
        check_received(house, acknowledged, len(template.data))
        again = [*modalities.unanswered[:SENDERS], *modalities.acknowledged[:5]]
        assert [Sender(settings.dicom.port).store(sent) for sent in again] == [0] * len(again)
        wait_until(lambda: jobs_done(house), 60)
        rows = check_received(house, acknowledged | {sent.sop_uid for sent in again}, len(template.data))
        assert {row.state for row in rows} == {"prepared"}
        check_prepared(house, rows)
        check_jobs(house)


def check_received(house: House, acknowledged: set[str], size: int) -> list[sa.Row]:
    """One current row for each object, one file for each row and no other; the rest, never acknowledged, aside."""
    rows = rows_of(house, instance)
    assert acknowledged <= {row.sop_uid for row in rows}
    assert Counter(row.sop_uid for row in rows).most_common(1)[0][1] == 1
    assert {row.version for row in rows} == {1}
    assert rows_of(house, superseded) == []
    assert sorted(house.objects.keys("received")) == sorted(row.key for row in rows)
    assert all(house.objects.size(row.key) > size for row in rows)
    return rows


def check_prepared(house: House, rows: list[sa.Row]) -> None:
    """Frames of its own for each row and nothing else; each described once."""
    frames = [key for row in rows for key in (row.frames_key, row.native_key) if key]
    assert len(frames) == len(set(frames)) >= len(rows)
    kept = {key for key in house.objects.keys("prepared") if key.rpartition("/")[2] not in DESCRIPTIONS}
    assert kept == set(frames)
    assert all(house.objects.size(row.frames_key) > 0 for row in rows)
    [described] = [key for key in house.objects.keys("prepared") if key.endswith("series.json")]
    images = [image["sop_uid"] for image in json.loads(house.objects.read(described))["images"]]
    assert sorted(images) == sorted(row.sop_uid for row in rows)
    names = [name for _, _, files in os.walk(house.settings.objects_dir) for name in files]
    assert [name for name in names if name.startswith(".")] == []


def check_jobs(house: House) -> None:
    """Nothing waits, runs or failed; one job for what came before the kill, taken again, and few for the rest."""
    jobs, total = house.queue.listed(Page())
    assert {one.state for one in jobs} == {JobState.DONE}
    assert {one.kind for one in jobs} == {JobKind.PREPARE}
    assert total <= 6

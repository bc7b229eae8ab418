"""The bridge as a process of its own, on a real house: works, ends, and loses nothing when killed."""

import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from unittest.mock import ANY

import pytest
from pydicom import dcmread

from appliance.bootstrap import House, open_house
from appliance.config.settings import Settings, load
from appliance.domain.identifiers import StudyUID, sop_uid
from appliance.domain.jobs import JobKind
from appliance.domain.journal import Actor
from appliance.domain.nodes import Method, Node
from appliance.store.migrations import migrate
from appliance.usecases.ports import Page
from tests.pacs_bridge.test_dicomweb import node_at, said, serving
from tests.peers import dcmtk, orthanc
from tests.peers.dcmtk import free_port
from tests.peers.sender import as_bytes

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-c", "from appliance.cli import main; main()"]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "negatoscope.toml"
    path.write_text(
        f'state_dir = "{tmp_path / "state"}"\n[dicom]\nport = {free_port()}\n'
        'known_callers = "any_loopback"\nmax_associations = 96\nmax_per_peer = 64\n'
    )
    (tmp_path / "state").mkdir()
    migrate(load(path).database_url)
    return path


@contextmanager
def bridge(config: Path) -> Iterator[subprocess.Popen[bytes]]:
    ready, writing = os.pipe()
    log = (config.parent / "bridge.log").open("ab")
    process = subprocess.Popen(
        [*PROGRAM, "service", "bridge", "--config", config],
        env=os.environ | {"NEGATOSCOPE_READY_FD": str(writing)}, pass_fds=[writing], cwd=ROOT,
        stderr=log)  # fmt: skip
    os.close(writing)
    try:
        with os.fdopen(ready, "rb") as pipe:
            assert pipe.readline() == b"ready\n", (config.parent / "bridge.log").read_text()[-2000:]
        yield process
    finally:
        log.close()
        if process.poll() is None:
            process.terminate()
            started = time.monotonic()
            process.wait(15)
            assert time.monotonic() - started < 10


def settings_of(config: Path) -> Settings:
    return load(config)


def wait_until(condition, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "too late"
        time.sleep(0.1)


def jobs_done(house: House) -> bool:
    counts = house.queue.counts()
    return not counts.get("waiting") and not counts.get("running")


def test_a_series_is_received_and_prepared(config: Path, require, shared_dicom: Path):
    files = sorted((shared_dicom / "series" / "ct-head-1mm").glob("*"))[:12]
    settings = settings_of(config)
    with bridge(config) as process, open_house(settings) as house:
        ran = dcmtk.store(require("storescu"), settings.dicom.port, files, options=["-xs"])
        assert ran.code == 0, ran.output
        again = dcmtk.store(require("storescu"), settings.dicom.port, files[:3], options=["-xs"])
        assert again.code == 0
        uids = [sop_uid(as_bytes(path).sop_uid) for path in files]

        def prepared() -> bool:
            with house.database.reading() as work:
                rows = [work.instances.by_uid(uid) for uid in uids]
            return all(row is not None and row.state == "prepared" for row in rows)

        wait_until(prepared, 40)
        assert len(list(house.objects.keys("received/"))) == len(files)
        process.terminate()
        assert process.wait(10) == 0


def test_a_pull_job_brings_a_study_from_orthanc(config: Path, require, shared_dicom: Path, tmp_path: Path):
    files = sorted((shared_dicom / "series" / "ct-head-1mm").glob("*"))[:30]
    settings = settings_of(config)
    ours = {"NEGATOSCOPE": ("127.0.0.1", settings.dicom.port)}
    with orthanc.running(require("Orthanc"), tmp_path / "orthanc", ours) as pacs:
        pacs.upload(files)
        with bridge(config), open_house(settings) as house:
            node = Node("pacs", pacs.aet, "127.0.0.1", pacs.port, method=Method.MOVE)
            house.nodes.add(node, Actor("unix", "0"))
            assert house.nodes.echo("pacs")["ok"] is True
            found = house.queue.ask(JobKind.FIND, "x", {"query": {"patient_id": "PLASTIC"}}, wait_s=15)
            [study] = found["studies"]
            payload = {"study_uid": study["study_uid"], "node": None}
            result = house.queue.ask(JobKind.PULL, "p", payload, wait_s=60)
            assert result["complete"] is True
            assert result["received"] == 30
            with house.database.reading() as work:
                assert work.studies.by_uid(study["study_uid"]).complete is True
            assert reasked(house, study["study_uid"]) == ("", "")
            pacs.forget(study["study_uid"])
            pacs.upload([corrected(files[0], tmp_path / "corrected.dcm", PatientID="SOMEBODY-ELSE")])
            assert reasked(house, study["study_uid"]) == ("patient_id", "patient_id")


def corrected(path: Path, to: Path, **values: str) -> Path:
    """The same object as a PACS administrator corrects it."""
    dataset = dcmread(path)
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    dataset.save_as(to)
    return to


def reasked(house: House, uid: StudyUID) -> tuple[str, str]:
    """What the bridge found when it asked again, and the alarm of the study."""
    result = house.queue.ask(JobKind.REASK, "r", {"study_uid": uid}, wait_s=15)
    with house.database.reading() as work:
        return result["change"], work.studies.by_uid(uid).identity_alarm


def test_a_doctor_job_examines_orthanc_and_leaves_nothing_behind(config: Path, require, shared_dicom, tmp_path: Path):
    settings = settings_of(config)
    ours = {"NEGATOSCOPE": ("127.0.0.1", settings.dicom.port)}
    with orthanc.running(require("Orthanc"), tmp_path / "orthanc", ours) as pacs:
        pacs.upload(sorted((shared_dicom / "series" / "ct-head-1mm").glob("*"))[:3])
        with bridge(config), open_house(settings) as house:
            house.nodes.add(Node("pacs", pacs.aet, "127.0.0.1", pacs.port), Actor("unix", "0"))
            number = house.nodes.examine("pacs", Actor("unix", "0"))
            seen = house.nodes.examination(number)
            while not seen.ended:
                seen = house.nodes.examination(number, len(seen.findings), 30)
    assert seen.cause == ""
    assert [f.verdict for f in seen.findings].count("ok") == 8, seen.findings
    assert seen.facts["our_port"] == settings.dicom.port
    with open_house(settings) as house, house.database.reading() as work:
        assert work.studies.listed(Page())[1] == 0
        assert list(house.objects.keys("received/")) == []


def test_the_bridge_says_the_credentials_of_a_node_and_knows_no_other_key(config: Path):
    heard: list[str | None] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        heard.append(handler.headers.get("Authorization"))
        said(handler, b"[]")

    settings = settings_of(config)
    with serving(answer) as port, bridge(config), open_house(settings) as house:
        house.nodes.add(house.nodes.told(node_at(port), "bearer", "t0k3n"), Actor("unix", "0"))
        assert house.nodes.echo("web") == {"ok": True, "ms": ANY, "cause": ""}
        own, appliance = settings.keys_dir / "nodes.key", settings.keys_dir / "appliance.key"
        assert stat.S_IMODE(own.stat().st_mode) == 0o600
        appliance.rename(appliance.with_suffix(".away"))
        assert house.nodes.echo("web")["ok"] is True
        own.rename(own.with_suffix(".away"))
        assert house.nodes.echo("web")["cause"] == "key"
        assert not own.exists()
    assert heard == ["Bearer t0k3n"] * 2


def test_another_schema_ends_with_75(config: Path):
    shutil.rmtree(settings_of(config).state_dir)
    settings_of(config).state_dir.mkdir()
    ran = subprocess.run(
        [*PROGRAM, "service", "bridge", "--config", config],
        capture_output=True, timeout=30, check=False, cwd=ROOT)  # fmt: skip
    assert ran.returncode == 75, ran.stderr[-1000:]


def test_a_bridge_whose_data_are_away_says_so_and_ends_to_be_started_again(tmp_path):
    path = tmp_path / "negatoscope.toml"
    path.write_text(
        f'state_dir = "{tmp_path}"\n[dicom]\nport = {free_port()}\n'
        f'[database]\nurl = "postgresql+psycopg://nobody@127.0.0.1:{free_port()}/none"\n'
    )
    done = subprocess.run(
        [*PROGRAM, "service", "bridge", "--config", path], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 69
    assert "cannot start: database" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "keys").exists()

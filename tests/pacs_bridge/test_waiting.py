"""Those who wait, on a real house: told in time when the PACS hangs, served before prefetching, and able to cancel."""

import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread

from appliance.bootstrap import House, open_house
from appliance.config.settings import load
from appliance.domain.exams import ExamState
from appliance.domain.identifiers import PersonId, StudyUID, study_uid
from appliance.domain.jobs import JobKind, JobState
from appliance.domain.journal import Actor
from appliance.domain.nodes import Method, Node
from appliance.domain.people import Identifier, PatientTraits
from appliance.domain.searching import Query
from appliance.usecases.exams import state_of
from appliance.usecases.ports import StudyRow
from appliance.usecases.recording import hurry, pull, recorded
from tests.pacs_bridge.test_service import bridge, config, wait_until  # noqa: F401
from tests.peers import bad_pacs, orthanc
from tests.peers.bad_pacs import BadPacs

ROOT = Actor("unix", "0")


@pytest.fixture
def files(shared_dicom: Path) -> list[Path]:
    return sorted((shared_dicom / "series" / "ct-head-1mm").glob("*"))[:20]


@pytest.fixture
def house(config: Path) -> Iterator[House]:  # noqa: F811
    with open_house(load(config)) as opened:
        yield opened


def promised(house: House, path: Path, **values: Any) -> StudyUID:
    """An exam given away as the desk does: in the index, none of it here, its pull asked for."""
    dataset = dcmread(path, stop_before_pixels=True)
    uid = study_uid(values.get("uid", str(dataset.StudyInstanceUID)))
    traits = PatientTraits(Identifier(str(dataset.PatientID), ""), str(dataset.PatientName), "", "")
    row = StudyRow(uid, PersonId(0), traits, date(2026, 11, 1), "", "", ("CT",), "", "", "pacs")
    with house.database.writing() as work:
        [study] = recorded(work, [row], house.clock.now())
        if values.get("pulls", True):
            pull(work, study, house.clock.now())
    return uid


def study_of(house: House, uid: StudyUID) -> StudyRow:
    with house.database.reading() as work:
        return work.studies.by_uids([uid])[0]


def job_of(house: House, uid: StudyUID) -> Any:
    with house.database.reading() as work:
        return work.jobs.current(JobKind.PULL, uid)


def elapsed(act: Callable[[], Any]) -> float:
    started = time.monotonic()
    act()
    return time.monotonic() - started


def test_a_hung_orthanc_is_told_in_five_seconds_and_the_pull_resumes_alone(
    house: House, config: Path, require, files, tmp_path: Path  # noqa: F811
):
    ours = {"NEGATOSCOPE": ("127.0.0.1", house.settings.dicom.port)}
    with orthanc.running(require("Orthanc"), tmp_path / "orthanc", ours) as pacs, bridge(config):
        pacs.upload(files)
        house.nodes.add(Node("pacs", pacs.aet, "127.0.0.1", pacs.port, method=Method.MOVE), ROOT)
        uid = promised(house, files[0], pulls=False)
        with pacs.stopped():
            found: list[Any] = []
            # Questions about other exams hang too, and hold nobody's search up.
            for _ in range(6):
                with house.database.appending() as work:
                    work.jobs.enqueue(JobKind.REASK, f"{uid}#{_}", {"study_uid": uid}, now=house.clock.now())
            assert elapsed(lambda: found.append(house.searching.find(Query(patient_id="PLASTIC")))) < 5
            assert found[0].silent == {"pacs": "timeout"}
            with house.database.appending() as work:
                work.nodes.answered("pacs", house.clock.now())
                hurry(work, study_of(house, uid), house.clock.now())
            started = time.monotonic()
            wait_until(lambda: state_of(study_of(house, uid)) is ExamState.UNREACHABLE, 5)
            assert time.monotonic() - started < 5
        wait_until(lambda: study_of(house, uid).complete is True, 60)
        assert study_of(house, uid).received == len(files)
        assert study_of(house, uid).unreachable_since is None


def test_opening_an_exam_of_a_hung_pacs_answers_in_five_seconds(house: House, config: Path, files):  # noqa: F811
    with bad_pacs.hung() as port, bridge(config):
        house.nodes.add(Node("pacs", "X", "127.0.0.1", port), ROOT)
        uid = promised(house, files[0], pulls=False)
        assert elapsed(lambda: house.reasking.opening([uid])) < 5
        assert state_of(study_of(house, uid)) is ExamState.UNREACHABLE


def test_what_somebody_waits_for_goes_before_prefetching(house: House, config: Path, files):  # noqa: F811
    held = []
    for number in range(6):
        for path in files[:3]:
            one = dcmread(path)
            one.StudyInstanceUID, one.SeriesInstanceUID = f"1.2.3.{number}", f"1.2.3.{number}.1"
            one.SOPInstanceUID = one.file_meta.MediaStorageSOPInstanceUID = f"{one.SOPInstanceUID}.{number}"
            held.append(one)
    pacs = BadPacs(held, pause_s=2, destinations={"NEGATOSCOPE": ("127.0.0.1", house.settings.dicom.port)})
    with bad_pacs.running(pacs), bridge(config):
        house.nodes.add(Node("pacs", pacs.aet, "127.0.0.1", pacs.port, method=Method.MOVE), ROOT)
        uids = [promised(house, files[0], uid=f"1.2.3.{number}") for number in range(6)]
        wait_until(lambda: sum(job_of(house, uid).state is JobState.RUNNING for uid in uids) == 2, 10)
        with house.database.appending() as work:
            hurry(work, study_of(house, uids[5]), house.clock.now())
        wait_until(lambda: job_of(house, uids[5]).state is JobState.RUNNING, 3)
        assert [job_of(house, uid).state for uid in uids[2:5]] == [JobState.WAITING] * 3
        wait_until(lambda: study_of(house, uids[5]).received >= 1, 10)
        assert (study_of(house, uids[5]).expected, state_of(study_of(house, uids[5]))) == (3, ExamState.PREPARING)
        number = job_of(house, uids[5]).id
        with house.database.appending() as work:
            hurry(work, study_of(house, uids[5]), house.clock.now())
        assert job_of(house, uids[5]).id == number
        wait_until(lambda: job_of(house, uids[5]).done >= 1, 3)
        house.queue.cancel(number, ROOT)
        wait_until(lambda: pacs.cancelled == 1, 5)
        wait_until(lambda: study_of(house, uids[5]).complete is False, 5)
        assert state_of(study_of(house, uids[5])) in (ExamState.PREPARING, ExamState.INCOMPLETE)


def test_the_same_uid_of_a_corrected_patient_closes_the_exam(house: House, config: Path, files):  # noqa: F811
    pacs = BadPacs.of(files[:3], destinations={"NEGATOSCOPE": ("127.0.0.1", house.settings.dicom.port)})
    with bad_pacs.running(pacs), bridge(config):
        house.nodes.add(Node("pacs", pacs.aet, "127.0.0.1", pacs.port, method=Method.GET), ROOT)
        uid = promised(house, files[0])
        wait_until(lambda: study_of(house, uid).complete is True, 20)
        for one in pacs.held:
            one.PatientID = "SOMEBODY-ELSE"
        another = dcmread(files[4])
        another.PatientID = "SOMEBODY-ELSE"
        pacs.held.append(another)
        house.queue.pull(uid, "pacs", ROOT)
        wait_until(lambda: study_of(house, uid).identity_alarm == "two_patients", 20)
        assert state_of(study_of(house, uid)) is ExamState.IDENTITY

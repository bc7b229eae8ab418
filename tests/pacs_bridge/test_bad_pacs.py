"""Retrieving from a PACS that fails: nothing half is called whole, nothing held is asked again, the wait is told."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset, dcmread

from appliance.domain.errors import Unavailable
from appliance.domain.jobs import Job, JobKind
from appliance.domain.nodes import Method, Node
from pacs_bridge.handlers import Handlers
from tests.pacs_bridge.conftest import Acceptor, accepting
from tests.pacs_bridge.houses import FakeHouse
from tests.pacs_bridge.test_peers import beat, job
from tests.peers import bad_pacs
from tests.peers.bad_pacs import BadPacs
from tests.peers.dcmtk import free_port

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
BOTH = pytest.mark.parametrize("method", [Method.MOVE, Method.GET])


@pytest.fixture
def files(shared_dicom: Path) -> list[Path]:
    return sorted((shared_dicom / "series" / "ct-head-1mm").glob("*"))[:6]


@contextmanager
def peers(pacs: BadPacs, method: Method, tmp_path: Path) -> Iterator[tuple[Acceptor, Handlers]]:
    house = FakeHouse(tmp_path)
    with accepting(house) as acceptor, bad_pacs.running(pacs):
        pacs.destinations["NEGATOSCOPE"] = ("127.0.0.1", acceptor.port)
        house.work.nodes.nodes["pacs"] = Node("pacs", pacs.aet, "127.0.0.1", pacs.port, method=method)
        yield acceptor, Handlers(house, acceptor.arrivals)


def pulling(pacs: BadPacs, attempt: int = 1) -> Job:
    return replace(job(JobKind.PULL, {"study_uid": str(pacs.held[0].StudyInstanceUID), "node": "pacs"}),
                   attempts=attempt)  # fmt: skip


@BOTH
def test_after_an_abort_only_what_is_missing_is_asked_for(files, tmp_path: Path, method: Method):
    pacs = BadPacs.of(files, aborts_after=2)
    with peers(pacs, method, tmp_path) as (acceptor, handlers):
        with pytest.raises(Unavailable, match="aborted"):
            handlers.pull(pulling(pacs), beat)
        house, uid = acceptor.house, str(pacs.held[0].StudyInstanceUID)
        assert house.work.studies.counts[uid] == (6, False)
        assert house.work.studies.away[uid] is not None
        first, pacs.aborts_after = list(pacs.given), None
        result = handlers.pull(pulling(pacs), beat)
    assert result == {"received": 6, "expected": 6, "complete": True, "cause": ""}
    assert [asked.QueryRetrieveLevel for asked in pacs.requests] == ["STUDY", "IMAGE"]
    assert sorted(pacs.given) == sorted(str(one.SOPInstanceUID) for one in pacs.held)
    assert len(first) == 2
    assert house.work.studies.away[uid] is None


@BOTH
def test_a_series_of_which_nothing_came_is_asked_for_as_one(files, tmp_path: Path, method: Method):
    held = [dcmread(path) for path in files]
    for one in held[3:]:
        one.SeriesInstanceUID = "1.2.3.99"
    pacs = BadPacs(held, keeps_back=frozenset(str(one.SOPInstanceUID) for one in held[3:]))
    with peers(pacs, method, tmp_path) as (_, handlers):
        with pytest.raises(Unavailable, match="incomplete"):
            handlers.pull(pulling(pacs), beat)
        pacs.keeps_back = frozenset()
        assert handlers.pull(pulling(pacs), beat)["complete"] is True
    assert [asked.QueryRetrieveLevel for asked in pacs.requests] == ["STUDY", "SERIES"]
    assert pacs.requests[-1].SeriesInstanceUID == "1.2.3.99"


@BOTH
def test_a_node_that_retrieves_only_studies_is_asked_for_the_whole(files, tmp_path: Path, method: Method):
    pacs = BadPacs.of(files, aborts_after=2, retrieves=("STUDY",))
    with peers(pacs, method, tmp_path) as (_, handlers):
        with pytest.raises(Unavailable):
            handlers.pull(pulling(pacs), beat)
        pacs.aborts_after = None
        assert handlers.pull(pulling(pacs), beat)["complete"] is True
    assert [asked.QueryRetrieveLevel for asked in pacs.requests] == ["STUDY", "IMAGE", "STUDY"]


@BOTH
def test_success_with_images_missing_is_incomplete_and_tried_a_few_times(files, tmp_path: Path, method: Method):
    pacs = BadPacs.of(files)
    pacs.keeps_back = frozenset({str(pacs.held[-1].SOPInstanceUID)})
    with peers(pacs, method, tmp_path) as (acceptor, handlers):
        with pytest.raises(Unavailable, match="incomplete"):
            handlers.pull(pulling(pacs), beat)
        result = handlers.pull(pulling(pacs, attempt=5), beat)
    assert result == {"received": 5, "expected": 6, "complete": False, "cause": ""}
    assert acceptor.house.work.studies.counts[str(pacs.held[0].StudyInstanceUID)] == (6, False)


@pytest.mark.parametrize(
    ("script", "whole"),
    [
        ({"told": 6, "finds": ("STUDY",)}, True),
        ({"told": 3, "finds": ("STUDY",)}, None),  # it gives more than it tells
        ({"told": 0, "finds": ("STUDY",)}, None),  # it tells nothing
        ({"listed": 4}, True),  # it cuts its list, and its counts hold
        ({"listed": 4, "told": 4}, None),
        ({"told": 99}, True),  # the SOP UIDs go before any count
    ],
)
def test_what_a_count_proves(files, tmp_path: Path, script: dict[str, Any], whole: bool | None):
    pacs = BadPacs.of(files, **script)
    with peers(pacs, Method.GET, tmp_path) as (_, handlers):
        assert handlers.pull(pulling(pacs), beat)["complete"] is whole


@pytest.mark.parametrize("told", [0, 2, 6])
def test_an_aborted_retrieval_is_never_whole_by_a_count(files, tmp_path: Path, told: int):
    pacs = BadPacs.of(files, told=told, finds=("STUDY",), aborts_after=2)
    with peers(pacs, Method.GET, tmp_path) as (acceptor, handlers), pytest.raises(Unavailable, match="aborted"):
        handlers.pull(pulling(pacs), beat)
    assert acceptor.house.work.studies.counts[str(pacs.held[0].StudyInstanceUID)][1] is not True


@BOTH
def test_another_study_is_refused_and_named_so(files, tmp_path: Path, method: Method):
    other: Dataset = dcmread(files[0])
    other.StudyInstanceUID, other.PatientID = "1.2.3.4", "SOMEBODY-ELSE"
    pacs = BadPacs.of(files, instead=other)
    with peers(pacs, method, tmp_path) as (acceptor, handlers), pytest.raises(Unavailable, match="wrong_instance"):
        handlers.pull(pulling(pacs), beat)
    assert not acceptor.house.receiving.files
    assert not list(acceptor.house.objects.keys("received/"))
    assert acceptor.house.work.studies.away[str(pacs.held[0].StudyInstanceUID)] is None


@BOTH
def test_a_slow_node_is_waited_for_and_its_progress_told(files, tmp_path: Path, method: Method):
    pacs, seen = BadPacs.of(files[:3], pause_s=0.4), []

    def told(done: int, total: int) -> bool:
        seen.append((done, total))
        return True

    with peers(pacs, method, tmp_path) as (_, handlers):
        assert handlers.pull(pulling(pacs), told)["complete"] is True
    assert {(1, 3), (2, 3), (3, 3)} <= set(seen)
    assert seen[-1] == (3, 3)


@BOTH
def test_silence_is_told_in_time_and_taken_back(files, tmp_path: Path, method: Method):
    pacs, told = BadPacs.of(files[:2], pause_s=4.5), []
    with peers(pacs, method, tmp_path) as (acceptor, handlers):
        studies, started = acceptor.house.work.studies, time.monotonic()
        plain = studies.unreachable

        def noted(uid: str, since: Any) -> None:
            told.append((since is not None, time.monotonic() - started))
            plain(uid, since)

        studies.unreachable = noted
        assert handlers.pull(pulling(pacs), beat)["complete"] is True
    assert [away for away, _ in told] == [True, False, True, False, False]
    assert told[0][1] < 5


def test_a_node_that_accepts_and_says_nothing(tmp_path: Path):
    causes: list[str] = []

    def pull(house: FakeHouse) -> None:
        with pytest.raises(Unavailable) as failed:
            Handlers(house, Any).pull(job(JobKind.PULL, {"study_uid": "1.2.3", "node": "pacs"}), beat)
        causes.append(failed.value.cause)

    with bad_pacs.hung() as port:
        house = FakeHouse(tmp_path, [Node("pacs", "X", "127.0.0.1", port)])
        thread, started = threading.Thread(target=pull, args=(house,)), time.monotonic()
        thread.start()
        while house.work.studies.away.get("1.2.3") is None and time.monotonic() - started < 8:
            time.sleep(0.05)
        assert time.monotonic() - started < 5
        thread.join(20)
    assert causes == ["timeout"]


@BOTH
def test_a_cancelled_retrieval_stops_at_once_and_asks_the_node_to(files, tmp_path: Path, method: Method):
    pacs = BadPacs.of(files, pause_s=0.5)
    with peers(pacs, method, tmp_path) as (acceptor, handlers):
        started = time.monotonic()
        with pytest.raises(Unavailable, match="cancelled"):
            handlers.pull(pulling(pacs), lambda done, _total: done < 2)
        assert time.monotonic() - started < 5
        end = time.monotonic() + 5
        while not pacs.cancelled and time.monotonic() < end:
            time.sleep(0.05)
    assert pacs.cancelled == 1
    assert len(pacs.given) < 5
    uid = str(pacs.held[0].StudyInstanceUID)
    assert acceptor.house.work.studies.counts[uid] == (6, False)
    assert acceptor.house.work.studies.away[uid] is None


def test_a_node_that_ignores_a_cancel_is_cut(files, tmp_path: Path):
    pacs = BadPacs.of(files, pause_s=30)
    pacs._stops = lambda _event: time.sleep(4) or False  # type: ignore[method-assign,func-returns-value]
    with peers(pacs, Method.MOVE, tmp_path) as (_, handlers):
        started = time.monotonic()
        with pytest.raises(Unavailable, match="cancelled"):
            handlers.pull(pulling(pacs), lambda *_: time.monotonic() - started < 0.5)
        assert time.monotonic() - started < 4


def test_a_node_that_answers_again_has_what_waits_for_it_tried_now(files, tmp_path: Path):
    pacs, port = BadPacs.of(files[:1]), free_port()
    house = FakeHouse(tmp_path, [Node("pacs", pacs.aet, "127.0.0.1", port)])
    handlers = Handlers(house, Any)
    assert handlers.echo(job(JobKind.ECHO, {"node": "pacs"}), beat)["ok"] is False
    node = house.work.nodes.nodes["pacs"]
    house.work.nodes.nodes["pacs"] = replace(node, unreachable_since=house.clock.now())
    with bad_pacs.running(pacs, port):
        handlers.find(job(JobKind.FIND, {"query": {"patient_id": "PLASTIC"}}), beat)
    assert house.work.jobs.asked == [(f"hasten {kind}", "") for kind in ("pull", "send", "prove")]

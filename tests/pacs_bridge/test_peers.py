"""Asking and retrieving from real PACS: Orthanc, and the demo's own; and from those that fail."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, evt

from appliance.domain.errors import Malformed, Refused, Unavailable
from appliance.domain.jobs import Job, JobKind, JobState
from appliance.domain.nodes import Method, Node
from appliance.domain.searching import Query, query_of
from pacs_bridge.handlers import Handlers
from pacs_bridge.query import echo
from pacs_bridge.query.asking import strategies
from pacs_bridge.query.finding import Patience, find_studies
from pacs_bridge.retrieve.contexts import OF_MODALITY, classes_for, proposal
from pacs_bridge.sop_classes import STUDY_ROOT_FIND, STUDY_ROOT_GET
from tests.pacs_bridge.conftest import Acceptor, accepting
from tests.pacs_bridge.houses import FakeHouse
from tests.peers import orthanc
from tests.peers.dcmtk import free_port

TODAY = date(2026, 11, 24)
# pynetdicom leaves the socket of a refused connection to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def job(kind: JobKind, payload: dict[str, Any]) -> Job:
    now = datetime.now(UTC)
    return Job(1, kind, "x", payload, JobState.RUNNING, 1, 5, now, now)


def beat(_done: int, _total: int) -> bool:
    return True


@pytest.fixture(scope="module")
def head(shared_dicom: Path) -> list[Path]:
    return sorted((shared_dicom / "series" / "ct-head-1mm").glob("*"))


@pytest.fixture(scope="module")
def pacs(require, head: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    ours = free_port()
    folder = tmp_path_factory.mktemp("orthanc")
    with orthanc.running(require("Orthanc"), folder, {"NEGATOSCOPE": ("127.0.0.1", ours)}) as found:
        found.upload(head)
        yield found, ours


def node_of(found: orthanc.Orthanc, **changes: Any) -> Node:
    return replace(Node("pacs", found.aet, "127.0.0.1", found.port), **changes)


@pytest.mark.parametrize("method", [Method.MOVE, Method.GET])
def test_a_study_comes_whole_from_orthanc(pacs, head, tmp_path: Path, method: Method):
    found, ours = pacs
    house = FakeHouse(tmp_path, [node_of(found, method=method)])
    uid = str(dcmread(head[0], stop_before_pixels=True).StudyInstanceUID)
    progress: list[tuple[int, int]] = []

    def told(done: int, total: int) -> bool:
        progress.append((done, total))
        return True

    with accepting(house, port=ours) as acceptor:
        handlers = Handlers(house, acceptor.arrivals)
        result = handlers.pull(job(JobKind.PULL, {"study_uid": uid, "node": None}), told)
    assert result == {"received": 140, "expected": 140, "complete": True, "cause": ""}
    assert house.work.studies.counts[uid] == (140, True)
    assert progress[-1] == (140, 140)
    assert len(house.receiving.asked) >= 1
    assert {f.calling_aet for f in house.receiving.files} == {"ORTHANC"}


def test_echo_and_find_on_orthanc(pacs, head):
    found, _ = pacs
    node = node_of(found)
    assert echo.echo(node)["ok"] is True
    by_name = find_studies(node, Query(family_name="head"), TODAY)
    by_id = find_studies(node, Query(patient_id="PLASTIC"), TODAY)
    assert [row["patient_id"] for row in by_id.studies] == ["PLASTIC"]
    assert by_id.studies[0]["instances"] == 140
    # The exam is older than the ten years that a search by name looks back.
    assert by_name.studies == []


def test_find_tells_which_node_is_silent(pacs, tmp_path: Path):
    found, _ = pacs
    house = FakeHouse(tmp_path, [node_of(found), Node("away", "X", "127.0.0.1", free_port())])
    handlers = Handlers(house, Any)
    result = handlers.find(job(JobKind.FIND, {"query": {"patient_id": "PLASTIC"}}), beat)
    assert len(result["studies"]) == 1
    assert {n["name"]: n["cause"] for n in result["nodes"]} == {"pacs": "", "away": "refused"}
    assert house.work.nodes.silences == ["away"]


def test_a_pull_from_a_pacs_that_is_away_is_tried_again(tmp_path: Path):
    house = FakeHouse(tmp_path, [Node("away", "X", "127.0.0.1", free_port())])
    with pytest.raises(Unavailable, match="refused"):
        Handlers(house, Any).pull(job(JobKind.PULL, {"study_uid": "1.2.3"}), beat)
    assert house.work.studies.away["1.2.3"] is not None


def test_wrong_titles_have_their_causes():
    entity = AE("RIGHT")
    entity.add_supported_context(STUDY_ROOT_FIND)
    entity.require_called_aet = True
    server = entity.start_server(("127.0.0.1", 0), block=False)
    port = server.socket.getsockname()[1]
    try:
        assert echo.echo(Node("n", "WRONG", "127.0.0.1", port))["cause"] == "rejected_called_ae"
        entity.require_calling_aet = ["OTHER"]
        assert echo.echo(Node("n", "RIGHT", "127.0.0.1", port))["cause"] == "rejected_calling_ae"
        entity.require_calling_aet = []
        assert echo.echo(Node("n", "RIGHT", "127.0.0.1", port))["cause"] == "no_context"
    finally:
        server.shutdown()


def test_a_peer_that_only_closes_aborted():
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def close_all() -> None:
        listener.settimeout(0.2)
        while not stop.is_set():
            try:
                listener.accept()[0].close()
            except TimeoutError:
                continue

    thread = threading.Thread(target=close_all)
    thread.start()
    try:
        answer = echo.echo(Node("n", "X", "127.0.0.1", listener.getsockname()[1]))
        assert answer["cause"] == "aborted"
    finally:
        stop.set()
        thread.join()
        listener.close()


def test_a_node_that_refuses_optional_keys_is_asked_again_with_few():
    asked: list[set[str]] = []

    def find(event: evt.Event) -> Iterator[tuple[int, Any]]:
        keys = {element.keyword for element in event.identifier}
        asked.append(keys)
        if "SOPClassesInStudy" in keys:
            yield 0xA900, None
            return
        answer = event.identifier
        answer.StudyInstanceUID, answer.PatientID = "1.2.3", "7"
        yield 0xFF00, answer

    with serving([(evt.EVT_C_FIND, find)]) as port:
        found = find_studies(Node("n", "PACS", "127.0.0.1", port), Query(patient_id="7"), TODAY)
    assert found.required_keys_only
    assert [row["study_uid"] for row in found.studies] == ["1.2.3"]
    assert len(asked) == 2


def test_what_was_not_asked_for_is_filtered_and_the_rest_cancelled():
    cancelled: list[bool] = []
    patience = time.monotonic() + 20

    def find(event: evt.Event) -> Iterator[tuple[int, Any]]:
        for number in range(10_000):
            stop = event.is_cancelled
            while number >= 50 and not stop and time.monotonic() < patience:
                time.sleep(0.01)  # pynetdicom reads nothing while it has answers to send
                stop = event.is_cancelled  # true once
            if stop:
                cancelled.append(True)
                yield 0xFE00, None
                return
            answer = event.identifier
            answer.StudyInstanceUID = f"1.2.{number}"
            answer.PatientID = "7" if number % 2 else "8"
            yield 0xFF00, answer

    with serving([(evt.EVT_C_FIND, find)]) as port:
        found = find_studies(Node("n", "PACS", "127.0.0.1", port), Query(patient_id="7"), TODAY, Patience(limit=5))
    assert len(found.studies) == 5
    assert found.more
    assert cancelled


def test_an_instance_of_another_study_is_refused(head, tmp_path: Path):
    statuses: list[int] = []

    def find(event: evt.Event) -> Iterator[tuple[int, Any]]:
        answer = event.identifier
        if event.identifier.QueryRetrieveLevel == "STUDY":
            answer.StudyInstanceUID, answer.PatientID = "1.2.3", "7"
            answer.SOPClassesInStudy = "1.2.840.10008.5.1.4.1.1.2"
            answer.NumberOfStudyRelatedInstances = 1
            yield 0xFF00, answer

    def get(event: evt.Event) -> Iterator[Any]:
        yield 1
        yield 0xFF00, dcmread(head[0])

    def sent(event: evt.Event) -> None:
        message = event.message.command_set
        if message.CommandField == 0x8001:
            statuses.append(message.Status)

    handlers = [(evt.EVT_C_FIND, find), (evt.EVT_C_GET, get), (evt.EVT_DIMSE_RECV, sent)]
    with serving(handlers) as port:
        node = Node("n", "PACS", "127.0.0.1", port, method=Method.GET)
        house = FakeHouse(tmp_path, [node])
        with accepting(house) as acceptor:
            payload = {"study_uid": "1.2.3", "node": "n"}
            with pytest.raises(Unavailable, match="wrong_instance"):
                Handlers(house, acceptor.arrivals).pull(job(JobKind.PULL, payload), beat)
    assert statuses == [0x0124]
    assert house.work.studies.counts["1.2.3"][1] is False
    assert house.work.studies.away["1.2.3"] is None
    assert not house.receiving.files


def test_strategies_by_name():
    wanted = Query(family_name="Le Goffîc", given_name="Loïc", birth_date="19570108")
    names = [keys["PatientName"] for keys in strategies(wanted, Node("n", "A", "h", 1), TODAY)]
    assert names == ["LE?GOFFIC*", "LE?GOFFIC*^LOIC*", "LE?GOFFÎC*"]


@pytest.mark.parametrize(
    "query", [{}, {"patient_id": "*"}, {"given_name": "Anne"}, {"family_name": "A?"}, {"patient_id": "1\\2"}]
)
def test_what_would_ask_for_everything_is_not_asked(query: dict[str, str]):
    with pytest.raises(Malformed):
        query_of(query)


@pytest.mark.parametrize("count", [0, 1, 3, 10, 60, 127, 300])
def test_never_more_contexts_than_dicom_allows(count: int):
    told = [f"1.2.840.10008.5.1.4.1.1.{number}" for number in range(1, count + 1)]
    contexts, roles = proposal(classes_for(told, []))
    assert len(contexts) <= 128
    assert {c.abstract_syntax for c in contexts} >= {STUDY_ROOT_GET, *told[:127]}
    assert len(roles) >= min(count, 127)


def test_the_modality_stands_in_for_classes_not_told():
    classes = classes_for([], ["CT"])
    assert classes[0] == "1.2.840.10008.5.1.4.1.1.2"
    assert len(classes_for([], [])) >= len({e for ends in OF_MODALITY.values() for e in ends})


class serving:
    """A PACS that does what the test says."""

    def __init__(self, handlers: list[Any]) -> None:
        entity = AE("PACS")
        entity.add_supported_context(STUDY_ROOT_FIND)
        entity.add_supported_context(STUDY_ROOT_GET)
        entity.add_supported_context("1.2.840.10008.5.1.4.1.1.2", ALL_TRANSFER_SYNTAXES, scu_role=True,
                                     scp_role=True)  # fmt: skip
        self._server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)

    def __enter__(self) -> int:
        return int(self._server.socket.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()


def test_a_move_that_brings_another_study_is_refused(acceptor: Acceptor):
    from pacs_bridge.receive.arrivals import Expected, Origin

    expected = Expected("1.2.3", frozenset({"NEGATOSCOPE", "PACS"}), 7)
    with acceptor.arrivals.expecting(expected):
        acceptor.arrivals.check(Origin("NEGATOSCOPE", 7), "1.2.3")
        acceptor.arrivals.check(Origin("OTHER", 7), "9.9")
        acceptor.arrivals.check(Origin(), "9.9")
        for aet in ("NEGATOSCOPE", "PACS"):
            with pytest.raises(Refused, match="wrong_instance"):
                acceptor.arrivals.check(Origin(aet, 7), "9.9")
    acceptor.arrivals.check(Origin("NEGATOSCOPE", 7), "9.9")

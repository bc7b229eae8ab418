"""The doctor on real PACS and on those that fail in every known way: one cause each, nothing kept, nobody named."""

import functools
import gc
import json
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, build_context, evt

from appliance.config.sections import Dicom
from appliance.config.tls import client_context
from appliance.domain.diagnosis import Finding, StepName, Verdict, healthy
from appliance.domain.jobs import Job, JobKind, JobState
from appliance.domain.nodes import Method, Node
from pacs_bridge.doctor import asking, case, fetching
from pacs_bridge.doctor.case import Case, Charsets, Means
from pacs_bridge.doctor.charsets import note
from pacs_bridge.doctor.examination import examine
from pacs_bridge.doctor.handler import Doctor
from pacs_bridge.query.associations import by_default
from pacs_bridge.receive.arrivals import Arrivals, Origin, Trial
from pacs_bridge.sop_classes import STUDY_ROOT_FIND, STUDY_ROOT_GET, STUDY_ROOT_MOVE, VERIFICATION
from tests.pacs_bridge.conftest import Acceptor, accepting
from tests.pacs_bridge.houses import FakeHouse
from tests.pacs_bridge.test_tls_nodes import listening
from tests.peers import orthanc
from tests.peers.authority import Authority
from tests.peers.dcmtk import free_port

# pynetdicom leaves the socket of a refused connection to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
TODAY = datetime.now(UTC).date()
CT = "1.2.840.10008.5.1.4.1.1.2"


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture(scope="module")
def head(shared_dicom: Path) -> list[Path]:
    return sorted((shared_dicom / "series" / "ct-head-1mm").glob("*"))[:6]


def seen(node: Node, arrivals: Arrivals | None = None, port: int = 11112, secure: Any = by_default) -> "Seen":
    steps: list[int] = []

    def told(findings: Sequence[Finding]) -> bool:
        steps.append(len(findings))
        return True

    found = examine(Case(node, Means(arrivals or Arrivals(), secure, port, None, TODAY, str)), told)
    assert steps == list(range(1, 10))
    return Seen(found)


class Seen(dict[StepName, Finding]):
    """Findings by step."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__({one.name: one for one in findings})

    def verdicts(self) -> str:
        return " ".join(f"{one.name}:{one.verdict}{'/' + one.cause if one.cause else ''}" for one in self.values())


# --- real PACS ----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [Method.MOVE, Method.GET])
def test_orthanc_is_well_and_nothing_is_kept(require, head, tmp_path: Path, method: Method):
    ours = free_port()
    folder = tmp_path / "orthanc"
    with orthanc.running(require("Orthanc"), folder, {"NEGATOSCOPE": ("127.0.0.1", ours)}) as pacs:
        pacs.upload(head)
        node = Node("pacs", pacs.aet, "127.0.0.1", pacs.port, method=method)
        house = FakeHouse(tmp_path / "house", [node])
        with accepting(house, port=ours) as acceptor:
            found = seen(node, acceptor.arrivals, ours)
    assert healthy(list(found.values())), found.verdicts()
    assert found[StepName.TLS].cause == "plain"
    assert found[StepName.ASSOCIATION].facts["services"] == "C-ECHO, C-FIND, C-MOVE, C-GET"
    assert found[StepName.FIND].facts["level"] == "IMAGE"
    assert found[StepName.GET].facts["received"] == 1
    assert found[StepName.MOVE].facts["received"] == 1, found.verdicts()
    assert "Explicit LE" in str(found[StepName.SYNTAXES].facts["accepted"])
    assert found[StepName.SYNTAXES].facts["proposed"]
    assert house.receiving.files == []
    assert list(house.objects.keys("")) == []
    said = json.dumps([dict(one.facts) for one in found.values()])
    header = dcmread(head[0], stop_before_pixels=True)
    for secret in (header.PatientID, str(header.PatientName), header.StudyInstanceUID, header.SOPInstanceUID):
        assert str(secret) not in said


def test_orthanc_that_does_not_know_our_destination(require, head, tmp_path: Path):
    with orthanc.running(require("Orthanc"), tmp_path / "orthanc", {"OTHER": ("127.0.0.1", 1)}) as pacs:
        pacs.upload(head)
        node = Node("pacs", pacs.aet, "127.0.0.1", pacs.port)
        found = seen(node)
        assert found[StepName.MOVE].verdict is Verdict.FAIL
        by_get = seen(replace(node, method=Method.GET))
    assert found[StepName.FIND].verdict is Verdict.OK
    # A way that the node is not set to use may fail: worth a line, not a failure.
    assert by_get[StepName.MOVE].verdict is Verdict.WARN
    assert healthy(list(by_get.values()))


def test_storescp_stores_but_cannot_be_searched(require, tmp_path: Path):
    port = free_port()
    with listening([require("storescp"), port], port, tmp_path):
        found = seen(Node("n", "STORESCP", "127.0.0.1", port))
    assert found[StepName.ASSOCIATION].facts["services"] == "C-ECHO"
    assert found[StepName.ECHO].verdict is Verdict.OK
    assert (found[StepName.FIND].verdict, found[StepName.FIND].cause) == (Verdict.FAIL, "not_offered")
    assert {found[n].cause for n in (StepName.GET, StepName.MOVE, StepName.CHARSETS)} == {"after"}


def test_dcmqrscp_of_dcmtk(require, head, tmp_path: Path):
    port, ours = free_port(), free_port()
    store = tmp_path / "store"
    store.mkdir()
    config = tmp_path / "dcmqrscp.cfg"
    config.write_text(
        f'NetworkTCPPort = {port}\nMaxPDUSize = 16384\nMaxAssociations = 16\nHostTable BEGIN\n'
        f'nego = (NEGATOSCOPE, 127.0.0.1, {ours})\nHostTable END\nVendorTable BEGIN\nVendorTable END\n'
        f'AETable BEGIN\nPACS {store} RW (9, 1024mb) ANY\nAETable END\n'
    )
    with listening([require("dcmqrscp"), "+xs", "-xs", "-c", config], port, tmp_path):
        ran = _store(require("storescu"), port, head)
        assert ran == 0
        house = FakeHouse(tmp_path / "house", [Node("pacs", "PACS", "127.0.0.1", port)])
        with accepting(house, port=ours) as acceptor:
            found = seen(Node("pacs", "PACS", "127.0.0.1", port), acceptor.arrivals, ours)
            elsewhere = seen(Node("pacs", "PACS", "127.0.0.1", port, our_aet="UNKNOWN"), acceptor.arrivals, ours)
    assert found[StepName.MOVE].verdict is Verdict.OK, found.verdicts()
    # It stores to us in the first context that it accepted, whatever it holds: a C-GET of JPEG really fails.
    assert (found[StepName.GET].verdict, found[StepName.GET].cause) == (Verdict.WARN, "sub_operations_get")
    assert house.receiving.files == []
    assert elsewhere[StepName.MOVE].cause == "move_destination", elsewhere.verdicts()
    assert elsewhere[StepName.MOVE].facts["status"] == "0xA801"


def _store(program: str, port: int, files: Sequence[Path]) -> int:
    from tests.peers import dcmtk

    ran = dcmtk.store(program, port, files, called="PACS", options=["-xs"])
    assert ran.code == 0, ran.output
    return ran.code


# --- nobody there, or nobody who speaks ------------------------------------------------------------


def test_a_closed_port_ends_it_at_once():
    found = seen(Node("n", "X", "127.0.0.1", free_port()))
    assert (found[StepName.TCP].verdict, found[StepName.TCP].cause) == (Verdict.FAIL, "refused")
    assert {one.cause for name, one in found.items() if name is not StepName.TCP} == {"after"}
    assert {one.facts["step"] for name, one in found.items() if name is not StepName.TCP} == {"tcp"}


def test_a_name_that_nobody_knows():
    assert seen(Node("n", "X", "pacs.invalid", 104))[StepName.TCP].cause in ("name_unknown", "unreachable")


def test_a_port_that_says_nothing(monkeypatch: pytest.MonkeyPatch):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        node = Node("n", "X", "127.0.0.1", silent.getsockname()[1])
        one = Case(node, Means(Arrivals(), by_default, 1, None, TODAY, str))
        one.whole_end -= case.WHOLE_S - 4  # four seconds in all
        found = Seen(examine(one, lambda _: True))
    assert found[StepName.TCP].verdict is Verdict.OK
    assert (found[StepName.ASSOCIATION].verdict, found[StepName.ASSOCIATION].cause) == (Verdict.FAIL, "timeout")
    assert found[StepName.MOVE].facts["step"] == "association"
    assert (found[StepName.ASSOCIATION].ms or 0) < 9000


def test_tls_of_another_authority_and_of_ours(require, tmp_path: Path):
    good, other = Authority(tmp_path / "good"), Authority(tmp_path / "other", "Other")
    pair, port = good.issue("node", "127.0.0.1"), free_port()
    node = Node("n", "STORESCP", "127.0.0.1", port, tls=True)
    with listening([require("storescp"), "+tls", pair.key, pair.certificate, "-ic", port], port, tmp_path):
        wrong = seen(node, secure=functools.partial(client_context, Dicom(tls_node_ca=other.file)))
        right = seen(node, secure=functools.partial(client_context, Dicom(tls_node_ca=good.file)))
    assert (wrong[StepName.TLS].verdict, wrong[StepName.TLS].cause) == (Verdict.FAIL, "tls_unknown_ca")
    assert wrong[StepName.ASSOCIATION].facts == {"step": "tls"}
    # The certificates of these tests are good for a day: soon over.
    assert (right[StepName.TLS].verdict, right[StepName.TLS].cause) == (Verdict.WARN, "tls_ends")
    assert str(right[StepName.TLS].facts["version"]).startswith("TLSv1.")
    assert right[StepName.ECHO].verdict is Verdict.OK


def test_a_plain_node_asked_over_tls(require, tmp_path: Path):
    port = free_port()
    with listening([require("storescp"), port], port, tmp_path):
        assert seen(Node("n", "X", "127.0.0.1", port, tls=True))[StepName.TLS].cause == "tls_not_spoken"


# --- a PACS that does what the test says ---------------------------------------------------------


def pacs_of(*, services: Sequence[str] = (VERIFICATION, STUDY_ROOT_FIND, STUDY_ROOT_MOVE, STUDY_ROOT_GET)) -> AE:
    entity = AE("PACS")
    for service in services:
        entity.add_supported_context(service)
    entity.add_supported_context(CT, ALL_TRANSFER_SYNTAXES, scu_role=True, scp_role=True)
    return entity


@contextmanager
def serving(entity: AE, handlers: Sequence[Any]) -> Iterator[Node]:
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=list(handlers))
    try:
        yield Node("n", "PACS", "127.0.0.1", server.socket.getsockname()[1])
    finally:
        server.shutdown()


Answer = Callable[[Dataset], Dataset]


def answering(change: Answer = lambda answer: answer, *, images: bool = True) -> Any:
    """C-FIND: one study of today, one series, one image."""

    def find(event: evt.Event) -> Iterator[tuple[int, Any]]:
        asked = event.identifier
        answer = Dataset()
        answer.QueryRetrieveLevel = asked.QueryRetrieveLevel
        answer.StudyInstanceUID, answer.StudyDate, answer.ModalitiesInStudy = "1.2.3", f"{TODAY:%Y%m%d}", "CT"
        answer.PatientID, answer.PatientName = "SECRET-ID", "SECRET^NAME"
        answer.SeriesInstanceUID, answer.Modality, answer.NumberOfSeriesRelatedInstances = "1.2.3.4", "CT", 1
        if asked.QueryRetrieveLevel == "IMAGE":
            if not images:
                yield 0xA900, None
                return
            answer.SOPInstanceUID, answer.SOPClassUID = "1.2.3.4.5", CT
        yield 0xFF00, change(answer)

    return (evt.EVT_C_FIND, find)


def test_titles_that_are_not_known():
    entity = pacs_of()
    entity.require_called_aet = True
    with serving(entity, []) as node:
        assert seen(replace(node, aet="WRONG"))[StepName.ASSOCIATION].cause == "rejected_called_ae"
        entity.require_calling_aet = ["OTHER"]
        found = seen(node)
    assert (found[StepName.ASSOCIATION].verdict, found[StepName.ASSOCIATION].cause) == (
        Verdict.FAIL, "rejected_calling_ae")  # fmt: skip
    assert found[StepName.FIND].cause == "after"


def test_a_destination_that_is_not_known():
    def move(_event: evt.Event) -> Iterator[Any]:
        yield None, None

    with serving(pacs_of(), [answering(), (evt.EVT_C_MOVE, move)]) as node:
        found = seen(node)
    assert (found[StepName.MOVE].verdict, found[StepName.MOVE].cause) == (Verdict.FAIL, "move_destination")
    assert found[StepName.MOVE].facts["status"] == "0xA801"


def test_no_get_is_no_matter_where_move_is_used_and_the_failure_where_it_is():
    services = (VERIFICATION, STUDY_ROOT_FIND, STUDY_ROOT_MOVE)
    with serving(pacs_of(services=services), [answering()]) as node:
        by_move = seen(node)[StepName.GET]
        by_get = seen(replace(node, method=Method.GET))[StepName.GET]
    assert (by_move.verdict, by_move.cause) == (Verdict.SKIPPED, "method_unused")
    assert (by_get.verdict, by_get.cause) == (Verdict.FAIL, "not_offered")


def test_a_destination_that_leads_elsewhere_and_one_that_is_closed(acceptor: Acceptor):
    def elsewhere(_event: evt.Event) -> Iterator[Any]:
        yield "127.0.0.1", closed, {"contexts": [build_context(CT)]}
        yield 1
        yield 0xFF00, _ct()

    closed = free_port()
    with serving(pacs_of(), [answering(), (evt.EVT_C_MOVE, elsewhere)]) as node:
        found = seen(node, acceptor.arrivals, acceptor.port)[StepName.MOVE]
    # pynetdicom says A801 where it cannot reach the destination; archives say so too, or B000.
    assert found.verdict is Verdict.FAIL
    assert found.cause in ("move_destination", "sub_operations")

    def lied(_event: evt.Event) -> Iterator[Any]:
        yield "127.0.0.1", other.port, {"contexts": [build_context(CT)]}
        yield 1
        yield 0xFF00, _ct()

    with (
        serving(pacs_of(), [(evt.EVT_C_STORE, lambda _event: 0x0000)]) as other,
        serving(pacs_of(), [answering(), (evt.EVT_C_MOVE, lied)]) as node,
    ):
        found = seen(node, acceptor.arrivals, acceptor.port)[StepName.MOVE]
    assert (found.verdict, found.cause, found.facts["status"]) == (Verdict.FAIL, "nothing_arrived", "0x0000")


def _ct() -> Dataset:
    made = Dataset()
    made.SOPClassUID, made.SOPInstanceUID = CT, "1.2.3.4.5"
    made.StudyInstanceUID, made.SeriesInstanceUID, made.PatientID = "1.2.3", "1.2.3.4", "SECRET-ID"
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    return made


def test_a_pacs_that_sends_under_a_title_that_our_door_does_not_know(tmp_path: Path):
    def move(_event: evt.Event) -> Iterator[Any]:
        yield "127.0.0.1", port, {"contexts": [build_context(CT)], "ae_title": "NEGATOSCOPE"}
        yield 1
        yield 0xFF00, _ct()

    with serving(pacs_of(), [answering(), (evt.EVT_C_MOVE, move)]) as node:
        house = FakeHouse(tmp_path, [replace(node, aet="SOMEBODY", host="127.0.0.1")])
        with accepting(house, any_loopback=False) as acceptor:
            port = acceptor.port
            found = seen(node, acceptor.arrivals, port)[StepName.MOVE]
    assert (found.verdict, found.cause) == (Verdict.FAIL, "we_refused")
    assert (found.facts["calling"], found.facts["from"]) == ("PACS", "127.0.0.1")


def test_a_pacs_that_calls_us_by_a_title_that_is_not_ours(acceptor: Acceptor):
    def move(_event: evt.Event) -> Iterator[Any]:
        yield "127.0.0.1", acceptor.port, {"contexts": [build_context(CT)], "ae_title": "OLD_NAME"}
        yield 1
        yield 0xFF00, _ct()

    with serving(pacs_of(), [answering(), (evt.EVT_C_MOVE, move)]) as node:
        found = seen(node, acceptor.arrivals, acceptor.port)[StepName.MOVE]
    assert (found.verdict, found.cause) == (Verdict.FAIL, "we_refused_title")


def test_an_archive_that_names_itself_as_the_originator_is_understood_and_keeps_its_object(acceptor: Acceptor):
    def move(_event: evt.Event) -> Iterator[Any]:
        yield "127.0.0.1", acceptor.port, {"contexts": [build_context(CT)]}
        yield 1
        yield 0xFF00, _ct()

    # pynetdicom does: (0000,1030) is its own title, not ours.
    with serving(pacs_of(), [answering(), (evt.EVT_C_MOVE, move)]) as node:
        found = seen(node, acceptor.arrivals, acceptor.port)
    assert (found[StepName.MOVE].verdict, found[StepName.MOVE].cause) == (Verdict.OK, "")
    assert found[StepName.MOVE].facts["received"] == 1
    assert acceptor.house.receiving.files == []


def test_an_identifier_with_few_keys_pleases_a_node_that_refuses_many():
    def find(event: evt.Event) -> Iterator[tuple[int, Any]]:
        if "SOPClassesInStudy" in event.identifier:
            yield 0xA900, None
            return
        yield from answering()[1](event)

    with serving(pacs_of(), [(evt.EVT_C_FIND, find)]) as node:
        found = seen(node)[StepName.FIND]
    assert (found.verdict, found.cause) == (Verdict.WARN, "keys_refused")
    with serving(pacs_of(), [answering(images=False)]) as node:
        assert seen(node)[StepName.FIND].cause == "no_image_level"


def test_a_node_that_ignores_the_date_and_one_that_holds_nothing():
    def old(answer: Dataset) -> Dataset:
        answer.StudyDate = "20010101"
        return answer

    with serving(pacs_of(), [answering(old)]) as node:
        assert seen(node)[StepName.FIND].cause == "keys_ignored"

    def nothing(_event: evt.Event) -> Iterator[Any]:
        yield from ()

    with serving(pacs_of(), [(evt.EVT_C_FIND, nothing)]) as node:
        found = seen(node)
    assert (found[StepName.FIND].verdict, found[StepName.FIND].cause) == (Verdict.WARN, "no_answer")
    assert found[StepName.MOVE].cause == "no_sample"
    assert found[StepName.CHARSETS].cause == "no_answer"


@pytest.mark.parametrize(
    ("declared", "written", "expected"),
    [
        (None, b"DUPONT^ANNE", (0, 0, 0)),
        (None, "LEFÈVRE^Anne".encode("latin-1"), (1, 0, 0)),
        ("ISO_IR 100", "LEFÈVRE^Anne".encode("latin-1"), (0, 0, 0)),
        ("ISO_IR 100", "LEFÈVRE^Anne".encode(), (0, 1, 0)),
        ("ISO_IR 192", "LEFÈVRE^Anne".encode(), (0, 0, 0)),
        ("ISO_IR 192", "LEFÈVRE^Anne".encode("latin-1"), (0, 0, 1)),
        ("ISO_IR 999", "LEFÈVRE^Anne".encode("latin-1"), (0, 0, 1)),
        (["", "ISO 2022 IR 87"], b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B", (0, 0, 0)),
    ],
)
def test_character_sets(declared: Any, written: bytes, expected: tuple[int, int, int]):
    from io import BytesIO

    from pydicom.filereader import read_dataset

    value = "\\".join(declared) if isinstance(declared, list) else declared
    head = b"" if value is None else _element(0x0008, 0x0005, b"CS", value.encode())
    raw = BytesIO(head + _element(0x0010, 0x0010, b"PN", written))
    counted = Charsets()
    note(counted, read_dataset(raw, is_implicit_VR=False, is_little_endian=True))
    assert (counted.absent, counted.mistaken, counted.unreadable) == expected


def _element(group: int, element: int, vr: bytes, value: bytes) -> bytes:
    value += b" " * (len(value) & 1)
    return group.to_bytes(2, "little") + element.to_bytes(2, "little") + vr + len(value).to_bytes(2, "little") + value


# --- what the trial must never do -----------------------------------------------------------------


def test_what_does_not_say_that_it_was_ordered_is_not_acknowledged(acceptor: Acceptor, head, require):
    from tests.peers import dcmtk

    header = dcmread(head[0], stop_before_pixels=True)
    trial = Trial("NEGATOSCOPE", 7, str(header.SOPInstanceUID))
    with acceptor.arrivals.trying(trial):
        ran = dcmtk.store(require("storescu"), acceptor.port, head[:1], options=["-v", "-xs"])
        assert trial.heard.is_set()
    assert "OutOfResources" in ran.output
    assert acceptor.house.receiving.files == []
    assert acceptor.arrivals.trial(Origin("NEGATOSCOPE", 7), "1.2") is None
    with acceptor.arrivals.trying(trial):
        assert acceptor.arrivals.trial(Origin("NEGATOSCOPE", 7), "1.2") is trial
        assert acceptor.arrivals.trial(Origin("PACS", 7), trial.sop_uid) is trial
        assert not trial.ordered(Origin("PACS", 7))
        assert acceptor.arrivals.trial(Origin("PACS", 8), trial.sop_uid) is None
        assert acceptor.arrivals.trial(Origin("PACS", 7), "1.2") is None
    ran = dcmtk.store(require("storescu"), acceptor.port, head[:1], options=["-xs"])
    assert ran.code == 0
    assert len(acceptor.house.receiving.files) == 1


def test_a_node_that_drips_answers_does_not_outlast_its_step():
    stop = threading.Event()

    def find(event: evt.Event) -> Iterator[tuple[int, Any]]:
        while not stop.wait(0.2):
            yield next(answering()[1](event))

    with serving(pacs_of(), [(evt.EVT_C_FIND, find)]) as node:
        one = Case(node, Means(Arrivals(), by_default, 1, None, TODAY, str))
        one.whole_end -= case.WHOLE_S - 6
        try:
            found = Seen(examine(one, lambda _: True))
        finally:
            stop.set()
    assert found[StepName.FIND].verdict is Verdict.FAIL
    assert (found[StepName.FIND].ms or 0) < 9000
    assert found[StepName.MOVE].cause == "after"


# --- the job ----------------------------------------------------------------------------------------


class Notes:
    def __init__(self, stop_after: int = 99) -> None:
        self.results: list[Any] = []
        self._stop = stop_after

    def note(self, _job: Job, result: Any) -> bool:
        self.results.append(result)
        return len(self.results) < self._stop


def test_the_job_shows_each_step_and_stops_when_it_is_cancelled(tmp_path: Path):
    now = datetime.now(UTC)
    job = Job(1, JobKind.DOCTOR, "n#x", {"node": "n"}, JobState.RUNNING, 1, 1, now, now)
    with serving(pacs_of(), [answering()]) as node:
        house = FakeHouse(tmp_path, [node])
        notes: Any = Notes()
        doctor = Doctor(house, notes, Arrivals(), by_default, (11112, 2762))
        result = doctor.examine(job, lambda _done, _total: True)
        assert [len(one["steps"]) for one in notes.results] == list(range(1, 10))
        assert json.loads(json.dumps(result)) == json.loads(json.dumps(notes.results[-1]))
        assert result["facts"] | {"port": 0} == {
            "aet": "PACS", "host": "127.0.0.1", "port": 0, "our_aet": "NEGATOSCOPE", "our_host": "127.0.0.1",
            "our_port": 11112, "our_tls_port": 2762, "method": "move"}  # fmt: skip
        assert "SECRET" not in json.dumps(result)
        assert house.work.nodes.answers == ["n"]
        stopped: Any = Notes(stop_after=2)
        short = Doctor(house, stopped, Arrivals(), by_default, (11112, None)).examine(job, lambda _d, _t: True)
    assert len(short["steps"]) == 2


def test_small_objects_are_preferred():
    ct, film = Dataset(), Dataset()
    ct.ModalitiesInStudy, film.ModalitiesInStudy = "CT", "XA"
    assert min([film, ct], key=asking.of_study) is ct
    assert fetching.named(["1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1"]) == "Explicit LE"

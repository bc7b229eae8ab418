"""The doctor on DICOMweb: Orthanc's plug-in, and servers that fail in every known way; one cause each, nobody named."""

import json
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset

from appliance.config.sections import Dicom
from appliance.config.tls import client_context
from appliance.crypto.keyed import NoKey
from appliance.domain.diagnosis import WEB_REMEDIES, StepName, Verdict, healthy, ladder
from appliance.domain.jobs import Job, JobKind, JobState
from appliance.domain.nodes import Method, Node, checked
from appliance.usecases.authenticators import opened, sealed
from pacs_bridge.doctor import case
from pacs_bridge.doctor.case import Case, Charsets, Means
from pacs_bridge.doctor.charsets import note_json
from pacs_bridge.doctor.examination import WEB_STEPS, examine
from pacs_bridge.doctor.handler import Doctor
from pacs_bridge.query.associations import by_default
from pacs_bridge.receive.arrivals import Arrivals
from tests.pacs_bridge.houses import FakeHouse
from tests.pacs_bridge.test_dicomweb import PLUGIN, node_at, said, serving
from tests.pacs_bridge.test_doctor import Notes, Seen
from tests.peers import bad_pacs, orthanc
from tests.peers.authority import Authority
from tests.peers.dcmtk import free_port

TODAY = datetime.now(UTC).date()
STUDY, SERIES, SOP = "1.2.3", "1.2.3.4", "1.2.3.4.5"
CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
Answer = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture(scope="module")
def head(shared_dicom: Path) -> list[Path]:
    return sorted((shared_dicom / "series" / "ct-head-1mm").glob("*"))[:6]


def seen(node: Node, secure: Any = by_default, seconds: float = case.WHOLE_S, unseal: Any = str) -> Seen:
    one = Case(node, Means(Arrivals(), secure, 11112, None, TODAY, unseal))
    one.whole_end -= case.WHOLE_S - seconds
    found = Seen(examine(one, lambda _: True))
    assert list(found) == list(ladder(Method.WADO))
    return found


def told(found: Seen, name: StepName) -> tuple[Verdict, str]:
    return found[name].verdict, found[name].cause


def failed(found: Seen) -> tuple[StepName, str]:
    one = next(one for one in found.values() if one.verdict is Verdict.FAIL)
    return one.name, one.cause


# --- a real PACS --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pacs(require, head, tmp_path_factory: pytest.TempPathFactory) -> Iterator[orthanc.Orthanc]:
    if not Path(PLUGIN).exists():
        pytest.skip("the DICOMweb plug-in is missing (apt install orthanc-dicomweb)")
    folder = tmp_path_factory.mktemp("orthanc")
    with orthanc.running(require("Orthanc"), folder, {}, [PLUGIN]) as found:
        found.upload(head)
        yield found


def test_orthanc_is_well_and_nobody_is_named(pacs, head):
    found = seen(node_at(pacs.http))
    assert healthy(list(found.values())), found.verdicts()
    assert found[StepName.TLS].cause == "plain"
    assert found[StepName.HTTP].facts["status"] == "HTTP 200"
    assert found[StepName.QIDO_STUDIES].facts["studies"] == 1
    assert found[StepName.QIDO_INSTANCES].facts["instances"] == 6
    assert told(found, StepName.WADO_METADATA) == (Verdict.OK, "")
    assert told(found, StepName.WADO_INSTANCE) == (Verdict.OK, "")
    assert found[StepName.WADO_INSTANCE].facts["syntax"]
    assert "Explicit LE" in str(found[StepName.ACCEPT].facts["accepted"])
    assert "JSON UTF-8 (1)" in str(found[StepName.CHARSETS].facts["declared"])
    words = json.dumps([dict(one.facts) for one in found.values()])
    header = dcmread(head[0], stop_before_pixels=True)
    for secret in (header.PatientID, str(header.PatientName), header.StudyInstanceUID, header.SOPInstanceUID):
        assert str(secret) not in words


def test_orthanc_wants_credentials_takes_the_right_ones_and_refuses_others(require, head, tmp_path: Path):
    if not Path(PLUGIN).exists():
        pytest.skip("the DICOMweb plug-in is missing (apt install orthanc-dicomweb)")
    house = FakeHouse(tmp_path / "house")
    # Filled while it is open to all, then closed.
    with orthanc.running(require("Orthanc"), tmp_path / "pacs", {}, [PLUGIN]) as pacs:
        pacs.upload(head[:1])
    closed = {"AuthenticationEnabled": True, "RegisteredUsers": {"reader": "m0t"}}
    with orthanc.running(require("Orthanc"), tmp_path / "pacs", {}, [PLUGIN], closed) as pacs:
        nobody = seen(node_at(pacs.http))
        wrong, right = (
            seen(node_at(pacs.http, credentials=f"basic:{sealed(house.secrets, secret)}"), unseal=_opened(house))
            for secret in ("reader:wrong", "reader:m0t")
        )
    assert told(nobody, StepName.HTTP) == (Verdict.FAIL, "credentials_wanted")
    assert nobody[StepName.HTTP].facts["wants"] == "Basic"
    assert told(wrong, StepName.HTTP) == (Verdict.FAIL, "credentials")
    assert wrong[StepName.HTTP].facts["status"] == "HTTP 401"
    assert wrong[StepName.QIDO_STUDIES].facts == {"step": "http"}
    assert healthy(list(right.values())), right.verdicts()
    assert right[StepName.HTTP].facts["auth"] == "basic"
    assert "m0t" not in json.dumps([dict(one.facts) for one in right.values()])


def _opened(house: FakeHouse) -> Callable[[str], str]:
    return partial(opened, house.secrets)


def test_an_empty_orthanc_has_nothing_to_try(require, tmp_path: Path):
    if not Path(PLUGIN).exists():
        pytest.skip("the DICOMweb plug-in is missing (apt install orthanc-dicomweb)")
    with orthanc.running(require("Orthanc"), tmp_path, {}, [PLUGIN]) as pacs:
        found = seen(node_at(pacs.http))
    assert told(found, StepName.QIDO_STUDIES) == (Verdict.WARN, "no_answer")
    assert told(found, StepName.WADO_INSTANCE) == (Verdict.SKIPPED, "after")


# --- nobody there, or nobody who speaks HTTP ------------------------------------------------------


def test_a_closed_port_ends_it_at_once():
    found = seen(node_at(free_port()))
    assert told(found, StepName.TCP) == (Verdict.FAIL, "refused")
    assert {one.cause for name, one in found.items() if name is not StepName.TCP} == {"after"}


def test_a_port_that_says_nothing_and_one_that_speaks_something_else():
    with bad_pacs.hung() as port:
        started = time.monotonic()
        assert failed(seen(node_at(port), seconds=3)) == (StepName.HTTP, "timeout")
        assert time.monotonic() - started < 6

    def greet(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"220 mail.example ESMTP\r\n")
        handler.close_connection = True

    with serving(greet) as port:
        assert failed(seen(node_at(port))) == (StepName.HTTP, "http_not_spoken")


def test_a_drip_does_not_outlast_its_step():
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/dicom+json")
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b" ")
                time.sleep(0.1)
        except OSError:
            return

    with serving(drip) as port:
        started = time.monotonic()
        assert failed(seen(node_at(port), seconds=4)) == (StepName.QIDO_STUDIES, "timeout")
        assert time.monotonic() - started < 7


def test_certificates(tmp_path: Path):
    authority = Authority(tmp_path / "pki")
    pair = authority.issue("web", "127.0.0.1")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pair.certificate, pair.key)
    with serving(Pacs(), tls) as port:
        node = checked(replace(node_at(port), url=f"https://127.0.0.1:{port}/dicom-web"))
        known = seen(node, partial(client_context, Dicom(tls_node_ca=authority.file)))
        stranger = seen(node, partial(client_context, Dicom(tls_node_ca=Authority(tmp_path / "other", "O").file)))
        # The certificates of these tests are good for a day: soon over.
        assert told(known, StepName.TLS) == (Verdict.WARN, "tls_ends")
        assert healthy(list(known.values())), known.verdicts()
        assert failed(stranger) == (StepName.TLS, "tls_unknown_ca")
    with serving(Pacs()) as port:
        plain = checked(replace(node_at(port), url=f"https://127.0.0.1:{port}/dicom-web"))
        assert failed(seen(plain)) == (StepName.TLS, "tls_not_spoken")


def test_a_service_without_the_key_says_so():
    with serving(Pacs()) as port:
        node = node_at(port, credentials="basic:AAAA")
        found = seen(node, unseal=lambda stored: NoKey().unseal(stored.encode()))
    assert failed(found) == (StepName.HTTP, "key")


# --- a PACS that does what the test says ---------------------------------------------------------


class Pacs:
    """One study, one series, one image; ``over`` answers in place of a resource: ``studies series …``."""

    def __init__(self, **over: Answer) -> None:
        self.over = over
        self.rows: dict[str, Any] = {
            "studies": {"StudyInstanceUID": STUDY, "StudyDate": f"{TODAY:%Y%m%d}", "ModalitiesInStudy": "CT",
                        "PatientName": "SECRET^NAME", "PatientID": "SECRET-ID"},
            "series": {"StudyInstanceUID": STUDY, "SeriesInstanceUID": SERIES, "Modality": "CT",
                       "NumberOfSeriesRelatedInstances": 1},
            "instances": {"SeriesInstanceUID": SERIES, "SOPInstanceUID": SOP, "SOPClassUID": CT},
            "metadata": {"SOPInstanceUID": SOP, "SOPClassUID": CT},
        }  # fmt: skip
        self.object = made()
        self.times = 1

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        path = handler.path.partition("?")[0].removeprefix("/dicom-web/")
        last = path.rpartition("/")[2]
        name = last if last in self.rows else "instance"
        if name in self.over:
            self.over[name](handler)
        elif name == "instance":
            wanted = handler.headers["Accept"].rpartition("transfer-syntax=")[2]
            if wanted not in ("*", EXPLICIT):
                return said(handler, b"", status=406)
            multipart(handler, self.object)
        else:
            said(handler, f"[{','.join([dataset(**self.rows[name]).to_json()] * self.times)}]".encode())
        return None


def dataset(**values: Any) -> Dataset:
    found = Dataset()
    for name, value in values.items():
        setattr(found, name, value)
    return found


def made(sop_uid: str = SOP) -> bytes:
    one = dataset(SOPClassUID=CT, SOPInstanceUID=sop_uid, StudyInstanceUID=STUDY, SeriesInstanceUID=SERIES)
    one.file_meta = FileMetaDataset()
    one.file_meta.TransferSyntaxUID = EXPLICIT
    out = BytesIO()
    one.save_as(out, enforce_file_format=True)
    return out.getvalue()


def multipart(handler: BaseHTTPRequestHandler, *objects: bytes) -> None:
    head = b"\r\n--a=b\r\nContent-Type: application/dicom\r\n\r\n"
    body = b"".join(head + one for one in objects) + b"\r\n--a=b--\r\n"
    said(handler, body, 'multipart/related; type="application/dicom"; boundary="a=b"')


def answer(body: bytes = b"", kind: str = "application/dicom+json", status: int = 200) -> Answer:
    return lambda handler: said(handler, body, kind, status)


def moved(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(302)
    handler.send_header("Location", "https://sso.example/login?token=s3cret")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def test_a_scripted_pacs_is_well():
    with serving(Pacs()) as port:
        found = seen(node_at(port))
    assert [(one.verdict, one.cause) for one in found.values() if one.name is not StepName.TLS] == [
        (Verdict.OK, "")
    ] * 8, found.verdicts()
    assert found[StepName.ACCEPT].facts["refused"] == "JPEG-LS, JPEG 2000, HTJ2K"
    assert "SECRET" not in json.dumps([dict(one.facts) for one in found.values()])


HTML = answer(b"<!DOCTYPE html><title>Log in</title>", "text/html")
PLAIN = b'[{"0020000D":{"vr":"UI","Value":["1.2.3"]}}]'


@pytest.mark.parametrize(
    ("over", "step", "cause"),
    [
        ({"studies": answer(status=401)}, StepName.HTTP, "credentials_wanted"),
        ({"studies": answer(status=403)}, StepName.HTTP, "http_forbidden"),
        ({"studies": answer(status=404)}, StepName.HTTP, "not_found"),
        ({"studies": answer(status=503)}, StepName.HTTP, "http_away"),
        ({"studies": moved}, StepName.HTTP, "http_redirect"),
        ({"studies": answer(status=500)}, StepName.QIDO_STUDIES, "failed_status"),
        ({"studies": HTML}, StepName.QIDO_STUDIES, "not_json"),
        ({"studies": answer(b"{")}, StepName.QIDO_STUDIES, "not_json"),
        ({"studies": answer(b"[" * 100_000)}, StepName.QIDO_STUDIES, "not_json"),
        ({"studies": answer(b"{}")}, StepName.QIDO_STUDIES, "not_dicom_json"),
        ({"studies": answer(b"[1, null]")}, StepName.QIDO_STUDIES, "not_dicom_json"),
        ({"studies": answer('[{"é":1}]'.encode("latin-1"))}, StepName.QIDO_STUDIES, "not_utf8"),
        ({"studies": answer(b"[" + b" " * (17 << 20))}, StepName.QIDO_STUDIES, "answer_too_large"),
        ({"series": answer(status=501)}, StepName.QIDO_INSTANCES, "failed_status"),
        ({"instances": answer(b"[]")}, StepName.QIDO_INSTANCES, "no_instances"),
        ({"instances": HTML}, StepName.QIDO_INSTANCES, "not_json"),
        ({"instance": answer(status=404)}, StepName.WADO_INSTANCE, "listed_not_given"),
        ({"instance": answer(status=406)}, StepName.WADO_INSTANCE, "not_acceptable"),
        ({"instance": answer(status=400)}, StepName.WADO_INSTANCE, "not_acceptable"),
        ({"instance": answer(made(), "application/dicom")}, StepName.WADO_INSTANCE, "not_multipart"),
        ({"instance": lambda h: multipart(h, b"no DICOM at all" * 30)}, StepName.WADO_INSTANCE, "not_dicom"),
        ({"instance": lambda h: multipart(h)}, StepName.WADO_INSTANCE, "not_dicom"),
        ({"instance": lambda h: multipart(h, made("1.9"))}, StepName.WADO_INSTANCE, "wrong_instance"),
        (
            {"instance": answer(b"\r\n--x\r\n\r\n", "multipart/related; boundary=x")},
            StepName.WADO_INSTANCE,
            "aborted",
        ),
    ],
)
def test_each_failure_has_its_step_and_its_cause(over: dict[str, Answer], step: StepName, cause: str):
    with serving(Pacs(**over)) as port:
        found = seen(node_at(port))
    assert failed(found) == (step, cause), found.verdicts()
    assert cause in WEB_REMEDIES
    words = json.dumps([dict(one.facts) for one in found.values()])
    assert "SECRET" not in words
    assert "s3cret" not in words


def test_a_redirect_says_where_to_but_not_below_the_search():
    with serving(Pacs(studies=moved)) as port:
        assert seen(node_at(port))[StepName.HTTP].facts["where"] == "https://sso.example/login"

    def away(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", f"https://other.example/studies/{STUDY}")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    with serving(Pacs(instance=away)) as port:
        found = seen(node_at(port))
    assert told(found, StepName.WADO_INSTANCE) == (Verdict.FAIL, "http_redirect")
    assert "where" not in found[StepName.WADO_INSTANCE].facts


@pytest.mark.parametrize(
    ("metadata", "cause"),
    [(answer(status=404), "not_found"), (answer(b"[]"), "metadata_other"), (HTML, "not_json")],
    ids=["none", "empty", "html"],
)
def test_metadata_are_worth_a_warning_no_more(metadata: Answer, cause: str):
    with serving(Pacs(metadata=metadata)) as port:
        found = seen(node_at(port))
    assert told(found, StepName.WADO_METADATA) == (Verdict.WARN, cause)
    assert healthy(list(found.values()))


def test_what_could_be_better_is_a_warning():
    many = Pacs()
    many.times = 30
    with serving(many) as port:
        found = seen(node_at(port))
    assert told(found, StepName.QIDO_STUDIES) == (Verdict.WARN, "limit_ignored")
    assert told(found, StepName.QIDO_INSTANCES) == (Verdict.WARN, "limit_ignored")
    assert told(found, StepName.WADO_METADATA) == (Verdict.WARN, "metadata_other")

    old, bare = Pacs(), Pacs()
    old.rows["studies"]["StudyDate"] = "20010101"
    del bare.rows["instances"]["SOPClassUID"]
    with serving(old) as port:
        assert told(seen(node_at(port)), StepName.QIDO_STUDIES) == (Verdict.WARN, "keys_ignored")
    with serving(bare) as port:
        found = seen(node_at(port))
    assert told(found, StepName.QIDO_INSTANCES) == (Verdict.WARN, "keys_partly")
    assert found[StepName.QIDO_INSTANCES].facts["absent"] == "SOPClassUID"

    with serving(Pacs(studies=answer(PLAIN, "text/plain"))) as port:
        found = seen(node_at(port))
    assert told(found, StepName.QIDO_STUDIES) == (Verdict.WARN, "json_type")
    assert found[StepName.QIDO_STUDIES].facts["kind"] == "text/plain"

    with serving(Pacs(instance=lambda handler: multipart(handler, made()))) as port:
        found = seen(node_at(port))
    assert told(found, StepName.ACCEPT) == (Verdict.WARN, "accept_ignored")
    assert found[StepName.ACCEPT].facts["ignored"] == "JPEG-LS, JPEG 2000, HTJ2K"


def test_fields_that_are_refused_are_told_apart_from_a_search_that_is():
    def picky(handler: BaseHTTPRequestHandler) -> None:
        said(handler, PLAIN, status=400 if "includefield" in handler.path else 200)

    with serving(Pacs(studies=picky)) as port:
        assert failed(seen(node_at(port))) == (StepName.QIDO_STUDIES, "fields_refused")
    with serving(Pacs(studies=answer(status=400))) as port:
        found = seen(node_at(port))
    assert failed(found) == (StepName.QIDO_STUDIES, "failed_status")
    assert found[StepName.QIDO_STUDIES].facts["status"] == "HTTP 400"


def test_an_object_without_end_is_cut_off_by_the_time_of_its_step():
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", 'multipart/related; type="application/dicom"; boundary=x')
        handler.end_headers()
        try:
            handler.wfile.write(b"--x\r\nContent-Type: application/dicom\r\n\r\n" + made())
            while True:
                handler.wfile.write(bytes(1 << 16))
        except OSError:
            return

    with serving(Pacs(instance=endless)) as port:
        started = time.monotonic()
        assert failed(seen(node_at(port), seconds=5)) == (StepName.WADO_INSTANCE, "timeout")
        assert time.monotonic() - started < 8


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("LEFEVRE^ANNE", (0, 0)),
        ("LEFÈVRE^ANNE", (0, 0)),
        ("LEFÃ\x88VRE^ANNE", (0, 1)),
        ("LEFÃ¨VRE^ANNE", (0, 1)),
        ("LEF\ufffdVRE^ANNE", (1, 0)),
    ],
)
def test_names_that_were_converted_badly_are_counted(name: str, expected: tuple[int, int]):
    counted = Charsets()
    note_json(counted, Dataset.from_json({"00100010": {"vr": "PN", "Value": [{"Alphabetic": name}]}}))
    assert (counted.unreadable, counted.garbled) == expected


def test_the_job_shows_each_step_and_remembers_that_the_node_answers(tmp_path: Path):
    now = datetime.now(UTC)
    job = Job(1, JobKind.DOCTOR, "web#x", {"node": "web"}, JobState.RUNNING, 1, 1, now, now)
    house = FakeHouse(tmp_path)
    with serving(Pacs()) as port:
        house.work.nodes.nodes["web"] = node_at(port)
        notes: Any = Notes()
        result = Doctor(house, notes, Arrivals(), by_default, (11112, None)).examine(job, lambda _d, _t: True)
    assert [len(one["steps"]) for one in notes.results] == list(range(1, len(WEB_STEPS) + 1))
    assert result["facts"]["aet"] == f"http://127.0.0.1:{port}/dicom-web"
    assert house.work.nodes.answers == ["web"]


def test_the_steps_are_those_of_the_ladder():
    names: Sequence[StepName] = [step.name for step in WEB_STEPS]
    assert names == list(ladder(Method.WADO))

"""``negatoscope pacs doctor`` on a real socket, the bridge's worker included: steps, words, exit status."""

import asyncio
import functools
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from appliance.bootstrap import House
from appliance.config.sections import Dicom
from appliance.config.tls import client_context
from appliance.contract.client import AdminClient
from appliance.contract.examinations import ExaminationView
from appliance.contract.faults import Refused
from appliance.contract.words import Words
from appliance.domain import diagnosis
from appliance.domain.diagnosis import Finding, StepName, Verdict
from appliance.domain.jobs import JobKind
from appliance.domain.journal import Actor
from appliance.domain.nodes import Method, Node
from appliance.usecases.ports import Page
from pacs_bridge.doctor.handler import Doctor
from pacs_bridge.receive.arrivals import Arrivals
from pacs_bridge.work import Bell, Worker
from tests.appliance.adminapi.conftest import client, house, served, settings  # noqa: F401 - fixtures
from tests.appliance.commands.test_admin_verbs import Run, run  # noqa: F401 - fixtures
from tests.peers.dcmtk import free_port

KEYS = {"name", "verdict", "cause", "ms", "facts", "text", "advice", "vendor"}
FR, EN = Words("fr"), Words("en")
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
def bridge(house: House) -> Iterator[None]:  # noqa: F811
    """One worker of the bridge on the same job table."""
    bell = Bell()
    secure = functools.partial(client_context, Dicom())
    doctor = Doctor(house, house.queue, Arrivals(), secure, (11112, None))
    worker = Worker(house.queue, bell, {JobKind.DOCTOR: doctor.examine}, "test")
    worker.start()
    ringing = threading.Event()

    def ring() -> None:
        while not ringing.wait(0.1):
            bell.ring([JobKind.DOCTOR])

    thread = threading.Thread(target=ring)
    thread.start()
    yield
    ringing.set()
    thread.join()
    bell.close()
    assert worker.join(5)


async def test_a_closed_port_in_json_and_in_words(run: Run, house: House, bridge: None) -> None:  # noqa: F811
    house.nodes.add(Node("radio", "PACS", "127.0.0.1", free_port()), Actor("unix", "0"))
    asked = await run("pacs", "doctor", "radio", "--json")
    assert asked.exit_code == 1, asked.output
    found: dict[str, Any] = json.loads(asked.stdout)
    assert (found["node"], found["ok"], found["cause"]) == ("radio", False, "")
    assert [step["name"] for step in found["steps"]] == [str(name) for name in diagnosis.ladder(Method.MOVE)]
    assert all(step.keys() == KEYS for step in found["steps"])
    tcp = found["steps"][0]
    assert (tcp["verdict"], tcp["cause"]) == ("fail", "refused")
    assert "écoute en DICOM sur 127.0.0.1" in tcp["vendor"].replace("\u00a0", " ")
    assert {step["verdict"] for step in found["steps"][1:]} == {"skipped"}
    said = (await run("pacs", "doctor", "radio")).stdout.replace("\u00a0", " ")
    assert "✖ TCP" in said
    assert "non essayé : arrêt à TCP" in said
    assert "à envoyer à l’éditeur" in said
    verbs = [record.event.verb for record in house.journal.listed(Page())[0]]
    assert verbs.count("node.doctor") == 2


async def test_a_dicomweb_node_has_steps_of_its_own(run: Run, house: House, bridge: None) -> None:  # noqa: F811
    port = free_port()
    node = Node("web", "X", "x", 1, method=Method.WADO, url=f"http://127.0.0.1:{port}/dicom-web")
    house.nodes.add(node, Actor("unix", "0"))
    asked = await run("pacs", "doctor", "web", "--json")
    assert asked.exit_code == 1, asked.output
    found: dict[str, Any] = json.loads(asked.stdout)
    assert [step["name"] for step in found["steps"]] == [
        "tcp", "tls", "http", "qido_studies", "qido_instances", "wado_metadata", "wado_instance", "accept", "charsets",
    ]  # fmt: skip
    assert all(step.keys() == KEYS for step in found["steps"])
    assert found["steps"][0]["cause"] == "refused"
    assert f"le service DICOMweb http://127.0.0.1:{port}/dicom-web est en marche" in found["steps"][0]["vendor"]
    assert "non essayé : arrêt à TCP" in (await run("pacs", "doctor", "web")).stdout.replace("\u00a0", " ")


async def test_a_node_that_nobody_knows(run: Run) -> None:  # noqa: F811
    refused = await run("pacs", "doctor", "none", "--json")
    assert refused.exit_code == 1
    assert json.loads(refused.stderr)["error"] == "node_unknown"


async def test_a_job_that_is_none_of_the_doctor(house: House, client: AdminClient) -> None:  # noqa: F811
    with house.database.writing() as work:
        other = work.jobs.enqueue(JobKind.PULL, "1.2.3", {}, now=house.clock.now())
    for number in (other, 999):
        with pytest.raises(Refused, match="job_unknown"):
            await client._get(f"/v1/examinations/{number}", ExaminationView, {"seen": "0"})


async def test_steps_are_seen_as_they_end_and_a_cancelled_one_says_so(house: House, client: AdminClient) -> None:  # noqa: F811
    node = Node("radio", "PACS", "10.0.0.9", 104)
    house.nodes.add(node, Actor("unix", "0"))
    following = client.examine("radio")
    first = await anext(following)
    assert (first.ended, first.steps) == (False, ())
    job = house.queue.claim([JobKind.DOCTOR], "test")
    assert job is not None
    one = [Finding(StepName.TCP, Verdict.OK, ms=3, facts={"address": "10.0.0.9"})]
    assert house.queue.note(job, diagnosis.written(one, node, diagnosis.Ours("10.0.0.5", 11112)))
    seen = await asyncio.wait_for(anext(following), 4)
    assert [step.name for step in seen.steps] == ["tcp"]
    house.queue.cancel(job.id, Actor("unix", "0"))
    assert house.queue.note(job, {}) is False
    last = await asyncio.wait_for(anext(following), 8)
    assert (last.ended, last.cause, len(last.steps)) == (True, "cancelled", 1)
    assert not last.ok


@pytest.mark.parametrize("say", [FR, EN], ids=["fr", "en"])
def test_every_cause_advice_and_line_has_its_words(say: Words) -> None:
    ours = {"aet", "host", "port", "our_aet", "our_host", "our_port", "our_tls_port", "method"}
    for cause, (advice, vendor) in [*diagnosis.REMEDIES.items(), *diagnosis.WEB_REMEDIES.items()]:
        assert say.has(f"peer.{cause}")
        assert say.has(f"doc.do.{advice}")
        assert not vendor or say.has(f"doc.vendor.{vendor}")
        if vendor and vendor not in ("status", "syntax", "web_status", "web_away"):
            # The line is made of what is known before anything was tried.
            assert "…" not in say(f"doc.vendor.{vendor}", **dict.fromkeys(ours, "x"))
    for cause in ("plain", "method_unused", "after", "no_time", "no_sample", "nothing_received", "cancelled"):
        assert say.has(f"peer.{cause}")
    assert all(say.has(f"doc.step.{name}") and say.has(f"doc.ok.{name}") for name in StepName)

"""The verbs of administration on a real socket: JSON, tables, exit statuses, refusals in words."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from appliance.bootstrap import House, open_house
from appliance.cli import application
from appliance.config.settings import Settings
from appliance.domain.identifiers import SeriesUID, SopUID, StudyUID
from appliance.domain.jobs import JobKind
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.people import Identifier, PatientTraits
from appliance.domain.sending import ObjectState, Outcome
from appliance.domain.sharing import Downloads
from appliance.usecases.ports import InstanceFacts, ReceivedFile
from tests.appliance.adminapi.conftest import house, served, settings  # noqa: F401 - fixtures
from tests.appliance.usecases.conftest import MovedClock

Run = Callable[..., "asyncio.Future[Result]"]


@pytest.fixture
def run(served: Path, monkeypatch: pytest.MonkeyPatch) -> Run:  # noqa: F811
    monkeypatch.setenv("NEGATOSCOPE_ADMIN_SOCKET", str(served))
    monkeypatch.setenv("NEGATOSCOPE_LANG", "fr")

    def invoke(*words: str, typed: str = "") -> Result:
        app: typer.Typer = application(words)
        return CliRunner().invoke(app, list(words), input=typed)

    return lambda *words, **given: asyncio.to_thread(invoke, *words, **given)


async def test_a_code_by_the_command_line(run: Run, tmp_path: Path) -> None:
    made = await run("codes", "issue", "--patient-id", "F-100201", "--days", "30", "--json")
    assert made.exit_code == 0, made.output
    code = json.loads(made.stdout)
    assert len(code["code"]) == 8
    assert code["patient"]["birth_date"] == "1961-03-14"
    listed = json.loads((await run("codes", "list", "--json")).stdout)
    assert [one["share_id"] for one in listed] == [code["share_id"]]
    assert "code" not in listed[0]
    assert json.loads((await run("codes", "show", code["code"], "--json")).stdout)["code"] == code["code"]
    assert "valable jusqu’au" in (await run("codes", "extend", code["code"], "--days", "5")).stdout
    pdf = tmp_path / "slip.pdf"
    assert (await run("codes", "slip", code["code"], "--pdf", str(pdf))).exit_code == 0
    assert pdf.read_bytes().startswith(b"%PDF")
    assert (await run("codes", "revoke", code["code"])).exit_code == 0
    again = await run("codes", "revoke", code["code"])
    assert again.exit_code == 1
    assert "c’est définitif" in again.stderr.replace("\u00a0", " ")


async def test_downloads_of_a_code_are_asked_for_and_told(run: Run, house: House) -> None:  # noqa: F811
    asked = ("codes", "issue", "--patient-id", "F-100201", "--downloads")
    refused = await run(*asked)
    assert refused.exit_code == 1
    assert "sharing.downloads" in refused.stderr
    house.sharing.policy = replace(house.sharing.policy, downloads=Downloads.CHOICE)
    made = json.loads((await run(*asked, "--json")).stdout)
    assert made["downloads"] is True
    assert "autorisé" in (await run("codes", "show", made["share_id"])).stdout
    assert "consultation seulement" in (await run(*asked[:-1])).stdout


async def test_keys_are_said_once_listed_and_revoked(run: Run) -> None:
    code = json.loads((await run("codes", "issue", "--patient-id", "F-100201", "--json")).stdout)
    words = ("keys", "add", "archive", "--read", code["code"], "--deposit", "--days", "30", "--json")
    made = json.loads((await run(*words)).stdout)
    assert made["key"].startswith("ngk_")
    (listed,) = json.loads((await run("keys", "list", "--json")).stdout)
    assert (listed["rights"], listed["shares"], listed["state"]) == (["deposit", "read"], [code["share_id"]], "valid")
    assert made["key"] not in str(listed)
    assert "lire" in (await run("keys", "list")).stdout
    assert "existe déjà" in (await run("keys", "add", "archive", "--deposit")).stderr
    assert "au moins un droit" in (await run("keys", "add", "nothing")).stderr
    assert (await run("keys", "revoke", "archive")).exit_code == 0
    assert json.loads((await run("keys", "list", "--json")).stdout)[0]["state"] == "revoked"


async def test_priors_come_along_when_they_are_asked_for(run: Run) -> None:
    draft = json.loads((await run("codes", "issue", "--patient-id", "F-100201", "--json")).stdout)
    newest = draft["studies"][0]["uid"]
    for option, count in (((), 1), (("--priors",), len(draft["studies"]))):
        words = ("codes", "issue", "--patient-id", "F-100201", "--study", newest, *option, "--json")
        assert len(json.loads((await run(*words)).stdout)["studies"]) == count


async def test_a_deposit_is_sent_and_followed_by_the_command_line(run: Run, house: House) -> None:  # noqa: F811
    traits = PatientTraits(Identifier("F-100201"), "LEFÈVRE^Anne-Charlotte", "19610314", "F")
    facts = InstanceFacts(
        SopUID("1.2.3.1.9.1"), "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1", SeriesUID("1.2.3.1.9"),
        StudyUID("1.2.3.1"), traits, "CT", 1, 2,
    )  # fmt: skip
    await run("pacs", "add", "radio", "--aet", "PACS", "--host", "127.0.0.1", "--port", "11")
    assert "n’a été déposé" in (await run("pacs", "send", "1.2.3.1", "--node", "radio")).stderr
    house.receiving.accept(ReceivedFile("received/x.dcm", 10, b"d" * 32, b"p" * 32, facts, "SCAN", deposited=True))
    (deposit,) = json.loads((await run("pacs", "deposits", "--json")).stdout)
    assert (deposit["study_uid"], deposit["objects"], deposit["proven"]) == ("1.2.3.1", 1, 0)
    assert "0/1" in (await run("pacs", "deposits")).stdout
    refused = await run("pacs", "send", "1.2.3.1", "--node", "nowhere", "--json")
    assert (refused.exit_code, json.loads(refused.stderr)["error"]) == (1, "node_unknown")
    made = json.loads((await run("pacs", "send", "1.2.3.1", "--node", "radio", "--json")).stdout)
    assert (made["node"], made["state"], made["waiting"], made["failures"]) == ("radio", "sending", 1, [])
    assert "1 objet." in (await run("pacs", "send", "1.2.3.1", "--node", "radio")).stdout
    failed = Outcome(SopUID("1.2.3.1.9.1"), ObjectState.FAILED, "transfer_syntax", "1.2.840.10008.1.2.1")
    house.sending.settle(made["id"], [failed])
    shown = json.loads((await run("pacs", "sent", str(made["id"]), "--json")).stdout)
    assert (shown["state"], shown["failed"], shown["failures"][0]["objects"]) == ("failed", 1, 1)
    told = (await run("pacs", "sent", str(made["id"]))).stdout
    assert "1 objet" in told
    assert "syntaxe de transfert (1.2.840.10008.1.2.1)" in told
    assert "en échec" in told
    job = house.queue.claim([JobKind.SEND], "test")
    assert job is not None
    house.queue.fail(job, "refused")
    listed = json.loads((await run("pacs", "sent", "--json")).stdout)
    assert [(one["state"], one["job_state"]) for one in listed] == [("sending", "waiting"), ("failed", "")]
    assert json.loads((await run("jobs", "cancel", str(listed[0]["job"]), "--json")).stdout)["kind"] == "send"
    assert (await run("pacs", "sent", "99", "--json")).exit_code == 1


async def test_a_refusal_in_json_names_its_cause(run: Run) -> None:
    refused = await run("codes", "issue", "--patient-id", "nobody", "--json")
    assert refused.exit_code == 1
    assert json.loads(refused.stderr)["error"] == "patient_unknown"


async def test_a_dicomweb_node_by_the_command_line(run: Run) -> None:
    address = "https://pacs.example/dicom-web"
    asked = ("pacs", "add", "web", "--kind", "dicomweb", "--url", address, "--auth", "basic", "--json")
    made = await run(*asked, typed="reader:s3cret-9\n")
    assert made.exit_code == 0, made.output
    assert "s3cret-9" not in made.output
    node = json.loads(made.stdout)
    assert (node["method"], node["url"], node["auth"]) == ("wado", address, "basic")
    assert (node["host"], node["port"], node["tls"]) == ("pacs.example", 443, True)
    # Another setting keeps the credentials, another address does not.
    kept = json.loads((await run("pacs", "edit", "web", "--issuer", "HOSP", "--json")).stdout)
    assert (kept["issuer"], kept["auth"]) == ("HOSP", "basic")
    moved = json.loads((await run("pacs", "edit", "web", "--url", "https://other.example/", "--json")).stdout)
    assert moved["auth"] == "none"
    assert address not in (await run("pacs", "list")).stdout
    assert (await run("pacs", "add", "bare", "--kind", "dicomweb")).exit_code == 2
    assert (await run("pacs", "add", "plain", "--kind", "dicomweb", "--url", "ftp://x/")).exit_code == 1


async def test_nodes_by_the_command_line(run: Run) -> None:
    assert (await run("pacs", "list")).stdout.strip() == "Rien."
    assert (await run("pacs", "add", "radio", "--aet", "PACS", "--host", "10.0.0.1")).exit_code == 0
    edited = json.loads((await run("pacs", "edit", "radio", "--port", "11112", "--method", "get", "--json")).stdout)
    assert (edited["aet"], edited["port"], edited["method"]) == ("PACS", 11112, "get")
    assert (await run("pacs", "edit", "none", "--port", "1")).exit_code == 1
    assert (await run("pacs", "add", "x", "--aet", "A" * 17, "--host", "h")).exit_code == 1
    assert (await run("pacs", "edit", "radio", "--method", "carrier-pigeon")).exit_code == 2
    assert "radio" in (await run("pacs", "list")).stdout
    assert (await run("pacs", "remove", "radio")).exit_code == 0


async def test_people_jobs_journal_storage_and_doctor(run: Run) -> None:
    secrets = json.loads((await run("staff", "add", "accueil", "--json")).stdout)
    assert secrets["password"]
    assert secrets["totp_secret"]
    assert json.loads((await run("accounts", "list", "--json")).stdout) == []
    assert json.loads((await run("jobs", "list", "--json")).stdout) == []
    assert (await run("jobs", "retry", "12")).exit_code == 1
    assert "Chaîne entière" in (await run("journal", "verify")).stdout
    exported = (await run("journal", "export")).stdout.splitlines()
    assert [json.loads(line)["verb"] for line in exported] == ["staff.add", "journal.verify", "journal.export"]
    assert "Go" in (await run("storage", "status")).stdout
    doctor = await run("doctor", "--json")
    assert doctor.exit_code == 1
    assert {"name", "level", "text", "remedy"} <= json.loads(doctor.stdout)[0].keys()


def test_no_service_is_said_and_exits_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEGATOSCOPE_ADMIN_SOCKET", str(tmp_path / "none.sock"))
    monkeypatch.setenv("NEGATOSCOPE_LANG", "en")
    said = CliRunner().invoke(application(["jobs", "list"]), ["jobs", "list"])
    assert said.exit_code == 2
    assert "Is it running?" in said.stderr


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


async def test_a_purged_month_of_the_journal_is_said(run: Run, tmp_path: Path) -> None:
    clock = MovedClock()
    clock.time = datetime(2020, 1, 10, tzinfo=UTC)
    with open_house(Settings(state_dir=tmp_path, demo=True), clock=clock) as before:
        before.journal.record(Event(Family.SYSTEM, "test", Actor("system", "test")))
        clock.time = datetime(2024, 1, 10, tzinfo=UTC)
        assert before.segments.seal()
        assert before.segments.purge()
    told = await run("journal", "verify")
    assert told.exit_code == 0
    assert "Écritures 1 à 1, du 10/01/2020 au 10/01/2020 : segment purgé, ancre valide." in plain(told.stdout)
    verdict = json.loads((await run("journal", "verify", "--json")).stdout)
    assert [one["state"] for one in verdict["segments"]] == ["purged"]
    [anchor] = (await run("journal", "anchors")).stdout.splitlines()
    assert json.loads(json.loads(anchor)["text"])["count"] == 1


async def test_what_will_go_is_told_and_nothing_goes(run: Run) -> None:
    await run("codes", "issue", "--patient-id", "F-100201", "--days", "30")
    assert json.loads((await run("storage", "due", "--json")).stdout)["shares"] == 0
    for _ in range(2):
        assert json.loads((await run("storage", "due", "--days", "800", "--json")).stdout)["shares"] == 1
    told = (await run("storage", "due", "--days", "800")).stdout
    assert "mois du journal" in told
    assert len(json.loads((await run("codes", "list", "--json")).stdout)) == 1

"""The service as its callers see it: over the socket, by the client."""

import socket
from pathlib import Path

import pytest
from pydantic import SecretStr

from appliance.adminapi import checks, door, overview
from appliance.adminapi.door import Desk
from appliance.adminapi.peer import Peer, is_allowed
from appliance.adminapi.service import bound
from appliance.bootstrap import House, open_house
from appliance.config.sections import Database, Dicom, Objects
from appliance.config.settings import Settings
from appliance.contract.client import AdminClient
from appliance.contract.codes import IssueAsked
from appliance.contract.faults import Refused, Unavailable
from appliance.contract.nodes import FindAsked, NodeAsked, PullAsked
from appliance.contract.people import StaffAsked
from appliance.contract.words import Words
from appliance.domain import errors
from appliance.domain.sign_in import Channel
from appliance.usecases.ports import OtpRow
from tests.houses import new_house
from tests.peers.authority import Authority

PATIENT = "F-100201"


def cause(info: pytest.ExceptionInfo[Refused]) -> str:
    return info.value.fault.cause


async def test_a_code_lives_from_issue_to_revocation(client: AdminClient) -> None:
    made = await client.issue(IssueAsked(patient_id=PATIENT, days=30))
    assert made.code
    assert len(made.code) == 8
    assert made.state == "valid"
    assert made.patient.birth_date == "1961-03-14"
    assert {s.uid for s in made.studies} == {"1.2.3.1", "1.2.3.2"}
    listed = await client.codes()
    assert listed.total == 1
    assert listed.items[0].code is None
    assert (await client.code(made.code.lower())).code == made.code
    assert (await client.code(made.share_id)).code is None
    assert (await client.reveal(made.share_id)).code == made.code
    longer = await client.extend(made.code, 10)
    assert longer.expires_at > made.expires_at
    assert (await client.revoke(made.share_id)).state == "revoked"
    with pytest.raises(Refused) as info:
        await client.extend(made.share_id, 10)
    assert cause(info) == "revoked"
    verbs = [entry.verb for entry in (await client.journal(family="code")).items]
    assert verbs == ["code.revoke", "code.extend", "code.reveal", "code.issue"]


async def test_the_answer_of_issue_is_the_stable_object(client: AdminClient) -> None:
    made = (await client.issue(IssueAsked(patient_id=PATIENT, studies=("1.2.3.1",)))).model_dump(mode="json")
    assert {"code", "share_id", "state", "expires_at", "patient", "studies"} <= made.keys()
    assert {"id", "issuer", "given_names", "birth_date"} <= made["patient"].keys()
    assert {"uid", "date", "modality", "description", "state"} == made["studies"][0].keys()
    assert made["expires_at"].endswith("Z")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (IssueAsked(patient_id="nobody"), "patient_unknown"),
        (IssueAsked(patient_id=""), "patient_id"),
        (IssueAsked(patient_id=PATIENT, days=9999), "days"),
        (IssueAsked(patient_id=PATIENT, studies=("1.2.9",)), "study_unknown"),
        (IssueAsked(patient_id=PATIENT, birth_date="31/31/1961"), "birth_date"),
    ],
)
async def test_what_cannot_be_issued_says_why(client: AdminClient, asked: IssueAsked, expected: str) -> None:
    with pytest.raises(Refused) as info:
        await client.issue(asked)
    assert cause(info) == expected


async def test_nodes_are_kept_and_a_wrong_one_refused(client: AdminClient) -> None:
    node = NodeAsked(name="radio", aet="PACS", host="10.0.0.1", port=104)
    assert (await client.add_node(node)).state == "untested"
    with pytest.raises(Refused) as info:
        await client.add_node(node)
    assert cause(info) == "node_exists"
    with pytest.raises(Refused) as info:
        await client.add_node(node.model_copy(update={"name": "x", "port": 0}))
    assert cause(info) == "node_port"
    assert (await client.edit_node("radio", node.model_copy(update={"port": 11112}))).port == 11112
    assert (await client.pull(PullAsked(study_uid="1.2.3.1", node="radio"))).kind == "pull"
    await client.remove_node("radio")
    assert (await client.nodes()).total == 0


async def test_find_needs_something_to_match(client: AdminClient) -> None:
    with pytest.raises(Refused) as info:
        await client.find(FindAsked())
    assert cause(info) == "query"
    with pytest.raises(Refused) as info:
        await client.find(FindAsked(patient_id="1"))
    assert cause(info) == "no_node"


async def test_jobs_are_listed_and_cancelled_once(client: AdminClient) -> None:
    job = await client.pull(PullAsked(study_uid="1.2.3.1"))
    assert (await client.job_act(job.id, "cancel")).state == "cancelled"
    with pytest.raises(Refused) as info:
        await client.job_act(job.id, "cancel")
    assert cause(info) == "job_ended"
    with pytest.raises(Refused) as info:
        await client.job_act(999, "retry")
    assert cause(info) == "job_unknown"


async def test_staff_secrets_are_said_once(client: AdminClient) -> None:
    made = await client.add_staff(StaffAsked(login="accueil", name="Accueil", role="desk"))
    assert made.password
    assert made.totp_secret
    assert [one.login for one in (await client.staff()).items] == ["accueil"]
    assert (await client.reset_staff("accueil")).password != made.password
    await client.remove_staff("accueil")
    with pytest.raises(Refused) as info:
        await client.account("nobody@example.org")
    assert cause(info) == "account_unknown"


async def test_studies_overview_doctor_and_journal_answer(client: AdminClient) -> None:
    assert (await client.studies("lefèvre")).total in (0, 2)
    assert (await client.study("1.2.3.1")).patient.name == "LEFÈVRE Anne-Charlotte"
    with pytest.raises(Refused) as info:
        await client.picture("1.2.3.1", "1.2.3.1.1", 1)
    assert cause(info) == "no_picture"
    assert (await client.overview()).verdict.id.startswith("verdict.")
    assert (await client.about()).demo
    assert {check.name for check in await client.checks()} >= {"journal", "storage", "pacs"}
    assert (await client.verify_journal()).broken_at is None


def test_a_bucket_tells_no_room_and_the_doctor_whether_it_is_reached(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: refused
        endpoint = f"http://127.0.0.1:{taken.getsockname()[1]}"
        bucket = Objects(kind="s3", endpoint=endpoint, bucket="images", access_key="a", secret_key=SecretStr("s"))
        settings = Settings(state_dir=tmp_path, objects=bucket, dicom=Dicom(bridge="elsewhere"))
        with new_house(settings) as house:
            desk = Desk(house, settings, house.clock.now(), set())
            assert overview.room(desk).place == "s3://images/"
            assert overview.room(desk).total_bytes == 0
            assert checks._disk(desk).text.id == "check.storage.bucket"
            assert checks._objects(desk).text.id == "check.objects.bucket"
            assert checks._feed(desk) == []


def test_a_bridge_on_another_host_is_up_while_it_is_connected(tmp_path: Path, laid_postgres_url: str) -> None:
    settings = Settings(
        state_dir=tmp_path, database=Database(url=SecretStr(laid_postgres_url)), dicom=Dicom(bridge="elsewhere")
    )
    with open_house(settings) as house:
        desk = Desk(house, settings, house.clock.now(), set())
        state = {one.name: one.state for one in overview.standing(desk)}
        assert state["bridge"] == "absent"
        with open_house(settings, service="bridge"):
            state = {one.name: one.state for one in overview.standing(desk)}
            assert state["bridge"] == "up"


@pytest.mark.parametrize(
    ("changes", "word", "level"),
    [
        ({"tls_node_ca": "/nowhere.pem"}, "check.tls.unreadable", "bad"),
        ({"tls_port": 2762}, "check.tls.missing", "bad"),
        ({"tls_certificate": "fresh.crt", "tls_key": "fresh.key"}, "check.tls.ends", "warn"),
        ({"tls_certificate": "old.crt", "tls_key": "old.key"}, "check.tls.ended", "bad"),
    ],
)
def test_the_doctor_judges_the_files_of_tls(
    house: House, settings: Settings, tmp_path: Path, changes: dict[str, object], word: str, level: str
) -> None:
    authority = Authority(tmp_path / "pki")
    authority.issue("fresh")
    authority.issue("old", days=-30)
    files = {key: tmp_path / "pki" / value if isinstance(value, str) else value for key, value in changes.items()}
    told = settings.model_copy(update={"dicom": Dicom.model_validate(files)})
    found = checks._tls(Desk(house, told, house.clock.now(), set()))
    assert {(one.text.id, one.level) for one in found} == {(word, level)}
    for language in ("fr", "en"):
        words = Words(language)
        assert all("…" not in words.saying(one.text) and words.has(f"{one.text.id}.do") for one in found)


async def test_guessing_everywhere_and_spent_messages_are_alarms(client: AdminClient, house: House) -> None:
    assert {one.text.id for one in (await client.overview()).alarms} & {"alarm.guessing", "alarm.sms"} == set()
    now = house.clock.now()
    with house.database.writing() as work:
        for number in range(200):
            work.failures.add("code", str(number), now)
        for number in range(300):
            work.otps.add(OtpRow(0, b"%032d" % number, None, None, Channel.SMS, b"x" * 32, now, 0, None, None))
    alarms = {one.text.id: one for one in (await client.overview()).alarms}
    assert alarms["alarm.guessing"].text.facts == {"n": 200}
    assert alarms["alarm.sms"].text.facts == {"n": 300}
    for one in (alarms["alarm.guessing"], alarms["alarm.sms"]):
        assert all(Words(language).has(one.remedy.id) for language in ("fr", "en") if one.remedy)


async def test_an_uid_that_is_none_is_malformed(client: AdminClient) -> None:
    with pytest.raises(Refused) as info:
        await client.study("1.2;drop")
    assert cause(info) == "uid"


async def test_bare_root_gives_a_reason(served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del monkeypatch
    assert Peer(1, 0, frozenset()).is_bare_root
    assert Peer(1, 0, frozenset(), 0).is_bare_root
    assert not Peer(1, 0, frozenset(), 1000).is_bare_root
    assert not Peer(1, 1000, frozenset(), 1000).is_bare_root


def test_only_root_the_service_and_its_group_are_let_in() -> None:
    assert is_allowed(Peer(1, 0, frozenset()), None)
    assert is_allowed(Peer(1, 54321, frozenset({7})), 7)
    assert not is_allowed(Peer(1, 54321, frozenset({8})), 7)
    assert not is_allowed(Peer(1, 54321, frozenset({8})), None)


async def test_no_service_is_said_as_such(tmp_path: Path) -> None:
    async with AdminClient(tmp_path / "none.sock") as client:
        with pytest.raises(Unavailable) as info:
            await client.about()
    assert info.value.cause == "no_socket"


def test_a_dead_socket_is_replaced_and_a_live_one_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with bound(path, 0o600):
        assert path.stat().st_mode & 0o777 == 0o600
        with pytest.raises(errors.Unavailable):
            bound(path, 0o600)


def test_every_kind_of_fault_has_a_status() -> None:
    assert set(door.STATUS_OF) == set(errors.Fault.__subclasses__())


async def test_in_a_run_bare_root_is_refused_without_a_reason(house, tmp_path: Path) -> None:
    from aiohttp import web

    from appliance.adminapi.app import build_app
    from appliance.adminapi.peer import login_uid

    settings = Settings(state_dir=tmp_path)
    runner = web.AppRunner(build_app(house, settings), access_log=None)
    await runner.setup()
    await web.SockSite(runner, bound(tmp_path / "run.sock", 0o600)).start()
    try:
        import os

        if os.geteuid() != 0 or login_uid(os.getpid()) not in (None, 0):
            pytest.skip("only bare root can try this")
        async with AdminClient(tmp_path / "run.sock") as client:
            with pytest.raises(Refused) as info:
                await client.about()
            assert cause(info) == "reason_needed"
        async with AdminClient(tmp_path / "run.sock", reason="Panne du PACS") as client:
            await client.add_staff(StaffAsked(login="a", name="A"))
            entries = (await client.journal(family="admin")).items
            assert entries[-1].verb == "admin.reason"
            assert entries[-1].facts["reason"] == "Panne du PACS"
    finally:
        await runner.cleanup()

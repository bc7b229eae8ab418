"""``negatoscope identity`` and ``negatoscope hl7`` on a real socket: JSON, tables, exit statuses, refusals in words."""

import json

import pytest

from appliance.bootstrap import House
from appliance.domain.feed import Header, Moment
from appliance.domain.identity import AlarmCause
from appliance.domain.journal import Actor
from appliance.usecases.doubting import doubt
from appliance.usecases.feed import Arrived
from appliance.usecases.ports import AlarmRow, Page
from tests.appliance.adminapi.conftest import house, served, settings  # noqa: F401 - fixtures
from tests.appliance.commands.test_admin_verbs import Run, run  # noqa: F401 - fixtures

HIS = Actor("hl7", "HIS")


@pytest.fixture
def alarm(house: House) -> int:  # noqa: F811
    with house.database.writing() as work:
        study = work.studies.by_uid("1.2.3.1")
        assert study is not None
        row = AlarmRow(0, AlarmCause.TRAITS, study.person_id, house.clock.now(), "HIS ADT^A08 C1")
        return doubt(work, row, HIS, house.clock.now())


@pytest.fixture
def message(house: House) -> int:  # noqa: F811
    header = Header("HIS", "C1", "ADT", "A08", Moment(house.clock.now()))
    house.feed.reject(header, Arrived(b"MSH|^~\\&|HIS\rPID|||\x1b[31mF-1\r", "192.0.2.1"), "birth_date")
    return house.feed.listed(Page())[0][0].id


async def test_identities_in_doubt(run: Run, alarm: int) -> None:  # noqa: F811
    [listed] = json.loads((await run("identity", "list", "--json")).stdout)
    assert (listed["id"], listed["cause"], listed["patient"]["id"]) == (alarm, "traits", "F-100201")
    assert [study["state"] for study in listed["studies"]] == ["identity", "identity"]
    table = (await run("identity", "list")).stdout
    assert "traits changés après un code" in table
    assert "HIS ADT^A08 C1" in table
    assert "1.2.3.1" in (await run("identity", "show", str(alarm))).stdout
    assert (await run("codes", "issue", "--patient-id", "F-100201")).exit_code == 1
    refused = await run("identity", "confirm", str(alarm))
    assert refused.exit_code == 1
    assert "motif" in refused.stderr
    done = await run("identity", "confirm", str(alarm), "--reason", "carte vue")
    assert done.exit_code == 0, done.output
    assert "rouvert" in done.stdout
    assert (await run("codes", "issue", "--patient-id", "F-100201")).exit_code == 0
    assert json.loads((await run("identity", "list", "--json")).stdout) == []
    [closed] = json.loads((await run("identity", "list", "--all", "--json")).stdout)
    assert (closed["decision"], closed["reason"]) == ("confirmed", "carte vue")
    assert (await run("identity", "refuse", str(alarm), "--reason", "trop tard")).exit_code == 1
    assert (await run("identity", "show", "999")).exit_code == 1


async def test_messages_of_the_feed(run: Run, message: int) -> None:  # noqa: F811
    [listed] = json.loads((await run("hl7", "list", "--rejected", "--json")).stdout)
    said = [listed[name] for name in ("id", "state", "cause", "control_id")]
    assert said == [message, "rejected", "birth_date", "C1"]
    assert "text" not in listed
    assert "rejeté" in (await run("hl7", "list")).stdout
    shown = (await run("hl7", "show", str(message))).stdout
    assert "␛[31mF-1" in shown
    assert "\x1b" not in shown
    dropped = await run("hl7", "drop", str(message))
    assert dropped.exit_code == 0, dropped.output
    assert (await run("hl7", "drop", str(message))).exit_code == 1
    assert json.loads((await run("hl7", "show", str(message), "--json")).stdout)["text"] is None
    verbs = [json.loads(line)["verb"] for line in (await run("journal", "export")).stdout.splitlines()]
    assert verbs[-4:-1] == ["hl7.reject", "hl7.show", "hl7.drop"]


async def test_the_doctor_and_the_overview_tell(run: Run, alarm: int, message: int) -> None:  # noqa: F811
    told = {check["text"]["id"]: check for check in json.loads((await run("doctor", "--json")).stdout)}
    assert told["check.identity.waiting"]["text"]["facts"] == {"n": 1}
    assert "check.hl7.off" in told

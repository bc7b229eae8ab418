"""Opening an exam before its report, by the command line on a real socket."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.bootstrap import House
from appliance.config.settings import Settings
from appliance.contract.client import AdminClient
from tests.appliance.adminapi.conftest import a_study, client, house, served  # noqa: F401 - fixtures
from tests.appliance.commands.test_admin_verbs import Run, run  # noqa: F401 - fixtures

UID = "1.2.3.7"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path, demo=True, reports={"embargo": True})


async def test_an_exam_is_opened_once_with_a_reason(run: Run, house: House, client: AdminClient) -> None:  # noqa: F811
    with house.database.writing() as work:
        row = replace(a_study(UID), date=None)
        work.studies.ensure(replace(row, person_id=work.people.ensure(row.traits)))
    assert house.exams.embargoed([row.uid]) == {row.uid}
    assert [(await client.study(UID)).state, (await client.studies()).items[0].state] == ["embargoed"] * 2
    without = await run("reports", "release", UID, "--json")
    assert (without.exit_code, json.loads(without.stderr)["error"]) == (1, "reason")
    released = await run("reports", "release", UID, "--reason", "demande du Dr Durand, urgence")
    assert released.exit_code == 0, released.output
    assert f"Examen {UID} ouvert" in released.stdout
    assert house.exams.embargoed([row.uid]) == frozenset()
    assert (await client.study(UID)).state != "embargoed"
    again = await run("reports", "release", UID, "--reason", "encore", "--json")
    assert (again.exit_code, json.loads(again.stderr)["error"]) == (1, "embargo_over")
    unknown = await run("reports", "release", "1.2.3.8", "--reason", "urgence", "--json")
    assert json.loads(unknown.stderr)["error"] == "study_unknown"
    verbs = [record["verb"] for record in json.loads((await run("journal", "list", "--json")).stdout)]
    assert verbs.count("embargo.release") == 1

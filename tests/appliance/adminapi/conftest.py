"""A house on a new database, served on a real Unix socket; who calls is this process, as the kernel says."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from aiohttp import web

from appliance.adminapi.app import build_app
from appliance.adminapi.service import bound
from appliance.bootstrap import House
from appliance.config.settings import Settings
from appliance.contract.client import AdminClient
from appliance.domain.identifiers import PersonId, study_uid
from appliance.domain.people import Identifier, PatientTraits
from appliance.usecases.ports import StudyRow
from tests.houses import new_house


def a_study(uid: str, patient_id: str = "F-100201", name: str = "LEFÈVRE^Anne-Charlotte") -> StudyRow:
    traits = PatientTraits(Identifier(patient_id), name, "19610314", "F")
    row = StudyRow(study_uid(uid), PersonId(0), traits, date(2026, 11, 22), "0912", "Crâne", ("CT",), "A1", "", "")
    return replace(row, complete=True)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path, demo=True)


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    with new_house(settings) as opened:
        with opened.database.writing() as work:
            for uid, day in (("1.2.3.1", date(2026, 11, 22)), ("1.2.3.2", date(2025, 11, 22))):
                row = replace(a_study(uid), date=day)
                work.studies.ensure(replace(row, person_id=work.people.ensure(row.traits)))
        yield opened


@pytest.fixture
async def served(house: House, settings: Settings) -> AsyncIterator[Path]:
    runner = web.AppRunner(build_app(house, settings), access_log=None)
    await runner.setup()
    await web.SockSite(runner, bound(settings.admin_socket, 0o600)).start()
    yield settings.admin_socket
    await runner.cleanup()


@pytest.fixture
async def client(served: Path) -> AsyncIterator[AdminClient]:
    async with AdminClient(served) as opened:
        yield opened

"""A house on real adapters with a clock that tests move, a patient in the index and a physician who may log in."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from appliance.bootstrap import House
from appliance.config.settings import Settings
from appliance.domain.identifiers import AccountId, PersonId, StudyUID
from appliance.domain.journal import Actor
from appliance.domain.people import Identifier, PatientTraits
from appliance.domain.sign_in import Means, Requester
from appliance.usecases.ports import AccountRow, StudyRow
from tests.houses import new_house

DESK = Actor("staff", "1", "accueil")
TRAITS = PatientTraits(Identifier("F-1", "HOSP"), "LEFÈVRE^Anne-Charlotte", "19610314", "F")


class MovedClock:
    """A clock that stands until a test moves it."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def move(self, **delta: float) -> None:
        self.time += timedelta(**delta)


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def house(tmp_path: Path, clock: MovedClock) -> Iterator[House]:
    settings = Settings(state_dir=tmp_path)
    with new_house(settings, clock) as opened:
        yield opened


@pytest.fixture
def studies() -> list[StudyRow]:
    row = StudyRow(StudyUID("1.2.3"), PersonId(0), TRAITS, date(2026, 11, 22), "0912", "TDM", ("CT",), "A1", "", "pacs")
    other = StudyRow(StudyUID("1.2.4"), PersonId(0), TRAITS, date(2025, 11, 22), "1012", "IRM", ("MR",), "", "", "pacs")
    return [row, other]


@pytest.fixture
def account(house: House, clock: MovedClock) -> AccountRow:
    row = AccountRow(
        AccountId(0), "alix@cabinet.example", "Alix", "MARTIN", "Cabinet", "+33600000001", "810000000001", "10", "",
        True, None, clock.now(), "card", clock.now() + timedelta(days=400), clock.now(), "good",
    )  # fmt: skip
    made = house.people.add_account(row, "Correct-Horse-9-Battery", DESK)
    return house.people.account(made)


@pytest.fixture
def physician(account: AccountRow) -> Requester:
    return Requester("account", account.id, "Alix MARTIN", Means.PASSWORD_EMAIL, 1, "192.0.2.7", "10", "810000000001")

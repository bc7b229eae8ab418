"""A house on SQLite and on PostgreSQL with one patient's studies, and what takes messages for it."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from appliance.bootstrap import House, open_house
from appliance.config.sections import Database
from appliance.config.settings import Settings
from appliance.crypto.keyed import NoKey
from appliance.domain.identifiers import PersonId, ShareId, StudyUID
from appliance.domain.journal import Actor
from appliance.domain.people import Identifier, PatientTraits
from appliance.store.roles import role_of
from appliance.usecases.ports import StudyRow
from appliance.usecases.sharing import Order
from pacs_bridge.hl7.intake import Habits, Intake
from tests.houses import cheap_passwords

DESK = Actor("staff", "1", "accueil")
TRAITS = PatientTraits(Identifier("F-1", "HOSP"), "LEFÈVRE^Anne-Charlotte", "19610314", "F")


class MovedClock:
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
def house(laid_url: str, tmp_path: Path, clock: MovedClock) -> Iterator[House]:
    settings = Settings(state_dir=tmp_path, database={"url": laid_url})
    with open_house(settings, clock=clock, passwords=cheap_passwords()) as opened:
        yield opened


@pytest.fixture
def bridge(house: House, clock: MovedClock) -> Iterator[House]:
    """The house as the bridge opens it: on PostgreSQL, in its own role."""
    url = make_url(house.settings.database_url)
    if url.get_backend_name() == "sqlite":
        yield house
        return
    narrow = url.set(username=role_of("bridge")).render_as_string(hide_password=False)
    settings = house.settings.model_copy(update={"database": Database(url=SecretStr(narrow))})
    with open_house(settings, clock=clock, secrets=NoKey(), service="bridge") as opened:
        yield opened


@pytest.fixture
def intake(bridge: House, clock: MovedClock) -> Intake:
    return Intake(bridge.feed, bridge.results, clock, Habits())


def a_study(uid: str = "1.2.3", traits: PatientTraits = TRAITS) -> StudyRow:
    return StudyRow(StudyUID(uid), PersonId(0), traits, date(2026, 11, 22), "0912", "TDM", ("CT",), "A1", "", "")


@pytest.fixture
def share(house: House) -> ShareId:
    """A code issued on the study 1.2.3 of F-1."""
    return house.sharing.issue(Order([a_study()]), DESK).share.id


Sees = Callable[[str], str]


@pytest.fixture
def doubt(house: House) -> Sees:
    """The identity alarm of a study."""

    def of(uid: str) -> str:
        with house.database.reading() as work:
            row = work.studies.by_uid(StudyUID(uid))
        assert row is not None
        return row.identity_alarm

    return of

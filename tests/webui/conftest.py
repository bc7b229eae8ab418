"""The web application on a real house of its own, and people who use it: a browser, a physician, a secretary."""

import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer

from appliance.bootstrap import House
from appliance.config.settings import Settings
from appliance.domain.identifiers import AccountId, PersonId, StudyUID
from appliance.domain.journal import Actor
from appliance.domain.people import Identifier, PatientTraits
from appliance.usecases.people import Credentials, NewMember
from appliance.usecases.ports import AccountRow, Page, StudyRow
from appliance.usecases.sharing import Issued, Order
from tests.houses import new_house
from webui.app import make_app

DESK = Actor("staff", "1", "accueil")
EMAIL, PASSWORD = "alix@cabinet.example", "Correct-Horse-9-Battery"
TRAITS = PatientTraits(Identifier("F-1", "HOSP"), "LEFÈVRE^Anne-Charlotte", "19610314", "F")


class MovedClock:
    """A clock that stands until a test moves it."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def move(self, **delta: float) -> None:
        self.time += timedelta(**delta)


class Browser:
    """A client that keeps cookies, follows nothing, and sends the token of the last page with its forms."""

    def __init__(self, client: TestClient, house: House) -> None:
        self.client, self.house, self.text = client, house, ""

    @property
    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.text)
        return found.group(1) if found else ""

    async def get(self, path: str, **headers: str):
        answer = await self.client.get(path, allow_redirects=False, headers=headers)
        if answer.content_type == "text/html":
            self.text = await answer.text()
        return answer

    async def post(self, path: str, *, csrf: str | None = None, headers: dict[str, str] | None = None, **form):
        data = [("csrf", self.csrf if csrf is None else csrf)]
        for name, value in form.items():
            data.extend((name, one) for one in (value if isinstance(value, list) else [value]))
        answer = await self.client.post(path, data=data, allow_redirects=False, headers=headers)
        if answer.content_type == "text/html":
            self.text = await answer.text()
        return answer

    def digits(self) -> str:
        """The six digits of the last message in the outbox."""
        with self.house.database.reading() as work:
            rows, _ = work.outbox.listed(Page())
        return re.search(r"\b\d{6}\b", max(rows, key=lambda row: row.id).message.text).group()

    async def log_in(self) -> None:
        await self.get("/login/otp")
        await self.post("/login/otp", email=EMAIL, password=PASSWORD, channel="email")
        await self.get("/login/otp/code")
        answer = await self.post("/login/otp/code", code=self.digits())
        assert (answer.status, answer.headers["Location"]) == (303, "/codes")
        await self.get("/codes")


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    brand = {
        "name": "CH <Villexemple>", "accent": "#114477",
        "phones": [{"service": "Radiologie", "number": "04 65 71 10 01"}],
    }  # fmt: skip
    return Settings(state_dir=tmp_path, brand=brand)


@pytest.fixture
def house(settings: Settings, clock: MovedClock) -> Iterator[House]:
    with new_house(settings, clock) as opened:
        yield opened


@pytest.fixture
def account(house: House, clock: MovedClock) -> AccountRow:
    row = AccountRow(
        AccountId(0), EMAIL, "Alix", "MARTIN", "Cabinet", "+33600000001", "810000000001", "10", "",
        True, None, clock.now(), "card", clock.now() + timedelta(days=400), clock.now(), "good",
    )  # fmt: skip
    return house.people.account(house.people.add_account(row, PASSWORD, DESK))


@pytest.fixture
def studies() -> list[StudyRow]:
    scanner = StudyRow(
        StudyUID("1.2.3"), PersonId(0), TRAITS, date(2026, 11, 22), "091200", "TDM <b>crâne</b>", ("CT",), "A1", "", ""
    )
    mri = StudyRow(StudyUID("1.2.4"), PersonId(0), TRAITS, date(2025, 11, 22), "1012", "IRM", ("MR",), "", "", "")
    return [scanner, mri]


@pytest.fixture
def issued(house: House, studies: list[StudyRow]) -> Issued:
    return house.sharing.issue(Order(studies, comment="<script>alert(1)</script>"), DESK)


@pytest_asyncio.fixture
async def browser(house: House, settings: Settings) -> AsyncIterator[Browser]:
    async with TestClient(TestServer(make_app(house, settings))) as client:
        yield Browser(client, house)


@pytest_asyncio.fixture
async def physician(browser: Browser, account: AccountRow) -> Browser:
    await browser.log_in()
    return browser


@pytest_asyncio.fixture
async def secretary(browser: Browser, house: House, clock: MovedClock) -> Browser:
    made = house.people.add_staff(NewMember("dominique", "Dominique PETIT", must_set_up=False), DESK)
    assert await enter_staff(browser, made, clock) == "/desk"
    await browser.get("/desk")
    return browser


async def enter_staff(browser: Browser, made: Credentials, clock: MovedClock) -> str:
    """Log somebody of the staff in with what was given; return where the log-in leads."""
    await browser.get("/desk/login")
    await browser.post("/desk/login", login=made.login, password=made.password)
    await browser.get("/desk/login/code")
    answer = await browser.post("/desk/login/code", code=pyotp.TOTP(made.totp_secret).at(clock.now()))
    assert answer.status == 303, browser.text
    return answer.headers["Location"]

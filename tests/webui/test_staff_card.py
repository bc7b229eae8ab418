"""The desk by card, through the portal's pages; the card host is played by its use case."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from cps_card.simulator.pki import person

from appliance.bootstrap import House
from appliance.config.settings import Settings
from appliance.domain.staff import Role
from appliance.usecases.people import NewMember
from tests.cards import PERSONS, Trust, der
from tests.houses import new_house
from tests.smartcard.worlds import NOW, World
from tests.webui.conftest import DESK, Browser, MovedClock
from webui.app import make_app

CPE = "3001234567/42"


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture
def house(tmp_path: Path, world: World, clock: MovedClock) -> Iterator[House]:
    clock.time = NOW
    Trust(tmp_path, world)
    card = {"issuers": [PERSONS], "public_url": "https://cps.example"}
    with new_house(Settings(state_dir=tmp_path, card=card), clock) as opened:
        yield opened


@pytest_asyncio.fixture
async def browser(house: House) -> AsyncIterator[Browser]:
    async with TestClient(TestServer(make_app(house, house.settings))) as client:
        yield Browser(client, house)


async def present(browser: Browser, certificate):
    """Go to the card host from the desk's log-in, present a card there, come back."""
    there = (await browser.get("/desk/login/card")).headers["Location"]
    assert urlsplit(there).netloc.endswith("cps.example")
    state = parse_qs(urlsplit(there).query)["state"][0]
    received = browser.house.card_sign_in.receive(state, der(certificate), "192.0.2.7")
    return await browser.get(f"/login/card/return?ticket={received.ticket}")


async def test_the_card_opens_the_pages_of_the_role(browser, house, world):
    house.people.add_staff(NewMember("audit", national_id=CPE, role=Role.AUDITOR, must_set_up=False), DESK)
    await browser.get("/desk/login")
    assert 'href="/desk/login/card"' in browser.text
    answer = await present(browser, world.card(subject=person(CPE, "AUDIT", "DOMINIQUE", "")))
    assert (answer.status, answer.headers["Location"]) == (303, "/desk/journal")
    assert (await browser.get("/desk/journal")).status == 200
    assert (await browser.get("/codes")).headers["Location"] == "/login"


async def test_a_card_that_opens_nothing_says_so_and_leads_back_to_the_desk(browser, world):
    answer = await present(browser, world.card(subject=person(CPE, "AUDIT", "DOMINIQUE", "")))
    assert answer.status == 403
    assert "n’ouvre aucun accès de l’accueil" in browser.text
    assert 'href="/desk/login/card"' in browser.text


async def test_without_a_card_host_nothing_is_offered(tmp_path):
    with new_house(Settings(state_dir=tmp_path / "other"), MovedClock()) as bare:
        async with TestClient(TestServer(make_app(bare, bare.settings))) as client:
            assert "/desk/login/card" not in await (await client.get("/desk/login")).text()
            gone = await client.get("/desk/login/card", allow_redirects=False)
            assert gone.headers["Location"] == "/desk/login"

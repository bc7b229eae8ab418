"""Pro Santé Connect through the real pages, against a provider on a real port."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer

from appliance.bootstrap import House
from appliance.config.settings import Settings
from tests.houses import new_house
from tests.peers.psc import CLIENT, SECRET, MockPsc, person, served
from tests.webui.conftest import Browser, MovedClock
from webui.app import make_app


@pytest_asyncio.fixture
async def mock(clock: MovedClock) -> AsyncIterator[MockPsc]:
    made = MockPsc(lambda: clock.now().timestamp())
    server = await served(made)
    yield made
    await server.close()


@pytest.fixture
def house(tmp_path: Path, mock: MockPsc, clock: MovedClock) -> Iterator[House]:
    psc = {
        "environment": "custom", "issuer": mock.issuer, "authorize": f"{mock.base}/auth", "client_id": CLIENT,
        "client_secret": SECRET, "redirect_url": "https://imagerie.example/login/psc/return",
    }  # fmt: skip
    with new_house(Settings(state_dir=tmp_path, psc=psc), clock) as opened:
        yield opened


@pytest_asyncio.fixture
async def browser(house: House) -> AsyncIterator[Browser]:
    async with TestClient(TestServer(make_app(house, house.settings))) as client:
        yield Browser(client, house)


async def round_trip(browser: Browser, start: str = "/login/psc") -> str:
    """Go to the provider and return the address to which it sends back, on our side."""
    answer = await browser.get(start)
    assert answer.status == 303
    async with ClientSession() as person_there, person_there.get(
        answer.headers["Location"], allow_redirects=False
    ) as sent:
        back = sent.headers["Location"]
    assert back.startswith("https://imagerie.example/login/psc/return?")
    return back.removeprefix("https://imagerie.example")


async def test_a_physician_enters_and_leaves(browser, house, mock):
    answer = await browser.get(await round_trip(browser))
    assert (answer.status, answer.headers["Location"]) == (303, "/codes")
    await browser.get("/codes")
    assert "KIT DOC0036624" in browser.text
    answer = await browser.post("/logout")
    assert answer.status == 200
    assert f"{mock.issuer}/protocol/openid-connect/logout?id_token_hint=" in browser.text
    assert "Fermer aussi Pro Santé Connect" in browser.text
    assert (await browser.get("/codes")).headers["Location"] == "/login"


async def test_the_checkbox_leads_to_the_account(browser):
    answer = await browser.get("/?mode=psc&account=1")
    assert answer.headers["Location"] == "/login/psc?account=1"
    answer = await browser.get(await round_trip(browser, "/login/psc?account=1"))
    assert answer.headers["Location"] == "/account"
    assert (await browser.get("/account")).status == 200


async def test_an_answer_serves_once_and_in_its_own_browser(browser, house):
    back = await round_trip(browser)
    async with ClientSession() as other:
        stolen = await other.get(browser.client.make_url(back), allow_redirects=False)
        assert stolen.status == 403
        assert "ne peut pas être terminée" in await stolen.text()
        assert "negatoscope" not in stolen.cookies
    assert (await browser.get(back)).status == 303
    assert (await browser.get(back)).status == 403


async def test_refusals_are_words_with_a_reference(browser, mock):
    mock.told = person(SubjectRefPro={"exercices": [{"codeProfession": "60"}]})
    assert (await browser.get(await round_trip(browser))).status == 403
    assert "ne correspond pas à une profession admise" in browser.text
    assert '<b class="code">R0001</b>' in browser.text
    mock.told = person()
    mock.alter = lambda claims: claims | {"acr": "eidas0"}
    assert (await browser.get(await round_trip(browser))).status == 403
    assert "n’a pas pu être vérifiée" in browser.text
    mock.answers["token"] = lambda: web.Response(status=503)
    assert (await browser.get(await round_trip(browser))).status == 503
    assert "ne répond pas" in browser.text
    assert "acr" not in browser.text


async def test_nothing_but_words_is_taken_from_the_address(browser):
    for query in ("", "?state=", "?state=x&code=<script>", "?error=<b>&state=é", "?state=%00", "?code=" + "x" * 7000):
        answer = await browser.get(f"/login/psc/return{query}")
        assert answer.status in (403, 429), query
        assert "<script>" not in browser.text.replace('<script type="module"', "")
        assert "<b>&" not in browser.text


async def test_forms_may_lead_to_the_provider(browser, mock):
    answer = await browser.get("/")
    assert f"form-action 'self' {mock.base};" in answer.headers["Content-Security-Policy"]


async def test_without_settings_the_page_says_so(tmp_path):
    with new_house(Settings(state_dir=tmp_path / "other"), MovedClock()) as bare:
        async with TestClient(TestServer(make_app(bare, bare.settings))) as client:
            shown = await client.get("/login/psc")
            assert "n’est pas activée" in await shown.text()
            gone = await client.get("/login/psc/return?code=a&state=b", allow_redirects=False)
            assert gone.headers["Location"] == "/login/psc"

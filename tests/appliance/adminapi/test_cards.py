"""What the console and the doctor say of cards, and the watch that puts a revoked one out."""

import threading
from collections.abc import Iterator

import pytest
from cps_card.simulator.pki import CrlWanted

from appliance.adminapi import checks, schedule
from appliance.adminapi.door import Desk
from appliance.bootstrap import House
from appliance.config.settings import Settings
from appliance.contract.client import AdminClient
from appliance.contract.words import Words
from appliance.domain.errors import Refused
from tests.appliance.usecases.conftest import MovedClock
from tests.cards import PERSONS, Trust, der
from tests.houses import new_house
from tests.smartcard.worlds import NOW, World

HERE = "192.0.2.7"


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture
def clock() -> MovedClock:
    made = MovedClock()
    made.time = NOW
    return made


@pytest.fixture
def settings(tmp_path) -> Settings:
    card = {"issuers": [PERSONS], "public_url": "https://cps.example"}
    return Settings(state_dir=tmp_path, demo=True, card=card)


@pytest.fixture
def house(settings, clock) -> Iterator[House]:
    with new_house(settings, clock) as opened:
        yield opened


@pytest.fixture
def trust(tmp_path, world) -> Trust:
    return Trust(tmp_path, world)


async def said(client: AdminClient) -> tuple[set[str], set[str]]:
    alarms = {one.text.id for one in (await client.overview()).alarms}
    checks = {one.text.id for one in await client.checks() if one.name == "card"}
    return {one for one in alarms if one.startswith(("alarm.list", "alarm.trust"))}, checks


async def test_without_authorities_nobody_is_believed_and_it_is_said(client: AdminClient) -> None:
    assert await said(client) == ({"alarm.trust"}, {"check.card.nobody"})


async def test_fresh_half_over_stale_missing_and_forged(client: AdminClient, trust, world, clock) -> None:
    assert await said(client) == (set(), {"check.list.fresh"})
    clock.move(days=3.5)
    assert await said(client) == ({"alarm.list.half"}, {"check.list.half"})
    trust.publish("top", world.top.crl(CrlWanted(until=30)))
    clock.move(days=4)
    assert await said(client) == ({"alarm.list"}, {"check.list.crl_stale", "check.list.fresh"})
    trust.publish("persons", world.persons.crl(signer=world.rogue.key))
    assert await said(client) == ({"alarm.list"}, {"check.list.crl_forged", "check.list.fresh"})
    (trust.lists / "persons.crl").unlink()
    assert await said(client) == ({"alarm.list"}, {"check.list.crl_missing", "check.list.fresh"})


async def test_a_folder_with_something_else_in_it(client: AdminClient, trust, settings) -> None:
    (settings.authorities_dir / "README.txt").write_text("-----BEGIN NOTHING")
    assert await said(client) == ({"alarm.trust"}, {"check.card.unreadable"})


async def test_that_a_responder_is_asked_is_said(tmp_path, world, clock):
    card = {"issuers": [PERSONS], "public_url": "https://cps.example", "ocsp": "preferred"}
    Trust(tmp_path, world)
    with new_house(Settings(state_dir=tmp_path, card=card), clock) as house:
        found = checks._cards(Desk(house, house.settings, clock.now(), set()))
    assert [one.text.facts for one in found if one.text.id == "check.card.ocsp"] == [{"mode": "preferred"}]
    assert all(Words(language).has("check.card.ocsp") for language in ("fr", "en"))


def test_the_watch_looks_when_a_file_changes_and_every_hour(house, trust, world, clock):
    watch, card = schedule.Watch(house), world.card()
    begun = house.card_sign_in.begin("http://portal", "", HERE, wants_account=False)
    ticket = house.card_sign_in.receive(begun.state, der(card), HERE).ticket
    token = house.card_sign_in.enter(ticket, begun.browser, HERE).opened.token
    assert watch.turn()
    assert not watch.turn()
    clock.move(minutes=1)
    assert house.sign_in.session(token, HERE)
    trust.revoke(card)
    assert watch.turn()
    with pytest.raises(Refused) as over:
        house.sign_in.session(token, HERE)
    assert over.value.facts["end"] == "card_revoked"
    assert not watch.turn()
    clock.move(minutes=59)
    assert not watch.turn()
    clock.move(minutes=2)
    assert watch.turn()


def test_the_watch_runs_beside_the_service_and_ends_with_it(house, trust, world):
    before = threading.active_count()
    with schedule.watching(house):
        assert threading.active_count() == before + 1
    assert threading.active_count() == before
    assert schedule.LOOK_S < 60

"""Chromium, OpenSC and a card in a reader, behind nginx: out is out, in is in, one signature each time."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cps_card.simulator.engine import Knobs, VirtualCps
from cps_card.simulator.files import Profile
from cps_card.simulator.vpcd import VpcdCard

from tests.journeys import card_browser
from tests.journeys.card_front import PHYSICIAN, House, standing
from tests.journeys.test_card_nginx import browser_rules
from tests.peers import pcscd

OPENSC = next(Path("/usr/lib").glob("*/opensc-pkcs11.so"), None)
SEEN_S = 1.0
"""pcscd looks every 0.4 s whether a card is there."""


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    folder = Path(tempfile.mkdtemp(prefix="neg-", dir="/tmp"))
    try:
        with standing(folder) as found:
            yield found
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def reader(require) -> Iterator[pcscd.Pcscd]:
    if OPENSC is None or not pcscd.DRIVER.exists():
        pytest.skip("a virtual reader and OpenSC are needed (apt install vsmartcard-vpcd opensc-pkcs11)")
    folder = Path(tempfile.mkdtemp(prefix="neg-pcsc-", dir="/tmp"))
    with pcscd.running(require("pcscd"), require("gcc"), folder / "p") as found:
        yield found
    shutil.rmtree(folder, ignore_errors=True)


def test_a_card_that_is_taken_out_opens_nothing(house, reader, tmp_path, monkeypatch):
    monkeypatch.setenv(pcscd.SOCKET_VARIABLE, str(reader.socket))
    holder = house.igc.holder(PHYSICIAN)
    profile = Profile(holder, house.igc.persons.certificate, wants_pin=False)
    card = VpcdCard(VirtualCps(profile, Knobs()), reader.port)
    signed = card.card.knobs.counters
    store = card_browser.home(tmp_path / "home")
    card_browser.add_module(store, "OpenSC", str(OPENSC))
    card.insert()
    time.sleep(SEEN_S)
    with card_browser.browser(store, browser_rules(house)) as page:
        log_in(page, house)
        assert page.url == f"{house.web}/codes", page.inner_text("body")
        assert signed["sign"] == 1
        log_out(page, house)
        card.remove()
        time.sleep(SEEN_S)
        log_in(page, house)
        assert page.get_by_text("Aucun certificat de carte n’a été présenté.").is_visible()
        assert signed["sign"] == 1
        card.insert()
        time.sleep(SEEN_S)
        log_in(page, house)
        assert page.url == f"{house.web}/codes", page.inner_text("body")
        assert signed["sign"] == 2
    card.remove()


def log_in(page, house: House) -> None:
    page.goto(f"{house.web}/login/card/go", timeout=30_000)


def log_out(page, house: House) -> None:
    page.get_by_role("button", name="Déconnexion").click()
    page.wait_for_url(f"{house.web}/")

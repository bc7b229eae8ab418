"""Chromium, OpenSC and a card in a reader: out is out, in is in, one signature each time."""

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cps_card.simulator.engine import Knobs, VirtualCps
from cps_card.simulator.files import Profile
from cps_card.simulator.pki import Igc
from cps_card.simulator.vpcd import VpcdCard

from tests.journeys import card_browser, running
from tests.journeys.card_front import PHYSICIAN, House, standing
from tests.journeys.issuing import Issuer
from tests.journeys.test_card_nginx import browser_rules
from tests.peers import pcscd

OPENSC = next(Path("/usr/lib").glob("*/opensc-pkcs11.so"), None)
SEEN_S = 1.0
"""pcscd looks every 0.4 s whether a card is there."""


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    folder = Path(tempfile.mkdtemp(prefix="neg-"))
    try:
        with standing(folder) as found:
            yield found
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def reader(require, monkeypatch) -> Iterator[pcscd.Pcscd]:
    if OPENSC is None or not pcscd.DRIVER.exists():
        pytest.skip("a virtual reader and OpenSC are needed (apt install vsmartcard-vpcd opensc-pkcs11)")
    folder = Path(tempfile.mkdtemp(prefix="neg-pcsc-"))
    with pcscd.running(require("pcscd"), require("gcc"), folder / "p") as found:
        monkeypatch.setenv(pcscd.SOCKET_VARIABLE, str(found.socket))
        yield found
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def store(tmp_path) -> Path:
    """A browser's HOME that reads cards through OpenSC."""
    made = card_browser.home(tmp_path / "home")
    card_browser.add_module(made, "OpenSC", str(OPENSC))
    return made


def in_out_in(store: Path, rules: Sequence[str], web: str, card: VpcdCard) -> None:
    """Log in, log out, take the card out and try, put it back and log in, in one browser.

    OpenSC can take its browser down when a card comes back (seen once in ten on a busy machine): that proves nothing
    about us, and the walk begins anew, once. Whatever the portal itself does wrong fails at once.
    """
    from playwright.sync_api import Error

    try:
        _walk(store, rules, web, card)
    except Error as exc:
        if "has been closed" not in str(exc):
            raise
        card.remove()
        time.sleep(SEEN_S)
        card.insert()
        time.sleep(SEEN_S)
        _walk(store, rules, web, card)


def _walk(store: Path, rules: Sequence[str], web: str, card: VpcdCard) -> None:
    signed, before = card.card.knobs.counters, card.card.knobs.counters["sign"]
    with card_browser.browser(store, *rules) as page:
        log_in(page, web)
        assert page.url == f"{web}/codes", page.inner_text("body")
        assert signed["sign"] == before + 1
        page.get_by_role("button", name="Déconnexion").click()
        page.wait_for_url(f"{web}/")
        card.remove()
        time.sleep(SEEN_S)
        log_in(page, web)
        assert page.get_by_text("Aucun certificat de carte n’a été présenté.").is_visible()
        assert signed["sign"] == before + 1
        card.insert()
        time.sleep(SEEN_S)
        log_in(page, web)
        assert page.url == f"{web}/codes", page.inner_text("body")
        assert signed["sign"] == before + 2


def log_in(page: Any, web: str) -> None:
    page.goto(f"{web}/login/card/go", timeout=30_000)


@contextmanager
def inserted(reader: pcscd.Pcscd, igc: Igc) -> Iterator[VpcdCard]:
    """A physician's card of that authority in the reader; no PIN, for nobody is there to type it."""
    profile = Profile(igc.holder(PHYSICIAN), igc.persons.certificate, wants_pin=False)
    card = VpcdCard(VirtualCps(profile, Knobs()), reader.port)
    card.insert()
    time.sleep(SEEN_S)
    yield card
    card.remove()


def test_a_card_taken_out_opens_nothing_behind_nginx(house, reader, store):
    with inserted(reader, house.igc) as card:
        in_out_in(store, [browser_rules(house)], house.web, card)


def test_a_card_taken_out_opens_nothing_in_the_demo(reader, store, tmp_path):
    with running.demo(tmp_path / "demo", "--card-port", "0") as demo:
        authority = Issuer(tmp_path / "demo" / "state" / "pki").authority
        igc = Igc(authority.now, authority, authority)
        with inserted(reader, igc) as card:
            in_out_in(store, [], demo.web, card)

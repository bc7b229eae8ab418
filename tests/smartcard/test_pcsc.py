"""What is told of readers, with and without pyscard, and by a real pcscd."""

import sys

import pytest
from cps_card import pcsc
from cps_card.errors import CardBusy, CardUnavailable, LibraryMissing, NoCard, NoReader, NoService, UnknownCard
from cps_card.simulator.engine import CPS4_ATR, Knobs, VirtualCps
from cps_card.simulator.files import Profile

from tests.peers.pcscd import READER, Pcscd
from tests.smartcard.conftest import Slot

BANK_CARD = bytes.fromhex("3B6E000080318066B0840C016E0183009000")


def test_without_pyscard_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "smartcard.scard", None)
    with pytest.raises(LibraryMissing) as info:
        pcsc.readers()
    assert info.value.cause == "pyscard_missing"


@pytest.mark.parametrize(
    ("number", "cause"),
    [
        (0x8010001D, "no_service"),
        (0x8010001E, "no_service"),
        (-2146435043, "no_service"),
        (0x8010000C, "empty"),
        (0x8010000B, "busy"),
        (0x80100069, "removed"),
        (0, "pcsc"),
    ],
)
def test_each_number_of_pcsc_has_a_cause(number: int, cause: str) -> None:
    assert pcsc.cause_of(number) == cause
    assert pcsc.error_of(number).cause == cause


@pytest.mark.parametrize(
    ("atr", "kind"),
    [
        (pcsc.CPS3_CONTACT, "cps3"),
        (pcsc.CPS3_CONTACTLESS, "cps3"),
        ("2B8F80010031B86404B0ECC1739401808290000E", "cps3"),
        (pcsc.CPS4.lower(), "cps4"),
        ("3B6500002063CB6800", "foreign"),
        ("", "foreign"),
    ],
)
def test_the_answer_to_reset_names_the_card(atr: str, kind: str) -> None:
    assert pcsc.kind_of(atr) == kind


def test_an_empty_reader(slot: Slot) -> None:
    slot.empty()
    assert (pcsc.readers()[0].name, pcsc.readers()[0].state) == (READER, "empty")
    with pytest.raises(NoCard):
        pcsc.opened()
    with pytest.raises(NoReader):
        pcsc.opened("Elsewhere 00 00")


def test_a_cps3_is_seen_and_left_alone(card: VirtualCps) -> None:
    before = card.knobs.counters.copy()
    assert (pcsc.readers()[0].state, pcsc.readers()[0].atr) == ("cps3", pcsc.CPS3_CONTACT)
    assert card.knobs.counters == before


@pytest.mark.parametrize(("atr", "state"), [(BANK_CARD, "foreign"), (CPS4_ATR, "cps4")])
def test_a_card_without_known_commands(slot: Slot, profile: Profile, atr: bytes, state: str) -> None:
    slot.put(profile, Knobs(atr=atr))
    assert pcsc.readers()[0].state == state
    with pytest.raises(UnknownCard):
        pcsc.opened()


def test_an_exclusive_program_makes_the_reader_busy(card: VirtualCps) -> None:
    scard = pcsc.library()
    with pcsc.context(scard) as ctx:
        number, held, _ = scard.SCardConnect(ctx, READER, scard.SCARD_SHARE_EXCLUSIVE, scard.SCARD_PROTOCOL_T0)
        assert number == 0
        assert pcsc.readers()[0].state == "busy"
        with pytest.raises(CardBusy):
            pcsc.opened()
        scard.SCardDisconnect(held, scard.SCARD_LEAVE_CARD)
    with pcsc.opened() as mine:
        assert mine.tries_left() == 3


def test_a_service_that_ends_is_said_and_found_again(daemon: Pcscd, slot: Slot, card: VirtualCps) -> None:
    with pcsc.opened() as mine:
        daemon.stop()
        with pytest.raises(NoService):
            pcsc.readers()
        with pytest.raises(CardUnavailable):
            mine.tries_left()
    daemon.start()
    slot.wait(present=True)
    with pcsc.opened() as mine:
        assert mine.tries_left() == 3

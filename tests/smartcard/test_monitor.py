"""Cards that come and go are told."""

import queue

from cps_card import pcsc
from cps_card.monitor import CardEvent, CardMonitor
from cps_card.simulator.engine import CPS4_ATR, Knobs
from cps_card.simulator.files import Profile

from tests.peers.pcscd import READER, Pcscd
from tests.smartcard.conftest import Slot


def test_insertion_and_removal_are_told(slot: Slot, profile: Profile) -> None:
    told: queue.Queue[CardEvent] = queue.Queue()
    slot.empty()
    with CardMonitor(told.put):
        slot.put(profile)
        assert told.get(timeout=2) == CardEvent(True, READER, "cps3", pcsc.CPS3_CONTACT)
        slot.empty()
        assert told.get(timeout=2) == CardEvent(False, READER, "cps3", pcsc.CPS3_CONTACT)
    assert told.empty()


def test_a_card_already_there_comes_first_and_another_replaces_it(slot: Slot, profile: Profile) -> None:
    told: queue.Queue[CardEvent] = queue.Queue()
    slot.put(profile)
    with CardMonitor(told.put):
        assert told.get(timeout=2).card == "cps3"
        slot.put(profile, Knobs(atr=CPS4_ATR))
        assert [(e.inserted, e.card) for e in (told.get(timeout=2), told.get(timeout=2))] == [
            (False, "cps3"),
            (True, "cps4"),
        ]


def test_a_service_that_ends_takes_the_cards_away_and_gives_them_back(
    daemon: Pcscd, slot: Slot, profile: Profile
) -> None:
    told: queue.Queue[CardEvent] = queue.Queue()
    slot.put(profile)
    with CardMonitor(told.put):
        assert told.get(timeout=2).inserted
        daemon.stop()
        assert not told.get(timeout=3).inserted
        daemon.start()
        assert told.get(timeout=5).inserted

"""A CPS3 through pcscd: what is read without a PIN, the PIN and its tries, signing, and every way it can go wrong."""

import os
from dataclasses import replace

import pytest
from cps_card import pcsc
from cps_card.card import proves
from cps_card.errors import (
    ApduFailed,
    CardBusy,
    CardRemoved,
    CardUnavailable,
    CardUnreadable,
    LastTry,
    PinBlocked,
    PinFormat,
    PinRequired,
    PinWrong,
    UnknownCard,
)
from cps_card.simulator.engine import Knobs, VirtualCps
from cps_card.simulator.files import File, Folder, Profile
from cps_card.simulator.pki import Holder, Igc

from tests.peers.pcscd import READER
from tests.smartcard.conftest import Slot


def test_what_is_read_without_a_pin(card: VirtualCps, holder: Holder, igc: Igc) -> None:
    with pcsc.opened(READER) as mine:
        found = {one.label: one for one in mine.certificates()}
        assert mine.authentication() == holder.authentication
        assert mine.serial() == "8025000001000000123F"
        assert mine.tries_left() == 3
    assert found["Certificat de signature"].certificate == holder.signature
    assert found["AC IGC-SANTE"].certificate == igc.persons.certificate
    assert [one.is_authority for one in found.values()] == [False, False, True]
    assert card.knobs.counters["verify"] == 0


def test_a_signature_proves_the_holder(card: VirtualCps, holder: Holder) -> None:
    challenge = os.urandom(32)
    with pcsc.opened() as mine:
        signature = mine.sign(challenge, "1234")
    assert proves(holder.authentication, challenge, signature)
    assert not proves(holder.authentication, challenge + b"x", signature)
    assert not proves(holder.signature, challenge, signature)


def test_after_a_signature_the_card_is_shut(card: VirtualCps) -> None:
    with pcsc.opened() as mine:
        mine.sign(b"x", "1234")
        assert not card.verified
        with pytest.raises(PinRequired):
            mine.sign(b"x", None)
        mine.sign(b"y", "1234")
    assert card.knobs.counters["sign"] == 2


def test_another_program_finds_the_card_shut(card: VirtualCps) -> None:
    with pcsc.opened() as other, pcsc.opened() as mine:
        mine.verify_pin("1234")
        with pytest.raises(PinRequired):
            other.sign(b"x", None)
        assert other.tries_left() == 3


def test_wrong_pins_are_counted_and_the_last_try_is_kept(card: VirtualCps) -> None:
    with pcsc.opened() as mine:
        for left in (2, 1):
            with pytest.raises(PinWrong) as info:
                mine.verify_pin("9999")
            assert info.value.tries_left == left
        for _ in range(3):
            with pytest.raises(LastTry):
                mine.verify_pin("1234")
            with pytest.raises(LastTry):
                mine.sign(b"x", "1234")
        assert (mine.tries_left(), card.knobs.counters["verify"]) == (1, 2)
        with pytest.raises(PinBlocked):
            mine.verify_pin("9999", last_try=True)
        with pytest.raises(PinBlocked):
            mine.sign(b"x", "1234", last_try=True)
        assert mine.tries_left() == 0
    assert card.knobs.counters["verify"] == 3


def test_a_right_last_try_gives_every_try_back(slot: Slot, profile: Profile) -> None:
    card = slot.put(profile, Knobs(tries=1))
    with pcsc.opened() as mine:
        mine.verify_pin("1234", last_try=True)
        assert mine.tries_left() == 3
    assert card.knobs.counters["verify"] == 1


@pytest.mark.parametrize("pin", ["", "123", "123456789", "12a4", "١٢٣٤", "1234 ", "12\x004", "²345"])
def test_what_is_no_pin_never_reaches_the_card(card: VirtualCps, pin: str) -> None:
    with pcsc.opened() as mine:
        with pytest.raises(PinFormat):
            mine.verify_pin(pin)
        with pytest.raises(PinFormat):
            mine.sign(b"x", pin)
    assert (card.knobs.counters["verify"], card.knobs.counters["read"]) == (0, 0)


def test_the_cards_own_bounds_of_the_pin_count(slot: Slot, profile: Profile) -> None:
    card = slot.put(replace(profile, shortest_pin=6))
    with pcsc.opened() as mine, pytest.raises(PinFormat):
        mine.verify_pin("1234")
    assert card.knobs.counters["verify"] == 0


def test_a_card_without_pin_signs(slot: Slot, profile: Profile, holder: Holder) -> None:
    card = slot.put(replace(profile, wants_pin=False))
    with pcsc.opened() as mine:
        assert mine.tries_left() is None
        assert proves(holder.authentication, b"x", mine.sign(b"x", None))
    assert card.knobs.counters["verify"] == 0


def test_somebody_elses_pin_does_not_hide_the_last_try(slot: Slot, profile: Profile) -> None:
    card = slot.put(profile)
    scard = pcsc.library()
    with pcsc.context(scard) as ctx:
        number, held, _ = scard.SCardConnect(ctx, READER, scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_T0)
        scard.SCardTransmit(held, scard.SCARD_PCI_T0, list(bytes.fromhex("0020000104") + b"1234"))
        assert number == 0
        assert card.verified
        card.knobs.tries = 1
        with pcsc.opened() as mine:
            assert mine.tries_left() is None
            with pytest.raises(LastTry):
                mine.sign(b"x", "9999")
        scard.SCardDisconnect(held, scard.SCARD_LEAVE_CARD)
    assert card.knobs.tries == 1


def test_a_program_that_keeps_the_card_is_waited_for_and_then_said(card: VirtualCps) -> None:
    with pcsc.opened() as other, pcsc.opened(patience_s=0.3) as mine:
        with other._transport.alone(reset=False), pytest.raises(CardBusy):
            mine.serial()
        with pytest.raises(CardUnavailable):
            mine.serial()
        assert other.serial()
    with pcsc.opened() as again:
        assert again.serial()


def test_a_card_taken_out_between_two_questions(slot: Slot, card: VirtualCps) -> None:
    with pcsc.opened() as mine:
        mine.authentication()
        slot.empty()
        with pytest.raises(CardRemoved):
            mine.sign(b"x", "1234")
        with pytest.raises(CardUnavailable):
            mine.tries_left()


def test_a_card_taken_out_while_it_answers(slot: Slot, card: VirtualCps) -> None:
    def leave(_: object) -> tuple[bytes, int]:
        inserted._ending.set()
        assert inserted._link is not None
        inserted._link.close()
        return b"", 0x9000

    inserted = slot._inserted
    assert inserted is not None
    card._table[0x22] = leave
    with pcsc.opened() as mine, pytest.raises(CardRemoved):
        mine.sign(b"x", "1234")
    slot.empty()


@pytest.mark.parametrize(("ins", "status"), [(0x88, 0x6F00), (0x22, 0x6A88), (0x20, 0x6985), (0xB0, 0x6982)])
def test_a_refused_command_is_named(card: VirtualCps, ins: int, status: int) -> None:
    card.knobs.faults = {ins: status}
    with pcsc.opened() as mine, pytest.raises(ApduFailed) as info:
        mine.sign(b"x", "1234")
    assert (info.value.ins, info.value.sw) == (ins, status)


def test_a_card_that_asks_for_the_pin_after_it(card: VirtualCps) -> None:
    card.knobs.faults = {0x88: 0x6982}
    with pcsc.opened() as mine, pytest.raises(PinRequired):
        mine.sign(b"x", "1234")


def test_a_card_of_the_right_look_without_the_application(card: VirtualCps) -> None:
    card.knobs.faults = {0xA4: 0x6A82}
    with pcsc.opened() as mine, pytest.raises(UnknownCard):
        mine.authentication()


@pytest.mark.parametrize(
    ("fid", "data"),
    [
        (0x5031, b""),
        (0x5031, b"\xa8\x82\xff\xff"),
        (0x4402, b"\x30\x03\x30\x01"),
        (0x4404, b"\x30\x06\x30\x00\x30\x00\x30\x00"),
        (0x4404, b"\x1f\xff\xff\xff\xff\xff\xff"),
        (0x4401, b""),
    ],
)
def test_a_directory_that_makes_no_sense(card: VirtualCps, fid: int, data: bytes) -> None:
    app = card._master.inside[0x0001]
    assert isinstance(app, Folder)
    app.inside[fid] = File(fid, data)
    with pcsc.opened() as mine, pytest.raises(CardUnreadable):
        mine.sign(b"x", "1234")
    assert card.knobs.counters["verify"] == 0


def test_a_card_that_never_ends_its_answer(card: VirtualCps) -> None:
    def endless(_: object) -> tuple[bytes, int]:
        card._table[0xC0] = lambda _: (bytes(16), 0x61FF)
        return b"", 0x61FF

    card._table[0x88] = endless
    with pcsc.opened() as mine, pytest.raises(ApduFailed):
        mine.sign(b"x", "1234")

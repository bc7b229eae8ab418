"""The virtual card itself: its commands by the byte, the programs of OpenSC, and its own process."""

import hashlib
import os
import signal
import struct
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from cps_card import pcsc
from cps_card.crls import CrlFolder
from cps_card.iasecc import CONTACT_AID
from cps_card.simulator import last_round
from cps_card.simulator.engine import VirtualCps
from cps_card.simulator.files import Profile
from cps_card.simulator.last_round import finished
from cps_card.simulator.pki import PERSONS, Holder
from cps_card.tlv import build
from cps_card.trust import TrustPolicy, authorities
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.conftest import require
from tests.peers.dcmtk import run
from tests.peers.pcscd import Pcscd
from tests.smartcard.conftest import Slot

INITIAL = struct.pack(
    ">8I", 0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19
)
SELECT = bytes([0, 0xA4, 4, 4, len(CONTACT_AID)]) + CONTACT_AID


@pytest.mark.parametrize("size", [0, 1, 55, 56, 63, 64, 65, 119, 120, 200])
def test_the_last_round_ends_any_hash(size: int) -> None:
    message = bytes(range(256))[:size]
    assert finished(INITIAL, 0, message) == hashlib.sha256(message).digest()


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("00", 0x6700),
        ("00A4", 0x6700),
        ("00A40000053F", 0x6700),
        ("80A4000000", 0x6E00),
        ("00FF000000", 0x6D00),
        ("00A4000002FFFF", 0x6A82),
        ("00A4070002FFFF", 0x6A86),
        ("00B0000010", 0x6986),
        ("00B09F0010", 0x6A82),
        ("0020000500", 0x6A88),
        ("0020000100", 0x63C3),
        ("00200001" + "0431323333", 0x63C2),
        ("0088000004AABBCCDD", 0x6985),
        ("00C0000010", 0x6985),
        ("002241A406840199800102", 0x6A88),
        ("002A9E9A00", 0x6985),
        ("00CB3FFF00", 0x6A88),
    ],
)
def test_each_command_refuses_in_its_own_words(profile: Profile, command: str, status: int) -> None:
    card = VirtualCps(profile)
    assert int.from_bytes(card.transmit(bytes.fromhex(command))[-2:], "big") == status


def test_what_lies_behind_the_pin(profile: Profile) -> None:
    card = VirtualCps(profile)
    card.transmit(SELECT)
    card.transmit(bytes.fromhex("00A4000002D120"))
    assert card.transmit(bytes.fromhex("00B0000040")) == b"\x69\x82"
    card.transmit(bytes.fromhex("0020000104") + b"1234")
    assert b"SA07" in card.transmit(bytes.fromhex("00B0000008"))
    card.reset()
    assert not card.verified


def test_a_file_ends_where_it_ends(profile: Profile) -> None:
    card = VirtualCps(profile)
    whole = card.transmit(bytes.fromhex("00B09C0000"))
    assert whole[-2:] == b"\x62\x82"
    assert whole[:-2] == bytes.fromhex("5A0A8025000001000000123F")
    assert card.transmit(bytes.fromhex("00B0010010")) == b"\x6b\x00"


@pytest.mark.parametrize("size", [20, 64, 200])
def test_the_other_key_signs_a_document_whose_last_round_is_the_cards(
    profile: Profile, holder: Holder, size: int
) -> None:
    card, document = VirtualCps(profile), bytes(range(size))
    done = (size - 1) // 64 * 64
    state = finished_rounds(document[:done])
    parts = build(0x90, state + (done * 8).to_bytes(8, "big")) if done else build(0x90)
    parts += build(0x80, document[done:])
    sent = [
        SELECT,
        bytes.fromhex("002241B606840182800142"),
        bytes.fromhex("002241AA03800140"),
        bytes([0, 0x2A, 0x90, 0xA0, len(parts)]) + parts,
        bytes.fromhex("0020000104") + b"1234",
    ]
    assert [card.transmit(one)[-2] for one in sent] == [0x61, 0x90, 0x90, 0x90, 0x90]
    signature = card.transmit(bytes.fromhex("002A9E9A00"))
    key = holder.signature.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(signature[:-2], document, padding.PKCS1v15(), hashes.SHA256())
    assert not card.verified
    assert card.transmit(bytes.fromhex("002A9E9A00"))[-2:] == b"\x69\x85"


def finished_rounds(blocks: bytes) -> bytes:
    """Return the state of SHA-256 after whole blocks, by the simulator's own rounds."""
    state = list(struct.unpack(">8I", INITIAL))
    for at in range(0, len(blocks), 64):
        state = last_round._round(state, blocks[at : at + 64], last_round._roots())
    return struct.pack(">8I", *state)


def test_opensc_lists_the_card(slot: Slot, profile: Profile) -> None:
    slot.put(profile)
    done = run(require("pkcs15-tool"), "-D")
    for word in ("CPS_ACTIVITY_01_PS", "Code porteur", "Certificat d'authentification", "Cle de signature"):
        assert word in done.output


def test_a_card_of_its_own_process(slot: Slot, daemon: Pcscd, tmp_path: Path) -> None:
    slot.empty()
    command = [sys.executable, "-m", "cps_card.simulator", "--port", str(daemon.port), "--number", "899700366249"]
    folders = ["--authorities", str(tmp_path / "authorities"), "--crl", str(tmp_path / "lists")]
    paths = str(Path.cwd() / "smartcard")
    with subprocess.Popen(
        [*command, *folders], stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": paths}
    ) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == b"ready\n"
            slot.wait(present=True)
            with pcsc.opened() as mine:
                shown = mine.authentication()
                assert mine.sign(b"x", "1234")
            policy = TrustPolicy(
                authorities(tmp_path / "authorities"), CrlFolder(tmp_path / "lists"), issuers=(PERSONS,)
            )
            found = policy.verify(shown, shown.not_valid_before_utc + timedelta(days=1))
            assert found.identity.rpps == "99700366249"
        finally:
            child.send_signal(signal.SIGTERM)
            assert child.wait(10) == 0
            slot.wait(present=False)

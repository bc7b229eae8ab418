"""``negatoscope card`` on the real PC/SC stack: what is said, what is kept quiet, how it exits."""

import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cps_card import errors
from cps_card.certificate import PROFESSIONS
from cps_card.simulator.__main__ import write
from cps_card.simulator.engine import Knobs, VirtualCps
from cps_card.simulator.files import Profile
from cps_card.simulator.pki import PERSONS, CrlWanted, Holder, Igc, organisation
from cps_card.trust import Cause
from cryptography.hazmat.primitives.serialization import Encoding
from typer.testing import CliRunner, Result

from appliance.cli import application
from appliance.contract.words import Words
from tests.peers.pcscd import READER
from tests.smartcard.conftest import Slot

Ask = Callable[..., Result]


@pytest.fixture
def folders(igc: Igc, tmp_path: Path) -> tuple[str, ...]:
    """Options that make the test IGC believed."""
    write(igc, tmp_path / "authorities", tmp_path / "lists")
    said = ("--authorities", str(tmp_path / "authorities"), "--lists", str(tmp_path / "lists"), "--issuer", PERSONS)
    (tmp_path / "n.toml").write_text(f'state_dir = "{tmp_path}"\n')
    return (*said, "--config", str(tmp_path / "n.toml"))


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Ask:
    monkeypatch.setenv("NEGATOSCOPE_LANG", "fr")

    def asked(*said: str, typed: str = "") -> Result:
        return CliRunner().invoke(application(["card"]), ["card", *said], input=typed)

    return asked


def test_readers_are_listed(ask: Ask, card: VirtualCps) -> None:
    assert json.loads(ask("list", "--json").stdout)[0] == {
        "name": READER,
        "state": "cps3",
        "atr": "3BAC00402A001225006480000310009000",
    }
    said = ask("list").stdout
    assert "carte CPS3" in said
    assert "vide" in said


def test_a_card_is_read_without_a_pin(ask: Ask, card: VirtualCps, holder: Holder) -> None:
    said = ask("read")
    assert said.exit_code == 0, said.output
    for word in ("899700366240", "DOC0036624 KIT", "Médecin (10)", "8025000001000000123F", PERSONS):
        assert word in said.stdout
    found = json.loads(ask("read", "--reader", READER, "--json").stdout)
    assert (found["identity"]["rpps"], found["identity"]["kind"], found["tries_left"]) == ("99700366240", "rpps", 3)
    assert found["identity"]["not_after"] == holder.authentication.not_valid_after_utc.isoformat()
    assert card.knobs.counters["verify"] == 0
    assert PROFESSIONS["médecin"] == found["identity"]["profession_code"]


def test_a_card_that_would_be_accepted(ask: Ask, card: VirtualCps, folders: tuple[str, ...]) -> None:
    said = ask("check", *folders)
    assert said.exit_code == 0, said.output
    assert "Acceptée" in said.stdout
    found = json.loads(ask("check", "--json", *folders).stdout)
    assert (found["trusted"], found["cause"], found["signature"]) == (True, "", None)
    assert card.knobs.counters["verify"] == 0


def test_without_authorities_it_would_not(ask: Ask, card: VirtualCps, folders: tuple[str, ...]) -> None:
    said = ask("check", "--json", *folders[-2:])
    assert (said.exit_code, json.loads(said.stdout)["cause"]) == (1, "wrong_issuer")
    said = ask("check", "--json", "--issuer", PERSONS, *folders[-2:])
    assert (said.exit_code, json.loads(said.stdout)["cause"]) == (1, "untrusted")
    assert json.loads(said.stdout)["identity"]["rpps"] == "99700366240"


def test_a_revoked_card(ask: Ask, igc: Igc, card: VirtualCps, holder: Holder, folders: tuple[str, ...]) -> None:
    revoked = igc.persons.crl(CrlWanted((holder.authentication.serial_number,)))
    (Path(folders[3]) / "personnes.crl").write_bytes(revoked.public_bytes(Encoding.DER))
    said = ask("check", *folders)
    assert said.exit_code == 1
    assert "révoquée" in said.stdout


def test_an_organisations_card(ask: Ask, slot: Slot, igc: Igc, profile: Profile, folders: tuple[str, ...]) -> None:
    slot.put(replace(profile, holder=igc.holder(organisation("1630000123", "www.example.org"))))
    found = ask("check", "--json", *folders)
    assert (found.exit_code, json.loads(found.stdout)["cause"]) == (1, "organisation")


def test_a_pin_proves_the_holder(ask: Ask, card: VirtualCps, folders: tuple[str, ...]) -> None:
    said = ask("check", "--sign", *folders, typed="1234\n")
    assert said.exit_code == 0, said.output
    assert "3 essais restants" in said.stderr
    assert "signature vérifiée" in said.stdout
    assert (card.knobs.counters["verify"], card.verified) == (1, False)


def test_a_wrong_pin_and_what_is_none(ask: Ask, card: VirtualCps, folders: tuple[str, ...]) -> None:
    said = ask("check", "--sign", *folders, typed="9999\n")
    assert (said.exit_code, said.stdout.strip()) == (1, "")
    assert "2 essais restants" in said.stderr
    said = ask("check", "--sign", "--json", *folders, typed="12\n")
    assert said.exit_code == 1
    assert json.loads(said.stderr[said.stderr.index("{") :])["error"] == "pin_format"
    assert card.knobs.tries == 2


def test_the_last_try_is_risked_only_when_told(
    ask: Ask, slot: Slot, profile: Profile, folders: tuple[str, ...]
) -> None:
    card = slot.put(profile, Knobs(tries=1))
    said = ask("check", "--sign", *folders, typed="1234\n")
    assert said.exit_code == 1
    assert "--last-try" in said.stderr
    assert card.knobs.counters["verify"] == 0
    said = ask("check", "--sign", "--last-try", *folders, typed="1234\n")
    assert said.exit_code == 0, said.output
    assert "1 essai restant" in said.stderr
    card.knobs.tries = 0
    said = ask("check", "--sign", "--last-try", *folders, typed="1234\n")
    assert said.exit_code == 1
    assert "bloqué" in said.stderr


def test_the_pin_is_never_shown(card: VirtualCps, folders: tuple[str, ...]) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "appliance.cli", "card", "check", "--sign", *folders]
    paths = os.pathsep.join([str(Path.cwd()), str(Path.cwd() / "smartcard")])
    child = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": paths, "NEGATOSCOPE_LANG": "en"},
    )
    os.close(theirs)
    try:
        # What is typed before the terminal is silent is thrown away: its last blank says that it is.
        shown = told(ours, until=b"tries left): ")
        os.write(ours, b"1234\n")
        shown += told(ours)
    finally:
        os.close(ours)  # hangs up on the child, should it still wait
    assert child.wait(20) == 0, shown
    assert b"signature verified" in shown
    assert b"1234" not in shown.replace(b"8025000001000000123F", b"")


def told(terminal: int, until: bytes = b"") -> bytes:
    """Return what is shown until these words, or until the other end closes."""
    shown = b""
    while not until or not shown.endswith(until):
        assert select.select([terminal], [], [], 20)[0], shown
        try:
            part = os.read(terminal, 1000)
        except OSError:  # the other end closed
            break
        shown += part
    return shown


def test_an_empty_reader_is_said(ask: Ask, slot: Slot, folders: tuple[str, ...]) -> None:
    slot.empty()
    for said in (ask("read"), ask("check", *folders)):
        assert (said.exit_code, said.stdout) == (2, "")
        assert "insérer la carte" in said.stderr
    assert json.loads(ask("read", "--json", "--module", "/nowhere.so").stderr)["error"] == "module"


def _causes() -> list[str]:
    kinds, found = [errors.CardError], []
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        found += [kind.cause] if kind not in _PARENTS else []
    return sorted(set(found))


_PARENTS = (errors.CardError, errors.PinRefused, errors.LibraryMissing, errors.CertificateRejected)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_cause_has_its_words(language: str) -> None:
    say = Words(language)
    faults = [*_causes(), "pyscard_missing", "pkcs11_missing", "pin_wrong_tries"]
    assert [one for one in faults if not say.has(f"card.fault.{one}")] == []
    assert [one for one in Cause if not say.has(f"card.cause.{one}")] == []
    assert len(faults) > 15

"""A card by PKCS#11: the virtual CPS3 through OpenSC, and SoftHSM's token in the place of a CPS4."""

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from cps_card import pkcs11
from cps_card.card import proves
from cps_card.errors import (
    CardUnavailable,
    CardUnreadable,
    LastTry,
    LibraryMissing,
    ModuleRefused,
    NoCard,
    PinBlocked,
    PinFormat,
    PinRequired,
    PinWrong,
)
from cps_card.simulator.engine import VirtualCps
from cps_card.simulator.pki import Holder, Igc, Wanted, person
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.conftest import require
from tests.peers.dcmtk import run
from tests.peers.pcscd import Pcscd
from tests.smartcard.aside import Aside
from tests.smartcard.conftest import Slot

PLACES = [Path("/usr/lib"), *Path("/usr/lib").glob("*-linux-gnu")]


def module(name: str, package: str) -> Path:
    """Return a PKCS#11 module of Debian, or skip by its package's name."""
    pytest.importorskip("pkcs11", reason="python-pkcs11 is missing (./check installs it beside pyscard)")
    for place in PLACES:
        if (place / name).exists():
            return place / name
    pytest.skip(f"{name} is missing (apt install {package})")


@pytest.fixture(scope="module")
def opensc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    config = tmp_path_factory.mktemp("opensc") / "opensc.conf"
    config.write_text("app default { debug = 0; framework pkcs15 { use_file_caching = no; } }\n")
    os.environ["OPENSC_CONF"] = str(config)
    return module("opensc-pkcs11.so", "opensc-pkcs11")


@pytest.fixture(scope="module")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SoftHSM with three tokens: ``CPS4`` (RSA), ``COURBE`` (elliptic curve), ``VIDE`` (nothing in it)."""
    found = module("softhsm/libsofthsm2.so", "softhsm2")
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    return found


@pytest.fixture(scope="module")
def tokens(
    softhsm: Path, igc: Igc, holder: Holder, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, x509.Certificate]:
    folder = tmp_path_factory.mktemp("keys")
    curve = ec.generate_private_key(ec.SECP256R1())
    on_curve = igc.persons.issue(Wanted(person("899700366240", "DOC0036624", "KIT"), curve.public_key()))
    filled = {"CPS4": (holder.authentication, holder.authentication_key), "COURBE": (on_curve, curve)}
    for label in (*filled, "VIDE"):
        util("--init-token", "--free", "--label", label, "--so-pin", "87654321", "--pin", "1234")
    for label, (certificate, key) in filled.items():
        pem = folder / f"{label}.pem"
        pem.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        util("--import", pem, "--token", label, "--label", "Authentification", "--id", "E1", "--pin", "1234")
        write(softhsm, label, igc.persons.certificate, "CA", folder)
        write(softhsm, label, holder.signature, "E2", folder)
        write(softhsm, label, certificate, "E1", folder)
    return {label: certificate for label, (certificate, _) in filled.items()}


def util(*arguments: str | Path) -> None:
    done = run(require("softhsm2-util"), *arguments)
    assert done.code == 0, done.output


def write(softhsm: Path, label: str, certificate: x509.Certificate, iid: str, folder: Path) -> None:
    der = folder / "certificate.der"
    der.write_bytes(certificate.public_bytes(Encoding.DER))
    place = ("--module", softhsm, "--token-label", label, "--login", "--pin", "1234")
    done = run(require("pkcs11-tool"), *place, "--write-object", der, "--type", "cert", "--id", iid, "--label", iid)
    assert done.code == 0, done.output


@pytest.fixture(scope="module")
def opensc_alone(opensc: Path, daemon: Pcscd) -> Iterator[Aside]:
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        pool.submit(int).result(20)
        yield Aside(opensc, pool)


@pytest.fixture
def by_opensc(opensc_alone: Aside, card: VirtualCps) -> Aside:
    return opensc_alone


LAST = {"last_try": True}


def test_opensc_reads_the_virtual_card(by_opensc: Aside, holder: Holder, igc: Igc, card: VirtualCps) -> None:
    listed, mine, serial = by_opensc.ask(("certificates",), ("authentication",), ("serial",))
    assert listed == {
        "Certificat d'authentification": (False, holder.authentication.public_bytes(Encoding.DER)),
        "Certificat de signature": (False, holder.signature.public_bytes(Encoding.DER)),
        "AC IGC-SANTE": (True, igc.persons.certificate.public_bytes(Encoding.DER)),
    }
    assert mine == holder.authentication.public_bytes(Encoding.DER)
    assert serial
    assert card.knobs.counters["verify"] == 0


def test_opensc_signs_with_the_virtual_card(by_opensc: Aside, holder: Holder, card: VirtualCps) -> None:
    (signature,) = by_opensc.ask(("sign", b"challenge", "1234"))
    assert proves(holder.authentication, b"challenge", signature)
    assert (card.knobs.counters["verify"], card.knobs.counters["sign"]) == (1, 1)


def test_opensc_counts_wrong_pins_and_the_last_try_is_kept(by_opensc: Aside, card: VirtualCps) -> None:
    wrong = ("verify_pin", "9999")
    said = by_opensc.ask(wrong, wrong, ("tries_left",), ("sign", b"x", "1234"))
    assert [type(one) for one in said] == [PinWrong, PinWrong, int, LastTry]
    assert (said[2], card.knobs.counters["verify"]) == (1, 2)
    said = by_opensc.ask((*wrong, LAST), ("sign", b"x", "1234", LAST))
    assert [type(one) for one in said] == [PinBlocked, PinBlocked]
    assert card.knobs.counters["verify"] == 3


@pytest.mark.parametrize("pin", ["", "123", "123456789", "12a4"])
def test_what_is_no_pin_never_reaches_the_token(by_opensc: Aside, card: VirtualCps, pin: str) -> None:
    assert isinstance(by_opensc.ask(("sign", b"x", pin))[0], PinFormat)
    assert card.knobs.counters["verify"] == 0


def test_without_a_keypad_a_pin_is_wanted(by_opensc: Aside) -> None:
    assert isinstance(by_opensc.ask(("sign", b"x", None))[0], PinRequired)


def test_a_card_taken_out_of_opensc(opensc_alone: Aside, slot: Slot, card: VirtualCps) -> None:
    going = opensc_alone.start(("authentication",), ("until_out",), ("sign", b"x", "1234"))
    reads = -1
    while not reads or reads != card.knobs.counters["read"]:
        reads = card.knobs.counters["read"]
        time.sleep(0.3)
    slot.empty()
    answers = going.result(20)
    assert isinstance(answers[0], bytes)
    assert answers[1] is True
    assert isinstance(answers[2], CardUnavailable)


def test_an_empty_reader_of_opensc(opensc_alone: Aside, slot: Slot) -> None:
    slot.empty()
    assert isinstance(opensc_alone.ask(("serial",))[0], NoCard)


@pytest.mark.parametrize("label", ["CPS4", "COURBE"])
def test_a_token_proves_its_holder(softhsm: Path, tokens: dict[str, x509.Certificate], label: str) -> None:
    with pkcs11.opened(softhsm, label) as found:
        assert found.authentication() == tokens[label]
        assert len(found.certificates()) == 3
        assert (bool(found.serial()), found.tries_left()) == (True, None)
        assert proves(tokens[label], b"challenge", found.sign(b"challenge", "1234"))
        with pytest.raises(PinWrong):
            found.sign(b"challenge", "4321")
        found.verify_pin("1234")


def test_a_token_without_certificate(softhsm: Path, tokens: dict[str, x509.Certificate]) -> None:
    with pkcs11.opened(softhsm, "VIDE") as found:
        assert found.certificates() == ()
        with pytest.raises(CardUnreadable):
            found.authentication()
    with pytest.raises(NoCard):
        pkcs11.opened(softhsm, "AILLEURS")


def test_modules_that_cannot_be_loaded(softhsm: Path, tmp_path: Path) -> None:
    (tmp_path / "text.so").write_text("no library")
    for path in (tmp_path / "none.so", tmp_path / "text.so", Path("/lib/x86_64-linux-gnu/libc.so.6")):
        with pytest.raises(ModuleRefused):
            pkcs11.opened(path)


def test_without_the_library_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(LibraryMissing) as info:
        pkcs11.opened()
    assert info.value.cause == "pkcs11_missing"

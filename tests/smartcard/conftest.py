"""Made-up cards: certificates as the IGC-Santé writes them, a virtual card on the real PC/SC stack."""

import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest
from cps_card.simulator.engine import Knobs, VirtualCps
from cps_card.simulator.files import Profile
from cps_card.simulator.pki import Holder, Igc, person
from cps_card.simulator.vpcd import VpcdCard
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID as N

from tests.conftest import require
from tests.peers import pcscd
from tests.peers.pcscd import Pcscd

NOW = datetime(2026, 11, 24, tzinfo=UTC)
FOLDER = Path(tempfile.gettempdir()) / f"pcscd-{os.getpid()}"
# The PC/SC library reads this once a process, at its first question: it must stand before any test.
os.environ[pcscd.SOCKET_VARIABLE] = str(pcscd.socket_in(FOLDER))
Rdn = list[tuple[x509.ObjectIdentifier, str]]
Maker = Callable[..., x509.Certificate]


def name(*rdns: Rdn) -> x509.Name:
    return x509.Name([x509.RelativeDistinguishedName([x509.NameAttribute(o, v) for o, v in rdn]) for rdn in rdns])


ISSUER = name(
    [(N.COUNTRY_NAME, "FR")],
    [(N.ORGANIZATION_NAME, "ASIP-SANTE")],
    [(N.ORGANIZATIONAL_UNIT_NAME, "IGC-SANTE TEST")],
    [(N.COMMON_NAME, "TEST AC IGC-SANTE FORT PERSONNES")],
)


@pytest.fixture(scope="session")
def certificate() -> Maker:
    key = ec.generate_private_key(ec.SECP256R1())

    def make(subject: x509.Name, issuer: x509.Name = ISSUER) -> x509.Certificate:
        builder = x509.CertificateBuilder(issuer, subject, key.public_key(), 0xC0FFEE)
        dated = builder.not_valid_before(NOW - timedelta(days=1)).not_valid_after(NOW + timedelta(days=900))
        return dated.sign(key, hashes.SHA256())

    return make


@pytest.fixture(scope="session")
def igc() -> Igc:
    """A test IGC of today: the virtual card is also read by programs whose clock is the machine's."""
    return Igc.made(datetime.now(UTC).replace(microsecond=0))


@pytest.fixture(scope="session")
def holder(igc: Igc) -> Holder:
    return igc.holder(person("899700366240", "DOC0036624", "KIT"))


@pytest.fixture(scope="session")
def profile(igc: Igc, holder: Holder) -> Profile:
    return Profile(holder, igc.persons.certificate)


@pytest.fixture(scope="module")
def daemon() -> Iterator[Pcscd]:
    """pcscd with a virtual reader; clients of this process and its children find it.

    One a module: it ends after a minute without clients, and a worker may be elsewhere between two modules.
    """
    if find_spec("smartcard.scard") is None:
        pytest.skip("pyscard is missing (apt install gcc swig libpcsclite-dev, then ./check)")
    if not pcscd.DRIVER.exists():
        pytest.skip("the virtual reader is missing (apt install vsmartcard-vpcd)")
    with pcscd.running(require("pcscd"), require("gcc"), FOLDER) as found:
        yield found


class Slot:
    """The virtual reader: puts cards in and waits, no longer than five seconds, until PC/SC knows."""

    def __init__(self, daemon: Pcscd) -> None:
        self._port = daemon.port
        self._inserted: VpcdCard | None = None

    def put(self, profile: Profile, knobs: Knobs | None = None) -> VirtualCps:
        """Put a new card in. One that lies there already is replaced without a gesture when it looks the same."""
        card = VirtualCps(profile, knobs)
        there = self._inserted
        if there is not None and there.card.knobs.atr == card.knobs.atr:
            there.card = card
            return card
        self.empty()
        self._inserted = VpcdCard(card, self._port)
        self._inserted.insert()
        self.wait(present=True)
        return card

    def empty(self) -> None:
        """Take the card out."""
        if self._inserted is not None:
            self._inserted.remove()
            self._inserted = None
            self.wait(present=False)

    def wait(self, *, present: bool) -> None:
        from cps_card import pcsc

        for _ in range(250):
            if (pcsc.readers()[0].state != "empty") is present:
                return
            time.sleep(0.02)
        raise TimeoutError("the virtual reader")


@pytest.fixture(scope="module")
def slot(daemon: Pcscd) -> Iterator[Slot]:
    found = Slot(daemon)
    yield found
    found.empty()


@pytest.fixture
def card(slot: Slot, profile: Profile) -> VirtualCps:
    """A physician's CPS3 in the reader, its PIN 1234, three tries, all counters at nought."""
    return slot.put(profile)


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    before = {one for one in threading.enumerate() if one.name != "virtual card"}
    yield
    deadline = time.monotonic() + 2
    while left := [one for one in threading.enumerate() if one not in before and one.name != "virtual card"]:
        assert time.monotonic() < deadline, left
        time.sleep(0.01)

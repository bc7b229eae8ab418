"""``python -m cps_card.simulator``: a made-up physician's card in the virtual reader until SIGTERM.

``--authorities`` and ``--crl`` write the made-up authority's certificates and lists where ``card check`` reads them.
"""

import argparse
import signal
import threading
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from cps_card.simulator.engine import Knobs, VirtualCps
from cps_card.simulator.files import Profile
from cps_card.simulator.pki import Igc, person
from cps_card.simulator.vpcd import PORT, VpcdCard


def main() -> None:
    """Put the card in, wait, take it out."""
    parser = argparse.ArgumentParser(prog="cps_card.simulator")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--pin", default="1234")
    parser.add_argument("--number", default="899700366240")
    parser.add_argument("--authorities", type=Path)
    parser.add_argument("--crl", type=Path)
    asked = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    igc = Igc.made(datetime.now(UTC).replace(microsecond=0))  # noqa: TID251
    write(igc, asked.authorities, asked.crl)
    holder = igc.holder(person(asked.number, "DOC0036624", "KIT"))
    card = VpcdCard(VirtualCps(Profile(holder, igc.persons.certificate), Knobs(pin=asked.pin)), asked.port)
    card.insert()
    print("ready", flush=True)  # noqa: T201
    ended.wait()
    card.remove()


def write(igc: Igc, authorities: Path | None, crl: Path | None) -> None:
    """Write certificates and lists of revocation as PEM files."""
    for name, one in (("racine", igc.top), ("personnes", igc.persons)):
        if authorities is not None:
            authorities.mkdir(parents=True, exist_ok=True)
            (authorities / f"{name}.pem").write_bytes(one.certificate.public_bytes(Encoding.PEM))
        if crl is not None:
            crl.mkdir(parents=True, exist_ok=True)
            (crl / f"{name}.crl").write_bytes(one.crl().public_bytes(Encoding.DER))


if __name__ == "__main__":
    main()

"""A hospital's folders of trust filled from the made-up IGC of `tests.smartcard.worlds`, and cards of it."""

from pathlib import Path
from urllib.parse import quote

from cps_card.simulator.pki import Authority, CrlWanted
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.smartcard.worlds import World

PERSONS = "TEST AC IGC-SANTE FORT PERSONNES"


class Trust:
    """The folders ``authorities`` and ``lists`` below ``folder`` (the state folder of a house)."""

    def __init__(self, folder: Path, world: World) -> None:
        self.world, self.lists = world, folder / "trust" / "lists"
        authorities = folder / "trust" / "authorities"
        for made in (authorities, self.lists):
            made.mkdir(parents=True, exist_ok=True)
        for n, one in enumerate(world.known):
            (authorities / f"{n}.pem").write_bytes(one.public_bytes(Encoding.PEM))
        for name, authority in self.authorities.items():
            self.publish(name, authority.crl())

    @property
    def authorities(self) -> dict[str, Authority]:
        world = self.world
        return {"top": world.top, "persons": world.persons, "organisations": world.organisations,
                "elementary": world.elementary}  # fmt: skip

    def publish(self, name: str, crl: x509.CertificateRevocationList) -> None:
        """Put a list in place, as the courier does: the file is another one each time."""
        beside = self.lists / f".{name}.new"
        beside.write_bytes(crl.public_bytes(Encoding.DER))
        beside.replace(self.lists / f"{name}.crl")

    def revoke(self, *certificates: x509.Certificate, until: float = 7) -> None:
        serials = tuple(one.serial_number for one in certificates)
        self.publish("persons", self.world.persons.crl(CrlWanted(serials, until=until)))


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def escaped(certificate: x509.Certificate) -> str:
    """The certificate as nginx writes it into a header (`$ssl_client_escaped_cert`)."""
    return quote(certificate.public_bytes(Encoding.PEM).decode())

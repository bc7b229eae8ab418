"""Cards of the authority that a demo made for itself."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cps_card.simulator.pki import Authority, CrlWanted, Wanted, person, rsa_key
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, load_pem_private_key, pkcs12

RPPS = "899700366240"


@dataclass(frozen=True)
class Issuer:
    """The authority that the demo made for itself, from outside."""

    folder: Path

    @property
    def authority(self) -> Authority:
        certificate = x509.load_pem_x509_certificate((self.folder / "authorities" / "personnes.pem").read_bytes())
        key = load_pem_private_key((self.folder / "personnes.key").read_bytes(), None)
        return Authority(certificate, key, datetime.now(UTC).replace(microsecond=0))

    def card(self, folder: Path, title: str = "Médecin") -> tuple[Path, x509.Certificate]:
        """A new card of the same person, as a PKCS#12 file."""
        key = rsa_key()
        one = self.authority.issue(Wanted(person(RPPS, "DOC0036624", "KIT", title), key.public_key()))
        path = folder / f"{one.serial_number:x}.p12"
        path.write_bytes(pkcs12.serialize_key_and_certificates(b"card", key, one, None, NoEncryption()))
        return path, one

    def revoke(self, *cards: x509.Certificate) -> None:
        crl = self.authority.crl(CrlWanted(tuple(one.serial_number for one in cards), since=0))
        beside = self.folder / "lists" / ".new"
        beside.write_bytes(crl.public_bytes(Encoding.DER))
        beside.replace(self.folder / "lists" / "personnes.crl")

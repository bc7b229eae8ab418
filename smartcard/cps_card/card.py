"""A health card, whichever way it is reached: what it can be asked, and what never depends on the way."""

from dataclasses import dataclass
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from cps_card.errors import PinFormat


@dataclass(frozen=True, slots=True)
class CardCertificate:
    """A certificate that lies on a card; ``is_authority`` for those of its issuers."""

    label: str
    id: bytes
    is_authority: bool
    certificate: x509.Certificate


class Card(Protocol):
    """A card by PC/SC (`cps_card.iasecc.CpsCard`) or by PKCS#11 (`cps_card.pkcs11.TokenCard`).

    Every method may raise `CardError`. ``last_try`` confirms that the last try may be used.
    """

    reader: str

    def certificates(self) -> tuple[CardCertificate, ...]:
        """Return every certificate of the card."""

    def authentication(self) -> x509.Certificate:
        """Return the certificate of the key that `sign` uses."""

    def serial(self) -> str:
        """Return the card's serial number, upper-case hexadecimal or as the token says it."""

    def tries_left(self) -> int | None:
        """Return how many wrong PINs the card still takes; None when it does not say."""

    def verify_pin(self, pin: str, *, last_try: bool = False) -> None:
        """Return when the PIN is right."""

    def sign(self, challenge: bytes, pin: str | None, *, last_try: bool = False) -> bytes:
        """Return the RSA PKCS#1 v1.5 SHA-256 signature of the challenge by the key of authentication."""

    def close(self) -> None:
        """Let go of the card."""


def proves(shown: x509.Certificate, challenge: bytes, signature: bytes) -> bool:
    """Whether ``signature`` is that of the challenge by the key of the certificate, SHA-256."""
    key = shown.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, challenge, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, challenge, ec.ECDSA(hashes.SHA256()))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def digits(pin: str, shortest: int = 4, longest: int = 8) -> bytes:
    """Return the PIN as the card takes it.

    Raises
    ------
    PinFormat
        Unless it is ASCII digits, as many as the bounds (closed) allow.
    """
    if not (pin.isascii() and pin.isdigit() and shortest <= len(pin) <= longest):
        raise PinFormat
    return pin.encode("ascii")

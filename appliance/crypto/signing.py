"""The key that seals the journal: Ed25519, of the admin service alone, made on first use."""

from functools import cached_property
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from appliance.crypto.keyed import load_key


class Ed25519Sealing:
    """`appliance.usecases.ports.Sealing`. The key is read when it is needed: other services never do."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(load_key(self._path))

    def sign(self, text: bytes) -> bytes:
        """Return the signature (64 bytes, RFC 8032); raise `Unavailable` ``key``."""
        return self._key.sign(text)

    def holds(self, text: bytes, signature: bytes) -> bool:
        """Whether this key signed it; raise `Unavailable` ``key``."""
        try:
            self._key.public_key().verify(signature, text)
        except InvalidSignature:
            return False
        return True

    def public(self) -> bytes:
        """Return the public key, PEM."""
        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

"""Passwords: Argon2id with the library's defaults (RFC 9106, second recommendation)."""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

_MOST_CHARACTERS = 1024


class Argon2Passwords:
    """`appliance.usecases.ports.Passwords`. An unknown account costs as much as a known one."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._nobody = self._hasher.hash("the password of nobody")

    def hash(self, password: str) -> str:
        """Return the encoded hash."""
        return self._hasher.hash(_prepared(password))

    def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password is right; None does the same work and says no."""
        try:
            self._hasher.verify(stored or self._nobody, _prepared(password))
        except (Argon2Error, InvalidHashError):
            return False
        return bool(stored)


def _prepared(password: str) -> bytes:
    """Return what is hashed: the same letters from every keyboard (RFC 8265 4.2.2), no more than anybody types."""
    return unicodedata.normalize("NFC", password[:_MOST_CHARACTERS]).encode("utf-8", "surrogatepass")

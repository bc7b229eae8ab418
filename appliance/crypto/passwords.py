"""Passwords: Argon2id with the library's defaults (RFC 9106, second recommendation)."""

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError


class Argon2Passwords:
    """`appliance.usecases.ports.Passwords`. An unknown account costs as much as a known one."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._nobody = self._hasher.hash("the password of nobody")

    def hash(self, password: str) -> str:
        """Return the encoded hash."""
        return self._hasher.hash(password)

    def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password is right; None does the same work and says no."""
        try:
            self._hasher.verify(stored or self._nobody, password[:1024])
        except (Argon2Error, InvalidHashError):
            return False
        return bool(stored)

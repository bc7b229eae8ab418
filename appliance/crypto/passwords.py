"""Passwords: Argon2id with the library's defaults (RFC 9106, second recommendation)."""

import unicodedata
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

_MOST_CHARACTERS = 1024


class Argon2Passwords:
    """`appliance.usecases.ports.Passwords`. An unknown account costs as much as a known one.

    Parameters
    ----------
    hasher
        Another cost than the library's.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()

    @cached_property
    def _nobody(self) -> str:
        # Not at construction: most processes that open the house never check a password.
        return self._hasher.hash("the password of nobody")

    def hash(self, password: str) -> str:
        """Return the encoded hash."""
        return self._hasher.hash(_prepared(password))

    def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password is right; None does the same work and says no."""
        nobody = self._nobody  # made by whoever comes first, known or not
        try:
            self._hasher.verify(stored or nobody, _prepared(password))
        except (Argon2Error, InvalidHashError):
            return False
        return bool(stored)


def _prepared(password: str) -> bytes:
    """Return what is hashed: the same letters from every keyboard (RFC 8265 4.2.2), no more than anybody types."""
    return unicodedata.normalize("NFC", password[:_MOST_CHARACTERS]).encode("utf-8", "surrogatepass")

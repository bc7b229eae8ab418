"""What every port speaks with: pages, time, randomness, the bell."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """A slice of a list: skip ``offset``, at most ``limit``."""

    offset: int = 0
    limit: int = 200


class Clock(Protocol):
    """The time, aware UTC."""

    def now(self) -> datetime: ...


class Doorbell(Protocol):
    """Rings when the database changed, from any process."""

    def wait(self, timeout_s: float) -> bool: ...


class Secrets(Protocol):
    """Randomness and keyed digests (`appliance.crypto`)."""

    def token(self) -> str:
        """Return 256 random bits, URL-safe text."""
        ...

    def hashed(self, token: str) -> bytes:
        """Return the SHA-256 digest under which a token is stored."""
        ...

    def random_bytes(self, count: int) -> bytes: ...
    def chance(self) -> float:
        """Return a number in [0, 1)."""
        ...

    def digits(self) -> str:
        """Return six random digits."""
        ...

    def digits_hash(self, digits: str, pending_hash: bytes) -> bytes:
        """Return the keyed digest of a one-time code, bound to the browser that asked."""
        ...

    def code_lookup(self, code: str) -> bytes:
        """Return HMAC-SHA256 of a share code, for look-up."""
        ...

    def seal(self, code: str) -> bytes:
        """Return the share code encrypted, for the reprint."""
        ...

    def unseal(self, cipher: bytes) -> str: ...
    def same(self, one: bytes, other: bytes) -> bool:
        """Compare in constant time."""
        ...

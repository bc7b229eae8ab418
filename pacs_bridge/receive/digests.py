"""Digests of a data set in one pass: of its pixels, and of all of it as the pair (what stands before them, pixels).

Hashing is the dearest thing done to every byte that arrives, so no byte is hashed twice.
"""

import hashlib
from collections.abc import Iterable


class Digests:
    """Fed with a data set from its first byte; ``pixels_at`` is the offset of the pixel data's tag in it, or None."""

    def __init__(self, pixels_at: int | None) -> None:
        self._left = pixels_at
        self._before, self._pixels = hashlib.sha256(), hashlib.sha256()

    def update(self, data: memoryview) -> None:
        """Take the next bytes."""
        if self._left is None:
            self._before.update(data)
            return
        if self._left:
            self._before.update(data[: self._left])
        if len(data) > self._left:
            self._pixels.update(data[self._left :])
        self._left = max(self._left - len(data), 0)

    @property
    def pixels(self) -> bytes:
        """SHA-256 of the pixel data element."""
        return self._pixels.digest()

    @property
    def whole(self) -> bytes:
        """SHA-256 of the digests of both parts: equal only for equal data sets."""
        return hashlib.sha256(self._before.digest() + self._pixels.digest()).digest()


def digested(pieces: Iterable[bytes], pixels_at: int | None) -> Digests:
    """Return the digests of a data set read piece by piece."""
    digests = Digests(pixels_at)
    for piece in pieces:
        digests.update(memoryview(piece))
    return digests

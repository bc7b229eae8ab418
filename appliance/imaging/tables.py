"""Lookup tables: stored values to modality values, to presentation values, to colours: PS3.3 C.11.1, C.11.2, C.7.9."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from appliance.domain.errors import Malformed
from appliance.imaging.arrays import Array

#: Entries of the longest table that a descriptor can speak of.
LONGEST = 1 << 16
_DISCRETE, _LINEAR, _INDIRECT = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Table:
    """Entries by input value: the first for `first` and all below, the last for all above."""

    first: int
    entries: Array
    bits: int
    """How many bits an entry has: the brightest is 2**bits - 1."""

    def applied(self, values: Array) -> Array:
        """Return the entries of `values`, ``uint16`` in the shape of `values`."""
        index = np.rint(values).astype(np.int64) - self.first
        found: Array = self.entries[np.clip(index, 0, len(self.entries) - 1)]
        return found


@dataclass(frozen=True, slots=True)
class Palette:
    """Three tables of a colour each."""

    red: Table
    green: Table
    blue: Table

    def applied(self, values: Array) -> Array:
        """Return ``uint8`` RGB, the colours last."""
        return np.stack([_eight_bits(t.applied(values), t.bits) for t in (self.red, self.green, self.blue)], axis=-1)


def table(first: int, words: Sequence[int] | Array, bits: int) -> Table:
    """Return a table; `bits` grows to what its entries need, for descriptors that say too little.

    Raises
    ------
    Malformed
        ``corrupt``: no entry, or one that is no 16-bit number.
    """
    entries = np.asarray(words, np.int64)
    if entries.ndim != 1 or not 0 < len(entries) <= LONGEST or entries.min() < 0 or entries.max() >= LONGEST:
        raise Malformed("corrupt")
    needed = max(int(entries.max()).bit_length(), 1)
    return Table(first, entries.astype(np.uint16), max(min(bits, 16), needed) if bits > 0 else 16)


def palette(red: Table, green: Table, blue: Table) -> Palette:
    """Return a palette. One that is said to be of 16 bits but never goes past 255 has entries of eight."""
    tables = (red, green, blue)
    brightest = max(int(t.entries.max()) for t in tables)
    bits = 8 if brightest < 256 else 16
    return Palette(*(Table(t.first, t.entries, bits) for t in tables))


def expanded(words: Sequence[int] | Array, length: int, word_bytes: int = 2) -> Array:
    """Return the `length` entries of a segmented table (PS3.3 C.7.9.2); raise `Malformed` ``corrupt``."""
    segments = _Segments([int(word) for word in words], length, word_bytes)
    segments.expand(0, LONGEST)
    if len(segments.entries) != length:
        raise Malformed("corrupt")
    return np.asarray(segments.entries, np.int64)


class _Segments:
    """A segmented table on its way to entries."""

    def __init__(self, words: list[int], length: int, word_bytes: int) -> None:
        self._words, self._length, self._word_bytes = words, length, word_bytes
        self.entries: list[int] = []

    def expand(self, at: int, segments: int, *, repeated: bool = False) -> None:
        """Append the entries of at most `segments` segments from the word `at`."""
        words = self._words
        while segments > 0 and at + 2 < len(words) and len(self.entries) < self._length:
            kind, count = words[at], words[at + 1]
            if kind == _DISCRETE:
                self.entries += words[at + 2:at + 2 + count]
                at += 2 + count
            elif kind == _LINEAR and self.entries:
                self.entries += _line(self.entries[-1], words[at + 2], count)
                at += 3
            elif kind == _INDIRECT and not repeated:  # a repetition of repetitions could go on for ever
                at = self._repeat(at + 2, count)
            else:
                raise Malformed("corrupt")
            segments -= 1

    def _repeat(self, at: int, segments: int) -> int:
        """Repeat the segments that the byte offset at the word `at` names; return the word behind it."""
        size = 4 // self._word_bytes
        offset = sum(word << (8 * self._word_bytes * n) for n, word in enumerate(self._words[at:at + size]))
        self.expand(offset // self._word_bytes, segments, repeated=True)
        return at + size


def _line(before: int, last: int, count: int) -> list[int]:
    return [round(before + (last - before) * step / count) for step in range(1, count + 1)]


def _eight_bits(entries: Array, bits: int) -> Array:
    return (entries >> max(bits - 8, 0)).astype(np.uint8)

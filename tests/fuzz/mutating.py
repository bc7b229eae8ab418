"""Hostile inputs by the hundred thousand: right ones, broken in the ways that parsers trip over.

The same at every run.
"""

import random
from collections.abc import Iterator, Sequence

WILD = (0, 1, 0x1B, 0x20, 0x5C, 0x5E, 0x7C, 0x7F, 0x80, 0xFF)
LENGTHS = (b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\xfe\xff\x00\xe0", b"\x7f\xff\xff\xff", b"\xff\xff")


def mutated(seeds: Sequence[bytes], count: int, seed: int = 7) -> Iterator[bytes]:
    """Yield `count` inputs made of the seeds: bits turned, pieces lost, doubled, swapped, lengths lied about."""
    chance = random.Random(seed)
    for number in range(count):
        data = bytearray(seeds[number % len(seeds)])
        for _ in range(chance.choice((1, 1, 1, 2, 4, 16))):
            _break(data, chance, seeds)
        yield bytes(data)


def _break(data: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> None:
    at = chance.randrange(len(data) + 1)
    what = chance.randrange(8)
    if what == 0 and data:
        data[at % len(data)] ^= 1 << chance.randrange(8)
    elif what == 1 and data:
        data[at % len(data)] = chance.choice(WILD)
    elif what == 2:
        del data[at : at + chance.randrange(1, 9)]
    elif what == 3:
        data[at:at] = bytes(chance.choices(WILD, k=chance.randrange(1, 9)))
    elif what == 4:
        data[at : at + 4] = chance.choice(LENGTHS)
    elif what == 5:
        del data[at:]
    elif what == 6:
        other = chance.choice(seeds)
        start = chance.randrange(len(other) + 1)
        data[at:at] = other[start : start + chance.randrange(64)]
    else:
        data[at:at] = data[at : at + chance.randrange(32)] * chance.randrange(1, 5)

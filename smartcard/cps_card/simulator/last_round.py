"""SHA-256 finished from an intermediate state (FIPS 180-4): IAS-ECC computes the last round on the card."""

import struct

_PRIMES = 64
_M = 0xFFFFFFFF


def _roots() -> tuple[int, ...]:
    """Return the 64 constants: first 32 bits of the fractional parts of the cube roots of the first primes."""
    primes: list[int] = []
    candidate = 2
    while len(primes) < _PRIMES:
        if all(candidate % p for p in primes):
            primes.append(candidate)
        candidate += 1
    return tuple(_cube_root(p << 96) & _M for p in primes)


def _cube_root(n: int) -> int:
    low, high = 0, 1 << (n.bit_length() // 3 + 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**3 <= n else (low, middle - 1)
    return low


def finished(state: bytes, hashed_bits: int, last: bytes) -> bytes:
    """Return the 32 bytes of the hash: ``state`` after ``hashed_bits`` bits, then the ``last`` bytes."""
    k = _roots()
    h = list(struct.unpack(">8I", state))
    rest = last + b"\x80"
    rest += bytes((56 - len(rest)) % 64) + struct.pack(">Q", hashed_bits + len(last) * 8)
    for at in range(0, len(rest), 64):
        h = _round(h, rest[at : at + 64], k)
    return struct.pack(">8I", *h)


def _turned(x: int, n: int) -> int:
    return (x >> n | x << (32 - n)) & _M


def _round(h: list[int], block: bytes, k: tuple[int, ...]) -> list[int]:
    w = list(struct.unpack(">16I", block))
    for i in range(16, 64):
        s0 = _turned(w[i - 15], 7) ^ _turned(w[i - 15], 18) ^ w[i - 15] >> 3
        s1 = _turned(w[i - 2], 17) ^ _turned(w[i - 2], 19) ^ w[i - 2] >> 10
        w.append((w[i - 16] + s0 + w[i - 7] + s1) & _M)
    v = list(h)
    for i in range(64):
        a, b, c, d, e, f, g, last = v
        one = last + (_turned(e, 6) ^ _turned(e, 11) ^ _turned(e, 25)) + (e & f ^ ~e & g) + k[i] + w[i]
        two = (_turned(a, 2) ^ _turned(a, 13) ^ _turned(a, 22)) + (a & b ^ a & c ^ b & c)
        v = [(one + two) & _M, a, b, c, (d + one) & _M, e, f, g]
    return [(x + y) & _M for x, y in zip(h, v, strict=True)]

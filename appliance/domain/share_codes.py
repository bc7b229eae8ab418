"""The share code (R-C): 29 symbols without look-alikes, seven free and one check character.

``c8`` = symbol of Σ i·v(ci), i = 1..7, mod 29: it catches every single substitution and every swap of
neighbours. 34 bits.
"""

import re
from collections.abc import Iterable
from typing import NewType

from appliance.domain.errors import Malformed

ShareCode = NewType("ShareCode", str)

ALPHABET = "23456789ABCDEFGHJKMNPQRTUVWXY"
_BASE = len(ALPHABET)
_LENGTH = 8
# The largest multiple of 29 in a byte: bytes above it would favour the first symbols.
_FAIR = 256 - 256 % _BASE


def check_character(seven: str) -> str:
    """Return the eighth character of seven symbols of the alphabet."""
    return ALPHABET[sum(i * ALPHABET.index(c) for i, c in enumerate(seven, 1)) % _BASE]


def normal(text: str) -> str:
    """Return what was typed in upper case, letters and digits only, S read as 5 and Z as 2."""
    return re.sub(r"[^0-9A-Z]", "", text.upper()).replace("S", "5").replace("Z", "2")


def parse(text: str) -> ShareCode:
    """Return the code that was typed.

    Raises
    ------
    Malformed
        ``code_length``; ``code_alien`` for 0 O 1 I L, which no code has; ``code_slip`` when the check character
        does not hold. None of them counts as an attempt.
    """
    typed = normal(text[:64])
    if any(c not in ALPHABET for c in typed):
        raise Malformed("code_alien")
    if len(typed) != _LENGTH:
        raise Malformed("code_length")
    if check_character(typed[:7]) != typed[7]:
        raise Malformed("code_slip")
    return ShareCode(typed)


def from_random(source: Iterable[int]) -> ShareCode:
    """Return a code drawn from random bytes; bytes that would favour a symbol are passed over.

    Raises
    ------
    Malformed
        ``randomness`` when the source ends first: give 32 bytes or more.
    """
    fair = [ALPHABET[b % _BASE] for b in source if b < _FAIR][:7]
    if len(fair) < _LENGTH - 1:
        raise Malformed("randomness")
    seven = "".join(fair)
    return ShareCode(seven + check_character(seven))


def grouped(code: str) -> str:
    """Return the code in two groups, joined by a no-break space, as people read it."""
    return f"{code[:4]}\u00a0{code[4:]}"

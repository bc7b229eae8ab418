"""What a password must be: the guide's classes, a length, a floor of strength, nothing that everybody tries first.

The strength is that of CNIL recommendation 2022-100: length × log2 of the size of the alphabet in use, counting what
only continues (``aaaa``, ``1234``, ``azerty``) for nothing. 50 bits are enough where attempts are limited (R-I).
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from appliance.domain.common_passwords import ROOTS
from appliance.domain.errors import Malformed

MOST_CHARACTERS = 128
_SHORT = 4
"""Fewer letters than this of a name or an address are no reason to refuse."""
_LEET = str.maketrans("0134578@$!€", "oieastbasie")
_ROWS = ("azertyuiop", "qsdfghjklm", "wxcvbn", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_CLASSES = ((str.islower, 26), (str.isupper, 26), (str.isdigit, 10))


class Rule(StrEnum):
    """One rule of the list that the page shows."""

    LENGTH = "length"
    DIGIT = "digit"
    LOWER = "lower"
    UPPER = "upper"
    STRENGTH = "strength"
    COMMON = "common"


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """Settings of the hospital. The floor stands whatever the length."""

    length: int = 12
    floor_bits: float = 50.0


def broken(password: str, own: Iterable[str], policy: PasswordPolicy) -> Sequence[Rule]:
    """Return the rules that the password breaks, in the order of the page.

    Parameters
    ----------
    own
        Names, addresses, numbers of the person: none of them may be the heart of the password.
    """
    met = {
        Rule.LENGTH: policy.length <= len(password) <= MOST_CHARACTERS,
        Rule.DIGIT: any(c.isdecimal() for c in password),
        Rule.LOWER: any(c.islower() for c in password),
        Rule.UPPER: any(c.isupper() for c in password),
        Rule.STRENGTH: bits(password) >= policy.floor_bits,
        Rule.COMMON: not is_common(password, own),
    }
    return [rule for rule in Rule if not met[rule]]


def check(password: str, own: Iterable[str], policy: PasswordPolicy) -> None:
    """Raise `Malformed` ``password_rules`` (fact ``rules``: those broken, spaced) when the password will not do."""
    wrong = broken(password, own, policy)
    if wrong:
        raise Malformed("password_rules", rules=" ".join(wrong))


def bits(password: str) -> float:
    """Return the strength in bits."""
    pool = sum(size for has, size in _CLASSES if any(has(c) for c in password))
    if any(not c.isalnum() for c in password):
        pool += 33
    return _counted(password) * math.log2(pool) if pool else 0.0


def _counted(password: str) -> int:
    """Return how many characters are not foreseen by the two before them."""
    folded = password.lower()
    foreseen = sum(
        _step(a, b) is not None and _step(a, b) == _step(b, c)
        for a, b, c in zip(folded, folded[1:], folded[2:], strict=False)
    )
    return len(password) - foreseen


def _step(one: str, other: str) -> int | str | None:
    """Return how one character leads to the next when that is easily foreseen."""
    gap = ord(other) - ord(one)
    if one.isalnum() and other.isalnum() and abs(gap) <= 1:
        return gap
    if one == other:
        return 0
    return "row" if any(one + other in row or other + one in row for row in _ROWS) else None


def is_common(password: str, own: Iterable[str]) -> bool:
    """Whether what is left without decoration is a common password, or something of its owner's."""
    banned = ROOTS | own_words(own)
    return any(_made_of(heart, banned) for heart in {root(password), root(_inner(password).translate(_LEET))})


def _inner(password: str) -> str:
    """Return the password without what decorates its ends: figures inside stand for letters, at the ends for years."""
    letters = [place for place, c in enumerate(password) if c.isalpha()]
    return password[letters[0] : letters[-1] + 1] if letters else ""


def own_words(own: Iterable[str]) -> frozenset[str]:
    """Return what of a person's names and addresses may not be the heart of a password, folded."""
    whole = [root(text) for text in own]
    parts = [root(part) for text in own for part in re.split(r"[\s@._'’-]+", text)]
    return frozenset(word for word in (*whole, *parts) if len(word) >= _SHORT)


def root(text: str) -> str:
    """Return the letters alone, without accents or case."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if c.isalpha())


def _made_of(heart: str, banned: frozenset[str]) -> bool:
    """Whether the heart is one banned word, or two put together; nothing at all (digits alone) is common too."""
    if not heart or heart in banned:
        return True
    return any(heart[:cut] in banned and heart[cut:] in banned for cut in range(1, len(heart)))

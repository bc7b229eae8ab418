"""First names (R-A): what was typed against what a record holds.

Typed and recorded are folded to tokens; a record holds lists of given names, one per PN component group, HL7
component or desk entry. ``Jean-Pierre``, ``JEAN PIERRE`` and ``Jean`` all open ``JEAN-PIERRE``; ``Jeanne`` does not
open ``JEAN``.
"""

import unicodedata
from collections.abc import Iterable, Sequence

from appliance.domain.errors import Malformed

MOST_CHARACTERS = 64
MOST_TOKENS = 8
CUT_AT = 62
"""A component group this long may have lost its end (PS3.5 6.2: 64 characters)."""

_SPECIAL = {
    "œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ı": "i", "ŋ": "ng",
    "ŧ": "t",
}  # fmt: skip
_JOINERS = frozenset("'’‘ʼʻʹ′´`ʾʿ\u00ad\u200b\u200c\u200d\u2060\ufeff")
_TITLES = frozenset({"M", "MR", "MME", "MLLE", "MLE", "MADAME", "MONSIEUR", "DR", "PR", "ME"})
_PARTICLES = frozenset(
    "DE DU DES D LA LE L EL AL BEN BINT BINTI IBN VAN VON DA DI DOS E Y ET THI ABD ABOU ABU".split()  # noqa: SIM905
)
_PLACEHOLDERS = frozenset(
    (  # noqa: SIM905
        "X XX XXX NN INCONNU INCONNUE ANONYME BB BEBE NOUVEAUNE NOUVEAUNEE NNE GARCON FILLE SANSPRENOM SP NONRENSEIGNE"
    ).split()
)


def fold(text: str) -> tuple[str, ...]:
    """Return the tokens of a name: no accents, no case, no apostrophes; leading titles dropped."""
    lowered = unicodedata.normalize("NFKC", text).casefold()
    spelled = "".join(_SPECIAL.get(c, c) for c in lowered)
    kept = [
        c if c.isalpha() else " "
        for c in unicodedata.normalize("NFKD", spelled)
        if c not in _JOINERS and unicodedata.category(c) != "Mn"
    ]
    tokens = unicodedata.normalize("NFKC", "".join(kept)).upper().split()
    while len(tokens) > 1 and tokens[0] in _TITLES and (tokens[0] != "M" or len(tokens) > 2):
        tokens = tokens[1:]
    return tuple(tokens)


def typed(text: str) -> tuple[str, ...]:
    """Return the tokens of a first name as typed; raise `Malformed` ``given_name`` when empty or beyond the limits."""
    if len(text) > MOST_CHARACTERS:
        raise Malformed("given_name")
    tokens = fold(text)
    if not 1 <= len(tokens) <= MOST_TOKENS:
        raise Malformed("given_name")
    return tokens


def given_lists(person_name: str) -> tuple[tuple[str, ...], ...]:
    """Return the given names of a DICOM PN, one list per component group: given and middle joined (PS3.5 6.2.1)."""
    lists = (_given(group) for group in person_name.split("="))
    return tuple(tokens for tokens in lists if tokens)


def _given(group: str) -> tuple[str, ...]:
    components = [*group.split("^"), "", "", ""]
    return fold(f"{components[1]} {components[2]}")


def may_be_cut(person_name: str, pn_limit: int = MOST_CHARACTERS) -> bool:
    """Whether a component group is so long that its end may be missing (R-A 4)."""
    return any(len(group) >= min(CUT_AT, pn_limit) for group in person_name.split("="))


def is_placeholder(given: Iterable[str]) -> bool:
    """Whether a list of given names says nothing: empty, X, INCONNU, BEBE and the like."""
    joined = "".join(given)
    return not joined or joined in _PLACEHOLDERS


def needs_given_name(person_name: str) -> bool:
    """Whether issuing must ask the desk for the first name: none is recorded, or only a placeholder."""
    return all(is_placeholder(given) for given in given_lists(person_name))


def matches(typed_tokens: Sequence[str], given: Sequence[str], *, cut: bool = False) -> bool:
    """Whether typed tokens are accepted for one recorded list; ``cut`` allows a record whose end is missing."""
    if not typed_tokens or is_placeholder(given):
        return False
    joined, record = "".join(typed_tokens), "".join(given)
    if joined == record:
        return True
    if len(joined) < 2 or _only_particles(typed_tokens):
        return False
    return (
        _is_run(joined, given)
        or _record_is_shorter(typed_tokens, given, record)
        or (cut and _record_is_cut(joined, given))
    )


def _only_particles(tokens: Sequence[str]) -> bool:
    return all(token in _PARTICLES for token in tokens)


def _is_run(joined: str, given: Sequence[str]) -> bool:
    ends = range(1, len(given) + 1)
    runs = (given[a:b] for b in ends for a in range(b))
    return any("".join(run) == joined and not _only_particles(run) for run in runs)


def _record_is_shorter(tokens: Sequence[str], given: Sequence[str], record: str) -> bool:
    if len(record) < 2 or _only_particles(given):
        return False
    return any("".join(tokens[:edge]) == record for edge in range(1, len(tokens)))


def _record_is_cut(joined: str, given: Sequence[str]) -> bool:
    tails = ("".join(given[start:]) for start in range(len(given)))
    return len(given[-1]) >= 4 and any(joined.startswith(tail) for tail in tails)

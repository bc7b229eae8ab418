"""The query string of a search (PS3.18 8.3.4): attributes to match, what to add to the answer, the slice.

What is not supported is ignored and told (8.3); a supported parameter with an impossible value is `Malformed`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pydicom.datadict import dictionary_VR, tag_for_keyword

from appliance.domain.errors import Malformed

MOST_RESULTS = 200
MOST_PARAMETERS = 64
MOST_CHARACTERS = 4096
_TAG = re.compile(r"[0-9A-Fa-f]{8}")
_UIDS = re.compile(r"[0-9.]{0,64}(?:[,\\][0-9.]{0,64})*")
_OF_RANGE = {
    "DA": r"\d{4}(?:\d{2}(?:\d{2})?)?",
    "TM": r"\d{2}(?:\d{2}(?:\d{2}(?:\.\d{1,6})?)?)?",
    "DT": r"\d{4,14}(?:\.\d{1,6})?",
}
_CONTENT = frozenset({"accept", "charset"})
"""Of content negotiation (8.3.3), not of the search."""

Path = tuple[str, ...]
"""Tags from the top of the data set into its sequences."""


@dataclass(frozen=True, slots=True)
class Query:
    """A search. ``include`` is None for everything; ``ignored`` names what is not supported."""

    matches: Mapping[Path, str]
    include: frozenset[str] | None = frozenset()
    limit: int = MOST_RESULTS
    offset: int = 0
    fuzzy: bool = False
    empty: bool = False
    """Two quotes ask for what has no value (8.3.4.5)."""
    several: bool = False
    """A backslash stands between values of which one must match (8.3.4.6)."""
    ignored: tuple[str, ...] = ()
    capped: bool = False
    """More was asked for than is given at once."""


def query_of(pairs: Iterable[tuple[str, str]]) -> Query:
    """Return the search of a query string; raise `Malformed` ``query`` when a value is impossible."""
    draft = _Draft()
    for number, (name, value) in enumerate(pairs):
        if number >= MOST_PARAMETERS or len(value) > MOST_CHARACTERS:
            raise Malformed("query")
        draft.take(name, value)
    return draft.made()


class _Draft:
    """A query while its parameters are read."""

    def __init__(self) -> None:
        self._matches: dict[Path, str] = {}
        self._include: set[str] = set()
        self._all = False
        self._ignored: list[str] = []
        self._flags: dict[str, bool] = {}
        self._limit, self._offset = MOST_RESULTS, 0
        self._own: Mapping[str, Callable[[str], None]] = {
            "includefield": self._fields, "limit": self._limited, "offset": self._skipped,
        }  # fmt: skip

    def take(self, name: str, value: str) -> None:
        """Read one parameter."""
        if name in self._own:
            self._own[name](value)
        elif name in ("fuzzymatching", "emptyvaluematching", "multiplevaluematching"):
            self._flags[name] = _truth(value)
        elif name not in _CONTENT:
            self._match(name, value)

    def made(self) -> Query:
        """Return the query; values are judged last, for a flag may follow the value it changes."""
        flags = self._flags
        several = flags.get("multiplevaluematching", False)
        for path, value in self._matches.items():
            for one in value.split("\\") if several else [value]:
                if not (flags.get("emptyvaluematching", False) and one == '""'):
                    _judge(path, one)
        return Query(
            self._matches, None if self._all else frozenset(self._include), min(self._limit, MOST_RESULTS),
            self._offset, flags.get("fuzzymatching", False), flags.get("emptyvaluematching", False), several,
            tuple(self._ignored), self._limit > MOST_RESULTS,
        )  # fmt: skip

    def _match(self, name: str, value: str) -> None:
        path = path_of(name)
        if path is None:
            self._ignored.append(name)
        elif path in self._matches:
            raise Malformed("query")  # 8.3.4.1: each attribute once
        else:
            self._matches[path] = value

    def _fields(self, value: str) -> None:
        for part in filter(None, value.split(",")):
            if part == "all":
                self._all = True
                continue
            path = path_of(part)
            if path is None:
                self._ignored.append(part)
            else:
                self._include.add(path[0])

    def _limited(self, value: str) -> None:
        self._limit = _count(value)

    def _skipped(self, value: str) -> None:
        self._offset = _count(value)


def path_of(name: str) -> Path | None:
    """Return the tags of ``keyword`` or ``tag``, dotted through sequences, or None when one is not known."""
    found: list[str] = []
    for part in name.split("."):
        tag = tag_for_keyword(part) if part else None
        if _TAG.fullmatch(part):
            found.append(part.upper())
        elif tag is not None:
            found.append(f"{tag:08X}")
        else:
            return None
    return tuple(found) if len(found) <= 8 else None


def _judge(path: Path, value: str) -> None:
    """Raise `Malformed` ``query`` for a value that no element of this VR can match."""
    try:
        vr = dictionary_VR(path[-1])
    except KeyError:
        return
    if value in ("", "*"):
        return
    if vr == "UI" and not _UIDS.fullmatch(value):
        raise Malformed("query")
    if vr in _OF_RANGE and not re.fullmatch(f"(?:{_OF_RANGE[vr]})|(?:{_OF_RANGE[vr]})?-(?:{_OF_RANGE[vr]})?", value):
        raise Malformed("query")


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise Malformed("query")
    return text == "true"


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 9:
        raise Malformed("query")
    return int(text)

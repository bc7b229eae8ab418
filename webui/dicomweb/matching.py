"""QIDO-RS matching and return of attributes (PS3.18 8.3.4), over the DICOM JSON model."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydicom.datadict import tag_for_keyword

from appliance.domain.errors import Malformed

Json = dict[str, Any]
LIMIT = 200
_TAG = re.compile(r"[0-9A-Fa-f]{8}")
_RANGES = frozenset({"DA", "TM", "DT"})


@dataclass(frozen=True, slots=True)
class Query:
    """A search: tag → value, what to add to the answer (None: everything), and the slice."""

    matches: Mapping[str, str]
    include: frozenset[str] | None
    limit: int
    offset: int


def query_of(pairs: Iterable[tuple[str, str]]) -> Query:
    """Return the search of a query string; raise `Malformed` ``query`` with an unknown attribute."""
    matches: dict[str, str] = {}
    include: set[str] = set()
    everything, limit, offset = False, LIMIT, 0
    for name, value in pairs:
        if name == "includefield":
            everything = everything or value == "all"
            include.update(_tag(part) for part in value.split(",") if part and part != "all")
        elif name == "limit":
            limit = min(_count(value), LIMIT)
        elif name == "offset":
            offset = _count(value)
        elif name not in ("fuzzymatching", "accept"):
            matches[_tag(name)] = value
    return Query(matches, None if everything else frozenset(include), limit, offset)


def selected(found: Sequence[Json], query: Query, defaults: frozenset[str]) -> list[Json]:
    """Return the slice of what matches, each with the attributes asked for."""
    matching = [one for one in found if _matches(one, query.matches)]
    wanted = None if query.include is None else defaults | query.include | set(query.matches)
    return [{tag: element for tag, element in sorted(one.items())
             if wanted is None or tag in wanted}
            for one in matching[query.offset:query.offset + query.limit]]


def _matches(one: Json, matches: Mapping[str, str]) -> bool:
    return all(_element_matches(one.get(tag), wanted) for tag, wanted in matches.items()
               if wanted not in ("", "*"))


def _element_matches(element: Json | None, wanted: str) -> bool:
    if element is None:
        return False
    texts = [_text(value) for value in element.get("Value", [])]
    if element["vr"] in _RANGES and "-" in wanted:
        first, _, last = wanted.partition("-")
        return any(t and first <= t and (not last or t <= last + "~") for t in texts)
    if element["vr"] == "UI":
        return any(t in re.split(r"[,\\]", wanted) for t in texts)
    pattern = re.compile(
        "".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in wanted[:256]),
        re.IGNORECASE if element["vr"] == "PN" else 0)
    return any(pattern.fullmatch(t) for t in texts)


def _text(value: object) -> str:
    if isinstance(value, dict):
        return str(value.get("Alphabetic", ""))
    return str(value)


def _tag(name: str) -> str:
    """Return the tag of a keyword or of eight hex digits (the last part of a dotted path)."""
    last = name.rsplit(".", 1)[-1]
    if _TAG.fullmatch(last):
        return last.upper()
    tag = tag_for_keyword(last)
    if tag is None:
        raise Malformed("query")
    return f"{tag:08X}"


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise Malformed("query")
    return int(text)

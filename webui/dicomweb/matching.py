"""Matching of a search over the DICOM JSON model (PS3.4 C.2.2.2), and the attributes of an answer."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from appliance.domain import names
from webui.dicomweb.query import Path, Query

Json = dict[str, Any]
T = TypeVar("T")
_RANGES = frozenset({"DA", "TM", "DT"})
_WILD = frozenset({"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"})


def matches(one: Json, query: Query) -> bool:
    """Whether an object matches every attribute asked for; one that it does not have does not match."""
    return all(_reached(one, path, value, query) for path, value in query.matches.items())


def among(query: Query, supported: Callable[[Path], bool]) -> Query:
    """Return the query without what is not supported at its level, which is told."""
    out = [path for path in query.matches if not supported(path)]
    kept = {path: value for path, value in query.matches.items() if path not in out}
    return replace(query, matches=kept, ignored=(*query.ignored, *map(".".join, out)))


def returned(one: Json, query: Query, defaults: frozenset[str]) -> Json:
    """Return the object with the attributes of its level, those matched and those asked for, in order of tags."""
    asked = {path[0] for path in query.matches}
    wanted = None if query.include is None else defaults | query.include | asked
    return {tag: element for tag, element in sorted(one.items()) if wanted is None or tag in wanted}


def _reached(one: Json, path: Path, value: str, query: Query) -> bool:
    if value in ("", "*"):
        return True
    element = one.get(path[0])
    if len(path) == 1:
        return _element(element, value, query)
    items = (element or {}).get("Value", [])
    return any(isinstance(item, dict) and _reached(item, path[1:], value, query) for item in items)


def _element(element: Json | None, value: str, query: Query) -> bool:
    wanted = value.split("\\") if query.several else [value]
    return any(_one(element or {}, text, query) for text in wanted)


def _one(element: Json, wanted: str, query: Query) -> bool:
    texts, vr = [text for value in element.get("Value", []) for text in _texts(value)], str(element.get("vr", ""))
    if query.empty and wanted == '""':
        return not any(texts)
    if vr in _RANGES:
        return any(_within(text, wanted) for text in texts if text)
    if vr == "UI":
        return any(text in re.split(r"[,\\]", wanted) for text in texts)
    if vr == "PN" and query.fuzzy and names.fold(wanted):
        return any(_sounds(text, wanted) for text in texts)
    return _literal(texts, wanted, vr)


def _literal(texts: Iterable[str], wanted: str, vr: str) -> bool:
    if vr not in _WILD:
        return wanted in texts
    if vr == "PN":
        texts, wanted = [text.casefold() for text in texts], wanted.casefold()
    return any(wild(text, wanted) for text in texts)


def wild(text: str, pattern: str) -> bool:
    """Whether ``*`` (any characters) and ``?`` (one) make the pattern the text; never slower than their product."""
    at = start = 0
    star, back = -1, 0
    while at < len(text):
        if start < len(pattern) and pattern[start] == "*":
            star, back, start = start, at, start + 1
        elif start < len(pattern) and pattern[start] in ("?", text[at]):
            at, start = at + 1, start + 1
        elif star >= 0:
            back, start = back + 1, star + 1
            at = back
        else:
            return False
    return not pattern[start:].strip("*")


def _sounds(text: str, wanted: str) -> bool:
    """Whether each part of the name asked for begins a part of this one: no accents, no case, any order."""
    parts = names.fold(text)
    return all(any(part.startswith(token) for part in parts) for token in names.fold(wanted))


def _within(text: str, wanted: str) -> bool:
    """Whether a date or time lies in ``first-last``, ``first-``, ``-last``, or begins with the one given."""
    first, dash, last = wanted.partition("-")
    if not dash:
        return text.startswith(first)
    return first <= text and (not last or text[: len(last)] <= last)


def _texts(value: object) -> list[str]:
    """Return what stands for a value: of a name, each of its groups."""
    return [str(group) for group in value.values()] if isinstance(value, dict) else [str(value)]


def numbered(found: Sequence[T], query: Query) -> tuple[Sequence[T], int]:
    """Return the slice asked for, and how many more there are after it."""
    end = query.offset + query.limit
    return found[query.offset : end], max(0, len(found) - max(end, query.offset))

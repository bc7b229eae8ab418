"""What a DICOMweb client accepts: media types with their transfer syntax (PS3.18 8.7)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_PARAMETER = re.compile(r';\s*([\w-]+)\s*=\s*("[^"]*"|[^;,\s]+)')


@dataclass(frozen=True, slots=True)
class Wanted:
    """One acceptable form: `media` of the part, in a multipart or alone."""

    media: str
    multipart: bool
    transfer_syntax: str = "*"
    weight: float = 1.0


def wanted(header: str, query: str = "") -> list[Wanted]:
    """Return the acceptable forms, the best first; ``*/*`` when nothing is said.

    The query parameter ``accept`` goes before the header (PS3.18 8.3.3.1).
    """
    ranges = _split(query or header or "*/*")
    found = [_parsed(text) for text in ranges[:64]]
    return sorted((w for w in found if w.weight > 0), key=lambda w: -w.weight)


def first_match(forms: Sequence[Wanted], offered: Sequence[str]) -> tuple[Wanted, str] | None:
    """Return the best form and the offered media type that it takes, or None."""
    for form in forms:
        for media in offered:
            if _takes(form.media, media):
                return form, media
    return None


def _takes(pattern: str, media: str) -> bool:
    return pattern in ("*/*", media) or (
        pattern.endswith("/*") and media.startswith(pattern[:-1]))


def _split(text: str) -> list[str]:
    """Split at commas that are not inside quotes."""
    return re.findall(r'(?:[^,"]|"[^"]*")+', text)


def _parsed(text: str) -> Wanted:
    media = text.split(";")[0].strip().lower()
    parameters = {name.lower(): value.strip('"') for name, value in _PARAMETER.findall(text)}
    try:
        weight = float(parameters.get("q", "1"))
    except ValueError:
        weight = 0.0
    related = media == "multipart/related"
    inner = parameters.get("type", "*/*").lower() if related else media
    return Wanted(inner, related or media == "*/*", parameters.get("transfer-syntax", "*"), weight)

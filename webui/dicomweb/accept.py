"""What a DICOMweb client accepts: media types with their transfer syntax (PS3.18 8.7)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

_PARAMETER = re.compile(r';\s*([\w-]+)\s*=\s*("[^"]*"|[^;,\s]+)')
ANY = "*"


class Offer(NamedTuple):
    """One form in which there is something: a media type, and the transfer syntax of what it holds."""

    media: str
    syntax: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One acceptable form: `media` of the part, in a multipart or alone; `syntax` is empty when none is named."""

    media: str
    multipart: bool
    syntax: str = ""
    weight: float = 1.0

    def takes(self, offer: Offer) -> bool:
        """Whether the offer is of this form."""
        return self.takes_media(offer.media) and self.syntax in ("", ANY, offer.syntax)

    def takes_media(self, media: str) -> bool:
        """Whether the media type is within the range."""
        return self.media in ("*/*", media) or (self.media.endswith("/*") and media.startswith(self.media[:-1]))


def wanted(header: str, query: str = "") -> list[Wanted]:
    """Return the acceptable forms, the best first; ``*/*`` when nothing is said.

    The query parameter ``accept`` goes before the header (PS3.18 8.3.3.1).
    """
    ranges = _split(query or header or "*/*")
    found = [_parsed(text) for text in ranges[:64]]
    return sorted((w for w in found if w.weight > 0), key=lambda w: -w.weight)


def chosen(forms: Sequence[Wanted], offers: Sequence[Offer]) -> tuple[Wanted, Offer] | None:
    """Return the best form and the first offer that it takes, or None."""
    return next(((form, offer) for form in forms for offer in offers if form.takes(offer)), None)


def first_match(forms: Sequence[Wanted], offered: Sequence[str]) -> tuple[Wanted, str] | None:
    """Return the best form and the offered media type that it takes, or None."""
    found = chosen(forms, [Offer(media) for media in offered])
    return None if found is None else (found[0], found[1].media)


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
    return Wanted(inner, related or media == "*/*", parameters.get("transfer-syntax", ""), weight)

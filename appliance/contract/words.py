"""Words in the reader's language: gettext catalogues whose msgids are identifiers of texts.

Shared by the console and the command line. ``{n?one|many}`` in a text chooses by the number ``n``; the rest is
`str.format`. A compiled catalogue is used when it is as recent as its source, else the source is compiled here.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from appliance.contract.wire import Saying, Scalar
from appliance.domain.sharing import PARIS

LANGUAGES = ("fr", "en")
LOCALE = Path(__file__).parent / "locale"
_CHOICE = re.compile(r"\{(\w+)\?([^|}]*)\|([^}]*)\}")
_HARD_SPACE = re.compile(r" (?=[:;?!»])|(?<=«) ")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


class Words:
    """Texts of one language. Calling it returns the text of an identifier with its facts put in.

    An identifier without a text is returned as it is: a test holds the catalogues complete.
    """

    def __init__(self, language: str, roots: Sequence[Path] = (LOCALE,)) -> None:
        self.language = language if language in LANGUAGES else "fr"
        self._catalogues = [_read(root, self.language) for root in roots]

    def __call__(self, msgid: str, /, **facts: object) -> str:
        """Return the text; French gets the spaces that never break."""
        text = self._text(msgid)
        if facts:
            shown = {name: _shown(fact) for name, fact in facts.items()}
            text = _CHOICE.sub(lambda found: self._chosen(found, facts), text).format_map(_Facts(shown))
        return _HARD_SPACE.sub("\u00a0", text) if self.language == "fr" else text

    def has(self, msgid: str) -> bool:
        """Whether there is a text for ``msgid``."""
        return any(c.gettext(msgid) != msgid for c in self._catalogues)

    def saying(self, saying: Saying) -> str:
        """Return a sentence of the service in words; why a peer does not answer is put in words too."""
        peer = f"peer.{saying.facts.get('cause')}"
        facts = {**saying.facts, "cause": self(peer)} if self.has(peer) else saying.facts
        return self(saying.id, **facts)

    def fault(self, cause: str, facts: dict[str, Scalar]) -> str:
        """Return why something was refused; a cause without words is named."""
        known = f"fault.{cause}"
        return self(known, **facts) if self.has(known) else self("fault.other", cause=cause)

    def number(self, n: int) -> str:
        """Return a whole number, its thousands apart."""
        return f"{n:,}".replace(",", "\u202f" if self.language == "fr" else ",")

    def day(self, instant: datetime | None) -> str:
        """Return the day in Paris, as the language writes it."""
        if instant is None:
            return "–"
        return instant.astimezone(PARIS).strftime("%d/%m/%Y" if self.language == "fr" else "%Y-%m-%d")

    def date(self, iso: str | None) -> str:
        """Return AAAA-MM-JJ as the language writes a date."""
        if not iso:
            return "–"
        year, month, day = (*iso.split("-"), "", "")[:3]
        return f"{day}/{month}/{year}" if self.language == "fr" and day else iso

    def _text(self, msgid: str) -> str:
        for catalogue in self._catalogues:
            text = catalogue.gettext(msgid)
            if text != msgid:
                return text
        return msgid

    def _chosen(self, found: "re.Match[str]", facts: dict[str, object]) -> str:
        try:
            count = float(str(facts.get(found[1], 0)))
        except ValueError:
            count = 0.0
        one = count < 2 if self.language == "fr" else count == 1
        return found[2] if one else found[3]


class _Facts(dict[str, object]):
    """Facts of a sentence; one that is missing shows as a gap, never as an error."""

    def __missing__(self, key: str) -> str:
        return "…"


def _shown(fact: object) -> object:
    if isinstance(fact, str) and _INSTANT.match(fact):
        try:
            fact = datetime.fromisoformat(fact)
        except ValueError:
            return fact
    return fact.astimezone(PARIS).strftime("%d/%m/%Y %H:%M") if isinstance(fact, datetime) else fact


def _read(root: Path, language: str) -> GNUTranslations:
    source = root / language / "LC_MESSAGES" / "messages.po"
    compiled = source.with_suffix(".mo")
    if compiled.exists() and (not source.exists() or compiled.stat().st_mtime >= source.stat().st_mtime):
        return GNUTranslations(BytesIO(compiled.read_bytes()))
    with source.open("rb") as file:
        catalogue = read_po(file, locale=language)
    made = BytesIO()
    write_mo(made, catalogue)
    made.seek(0)
    return GNUTranslations(made)

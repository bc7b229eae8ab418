"""Words in the reader's language: gettext catalogues whose msgids are identifiers of texts.

French is the language of reference. A compiled catalogue (``.mo``) is used when set-up made one that
is as recent as its source; otherwise the ``.po`` is compiled in memory.
"""

from collections.abc import Mapping
from datetime import datetime
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

from babel.core import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from appliance.domain.errors import Fact
from appliance.domain.sharing import PARIS

LANGUAGES = ("fr", "en")
LOCALE = Path(__file__).parent / "locale"


class Texts:
    """Texts of one language. Calling it returns the text of an identifier.

    A fact ``n`` chooses the plural form. An identifier without a text is returned as it is: a test
    holds the catalogues complete.
    """

    def __init__(self, language: str, catalogue: GNUTranslations) -> None:
        self.language = language
        self._catalogue = catalogue

    def __call__(self, msgid: str, **facts: Fact) -> str:
        """Return the text of ``msgid`` with its facts put in; instants as days in Paris."""
        text = self._form(msgid, facts.get("n"))
        return text.format_map({name: _shown(fact) for name, fact in facts.items()}) if facts else text

    def has(self, msgid: str) -> bool:
        """Whether the catalogue holds ``msgid``."""
        return self._form(msgid, 1) != msgid

    def _form(self, msgid: str, number: Fact) -> str:
        if isinstance(number, int):
            text = self._catalogue.ngettext(msgid, msgid, number)
            if text != msgid:
                return text
        return self._catalogue.gettext(msgid)


class Catalogues:
    """The texts of every language, read once at start."""

    def __init__(self, root: Path = LOCALE) -> None:
        self._texts: Mapping[str, Texts] = {lang: Texts(lang, _read(root, lang)) for lang in LANGUAGES}

    def texts(self, language: str) -> Texts:
        """Return the texts of ``language``, of French when it is not spoken here."""
        return self._texts.get(language, self._texts["fr"])


def chosen(query: str, cookie: str, accepted: str, default: str) -> str:
    """Return the language of a reader: what he asked for, has chosen before, his browser's, the default."""
    for wish in (query, cookie):
        if wish in LANGUAGES:
            return wish
    tags = sorted(filter(None, map(_weighed, accepted.split(","))), key=lambda pair: -pair[0])
    return negotiate_locale([tag for _, tag in tags], LANGUAGES, sep="-") or default


def _weighed(item: str) -> tuple[float, str] | None:
    tag, _, quality = item.strip().partition(";q=")
    try:
        weight = float(quality or 1)
    except ValueError:
        return None
    return (weight, tag) if tag and weight > 0 else None


def _shown(fact: Fact) -> Fact:
    return fact.astimezone(PARIS).strftime("%d/%m/%Y") if isinstance(fact, datetime) else fact


def _read(root: Path, language: str) -> GNUTranslations:
    source = root / language / "LC_MESSAGES" / "messages.po"
    compiled = source.with_suffix(".mo")
    if compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime:
        return GNUTranslations(BytesIO(compiled.read_bytes()))
    with source.open("rb") as file:
        catalogue = read_po(file, locale=language)
    made = BytesIO()
    write_mo(made, catalogue)
    made.seek(0)
    return GNUTranslations(made)

"""The small HTML that reports become: a fragment of headings, paragraphs, lists, tables and jumps to images.

Its vocabulary is closed, the viewer holds the same list. Words of the house carry ``data-word`` and numbers
``data-number``: the viewer puts them into the reader's language. A jump carries ``data-sop-uid`` or, read in plain
words, ``data-series-number`` and ``data-image-number``.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape

from appliance.domain.errors import Malformed

MOST_CHARACTERS = 4_000_000
TAGS = frozenset({
    "h3", "h4", "h5", "h6", "p", "br", "b", "i", "u", "sub", "sup", "ul", "ol", "li", "dl", "dt", "dd", "table",
    "caption", "thead", "tbody", "tr", "th", "td", "a", "span", "pre", "hr", "div",
})  # fmt: skip
WORDS = {
    "measure": "Mesure", "value": "Valeur", "unit": "Unité", "image": "Image", "yes": "oui", "see": "Voir",
    "not_shown": "objet joint, non affiché ici", "images": "Images citées", "empty": "Ce compte rendu est vide.",
}  # fmt: skip
_UNWANTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_PLACE = re.compile(
    r"\b(?:séries?|series|sér\.)\s*(?:n[°o]\s*)?(\d{1,5})\s*[,;/–-]?\s*(?:et\s+|and\s+)?"
    r"(?:images?|im\.|img|coupes?|slices?)\s*(?:n[°o]\s*)?(\d{1,6})\b",
    re.IGNORECASE,
)
_OTHER_EXAM = re.compile(
    r"antérieur|précédent|ancien|prior|previous|compar|\bdu\s+\d{1,2}[/.]\d|\b\d{1,2}/\d{1,2}/\d{2,4}\b", re.IGNORECASE
)
_ENDS = re.compile(r"[.;:()\n]")


class Page:
    """A fragment being written; `Malformed` ``report_too_large`` when it outgrows what anybody reads."""

    def __init__(self, most_characters: int = MOST_CHARACTERS) -> None:
        self._parts: list[str] = []
        self._left = most_characters

    def raw(self, html: str) -> None:
        """Add HTML of our own, or already cleaned."""
        self._left -= len(html)
        if self._left < 0:
            raise Malformed("report_too_large")
        self._parts.append(html)

    def text(self, words: str) -> None:
        """Add words, shown as they are."""
        self.raw(escape(clean(words)))

    @contextmanager
    def element(self, tag: str, attributes: Mapping[str, str] | None = None) -> Iterator[None]:
        """Wrap what is written meanwhile."""
        self.raw(f"<{tag}{_written(attributes or {})}>")
        yield
        self.raw(f"</{tag}>")

    def leaf(self, tag: str, words: str, attributes: Mapping[str, str] | None = None) -> None:
        """Add an element that holds words only."""
        with self.element(tag, attributes):
            self.text(words)

    def word(self, name: str, tag: str = "span") -> None:
        """Add a word of the house, which the viewer translates."""
        self.leaf(tag, WORDS[name], {"data-word": name})

    def heading(self, words: str, depth: int) -> None:
        """Add a heading; ``depth`` 0 is that of the sections of a report."""
        self.leaf(f"h{min(3 + depth, 6)}", words)

    def jump(self, sop_uid: str, frame: int | None = None, study_uid: str = "") -> None:
        """Add a jump to an image."""
        given = {"data-sop-uid": sop_uid, "data-frame": str(frame or ""), "data-study-uid": study_uid}
        with self.element("a", {name: value for name, value in given.items() if value}):
            self.raw(WORDS["image"])

    def lines(self, words: str) -> None:
        """Add words with their line breaks; places like « série 2, image 37 » become jumps."""
        for number, line in enumerate(_lines(words)):
            if number:
                self.raw("<br>")
            self._linked(line)

    def paragraphs(self, words: str) -> None:
        """Add words, a paragraph wherever a line is empty."""
        for block in re.split(r"\n[ \t]*\n", "\n".join(_lines(words))):
            if block.strip():
                with self.element("p"):
                    self.lines(block.strip("\n"))

    def html(self) -> str:
        """Return the fragment."""
        return "".join(self._parts)

    def _linked(self, line: str) -> None:
        at = 0
        for found in _PLACE.finditer(line):
            if _of_another_exam(line, found.start(), found.end()):
                continue
            self.text(line[at : found.start()])
            place = {"data-series-number": found.group(1), "data-image-number": found.group(2)}
            self.leaf("a", found.group(0), place)
            at = found.end()
        self.text(line[at:])


def clean(words: str) -> str:
    """Return the words without characters that say nothing to a reader, or everything to a terminal."""
    return _UNWANTED.sub("", words)


def _lines(words: str) -> list[str]:
    return words.replace("\r\n", "\n").replace("\r", "\n").strip("\n").split("\n")


def _of_another_exam(line: str, begin: int, end: int) -> bool:
    """Whether the clause around a place speaks of an earlier exam: its numbers are then not those of this one."""
    before = max((m.end() for m in _ENDS.finditer(line, 0, begin)), default=0)
    after = _ENDS.search(line, end)
    return _OTHER_EXAM.search(line[before : after.start() if after else len(line)]) is not None


def _written(attributes: Mapping[str, str]) -> str:
    return "".join(f' {name}="{escape(clean(value))}"' for name, value in attributes.items())

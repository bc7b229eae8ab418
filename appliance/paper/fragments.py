"""The readable text of a report, as blocks of a document.

It reads the closed vocabulary that the worker writes and the viewer holds too; of anything else only the words are
kept. Nothing is fetched, nothing runs: a parser of tags, no browser.
"""

from collections.abc import Mapping
from html.parser import HTMLParser

from appliance.paper.documents import Block, Heading, Paragraph, Table

_LEVELS = {"h3": 3, "h4": 3, "h5": 3, "h6": 3}
_BREAKS = frozenset({"p", "div", "li", "dt", "dd", "pre", "ul", "ol", "dl", "caption"})
_SILENT = frozenset({"script", "style", "template", "noscript"})
_MOST_BLOCKS = 5000


def blocks(html: str, words: Mapping[str, str], *, decimal_comma: bool = True) -> list[Block]:
    """Return the blocks of a fragment.

    Parameters
    ----------
    words
        What stands for the words of the house (``data-word``), in the reader's language.
    decimal_comma
        Whether numbers (``data-number``) are written with a comma.
    """
    reader = _Reader(words, decimal_comma=decimal_comma)
    reader.feed(html)
    reader.close()
    reader.paragraph()
    return reader.found[:_MOST_BLOCKS]


def cited(html: str) -> list[tuple[str, int]]:
    """Return the images that a fragment leads to, as SOP Instance UID and frame, in their order, each once."""
    reader = _Reader({}, decimal_comma=True)
    reader.feed(html)
    return list(dict.fromkeys(reader.cited))


class _Reader(HTMLParser):
    def __init__(self, words: Mapping[str, str], *, decimal_comma: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Block] = []
        self.cited: list[tuple[str, int]] = []
        self._words, self._comma = words, decimal_comma
        self._text: list[str] = []
        self._rows: list[list[str]] | None = None
        self._mute = ""
        """The element whose own words are replaced or left out, until it ends."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin an element."""
        if self._mute:
            return
        said = {name: value or "" for name, value in attrs}
        if tag in _SILENT:
            self._mute = tag
        elif tag in _LEVELS or tag in _BREAKS:
            self.paragraph()
            if tag == "li":
                self._text.append("– ")
        elif tag == "table":
            self.paragraph()
            self._rows = []
        elif tag == "tr" and self._rows is not None:
            self._rows.append([])
        elif tag == "br":
            self._text.append(" ")
        self._replaced(tag, said)
        if (uid := said.get("data-sop-uid")) and tag == "a":
            frame = said.get("data-frame", "1")
            self.cited.append((uid, int(frame) if frame.isdecimal() and len(frame) < 7 else 1))

    def _replaced(self, tag: str, said: dict[str, str]) -> None:
        word, number = self._words.get(said.get("data-word", "")), said.get("data-number")
        if word is not None:
            self._text.append(word)
            self._mute = tag
        elif number is not None:
            self._text.append(number.replace(".", ",") if self._comma else number)
            self._mute = tag

    def handle_endtag(self, tag: str) -> None:
        """End an element."""
        if self._mute:
            if tag != self._mute:
                return
            self._mute = ""
        if tag in _LEVELS:
            self._heading(_LEVELS[tag])
        elif tag in ("td", "th") and self._rows:
            self._rows[-1].append(self._taken())
        elif tag == "table" and self._rows is not None:
            self._table(self._rows)
        elif tag in _BREAKS:
            self.paragraph()

    def handle_data(self, data: str) -> None:
        """Take words."""
        if not self._mute:
            self._text.append(data)

    def paragraph(self) -> None:
        """End the words that stand outside a table as a paragraph."""
        if self._rows is not None:
            return
        if text := self._taken():
            self.found.append(Paragraph(text))

    def _heading(self, level: int) -> None:
        if text := self._taken():
            self.found.append(Heading(level, text))

    def _table(self, rows: list[list[str]]) -> None:
        self._rows = None
        rows = [row for row in rows if any(row)]
        if not rows:
            return
        width = max(len(row) for row in rows)
        whole = [[*row, *[""] * (width - len(row))] for row in rows]
        self.found.append(Table(whole[0], whole[1:]))

    def _taken(self) -> str:
        text, self._text = " ".join("".join(self._text).split()), []
        return "" if text == "–" else text

"""The text of an HL7 v2 message: segments, fields, repetitions, components, escapes (HL7 v2.5.1 chapter 2).

A reader of our own: what is not asked for is not taken apart, so that a hostile message costs what its bytes cost
(docs/decisions/hl7.md). Nothing of the meaning of a field is known here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from appliance.domain.errors import Malformed

MOST_SEGMENTS, MOST_FIELDS, MOST_REPETITIONS, MOST_COMPONENTS = 5000, 300, 64, 64
_NULL = '""'
_CONTROLS: dict[int, str | None] = {**dict.fromkeys((*range(0x09), *range(0x0B, 0x20), 0x7F)), 0x09: " "}
"""Control characters but the line feed go; tabulators become blanks."""


@dataclass(frozen=True, slots=True)
class Separators:
    """MSH-1 and MSH-2: what this message is cut with."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"


@dataclass(frozen=True, slots=True)
class Piece:
    """One repetition of a field."""

    raw: str
    separators: Separators
    charset: str

    def text(self, component: int = 1, subcomponent: int | None = 1) -> str:
        """Return a component counted from 1, unescaped and trimmed; ``""`` (the null of HL7) is empty.

        Without a ``subcomponent`` the component is one whole, whatever it holds.
        """
        parts = self.raw.split(self.separators.component, MOST_COMPONENTS)
        part = parts[component - 1] if component <= len(parts) else ""
        if subcomponent is not None:
            below = part.split(self.separators.subcomponent, MOST_COMPONENTS)
            part = below[subcomponent - 1] if subcomponent <= len(below) else ""
        return "" if part == _NULL else unescaped(part, self.separators, self.charset).strip()


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment; fields are counted as the standard counts them, MSH-1 being the separator itself."""

    name: str
    fields: Sequence[str]
    separators: Separators
    charset: str

    def raw(self, number: int) -> str:
        """Return a field as it came."""
        return self.fields[number] if number < len(self.fields) else ""

    def repetitions(self, number: int) -> tuple[Piece, ...]:
        """Return the repetitions of a field that say something."""
        parts = self.raw(number).split(self.separators.repetition, MOST_REPETITIONS)
        if len(parts) > MOST_REPETITIONS:
            raise Malformed("repetitions", field=f"{self.name}-{number}")
        return tuple(Piece(part, self.separators, self.charset) for part in parts if part)

    def text(self, number: int, component: int = 1, subcomponent: int | None = 1) -> str:
        """Return a component of the first repetition, as `Piece.text`."""
        first = self.raw(number).split(self.separators.repetition, 1)[0]
        return Piece(first, self.separators, self.charset).text(component, subcomponent)


@dataclass(frozen=True, slots=True)
class Message:
    """A message cut into segments, each still one text."""

    lines: tuple[str, ...]
    separators: Separators
    charset: str

    def names(self) -> tuple[str, ...]:
        """Return the names of the segments in order."""
        return tuple(line[:3] for line in self.lines)

    def segment(self, index: int) -> Segment:
        """Return the segment at this place."""
        line = self.lines[index]
        fields = line.split(self.separators.field, MOST_FIELDS)
        if len(fields) > MOST_FIELDS:
            raise Malformed("fields", field=line[:3])
        name = fields[0]
        if name == "MSH":
            fields.insert(1, self.separators.field)
        return Segment(name, fields, self.separators, self.charset)

    def all(self, name: str) -> tuple[Segment, ...]:
        """Return the segments of this name in order."""
        return tuple(self.segment(i) for i, found in enumerate(self.names()) if found == name)

    def first(self, name: str) -> Segment | None:
        """Return the first segment of this name, or None."""
        return next((self.segment(i) for i, found in enumerate(self.names()) if found == name), None)


def parsed(text: str, charset: str) -> Message:
    """Return the message; ``charset`` is the codec that hexadecimal escapes are read with.

    Raises
    ------
    Malformed
        ``msh`` when it does not begin as a message does, ``segments`` beyond the limits.
    """
    whole = text.replace("\r\n", "\r").replace("\n", "\r").strip("\r")
    separators = _separators(whole)
    if whole.count("\r") >= MOST_SEGMENTS:
        raise Malformed("segments")
    lines = tuple(line for line in whole.split("\r") if line.strip())
    if any(not (line[:3].isascii() and line[:3].isalnum() and line[3:4] in ("", separators.field)) for line in lines):
        raise Malformed("segments")
    return Message(lines, separators, charset)


def _separators(text: str) -> Separators:
    if not text.startswith("MSH") or len(text) < 8:
        raise Malformed("msh")
    field = text[3]
    encoding = text[4:16].split(field, 1)[0]
    marks = field + encoding[:4]
    # Version 2.7 adds a fifth character, for truncation: it is not ours to undo.
    if not 4 <= len(encoding) <= 5 or len(set(marks)) != 5 or any(c.isalnum() or c <= " " for c in marks):
        raise Malformed("msh")
    return Separators(field, *tuple(encoding[:4]))


def unescaped(text: str, separators: Separators, charset: str) -> str:
    """Return the text with its escapes undone (HL7 v2.5.1 2.7); a line break is a line feed, emphasis goes.

    Raises
    ------
    Malformed
        ``escape`` on a change of character set, or hexadecimal that is none.
    """
    if separators.escape in text:
        mark = re.escape(separators.escape)
        text = re.sub(f"{mark}([^{mark}]*){mark}", lambda found: _escape(found[1], separators, charset), text)
    return text.translate(_CONTROLS)


def _escape(word: str, separators: Separators, charset: str) -> str:
    known = {
        "F": separators.field, "S": separators.component, "T": separators.subcomponent,
        "R": separators.repetition, "E": separators.escape, ".br": "\n", ".sp": "\n", "H": "", "N": "",
    }  # fmt: skip
    if word in known:
        return known[word]
    if word[:1] == "X":
        try:
            return bytes.fromhex(word[1:]).decode(charset)
        except ValueError as exc:
            raise Malformed("escape") from exc
    if word[:1] in ("C", "M"):
        raise Malformed("escape")
    return ""

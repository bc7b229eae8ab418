"""The words of an RTF text (RTF 1.9), without its looks: what a report says, nothing that could act.

A reader of our own: pictures, fields, objects and whatever it does not know are skipped, group by group.
"""

import codecs
import re

from appliance.domain.errors import Malformed

MOST_DEPTH, MOST_BYTES, MOST_TOKENS = 200, 8 << 20, 500_000
"""A token is a control word, a brace or a run of words: what a report has is counted in thousands."""
_TOKEN = re.compile(
    rb"\\([a-z]{1,32})(-?\d{1,9})? ?|\\'([0-9a-f]{2})|\\([^a-z0-9\r\n'])|(\\?[\r\n]+)|([{}])|([^\\{}\r\n]+)|(\\)",
    re.IGNORECASE,
)
_BREAKS = {
    b"par": "\n", b"line": "\n", b"sect": "\n\n", b"page": "\n\n", b"row": "\n", b"tab": "\t", b"cell": "\t",
    b"emdash": "—", b"endash": "–", b"bullet": "•", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“",
    b"rdblquote": "”", b"emspace": " ", b"enspace": " ", b"qmspace": " ",
}  # fmt: skip
_SIGNS = {b"~": "\u00a0", b"_": "\u2011", b"{": "{", b"}": "}", b"\\": "\\", b"-": ""}
_SKIPPED = frozenset(
    (
        b"fonttbl colortbl stylesheet info pict object fldinst header footer headerl headerr headerf footerl footerr "
        b"footerf footnote annotation xe tc themedata colorschememapping latentstyles datastore listtable "
        b"listoverridetable rsidtbl generator nonshppict shppict bkmkstart bkmkend revtbl filetbl"
    ).split()
)
_PAGES = {b"mac": "mac-roman", b"pc": "cp437", b"pca": "cp850", b"ansi": "cp1252"}


def text_of(data: bytes) -> str:
    """Return the words, paragraphs apart by line feeds; raise `Malformed` ``content`` when it is no RTF."""
    if not data.lstrip().startswith(b"{\\rtf") or len(data) > MOST_BYTES:
        raise Malformed("content")
    return _Reader().read(data)


class _Reader:
    """One text. A group inherits whether it is skipped, and how many characters stand in for each Unicode one."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._groups: list[tuple[bool, int]] = []
        self._skipped, self._unicode_skip = False, 1
        self._page = "cp1252"
        self._pending = 0
        self._marked = False
        self._bytes = bytearray()

    def read(self, data: bytes) -> str:
        for count, found in enumerate(_TOKEN.finditer(data)):
            if count >= MOST_TOKENS:
                raise Malformed("content")
            word, number, byte, sign, _line, brace, plain, _alone = found.groups()
            if byte is not None:
                self._byte(int(byte, 16))
                continue
            self._flush()
            if brace is not None:
                self._brace(brace)
            elif word is not None:
                self._word(word.lower(), int(number) if number else None)
            elif sign is not None:
                self._marked = sign == b"*"
                self._say(_SIGNS.get(sign, ""))
            elif plain is not None:
                self._plain(plain)
        self._flush()
        lines = [line.rstrip() for line in "".join(self._out).replace("\t\n", "\n").split("\n")]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()

    def _brace(self, brace: bytes) -> None:
        self._pending = 0
        if brace == b"{":
            if len(self._groups) >= MOST_DEPTH:
                raise Malformed("content")
            self._groups.append((self._skipped, self._unicode_skip))
        elif self._groups:
            self._skipped, self._unicode_skip = self._groups.pop()
        self._marked = False

    def _word(self, word: bytes, number: int | None) -> None:
        if self._marked or word in _SKIPPED:
            self._skipped = True
        self._marked = False
        if word == b"u" and number is not None:
            self._say(chr(number % 0x10000) if not 0xD800 <= number % 0x10000 <= 0xDFFF else "\ufffd")
            self._pending = self._unicode_skip
        elif word == b"uc":
            self._unicode_skip = min(max(number or 0, 0), 8)
        elif word == b"ansicpg" and number is not None:
            self._page = _codec(f"cp{number}")
        elif word in _PAGES:
            self._page = _PAGES[word]
        else:
            self._say(_BREAKS.get(word, ""))

    def _byte(self, value: int) -> None:
        if self._pending:
            self._pending -= 1
        elif not self._skipped:
            self._bytes.append(value)

    def _plain(self, plain: bytes) -> None:
        skipped = min(self._pending, len(plain))
        self._pending -= skipped
        self._say(plain[skipped:].decode(self._page, "replace"))

    def _flush(self) -> None:
        """Several bytes may be one letter."""
        if self._bytes:
            self._out.append(self._bytes.decode(self._page, "replace"))
            self._bytes.clear()

    def _say(self, text: str) -> None:
        if text and not self._skipped:
            self._out.append(text)


def _codec(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"

"""OBX-5 of a report: lines of text, or a document put into ED (HL7 v2.5.1 2.A.24); bytes of a type that we show."""

import base64
import binascii
import re
from collections.abc import Sequence

from appliance.domain.errors import Malformed
from appliance.domain.results import Content
from pacs_bridge.hl7.grammar import Segment, unescaped
from pacs_bridge.hl7.rtf import text_of

TEXT = frozenset({"TX", "FT", "ST"})
_CDA, _PDF, _HTML, _PLAIN = "text/xml", "application/pdf", "text/html", "text/plain"
_RANK = (_CDA, _PDF, _HTML, _PLAIN)
_BLANKS = re.compile(r"\s+")


def content_of(observations: Sequence[Segment]) -> Content | None:
    """Return the content of a report, None when it has none.

    Of several a CDA is taken before a PDF, that before HTML, that before text: the first was signed, the last is a
    copy of it.

    Raises
    ------
    Malformed
        ``content`` when a document is not what it says.
    """
    found = [one for segment in observations if segment.text(2).upper() == "ED" and (one := _document(segment))]
    lines = [segment for segment in observations if segment.text(2).upper() in TEXT]
    text = "\n".join(_line(segment) for segment in lines).strip()
    if text:
        found.append(_text(text))
    return min(found, key=lambda one: _RANK.index(one.mime)) if found else None


def _line(segment: Segment) -> str:
    """Return a text as one: senders forget to escape a component's separator in a sentence."""
    lines = segment.raw(5).split(segment.separators.repetition)
    return "\n".join(unescaped(line, segment.separators, segment.charset) for line in lines)


def _text(text: str) -> Content:
    words = text_of(text.encode("latin-1", "replace")) if text.lstrip().startswith("{\\rtf") else text
    return Content(_PLAIN, words.encode())


def _document(segment: Segment) -> Content | None:
    """Return the document of an ED, None when it is of a type that is not shown."""
    kind, subtype = segment.text(5, 2).lower(), segment.text(5, 3).lower()
    named = f"{kind}/{subtype}"
    data = _decoded(segment)
    if not data:
        return None
    if "pdf" in named:
        if b"%PDF" not in data[:1024]:
            raise Malformed("content")
        return Content(_PDF, data)
    if "rtf" in named:
        return Content(_PLAIN, text_of(data).encode())
    if "cda" in named or "xml" in named:
        return Content(_CDA, data)
    if "html" in named:
        return Content(_HTML, data)
    if kind in ("text", "tx", "ft") or subtype in ("plain", "text"):
        return _text(_words(data, segment.charset))
    return None


def _decoded(segment: Segment) -> bytes:
    encoding, text = segment.text(5, 4).lower(), segment.text(5, 5)
    try:
        if encoding == "base64":
            return base64.b64decode(_BLANKS.sub("", text), validate=True)
        if encoding == "hex":
            return bytes.fromhex(_BLANKS.sub("", text))
    except (binascii.Error, ValueError) as exc:
        raise Malformed("content") from exc
    return text.encode(segment.charset, "replace")


def _words(data: bytes, charset: str) -> str:
    for codec in ("utf-8", charset):
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")

"""The study that a clinical document names (PS3.20 9.8.2 *Study Act*): nothing else of it is read here.

Expat alone, and no document type: no entity is ever defined or fetched.
"""

from xml.parsers import expat

from appliance.domain.errors import Malformed

MOST_DEPTH = 256
_STUDY = ("113014", "1.2.840.10008.2.16.4")


class _Found(Exception):
    """The first study act is read: the rest need not be."""


class _Reader:
    """Keeps, for each open element, the root of its first ``id`` and whether its ``code`` is that of a study."""

    def __init__(self) -> None:
        self.uid = ""
        self._open: list[tuple[list[str], list[bool]]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= MOST_DEPTH:
            raise Malformed("content")
        if self._open:
            roots, studies = self._open[-1]
            if name.rpartition(":")[2] == "id" and attributes.get("root"):
                roots.append(attributes["root"])
            if name.rpartition(":")[2] == "code":
                studies.append((attributes.get("code"), attributes.get("codeSystem")) == _STUDY)
        self._open.append(([], []))

    def end(self, _name: str) -> None:
        roots, studies = self._open.pop()
        if roots and any(studies):
            self.uid = roots[0]
            raise _Found


def study_named(document: bytes) -> str:
    """Return the study UID of the first study act as it stands there, empty when there is none.

    Raises
    ------
    Malformed
        ``content`` when it is no XML, or has a document type.
    """
    reader, parser = _Reader(), expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise Malformed("content")

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    try:
        parser.Parse(document, True)
    except _Found:
        return reader.uid
    except (expat.ExpatError, LookupError, ValueError) as exc:
        raise Malformed("content") from exc
    return ""

"""A clinical document (CDA R2) as HTML: the narrative of its sections, or the document that its body carries.

Read by expat with our own small tree: a document type is refused outright, so that no entity is ever defined or
fetched; depth, number and size are bounded. Coded entries are not shown, but for the images that they name.
"""

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from appliance.domain.errors import Malformed
from appliance.domain.reports import Relation, ReportState
from pacs_bridge.prepare.reports.foreign import put_words
from pacs_bridge.prepare.reports.page import Page

MOST_DEPTH = 64
MOST_NODES = 200_000
_HL7 = "urn:hl7-org:v3"
_SAME = {
    "list": "ul", "item": "li", "paragraph": "p", "table": "table", "caption": "caption", "thead": "thead",
    "tbody": "tbody", "tfoot": "tbody", "tr": "tr", "th": "th", "td": "td", "sup": "sup", "sub": "sub",
}  # fmt: skip
_UID = re.compile(r"[0-9.]{1,64}")


@dataclass(slots=True)
class Node:
    """An element: its local name (``x:`` before it when it is not of HL7 v3), attributes, children."""

    tag: str
    attributes: dict[str, str]
    children: list["Node | str"] = field(default_factory=list)

    def nodes(self, tag: str) -> Iterator["Node"]:
        """Yield the children of that name."""
        return (child for child in self.children if isinstance(child, Node) and child.tag == tag)

    def at(self, *path: str) -> "Node | None":
        """Return the first element at a path."""
        found: Node | None = self
        for tag in path:
            found = next(found.nodes(tag), None) if found is not None else None
        return found

    def words(self) -> str:
        """Return all the words below, spaces joined."""
        return " ".join("".join(_strings(self)).split())


@dataclass(frozen=True, slots=True)
class ClinicalFacts:
    """What a document says of itself: ``root^extension`` of its identities, its author, what it replaces."""

    unique_id: str
    set_id: str
    relation: Relation
    parent_id: str
    title: str
    author: str
    author_facility: str
    state: ReportState
    effective: str


@dataclass(frozen=True, slots=True)
class Carried:
    """A document in the body of another, level 1: its media type and its bytes."""

    media: str
    data: bytes


def parsed(data: bytes) -> Node:
    """Return the root of a clinical document.

    Raises
    ------
    Malformed
        ``report_dtd``, ``report_too_deep``, ``report_too_large``, ``report_unreadable``.
    """
    root = _Builder().built(data)
    if root.tag != "ClinicalDocument":
        raise Malformed("report_unreadable")
    return root


def facts_of(root: Node) -> ClinicalFacts:
    """Return what the header says (CDA R2 4.2). Only a legal authenticator makes a document valid."""
    related = root.at("relatedDocument")
    kind = related.attributes.get("typeCode", "") if related is not None else ""
    relation = Relation(kind) if kind in (Relation.REPLACES, Relation.ADDS) else Relation.ALONE
    parent = related.at("parentDocument", "id") if related is not None and relation else None
    signer = root.at("legalAuthenticator", "assignedEntity")
    writer = signer if signer is not None else root.at("author", "assignedAuthor")
    state = ReportState.VALIDATED if signer is not None else ReportState.PROVISIONAL
    title, effective, house = root.at("title"), root.at("effectiveTime"), ("representedOrganization", "name")
    facility = writer.at(*house) if writer is not None else None
    return ClinicalFacts(
        unique_id=_identity(root.at("id")), set_id=_identity(root.at("setId")), relation=relation,
        parent_id=_identity(parent), title=title.words() if title is not None else "", author=_person(writer),
        author_facility=facility.words() if facility is not None else "", state=state,
        effective=effective.attributes.get("value", "") if effective is not None else "",
    )  # fmt: skip


def carried(root: Node) -> Carried | None:
    """Return the document that a level 1 body carries, or None; raise `Malformed` ``report_unreadable``."""
    text = root.at("component", "nonXMLBody", "text")
    if text is None:
        return None
    media = text.attributes.get("mediaType", "text/plain").lower()
    words = "".join(_strings(text))
    if text.attributes.get("representation", "TXT").upper() != "B64":
        return Carried(media, words.encode())
    try:
        return Carried(media, b64decode("".join(words.split()), validate=True))
    except (Error, ValueError) as exc:
        raise Malformed("report_unreadable") from exc


def put_document(page: Page, root: Node) -> None:
    """Add the sections of a structured body."""
    body = root.at("component", "structuredBody")
    if body is None:
        return
    for component in body.nodes("component"):
        for section in component.nodes("section"):
            _put_section(page, section, 0)
    images = list(dict.fromkeys(_images(root)))
    if images:
        with page.element("p"):
            page.word("images", "b")
            for uid in images:
                page.raw(" ")
                page.jump(uid)


def _put_section(page: Page, section: Node, depth: int) -> None:
    title, text = section.at("title"), section.at("text")
    if title is not None and title.words():
        page.heading(title.words(), depth)
    if text is not None:
        _put_block(page, text)
    for component in section.nodes("component"):
        for inner in component.nodes("section"):
            _put_section(page, inner, depth + 1)


def _put_block(page: Page, text: Node) -> None:
    """Add a narrative block; words beside its paragraphs become paragraphs."""
    if all(isinstance(child, str) for child in text.children):
        put_words(page, "".join(_strings(text)))
        return
    for child in text.children:
        if isinstance(child, Node):
            _put_node(page, child)
        elif child.strip():
            with page.element("p"):
                page.lines(child.strip())


def _put_node(page: Page, node: Node) -> None:
    """Add an element of the narrative (CDA R2 4.3.5); an unknown one leaves its words."""
    if node.tag == "br":
        page.raw("<br>")
        return
    tag, attributes = _tag(node), {}
    if node.tag in ("th", "td"):
        attributes = {k: v for k in ("colspan", "rowspan") if (v := node.attributes.get(k, "")).isdecimal()}
    if not tag:
        _put_children(page, node)
        return
    with page.element(tag, attributes):
        _put_children(page, node)


def _tag(node: Node) -> str:
    if node.tag == "list" and node.attributes.get("listType") == "ordered":
        return "ol"
    style = node.attributes.get("styleCode", "").lower().split()
    if node.tag == "content":
        return "b" if "bold" in style else "i" if "italics" in style else "u" if "underline" in style else ""
    return _SAME.get(node.tag, "")


def _put_children(page: Page, node: Node) -> None:
    grid = node.tag in ("table", "thead", "tbody", "tfoot", "tr", "list")
    for child in node.children:
        if isinstance(child, Node):
            _put_node(page, child)
        elif child.strip() or not grid:
            page.lines(re.sub(r"\s+", " ", child))


def _images(root: Node) -> Iterator[str]:
    """Yield the SOP Instance UIDs of the images that entries name (classCode DGIMG)."""
    for node in _walk(root):
        if node.tag == "observation" and node.attributes.get("classCode") == "DGIMG":
            for one in node.nodes("id"):
                uid = one.attributes.get("root", "")
                if _UID.fullmatch(uid):
                    yield uid


def _walk(root: Node) -> Iterator[Node]:
    left = [root]
    while left:
        node = left.pop()
        yield node
        left += [child for child in reversed(node.children) if isinstance(child, Node)]


def _strings(node: Node) -> Iterable[str]:
    for child in node.children:
        if isinstance(child, str):
            yield child
        else:
            yield from _strings(child)


def _identity(node: Node | None) -> str:
    if node is None:
        return ""
    return "^".join(part for part in (node.attributes.get("root", ""), node.attributes.get("extension", "")) if part)


def _person(entity: Node | None) -> str:
    name = entity.at("assignedPerson", "name") if entity is not None else None
    if name is None:
        return ""
    parts = [child.words() for tag in ("prefix", "given", "family", "suffix") for child in name.nodes(tag)]
    return " ".join(part for part in parts if part) or name.words()


class _Builder:
    """Builds the tree; expat calls the methods."""

    def __init__(self) -> None:
        self._root: Node | None = None
        self._open: list[Node] = []
        self._left = MOST_NODES

    def built(self, data: bytes) -> Node:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._words
        try:
            parser.Parse(data, True)
        except (expat.ExpatError, ValueError, LookupError) as exc:
            raise Malformed("report_unreadable") from exc
        if self._root is None:
            raise Malformed("report_unreadable")
        return self._root

    def _doctype(self, *_: object) -> None:
        raise Malformed("report_dtd")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._left -= 1
        if self._left < 0:
            raise Malformed("report_too_large")
        if len(self._open) >= MOST_DEPTH:
            raise Malformed("report_too_deep")
        space, _, local = name.rpartition(" ")
        node = Node(local if space == _HL7 else f"x:{local}", attributes)
        if self._open:
            self._open[-1].children.append(node)
        else:
            self._root = node
        self._open.append(node)

    def _end(self, _name: str) -> None:
        self._open.pop()

    def _words(self, words: str) -> None:
        self._open[-1].children.append(words)

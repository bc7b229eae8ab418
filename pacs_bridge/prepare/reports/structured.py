"""A structured report as HTML (PS3.3 C.17.3): headings from concept names, measurements as tables.

Items by reference are named, never followed: a tree that refers to itself ends.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from pydicom.dataset import Dataset, FileDataset

from appliance.dicom.elements import first_item, integer, items, raw_value, text, values
from appliance.dicom.person_names import spoken
from appliance.domain.errors import Malformed
from pacs_bridge.prepare.reports.foreign import put_words
from pacs_bridge.prepare.reports.page import Page

MOST_DEPTH = 32
MOST_ITEMS = 20_000
_LONG = 2_000_000
_PICTURES = frozenset({"IMAGE", "SCOORD", "SCOORD3D", "TCOORD", "WAVEFORM", "COMPOSITE"})
_FACTS = frozenset({"CODE", "PNAME", "DATE", "TIME", "DATETIME"})
_SILENT = frozenset({
    "121049", "121046",  # the language of the words, its country
    "112040", "128774",  # unique identifiers of what is tracked
    "121005", "121008", "121009", "121010", "121011", "121012", "121013", "121014", "121015",  # who observed
})  # fmt: skip
"""Concepts that help programs, not readers."""
_LABELS = frozenset({"112039"})
"""*Tracking Identifier*: names a group of measurements better than the word « Measurement Group »."""
_PLAIN = frozenset({"121071", "121073", "121077", "121144", "121069", "113012", "111412", "121111", "121106"})
"""Concepts of a paragraph that its section's heading says already: Finding, Impression, Conclusion…"""
_POWERS = str.maketrans({"2": "²", "3": "³"})


def put_report(page: Page, dataset: FileDataset) -> None:
    """Add the content of a report; raise `Malformed` ``report_too_deep`` or ``report_too_large``."""
    _Tree(page, dataset).put()


class _Tree:
    def __init__(self, page: Page, dataset: FileDataset) -> None:
        self._page, self._dataset = page, dataset
        self._left = MOST_ITEMS
        self._studies = dict(_evidence(dataset))

    def put(self) -> None:
        self._children(self._dataset, 0)

    def _children(self, parent: Dataset, depth: int, *, but: Sequence[Dataset] = ()) -> None:
        if depth > MOST_DEPTH:
            raise Malformed("report_too_deep")
        children = [item for item in self._items(parent) if not any(item is one for one in but)]
        if _is_flowing(parent) and not any(_kind(item) == "section" for item in children):
            self._flow(children)
            return
        put = {
            "section": self._sections, "numbers": self._table, "facts": self._facts, "words": self._words,
            "pictures": self._pictures, "reference": self._references,
        }  # fmt: skip
        for kind, run in groupby(children, _kind):
            if kind in put:
                put[kind](list(run), depth)

    def _items(self, parent: Dataset) -> list[Dataset]:
        found = list(items(parent, "ContentSequence", self._left + 1))
        self._left -= len(found)
        if self._left < 0:
            raise Malformed("report_too_large")
        return found

    # --- kinds of items ---

    def _sections(self, run: Sequence[Dataset], depth: int) -> None:
        for item in run:
            label = next((one for one in items(item, "ContentSequence", 50) if _code(one) in _LABELS), None)
            title = _value(label) if label is not None else _name(item)
            if title:
                self._page.heading(title, depth)
            self._children(item, depth + 1 if title else depth, but=[label] if label is not None else [])

    def _words(self, run: Sequence[Dataset], depth: int) -> None:
        for item in run:
            words, name = _words_of(item), _name(item)
            if name and _code(item) not in _PLAIN:
                self._page.heading(name, depth)
            put_words(self._page, words)
            self._children(item, depth + 1)

    def _facts(self, run: Sequence[Dataset], depth: int) -> None:
        with self._page.element("dl"):
            for item in run:
                self._page.leaf("dt", _name(item))
                with self._page.element("dd"):
                    self._page.text(_value(item))
                    self._modifiers(item, depth + 1)

    def _modifiers(self, item: Dataset, depth: int) -> None:
        """Add in a line what qualifies an item, with the images it rests on."""
        if depth > MOST_DEPTH:
            raise Malformed("report_too_deep")
        for child in self._items(item):
            kind = _kind(child)
            if kind == "pictures":
                self._page.raw(" ")
                self._jumps(child, depth + 1)
            elif kind in ("facts", "words", "numbers"):
                self._page.text(f" ({_named(child)})")

    def _table(self, run: Sequence[Dataset], depth: int) -> None:
        page = self._page
        with page.element("table"):
            with page.element("thead"), page.element("tr"):
                for word in ("measure", "value", "unit"):
                    page.word(word, "th")
            with page.element("tbody"):
                for item in run:
                    self._row(item, depth)

    def _row(self, item: Dataset, depth: int) -> None:
        page, (value, unit) = self._page, _measured(item)
        with page.element("tr"):
            with page.element("th", {"scope": "row"}):
                page.text(_name(item))
                self._modifiers(item, depth + 1)
            with page.element("td"):
                _put_number(page, value)
            page.leaf("td", unit)

    def _pictures(self, run: Sequence[Dataset], depth: int) -> None:
        with self._page.element("p"):
            for number, item in enumerate(run):
                if number:
                    self._page.raw(" ")
                self._jumps(item, depth)

    def _jumps(self, item: Dataset, depth: int) -> None:
        """Add a jump to each image that the item is, or rests on."""
        if depth > MOST_DEPTH:
            raise Malformed("report_too_deep")
        kind = text(item, "ValueType", 16)
        if kind == "IMAGE":
            for one in items(item, "ReferencedSOPSequence", 100):
                uid = text(one, "ReferencedSOPInstanceUID", 64)
                self._page.jump(uid, integer(one, "ReferencedFrameNumber"), self._studies.get(uid, ""))
        elif kind in ("WAVEFORM", "COMPOSITE"):
            self._page.word("not_shown")
        for child in self._items(item):
            if _kind(child) == "pictures":
                self._page.raw(" ")
                self._jumps(child, depth + 1)

    def _references(self, run: Sequence[Dataset], depth: int) -> None:
        for item in run:
            target = self._target(item)
            name = _named(target) if target is not None else ""
            if name:
                with self._page.element("p"):
                    self._page.word("see")
                    self._page.text(f" {name}")

    def _target(self, item: Dataset) -> Dataset | None:
        """Return the item at a path (1, 3, 2), which begins at the root (PS3.3 C.17.3.2.5)."""
        at: Dataset | None = self._dataset
        for number in values(item, "ReferencedContentItemIdentifier")[1:MOST_DEPTH]:
            wanted = int(str(number)) if str(number).isdecimal() else 0
            children = list(items(at, "ContentSequence", wanted)) if at is not None and wanted else []
            at = children[-1] if wanted and len(children) == wanted else None
        return at if at is not self._dataset else None

    def _flow(self, children: Iterable[Dataset]) -> None:
        """Add items that together are one sentence (*Continuity Of Content* CONTINUOUS)."""
        with self._page.element("p"):
            for number, item in enumerate(children):
                words = _words_of(item) if _kind(item) == "words" else _value(item)
                if number and words[:1] not in (".", ",", ";", ")"):
                    self._page.raw(" ")
                self._page.lines(words)
                self._modifiers(item, 1)


def _kind(item: Dataset) -> str:
    value_type, code = text(item, "ValueType", 16), _code(item)
    if not value_type:
        return "reference" if raw_value(item, "ReferencedContentItemIdentifier") is not None else ""
    if code in _SILENT or value_type == "UIDREF":
        return ""
    if value_type == "TEXT":
        return "words" if text(item, "RelationshipType", 16) in ("CONTAINS", "INFERRED FROM") else "facts"
    if value_type in _FACTS:
        return "facts"
    if value_type in _PICTURES:
        return "pictures"
    return {"CONTAINER": "section", "NUM": "numbers"}.get(value_type, "")


def _is_flowing(item: Dataset) -> bool:
    return text(item, "ContinuityOfContent", 16) == "CONTINUOUS"


def _code(item: Dataset) -> str:
    code = first_item(item, "ConceptNameCodeSequence")
    return text(code, "CodeValue", 64) if code is not None else ""


def _name(item: Dataset) -> str:
    code = first_item(item, "ConceptNameCodeSequence")
    return text(code, "CodeMeaning", 256) if code is not None else ""


def _named(item: Dataset) -> str:
    return " : ".join(part for part in (_name(item), _value(item)) if part)


def _words_of(item: Dataset) -> str:
    """Return (0040,A160) *Text Value* with its line breaks."""
    value = raw_value(item, "TextValue")
    words = "\\".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value or "")
    if len(words) > _LONG:
        raise Malformed("report_too_large")
    return words


def _value(item: Dataset) -> str:
    kind = text(item, "ValueType", 16)
    if kind == "TEXT":
        return " ".join(_words_of(item).split())
    if kind == "CODE":
        code = first_item(item, "ConceptCodeSequence")
        return text(code, "CodeMeaning", 256) if code is not None else ""
    if kind == "PNAME":
        return spoken(text(item, "PersonName", 256))
    if kind == "NUM":
        return " ".join(part for part in _measured(item) if part)
    return _moment(text(item, {"DATE": "Date", "TIME": "Time"}.get(kind, "DateTime"), 32))


def _moment(value: str) -> str:
    """Return a DA, TM or DT as people write it."""
    digits = value.split(".")[0].split("+")[0]
    if re.fullmatch(r"\d{8}(\d{4,6})?", digits):
        day = f"{digits[6:8]}/{digits[4:6]}/{digits[:4]}"
        return f"{day} {digits[8:10]}:{digits[10:12]}" if len(digits) > 8 else day
    return f"{digits[:2]}:{digits[2:4]}" if re.fullmatch(r"\d{4}(\d\d)?", digits) else value


def _measured(item: Dataset) -> tuple[str, str]:
    """Return the number, or why there is none, and the unit."""
    measured = first_item(item, "MeasuredValueSequence")
    if measured is None:
        why = first_item(item, "NumericValueQualifierCodeSequence")
        return (text(why, "CodeMeaning", 64) if why is not None else "—"), ""
    unit = first_item(measured, "MeasurementUnitsCodeSequence")
    code = text(unit, "CodeValue", 32) if unit is not None else ""
    meaning = text(unit, "CodeMeaning", 64) if unit is not None else ""
    return _shortened(text(measured, "NumericValue", 32)), _unit(code, meaning)


def _shortened(value: str) -> str:
    """Return a number as it was given, at most six significant digits of what a program computed."""
    digits = value.lstrip("+-").replace(".", "").lstrip("0")
    try:
        return f"{float(value):.6g}" if len(digits) > 6 and "." in value else value
    except ValueError:
        return value


def _unit(code: str, meaning: str) -> str:
    """Return a UCUM code as people write it; annotations in braces say what is counted."""
    bare = re.sub(r"\{([^}]*)\}", "", code).strip()
    if code == "1" or not code:
        return ""
    if not bare:
        return meaning or code.strip("{}")
    return re.sub(r"(?<=m)[23]\b", lambda found: found.group(0).translate(_POWERS), bare.replace("ug", "µg"))


def _put_number(page: Page, value: str) -> None:
    if re.fullmatch(r"[+-]?\d+(\.\d+)?", value):
        page.leaf("span", value.replace(".", ","), {"data-number": value})
    else:
        page.text(value)


def _evidence(dataset: FileDataset) -> Iterable[tuple[str, str]]:
    """Yield the SOP Instance UID of each object that the report rests on, and its study (PS3.3 C.17.2.3)."""
    for keyword in ("CurrentRequestedProcedureEvidenceSequence", "PertinentOtherEvidenceSequence"):
        for study in items(dataset, keyword, 100):
            for series in items(study, "ReferencedSeriesSequence", 1000):
                for one in items(series, "ReferencedSOPSequence", MOST_ITEMS):
                    yield text(one, "ReferencedSOPInstanceUID", 64), text(study, "StudyInstanceUID", 64)

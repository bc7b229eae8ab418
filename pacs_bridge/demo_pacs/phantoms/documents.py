"""Structured reports, key images, PDF: the trees and their words."""

from __future__ import annotations

from collections.abc import Iterable

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    BasicTextSRStorage,
    ComprehensiveSRStorage,
    EncapsulatedPDFStorage,
    KeyObjectSelectionDocumentStorage,
)

from pacs_bridge.demo_pacs.phantoms.studies import Series, code, codes, numbers, reference

Code = tuple[str, str, str]
REPORT: Code = ("18748-4", "LN", "Compte rendu d'imagerie")


def item(
    kind: str, relation: str | None, name: Code | None, *children: Dataset, **values: object
) -> Dataset:
    """Content item of a report: its type, its relation to its parent, its name, its children."""
    d = Dataset()
    if relation:
        d.RelationshipType = relation
    d.ValueType = kind
    if name:
        d.ConceptNameCodeSequence = codes(name)
    if kind == "CONTAINER":
        d.ContinuityOfContent = "SEPARATE"
    for key, value in values.items():
        setattr(d, key, value)
    if children:
        d.ContentSequence = Sequence(list(children))
    return d


def text(relation: str, name: Code, words: str, *children: Dataset) -> Dataset:
    """TEXT item."""
    return item("TEXT", relation, name, *children, TextValue=words)


def coded(relation: str, name: Code, value: Code, *children: Dataset) -> Dataset:
    """CODE item."""
    return item("CODE", relation, name, *children, ConceptCodeSequence=codes(value))


def image(relation: str, target: Dataset, name: Code | None = None) -> Dataset:
    """IMAGE item."""
    return item("IMAGE", relation, name, ReferencedSOPSequence=Sequence([reference(target)]))


def number(relation: str, name: Code, value: float, unit: Code, *children: Dataset) -> Dataset:
    """NUM item."""
    measured = Dataset()
    measured.NumericValue = numbers([value])[0]
    measured.MeasurementUnitsCodeSequence = codes(unit)
    return item("NUM", relation, name, *children, MeasuredValueSequence=Sequence([measured]))


def line(points: list[float], target: Dataset) -> Dataset:
    """SCOORD polyline (column, row, …) drawn on an image."""
    return item(
        "SCOORD",
        "INFERRED FROM",
        None,
        image("SELECTED FROM", target),
        GraphicType="POLYLINE",
        GraphicData=points,
    )


def evidence(targets: Iterable[Dataset]) -> Sequence:
    """Studies, series and objects that a document refers to."""
    studies: dict[str, dict[str, dict[str, Dataset]]] = {}
    for t in targets:
        studies.setdefault(t.StudyInstanceUID, {}).setdefault(t.SeriesInstanceUID, {})[
            t.SOPInstanceUID
        ] = reference(t)
    out = Sequence()
    for study, series in studies.items():
        e = Dataset()
        e.StudyInstanceUID, e.ReferencedSeriesSequence = study, Sequence()
        for uid, objects in series.items():
            s = Dataset()
            s.SeriesInstanceUID, s.ReferencedSOPSequence = uid, Sequence(list(objects.values()))
            e.ReferencedSeriesSequence.append(s)
        out.append(e)
    return out


def document(
    series: Series,
    sop_class: str,
    title: Code,
    content: list[Dataset],
    targets: list[Dataset],
    template: str | None = None,
) -> Dataset:
    """Report with its root container."""
    d = series.instance(sop_class)
    root = item("CONTAINER", None, title, *content)
    for element in root:
        d.add(element)
    if template:
        t = Dataset()
        t.MappingResource, t.TemplateIdentifier = "DCMR", template
        d.ContentTemplateSequence = Sequence([t])
    d.ReferencedPerformedProcedureStepSequence = Sequence()
    d.CurrentRequestedProcedureEvidenceSequence = evidence(targets)
    if sop_class == KeyObjectSelectionDocumentStorage:
        return d
    d.PerformedProcedureCodeSequence = Sequence()
    d.CompletionFlag, d.VerificationFlag = "COMPLETE", "VERIFIED"
    verifier = Dataset()
    verifier.VerifyingObserverName, verifier.VerifyingOrganization = (
        "KERVELLA^Solène^^Dr",
        "Centre hospitalier de Fontrêve",
    )
    verifier.VerificationDateTime = series.when.strftime("%Y%m%d%H%M%S")
    verifier.VerifyingObserverIdentificationCodeSequence = Sequence()
    d.VerifyingObserverSequence = Sequence([verifier])
    return d


def basic_text(
    series: Series, sections: list[tuple[Code, list[tuple[str, list[Dataset]]]]]
) -> Dataset:
    """Report in words: sections of paragraphs, each with the images it speaks of."""
    finding: Code = ("121071", "DCM", "Constatation")
    content, targets = [], []
    for name, paragraphs in sections:
        children = []
        for words, shown in paragraphs:
            targets += shown
            children.append(
                text("CONTAINS", finding, words, *[image("INFERRED FROM", s) for s in shown])
            )
        content.append(item("CONTAINER", "CONTAINS", name, *children))
    return document(
        series, BasicTextSRStorage, REPORT, [_language(), *_author(), *content], targets
    )


def _language() -> Dataset:
    return coded(
        "HAS CONCEPT MOD",
        ("121049", "DCM", "Language of Content Item and Descendants"),
        ("fr-FR", "RFC5646", "Français (France)"),
    )


def _author() -> list[Dataset]:
    return [
        coded("HAS OBS CONTEXT", ("121005", "DCM", "Observer Type"), ("121006", "DCM", "Person")),
        item(
            "PNAME",
            "HAS OBS CONTEXT",
            ("121008", "DCM", "Person Observer Name"),
            PersonName="KERVELLA^Solène^^Dr",
        ),
    ]


def measurements(
    series: Series, groups: list[Dataset], targets: list[Dataset], procedure: Code
) -> Dataset:
    """Measurement report (TID 1500)."""
    library = item("CONTAINER", "CONTAINS", ("111028", "DCM", "Image Library"), item(
        "CONTAINER", "CONTAINS", ("126200", "DCM", "Image Library Group"), *[image("CONTAINS", t) for t in targets]))  # fmt: skip
    found = item("CONTAINER", "CONTAINS", ("126010", "DCM", "Imaging Measurements"), *groups)
    content = [
        _language(),
        *_author(),
        coded("HAS CONCEPT MOD", ("121058", "DCM", "Procedure reported"), procedure),
        library,
        found,
    ]
    return document(
        series,
        ComprehensiveSRStorage,
        ("126000", "DCM", "Imaging Measurement Report"),
        content,
        targets,
        "1500",
    )


def lesion(label: str, uid: str, site: Code, kind: Code, values: list[Dataset]) -> Dataset:
    """Group of measurements of one lesion (TID 1501)."""
    group = item(
        "CONTAINER", "CONTAINS", ("125007", "DCM", "Measurement Group"),
        text("HAS OBS CONTEXT", ("112039", "DCM", "Tracking Identifier"), label),
        item("UIDREF", "HAS OBS CONTEXT", ("112040", "DCM", "Tracking Unique Identifier"), UID=uid),
        coded("CONTAINS", ("121071", "DCM", "Finding"), kind),
        coded("HAS CONCEPT MOD", ("363698007", "SCT", "Finding Site"), site),
        *values,
    )  # fmt: skip
    return group


def key_images(series: Series, targets: list[Dataset], words: str) -> Dataset:
    """Key object selection (TID 2010)."""
    content = [
        text("CONTAINS", ("113012", "DCM", "Key Object Description"), words),
        *[image("CONTAINS", t) for t in targets],
    ]
    return document(
        series,
        KeyObjectSelectionDocumentStorage,
        ("113000", "DCM", "Of Interest"),
        content,
        targets,
        "2010",
    )


def pdf(series: Series, title: str, lines: list[str]) -> Dataset:
    """Encapsulated PDF of one page."""
    d = series.instance(EncapsulatedPDFStorage)
    d.BurnedInAnnotation, d.DocumentTitle, d.MIMETypeOfEncapsulatedDocument = (
        "YES",
        title,
        "application/pdf",
    )
    d.ConversionType, d.AcquisitionDateTime = "WSD", series.when.strftime("%Y%m%d%H%M%S")
    d.ConceptNameCodeSequence = Sequence([code(*REPORT)])
    page = _page(title, lines)
    d.EncapsulatedDocumentLength = len(page)
    d.EncapsulatedDocument = page + b"\0" * (len(page) % 2)
    return d


def _page(title: str, lines: list[str]) -> bytes:
    """A4 page in Helvetica, the letters of Western Europe."""

    def escape(words: str) -> bytes:
        return (
            words.encode("cp1252", "replace")
            .replace(b"\\", b"\\\\")
            .replace(b"(", b"\\(")
            .replace(b")", b"\\)")
        )

    body = (
        b"BT /F2 16 Tf 60 780 Td ("
        + escape(title)
        + b") Tj ET\n0.6 w 60 770 m 535 770 l S\nBT /F1 11 Tf 15 TL 60 745 Td\n"
    )
    body += b"".join(b"(" + escape(words) + b") Tj T*\n" for words in lines) + b"ET"
    font = b"<</Type/Font/Subtype/Type1/BaseFont/%s/Encoding/WinAnsiEncoding>>"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 5 0 R/F2 6 0 R>>>>/Contents 4 0 R>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(body), body),
        font % b"Helvetica",
        font % b"Helvetica-Bold",
    ]
    out, offsets = b"%PDF-1.4\n", []
    for n, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (n, content)
    table = b"".join(b"%010d 00000 n \n" % o for o in offsets)
    return (
        out
        + b"xref\n0 7\n0000000000 65535 f \n"
        + table
        + b"trailer<</Size 7/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(out)
    )

"""One version of a report, in a worker process: what it is, and what a browser may show of it."""

from pathlib import Path

from pydicom.dataset import FileDataset

from appliance.dicom.elements import FOREIGN_ERRORS, raw_value, text
from appliance.dicom.reading import read_whole
from appliance.domain.errors import Fault, Malformed
from appliance.domain.reports import CDA_CLASS, CLASSES, PDF_CLASS
from pacs_bridge.prepare.making import Rendered, ReportTask
from pacs_bridge.prepare.reports.clinical import carried, parsed, put_document
from pacs_bridge.prepare.reports.foreign import put_html, put_words
from pacs_bridge.prepare.reports.page import Page
from pacs_bridge.prepare.reports.structured import put_report

PDF, HTML = "application/pdf", "text/html"
MOST_BYTES = 32 << 20
"""Of a source that is read whole; a PDF may be twice as large."""


def render(task: ReportTask) -> Rendered:
    """Write what may be shown into the file that the task names; never raises for what the source holds."""
    try:
        media, data = _shown(task.source, task.mime)
    except Malformed as fault:
        return Rendered(reason=_reason(fault))
    except MemoryError:
        raise
    except FOREIGN_ERRORS:
        return Rendered(reason="report_unreadable")
    task.output.write_bytes(data)
    return Rendered(media=media)


def document_of(dataset: FileDataset) -> bytes:
    """Return (0042,0011) *Encapsulated Document* without its padding; raise `Malformed` ``report_unreadable``."""
    value = raw_value(dataset, "EncapsulatedDocument")
    if not isinstance(value, bytes):
        raise Malformed("report_unreadable")
    declared = raw_value(dataset, "EncapsulatedDocumentLength")
    return value[:declared] if isinstance(declared, int) and 0 < declared <= len(value) else value.rstrip(b"\0")


def _shown(source: Path, mime: str) -> tuple[str, bytes]:
    size = source.stat().st_size
    if size > 2 * MOST_BYTES:
        raise Malformed("report_too_large")
    if mime != "application/dicom":
        return _of_media(mime, source.read_bytes())
    dataset = read_whole(source)
    sop_class = text(dataset, "SOPClassUID", 64)
    if sop_class == PDF_CLASS:
        return _of_media(PDF, document_of(dataset))
    if sop_class == CDA_CLASS:
        return _of_media("text/xml", document_of(dataset))
    if sop_class not in CLASSES:
        raise Malformed("report_kind")
    if size > MOST_BYTES:
        raise Malformed("report_too_large")
    page = Page()
    put_report(page, dataset)
    return _written(page)


def _of_media(mime: str, data: bytes, *, nested: bool = False) -> tuple[str, bytes]:
    """Return what is shown of bytes that call themselves ``mime``; only a PDF is passed on as it is."""
    kind = mime.split(";")[0].strip().lower()
    if kind == PDF:
        return PDF, _pdf(data)
    if len(data) > MOST_BYTES:
        raise Malformed("report_too_large")
    page = Page()
    if (kind in ("text/xml", "application/xml") or kind.endswith("+xml")) and not nested:
        root = parsed(data)
        body = carried(root)
        if body is not None:
            return _of_media(body.media, body.data, nested=True)
        put_document(page, root)
    elif kind == HTML:
        put_html(page, _decoded(data))
    elif kind == "text/plain":
        put_words(page, _decoded(data))
    else:
        raise Malformed("report_kind")
    return _written(page)


def _pdf(data: bytes) -> bytes:
    """Return the document from its header on: what is before it could be something else (ISO 32000 7.5.2)."""
    at = data.find(b"%PDF-", 0, 1024)
    if at < 0:
        raise Malformed("report_kind")
    return data[at:]


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _written(page: Page) -> tuple[str, bytes]:
    if not page.html().strip():
        with page.element("p"):
            page.word("empty")
    return HTML, page.html().encode()


def _reason(fault: Fault) -> str:
    return fault.cause if fault.cause.startswith("report_") else "report_unreadable"

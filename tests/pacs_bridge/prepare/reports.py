"""Reports written by hand for tests: trees of content items, clinical documents, and what is made of them."""

from datetime import date, datetime
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, BasicTextSRStorage, ExplicitVRLittleEndian

from pacs_bridge.demo_pacs.phantoms import documents as doc
from pacs_bridge.demo_pacs.phantoms.studies import Patient, Series, Study
from pacs_bridge.prepare.making import Rendered, ReportTask
from pacs_bridge.prepare.reports.rendering import render

PATIENT = Patient("F-1", "LEFÈVRE^Anne", "F", date(1961, 3, 14), 60, 1.7)
STUDY = Study(PATIENT, "tests", datetime(2026, 11, 22, 9, 12), "TDM", "A1")
FINDING = ("121071", "DCM", "Finding")
FINDINGS = ("121070", "DCM", "Findings")


def series(number: int = 9, modality: str = "SR") -> Series:
    return Series(STUDY, number, modality, "Compte rendu")


def report(*content: Dataset, sop_class: str = BasicTextSRStorage) -> Dataset:
    return doc.document(series(), sop_class, doc.REPORT, list(content), [])


def written(dataset: Dataset, path: Path) -> Path:
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    pydicom.dcmwrite(path, dataset, enforce_file_format=True)
    return path


def rendered(source: Path, mime: str = "application/dicom") -> tuple[Rendered, str]:
    output = source.with_suffix(".shown")
    made = render(ReportTask(source, mime, output))
    return made, output.read_text() if made.media == "text/html" else ""


def shown(folder: Path, *content: Dataset) -> str:
    made, html = rendered(written(report(*content), folder / "report.dcm"))
    assert made == Rendered(media="text/html")
    return html


def encapsulated(data: bytes, sop_class: str, mime: str) -> Dataset:
    made = series(modality="DOC").instance(UID(sop_class))
    made.MIMETypeOfEncapsulatedDocument, made.DocumentTitle = mime, "Compte rendu"
    made.EncapsulatedDocumentLength = len(data)
    made.EncapsulatedDocument = data + b"\0" * (len(data) % 2)
    return made


def clinical(body: str, head: str = "", before: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<ClinicalDocument xmlns="urn:hl7-org:v3">'
        f'<id root="1.2.3" extension="A"/><title>CR d’imagerie</title>{head}<component>{body}</component>'
        "</ClinicalDocument>"
    ).encode()

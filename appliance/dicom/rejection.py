"""A rejection note read from its Key Object document (PS3.3 A.35.4, IHE RAD TF-3 4.66.4.1.3)."""

from collections.abc import Iterator

from pydicom.dataset import Dataset

from appliance.dicom.elements import first_item, items, text
from appliance.domain.errors import Malformed
from appliance.domain.identifiers import SopUID, sop_uid
from appliance.domain.rejection import KEY_OBJECTS, Rejection, code_of

MOST = 100_000


def rejection(dataset: Dataset) -> Rejection | None:
    """Return what the document takes back of its own study, None when it is no rejection note.

    Objects of other studies are left alone: a note speaks of the study it belongs to.
    """
    if text(dataset, "SOPClassUID", 64) != KEY_OBJECTS:
        return None
    title = first_item(dataset, "ConceptNameCodeSequence")
    code = code_of(text(title, "CodingSchemeDesignator", 16), text(title, "CodeValue", 16)) if title else None
    if code is None:
        return None
    try:
        own = sop_uid(text(dataset, "SOPInstanceUID", 80))
    except Malformed:
        return None
    return Rejection(own, code, tuple(dict.fromkeys(_evidence(dataset)))[:MOST])


def _evidence(dataset: Dataset) -> Iterator[SopUID]:
    study = text(dataset, "StudyInstanceUID", 64)
    for one in items(dataset, "CurrentRequestedProcedureEvidenceSequence", MOST):
        if text(one, "StudyInstanceUID", 64) != study:
            continue
        for series in items(one, "ReferencedSeriesSequence", MOST):
            for reference in items(series, "ReferencedSOPSequence", MOST):
                try:
                    yield sop_uid(text(reference, "ReferencedSOPInstanceUID", 80))
                except Malformed:
                    continue

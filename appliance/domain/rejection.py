"""Rejection notes: what the imaging department takes back (IHE RAD TF-3 4.66, Imaging Object Change Management)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from appliance.domain.identifiers import SopUID

KEY_OBJECTS = "1.2.840.10008.5.1.4.1.1.88.59"
"""Key Object Selection Document: a rejection note is one with a title of `RejectionCode`."""


class RejectionCode(StrEnum):
    """Titles of Key Object documents that reject (PS3.16 CID 7011)."""

    QUALITY = "113001"
    PATIENT_SAFETY = "113037"
    WORKLIST_ENTRY = "113038"
    RETENTION = "113039"


@dataclass(frozen=True, slots=True)
class Rejection:
    """A rejection note: its own UID, why, and the objects it takes back."""

    sop_uid: SopUID
    code: RejectionCode
    rejected: tuple[SopUID, ...]


def code_of(scheme: str, value: str) -> RejectionCode | None:
    """Return the code when the title of a document is one that rejects."""
    known: Mapping[str, RejectionCode] = {code.value: code for code in RejectionCode}
    return known.get(value.strip()) if scheme.strip() == "DCM" else None

"""What HL7 says of a report (R-H): its state by OBR-25 and OBX-11, or by TXA-17 and TXA-19; how it stands to others.

What is not known for sure is provisional: nobody outside reads it before somebody signs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from appliance.domain.feed import Header, Patient
from appliance.domain.reports import Relation, ReportState

ACCESSION_FIELDS = ("IPC-1", "OBR-18", "OBR-3", "ORC-3")
"""Where an accession number may stand, in the order in which it is looked for unless set otherwise."""
_DONE, _CORRECTED, _CANCELLED = frozenset("FU"), frozenset("C"), frozenset("XWD")
_SIGNED, _WITHDRAWN = frozenset({"LA", "AU"}), frozenset({"CA", "UN"})
_RELATIONS = {"T06": Relation.ADDS, "T10": Relation.REPLACES}
EVENTS = frozenset({"T01", "T02", "T04", "T06", "T08", "T10", "T11"})
"""Of MDM; the others say nothing that is kept."""
IMPORTANT = frozenset({"AA", "HH", "LL"})
"""OBX-8."""


@dataclass(frozen=True, slots=True)
class Content:
    """The text of a report as bytes of ``mime``; text is UTF-8."""

    mime: str
    data: bytes


@dataclass(frozen=True, slots=True)
class SaidReport:
    """One report of a message.

    ``number`` tells it apart among those of its sender: TXA-12, or ORC-3 (else OBR-3) and OBX-4; ``parent`` is TXA-13.
    """

    number: str
    state: ReportState
    relation: Relation = Relation.ALONE
    parent: str = ""
    title: str = ""
    author: str = ""
    important: bool = False
    stated_at: datetime | None = None
    study_uid: str = ""
    accession: str = ""
    accession_issuer: str = ""
    content: Content | None = None


@dataclass(frozen=True, slots=True)
class ReportMessage:
    """ORU^R01 or MDM read whole."""

    header: Header
    patient: Patient
    reports: tuple[SaidReport, ...]


@dataclass(frozen=True, slots=True)
class OrderMessage:
    """ORM^O01 or OMI^O23: which exams are ordered for whom, by study UID with the accession number."""

    header: Header
    patient: Patient
    studies: tuple[tuple[str, str], ...]


def state_of_result(order: str, observations: Sequence[str]) -> ReportState:
    """Return the state by OBR-25 and the OBX-11 of what is read; the least finished one decides.

    An observation that is withdrawn among others says nothing of those: it is left out by whoever reads them.
    """
    said = [word for word in (order, *observations) if word]
    left = [word for word in said if word not in _CANCELLED]
    if said and (order in _CANCELLED or not left or (observations and all(w in _CANCELLED for w in observations))):
        return ReportState.CANCELLED
    if not left or any(word not in _DONE | _CORRECTED for word in left):
        return ReportState.PROVISIONAL
    return ReportState.CORRECTED if any(word in _CORRECTED for word in left) else ReportState.VALIDATED


def state_of_document(event: str, completion: str, availability: str) -> ReportState:
    """Return the state by the event, TXA-17 and TXA-19; what replaces a signed document is a correction once signed."""
    if event == "T11" or availability in _WITHDRAWN:
        return ReportState.CANCELLED
    if completion not in _SIGNED:
        return ReportState.PROVISIONAL
    return ReportState.CORRECTED if event == "T10" else ReportState.VALIDATED


def relation_of(event: str) -> Relation:
    """Return how the document of an event stands to its parent."""
    return _RELATIONS.get(event, Relation.ALONE)


def is_withdrawn(observation: str) -> bool:
    """Whether an OBX-11 takes its observation back."""
    return observation in _CANCELLED

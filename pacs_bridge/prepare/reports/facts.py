"""What a DICOM object that is a report says of itself, the header of a clinical document within it included."""

from dataclasses import replace
from datetime import datetime

from pydicom.dataset import FileDataset

from appliance.dicom.elements import text
from appliance.dicom.reports import instant_of, report_of
from appliance.domain.errors import Malformed
from appliance.domain.reports import CDA_CLASS, ReportState
from appliance.usecases.ports import ArrivedReport
from pacs_bridge.prepare.reports import clinical
from pacs_bridge.prepare.reports.rendering import document_of


def arrived_report(dataset: FileDataset, received: datetime) -> ArrivedReport:
    """Return the version that the object is; raises `Malformed` ``uid``."""
    arrived = report_of(dataset, received)
    if text(dataset, "SOPClassUID", 64) != CDA_CLASS:
        return arrived
    try:
        facts = clinical.facts_of(clinical.parsed(document_of(dataset)))
    except Malformed:
        return arrived  # kept, and refused in words when it is to be made readable
    return _with_header(arrived, facts)


def _with_header(arrived: ArrivedReport, facts: clinical.ClinicalFacts) -> ArrivedReport:
    at = instant_of(facts.effective) or arrived.at
    validated = arrived.state is ReportState.VALIDATED and facts.state is ReportState.VALIDATED
    return replace(
        arrived, unique_id=facts.unique_id or arrived.unique_id, set_id=facts.set_id, relation=facts.relation,
        parent_id=facts.parent_id, title=facts.title or arrived.title, author=facts.author or arrived.author,
        author_facility=facts.author_facility or arrived.author_facility, at=at, stated_at=at,
        state=arrived.state if validated else ReportState.PROVISIONAL,
    )  # fmt: skip

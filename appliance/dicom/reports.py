"""What a structured report or an encapsulated document says of itself (PS3.3 C.17.2, C.24.2)."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from pydicom.dataset import Dataset, FileDataset

from appliance.dicom.elements import date_digits, first_item, items, text, time_digits
from appliance.dicom.facts import traits_of
from appliance.dicom.header import patient_of, study_of
from appliance.dicom.person_names import spoken
from appliance.domain.reports import Relation, ReportState, Source
from appliance.domain.sharing import PARIS
from appliance.usecases.ports import ArrivedReport

_OBSERVER = "121008"
"""*Person Observer Name* (DCM)."""


def report_of(dataset: FileDataset, received: datetime) -> ArrivedReport:
    """Return what a report says of itself; ``received`` stands in for a date that it lacks.

    Raises
    ------
    Malformed
        ``uid``.
    """
    study, traits = study_of(dataset), traits_of(patient_of(dataset))
    verified = _verifiers(dataset)
    stated = _stated_at(dataset, verified) or received
    before = _predecessor(dataset)
    author, facility = _author(dataset, verified)
    uid = text(dataset, "SOPInstanceUID", 64)
    return ArrivedReport(
        unique_id=uid, sop_uid=uid, state=state_of(dataset), source=Source.DICOM, at=stated, stated_at=stated,
        mime="application/dicom", relation=Relation.REPLACES if before else Relation.ALONE, parent_id=before,
        title=_title(dataset), author=author, author_facility=facility or study.institution, study_uid=study.uid,
        accession=study.accession, accession_issuer=study.accession_issuer, patients=(traits.identifier,),
        patient_name=traits.name, birth_date=traits.birth_date, sex=traits.sex,
    )  # fmt: skip


def state_of(dataset: Dataset) -> ReportState:
    """Return the state that the flags give.

    (0040,A493) *Verification Flag* decides; (0040,A491) *Completion Flag* PARTIAL and (0040,A496) *Preliminary Flag*
    PRELIMINARY make any report provisional. An encapsulated document without a flag was archived as final.
    """
    if text(dataset, "PreliminaryFlag", 16) == "PRELIMINARY" or text(dataset, "CompletionFlag", 16) == "PARTIAL":
        return ReportState.PROVISIONAL
    flag = text(dataset, "VerificationFlag", 16)
    is_final = flag == "VERIFIED" or (not flag and "EncapsulatedDocument" in dataset)
    return ReportState.VALIDATED if is_final else ReportState.PROVISIONAL


def instant_of(digits: str, zone: tzinfo = PARIS) -> datetime | None:
    """Return a DT (PS3.5 6.2), or a TS of HL7, as an instant; without an offset it is local to ``zone``."""
    found = re.match(r"(\d{8})(\d{2})?(\d{2})?(\d{2})?(?:\.\d*)?([+-]\d{4})?", digits)
    if found is None:
        return None
    day, *clock, offset = found.groups()
    try:
        naive = datetime.strptime(day + "".join(part or "00" for part in clock), "%Y%m%d%H%M%S")  # noqa: DTZ007
    except ValueError:
        return None
    return naive.replace(tzinfo=_zone(offset or "", zone)).astimezone(UTC)


def _zone(offset: str, otherwise: tzinfo) -> tzinfo:
    """Return the zone of ``+0100`` (0008,0201); what no place on Earth has is no zone."""
    if not re.fullmatch(r"[+-]\d{4}", offset):
        return otherwise
    minutes = int(offset[1:3]) * 60 + int(offset[3:])
    return timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes)) if minutes <= 14 * 60 else otherwise


def _verifiers(dataset: Dataset) -> list[Dataset]:
    """Return who verified it, the last one first."""
    found = list(items(dataset, "VerifyingObserverSequence", 50))
    return sorted(found, key=lambda one: text(one, "VerificationDateTime", 32), reverse=True)


def _stated_at(dataset: Dataset, verified: list[Dataset]) -> datetime | None:
    zone = _zone(text(dataset, "TimezoneOffsetFromUTC", 8), PARIS)
    told = [text(verified[0], "VerificationDateTime", 32)] if verified else []
    for kind in ("Content", "InstanceCreation", "Series", "Study"):
        told.append(date_digits(dataset, f"{kind}Date") + time_digits(dataset, f"{kind}Time"))
    return next((found for one in told if (found := instant_of(one, zone)) is not None), None)


def _predecessor(dataset: Dataset) -> str:
    """Return the report that this one replaces, (0040,A360) *Predecessor Documents Sequence*."""
    for study in items(dataset, "PredecessorDocumentsSequence", 10):
        for series in items(study, "ReferencedSeriesSequence", 10):
            for one in items(series, "ReferencedSOPSequence", 1):
                return text(one, "ReferencedSOPInstanceUID", 64)
    return ""


def _title(dataset: Dataset) -> str:
    code = first_item(dataset, "ConceptNameCodeSequence")
    coded = text(code, "CodeMeaning", 256) if code is not None else ""
    return text(dataset, "DocumentTitle", 256) or coded or text(dataset, "SeriesDescription", 256)


def _author(dataset: Dataset, verified: list[Dataset]) -> tuple[str, str]:
    """Return who answers for it and for which house: who verified it, else who wrote it."""
    if verified:
        name = spoken(text(verified[0], "VerifyingObserverName", 256))
        return name, text(verified[0], "VerifyingOrganization", 256)
    author = first_item(dataset, "AuthorObserverSequence")
    if author is not None:
        return spoken(text(author, "PersonName", 256)), text(author, "InstitutionName", 256)
    for item in items(dataset, "ContentSequence", 50):
        code = first_item(item, "ConceptNameCodeSequence")
        if code is not None and text(code, "CodeValue", 16) == _OBSERVER:
            return spoken(text(item, "PersonName", 256)), ""
    return "", ""

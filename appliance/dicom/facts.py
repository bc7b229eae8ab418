"""From a received object to the row that the use case of receiving keeps."""

from pathlib import Path

from appliance.dicom.header import read_header
from appliance.domain.headers import Header, NameGroups, PatientHeader
from appliance.domain.people import Identifier, PatientTraits
from appliance.usecases.ports import InstanceFacts


def read_facts(source: Path | bytes) -> InstanceFacts:
    """Return the facts of a Part-10 file, or of its first bytes; raises as `read_header`."""
    return facts_of(read_header(source))


def facts_of(header: Header) -> InstanceFacts:
    """Return the index's view of a header.

    ``has_pixels`` is a declaration (a size is given); *prepare* finds out.
    """
    study, series, instance = header.study, header.series, header.instance
    rows, columns = max(instance.rows or 0, 0), max(instance.columns or 0, 0)
    return InstanceFacts(
        sop_uid=instance.sop_uid, sop_class=instance.sop_class,
        transfer_syntax=instance.transfer_syntax, series_uid=series.uid, study_uid=study.uid,
        traits=traits_of(header.patient), modality=series.modality, number=instance.number,
        series_number=series.number, series_description=series.description, study_date=study.date,
        study_time=study.time, study_description=study.description, accession=study.accession,
        body_part=series.body_part, frames=instance.frames, rows=rows, columns=columns,
        has_pixels=rows > 0 and columns > 0)


def traits_of(patient: PatientHeader) -> PatientTraits:
    """Return who the object says it belongs to; nothing is interpreted (R-A, R-B)."""
    identifier = Identifier(patient.patient_id, patient.issuer, authority_oid=patient.issuer_oid)
    return PatientTraits(identifier, _joined(patient.name), patient.birth_date, patient.sex)


def _joined(name: NameGroups) -> str:
    return "=".join((name.alphabetic, name.ideographic, name.phonetic)).rstrip("=")

"""What a node answered, as rows of JSON, and whether it was asked for: a peer's matching is not trusted."""

from collections.abc import Mapping
from typing import Any

from pydicom.dataset import Dataset

from appliance.dicom.elements import date_digits, integer, name_groups, text, texts, time_digits
from appliance.domain import names
from appliance.domain.errors import Malformed
from appliance.domain.identifiers import study_uid
from appliance.domain.nodes import Node
from appliance.domain.searching import Query

Row = Mapping[str, Any]


def study_row(answer: Dataset, node: Node) -> Row | None:
    """Return a STUDY answer, decoded by its own character set; None without a valid UID."""
    try:
        uid = study_uid(text(answer, "StudyInstanceUID", 80))
    except Malformed:
        return None
    groups = name_groups(answer, "PatientName")
    return {
        "study_uid": uid,
        "patient_id": text(answer, "PatientID", 64),
        "issuer": text(answer, "IssuerOfPatientID", 64) or node.issuer,
        "patient_name": "=".join((groups.alphabetic, groups.ideographic, groups.phonetic)).rstrip("="),
        "birth_date": date_digits(answer, "PatientBirthDate"),
        "sex": text(answer, "PatientSex", 16),
        "study_date": date_digits(answer, "StudyDate"),
        "study_time": time_digits(answer, "StudyTime"),
        "description": text(answer, "StudyDescription", 256),
        "modalities": [value for value in texts(answer, "ModalitiesInStudy") if value],
        "accession": text(answer, "AccessionNumber", 64),
        "instances": integer(answer, "NumberOfStudyRelatedInstances"),
        "sop_classes": [value for value in texts(answer, "SOPClassesInStudy") if value],
        "facility": node.facility,
        "node": node.name,
    }


def fits(row: Row, wanted: Query) -> bool:
    """Whether the row is what was wanted, by the rules of the domain (R-A, R-B)."""
    if wanted.study_uid:
        return bool(row["study_uid"] == wanted.study_uid)
    if wanted.patient_id and row["patient_id"].lstrip("0") != wanted.patient_id.lstrip("0"):
        return False
    if wanted.issuer and row["issuer"] not in ("", wanted.issuer):
        return False
    if wanted.accession and row["accession"] != wanted.accession:
        return False
    if wanted.birth_date and row["birth_date"] not in ("", wanted.birth_date):
        return False
    return _name_fits(str(row["patient_name"]), wanted)


def _name_fits(person_name: str, wanted: Query) -> bool:
    family = "".join(names.fold(wanted.family_name))
    if family:
        families = ("".join(names.fold(group.split("^")[0])) for group in person_name.split("="))
        if not any(held.startswith(family) for held in families):
            return False
    given = "".join(names.fold(wanted.given_name))
    lists = names.given_lists(person_name)
    return not given or not lists or any("".join(one).startswith(given) for one in lists)

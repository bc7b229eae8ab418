"""From a DICOM file to the facts the store keeps. Tolerant of every value but the three UIDs."""

from collections.abc import Iterable
from pathlib import Path

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset, FileDataset
from pydicom.tag import BaseTag

from appliance.dicom.elements import (
    FOREIGN_ERRORS,
    calendar_date,
    date_digits,
    first_item,
    integer,
    items,
    name_groups,
    text,
    time_digits,
)
from appliance.dicom.reading import read_before_pixels
from appliance.domain.errors import Malformed
from appliance.domain.headers import (
    Header,
    InstanceHeader,
    PatientHeader,
    SeriesHeader,
    StudyHeader,
)
from appliance.domain.identifiers import series_uid, sop_uid, study_uid

INSTANCE_KEYWORDS = ("SOPClassUID", "SOPInstanceUID", "InstanceNumber", "NumberOfFrames", "Rows", "Columns")
"""What differs between the instances of a series."""

KEYWORDS = (
    "SpecificCharacterSet", "StudyDate", "SeriesDate",
    "StudyTime", "SeriesTime", "AccessionNumber", "IssuerOfAccessionNumberSequence", "Modality",
    "InstitutionName", "ReferringPhysicianName", "StudyDescription", "SeriesDescription",
    "PatientName", "PatientID", "IssuerOfPatientID", "IssuerOfPatientIDQualifiersSequence",
    "PatientBirthDate", "PatientSex", "OtherPatientIDsSequence", "PatientBirthName",
    "BodyPartExamined", "StudyInstanceUID", "SeriesInstanceUID", "StudyID", "SeriesNumber",
    "Laterality", *INSTANCE_KEYWORDS,
)


def read_header(source: Path | bytes) -> Header:
    """Return the facts of a Part-10 file (or of its bytes).

    Raises
    ------
    Malformed
        ``dicom_unreadable``, or ``uid`` when one of the three UIDs is missing or against PS3.5 9.1.
    """
    return header_of(read_before_pixels(source, tags_of(KEYWORDS)))


def header_of(dataset: FileDataset) -> Header:
    """Return the facts of a data set already read; raises `Malformed` ``uid``."""
    return Header(
        patient=patient_of(dataset),
        study=study_of(dataset),
        series=series_of(dataset),
        instance=instance_of(dataset, transfer_syntax_of(dataset)),
    )


def tags_of(keywords: Iterable[str]) -> list[BaseTag | int]:
    """Return the tags of keywords."""
    tags: list[BaseTag | int] = []
    for keyword in keywords:
        tag = tag_for_keyword(keyword)
        if tag is not None:
            tags.append(BaseTag(tag))
    return tags


def patient_of(dataset: Dataset) -> PatientHeader:
    """Return who it is about, as received."""
    others = ((text(i, "PatientID", 64), text(i, "IssuerOfPatientID", 64))
              for i in items(dataset, "OtherPatientIDsSequence", 32))
    return PatientHeader(
        patient_id=text(dataset, "PatientID", 64),
        issuer=text(dataset, "IssuerOfPatientID", 64),
        issuer_oid=_issuer_oid(dataset),
        name=name_groups(dataset, "PatientName"),
        birth_name=name_groups(dataset, "PatientBirthName").alphabetic,
        birth_date=date_digits(dataset, "PatientBirthDate"),
        sex=_sex(dataset),
        other_ids=tuple((value, issuer) for value, issuer in others if value),
    )


def _issuer_oid(dataset: Dataset) -> str:
    """Return (0040,0032) *Universal Entity ID* of the issuer when its type is ISO."""
    item = first_item(dataset, "IssuerOfPatientIDQualifiersSequence")
    if item is None or text(item, "UniversalEntityIDType", 16) not in ("", "ISO"):
        return ""
    return text(item, "UniversalEntityID", 64)


def _sex(dataset: Dataset) -> str:
    sex = text(dataset, "PatientSex", 16).upper()
    return sex if sex in ("M", "F", "O") else ""


def study_of(dataset: Dataset) -> StudyHeader:
    """Return its study; raises `Malformed` ``uid``."""
    issuer = first_item(dataset, "IssuerOfAccessionNumberSequence")
    return StudyHeader(
        uid=study_uid(_uid_text(dataset, "StudyInstanceUID")),
        date=calendar_date(dataset, "StudyDate"),
        time=time_digits(dataset, "StudyTime"),
        description=text(dataset, "StudyDescription", 256),
        accession=text(dataset, "AccessionNumber", 64),
        accession_issuer="" if issuer is None else (
            text(issuer, "LocalNamespaceEntityID", 64) or text(issuer, "UniversalEntityID", 64)),
        study_id=text(dataset, "StudyID", 64),
        referring=name_groups(dataset, "ReferringPhysicianName").alphabetic[:256],
        institution=text(dataset, "InstitutionName", 256),
    )


def series_of(dataset: Dataset) -> SeriesHeader:
    """Return its series; raises `Malformed` ``uid``."""
    side = text(dataset, "Laterality", 16).upper()
    return SeriesHeader(
        uid=series_uid(_uid_text(dataset, "SeriesInstanceUID")),
        number=integer(dataset, "SeriesNumber"),
        modality=text(dataset, "Modality", 16),
        description=text(dataset, "SeriesDescription", 256),
        body_part=text(dataset, "BodyPartExamined", 64),
        laterality=side if side in ("R", "L") else "",
        date=calendar_date(dataset, "SeriesDate"),
        time=time_digits(dataset, "SeriesTime"),
    )


def instance_of(dataset: Dataset, transfer_syntax: str) -> InstanceHeader:
    """Return what is its own; raises `Malformed` ``uid``."""
    frames = integer(dataset, "NumberOfFrames")
    return InstanceHeader(
        sop_uid=sop_uid(_uid_text(dataset, "SOPInstanceUID")),
        sop_class=text(dataset, "SOPClassUID", 64),
        transfer_syntax=transfer_syntax,
        number=integer(dataset, "InstanceNumber"),
        rows=integer(dataset, "Rows"),
        columns=integer(dataset, "Columns"),
        frames=frames if frames is not None and frames > 0 else 1,
    )


def transfer_syntax_of(dataset: FileDataset) -> str:
    """Return (0002,0010) *Transfer Syntax UID*, or what pydicom found the bytes to be."""
    declared = text(dataset.file_meta, "TransferSyntaxUID", 64)
    if declared:
        return declared
    if dataset.original_encoding[0]:
        return "1.2.840.10008.1.2"
    return "1.2.840.10008.1.2.1" if dataset.original_encoding[1] else "1.2.840.10008.1.2.2"


def _uid_text(dataset: Dataset, keyword: str) -> str:
    """Return the UID as received: NUL padding is dropped, anything else must make it fail."""
    try:
        value = dataset.get(keyword)
    except FOREIGN_ERRORS as exc:
        raise Malformed("uid") from exc
    return value.rstrip("\0 ") if isinstance(value, str) else ""

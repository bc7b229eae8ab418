"""What to ask for (R-G): match keys by strategy, return keys by level. Values only, no network."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from pydicom.dataset import Dataset

from appliance.domain.nodes import Node
from appliance.domain.searching import Query

REQUIRED = (
    "PatientID", "PatientName", "StudyInstanceUID", "StudyDate", "StudyTime", "AccessionNumber",
    "StudyID",
)  # fmt: skip
OPTIONAL = (
    "IssuerOfPatientID", "PatientBirthName", "PatientBirthDate", "PatientSex",
    "TimezoneOffsetFromUTC", "StudyDescription", "ModalitiesInStudy", "ReferringPhysicianName",
    "NumberOfStudyRelatedSeries", "NumberOfStudyRelatedInstances", "InstanceAvailability",
    "RetrieveAETitle", "SOPClassesInStudy", "InstitutionName",
)  # fmt: skip
SEQUENCES = (
    "IssuerOfPatientIDQualifiersSequence", "OtherPatientIDsSequence",
    "IssuerOfAccessionNumberSequence",
)  # fmt: skip
SERIES_KEYS = (
    "SeriesInstanceUID", "Modality", "SeriesNumber", "SeriesDescription", "SeriesDate",
    "SeriesTime", "BodyPartExamined", "Laterality", "NumberOfSeriesRelatedInstances",
)  # fmt: skip
IMAGE_KEYS = ("SOPInstanceUID", "SOPClassUID", "InstanceNumber")
YEARS_BACK = 10
BIRTH_ONLY_DAYS = 30
_NOT_LETTERS = re.compile(r"[^\w*]+")


def strategies(wanted: Query, node: Node, today: date) -> Iterator[Mapping[str, str]]:
    """Yield sets of match keys; the first that finds something is the last asked."""
    if wanted.study_uid:
        yield {"StudyInstanceUID": wanted.study_uid}
    elif wanted.accession:
        yield {"AccessionNumber": wanted.accession}
    elif wanted.patient_id:
        issuer = {"IssuerOfPatientID": wanted.issuer} if node.supports_issuer else {}
        yield {"PatientID": wanted.patient_id, **issuer}
        bare = wanted.patient_id.lstrip("0")
        if bare and bare != wanted.patient_id:
            yield {"PatientID": bare, **issuer}
    elif wanted.family_name:
        yield from _by_name(wanted, today)
    else:
        since = today - timedelta(days=BIRTH_ONLY_DAYS)
        yield {"PatientBirthDate": wanted.birth_date, "StudyDate": f"{since:%Y%m%d}-"}


def identifier(level: str, keys: Mapping[str, str], node: Node, *, required_only: bool) -> Dataset:
    """Return the identifier of a C-FIND of level STUDY."""
    returned: Sequence[str] = REQUIRED if required_only else REQUIRED + OPTIONAL
    dataset = empty_identifier(level, returned, node)
    if not required_only:
        for keyword in SEQUENCES:
            setattr(dataset, keyword, [])
    for keyword, value in keys.items():
        setattr(dataset, keyword, value)
    return dataset


def empty_identifier(level: str, returned: Sequence[str], node: Node) -> Dataset:
    """Return an identifier whose return keys are all universal."""
    dataset = Dataset()
    dataset.SpecificCharacterSet = node.charset
    dataset.QueryRetrieveLevel = level
    for keyword in returned:
        setattr(dataset, keyword, None)
    return dataset


def _by_name(wanted: Query, today: date) -> Iterator[Mapping[str, str]]:
    since = date(today.year - YEARS_BACK, today.month, min(today.day, 28))
    common = {"StudyDate": f"{since:%Y%m%d}-"}
    if wanted.birth_date:
        common["PatientBirthDate"] = wanted.birth_date
    plain = _plain(wanted.family_name)
    yield {"PatientName": f"{plain}*", **common}
    if wanted.given_name:
        yield {"PatientName": f"{plain}*^{_plain(wanted.given_name)}*", **common}
    accented = _NOT_LETTERS.sub("?", wanted.family_name.upper())
    if accented != plain:
        yield {"PatientName": f"{accented}*", **common}


def _plain(name: str) -> str:
    """Return the name in capitals without accents; hyphens, apostrophes, spaces match any character."""
    decomposed = unicodedata.normalize("NFKD", name.upper())
    letters = "".join(char for char in decomposed if not unicodedata.combining(char))
    return _NOT_LETTERS.sub("?", letters)

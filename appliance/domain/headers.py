"""What the house remembers of a DICOM object: who, which study, which series, which instance.

Values only. They are read from files by `appliance.dicom.header` and kept by the store. Texts are
as received (decoded, trimmed), never interpreted here: names belong to `names`, dates of birth to
`birth_dates`.
"""

from dataclasses import dataclass
from datetime import date

from appliance.domain.identifiers import SeriesUID, SopUID, StudyUID


@dataclass(frozen=True, slots=True)
class NameGroups:
    """The three component groups of a Person Name, raw (`FAMILY^Given^…`), PS3.5 6.2.1.1."""

    alphabetic: str = ""
    ideographic: str = ""
    phonetic: str = ""


@dataclass(frozen=True, slots=True)
class PatientHeader:
    """Patient module facts. `birth_date` is eight DA digits, zeros for unknown parts, or empty."""

    patient_id: str
    issuer: str
    issuer_oid: str
    name: NameGroups
    birth_name: str
    birth_date: str
    sex: str
    other_ids: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class StudyHeader:
    """General Study module facts. `time` is raw TM digits (`HHMMSS…`), local to the modality."""

    uid: StudyUID
    date: date | None
    time: str
    description: str
    accession: str
    accession_issuer: str
    study_id: str
    referring: str
    institution: str


@dataclass(frozen=True, slots=True)
class SeriesHeader:
    """General Series module facts. `laterality` is R, L or empty, never guessed."""

    uid: SeriesUID
    number: int | None
    modality: str
    description: str
    body_part: str
    laterality: str
    date: date | None
    time: str


@dataclass(frozen=True, slots=True)
class InstanceHeader:
    """SOP Common facts and the declared shape of the pixels (declared: not yet believed)."""

    sop_uid: SopUID
    sop_class: str
    transfer_syntax: str
    number: int | None
    rows: int | None
    columns: int | None
    frames: int


@dataclass(frozen=True, slots=True)
class Header:
    """All the facts of one received object."""

    patient: PatientHeader
    study: StudyHeader
    series: SeriesHeader
    instance: InstanceHeader

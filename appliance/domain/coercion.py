"""UIDs of objects that came without usable ones (PS3.4 B.2.3): replaced, never guessed, the same each time.

A UID of digits and dots is kept as it came (`identifiers`). Another is replaced by ``2.25.`` and an integer (PS3.5
B.2) derived from what the object says. A person's identity is part of every derived study: two persons never meet in
one, and an object that names nobody is a study of its own.
"""

import hashlib
import json
import uuid
from dataclasses import dataclass

from appliance.domain.errors import Malformed
from appliance.domain.identifiers import SeriesUID, SopUID, StudyUID, series_uid, sop_uid, study_uid


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom an object is about, as it says; all may be empty."""

    issuer: str
    patient_id: str
    name: str
    birth_date: str

    @property
    def named(self) -> bool:
        """Whether two objects that say this are of one person: an identifier, or a name with a birth date."""
        return bool(self.patient_id or (self.name and self.birth_date))


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a data set says of itself; each UID as received, empty when absent."""

    sop_class: str
    sop_uid: str
    study_uid: str
    series_uid: str
    subject: Subject
    study: tuple[str, ...] = ()
    """Study Date, Study Time, Accession Number."""
    series: tuple[str, ...] = ()
    """Modality, Series Number, Series Description, Series Date, Series Time."""

    @property
    def is_instance(self) -> bool:
        """Whether it says what it is: its class or its own UID (both are type 1 in SOP Common, PS3.3 C.12.1)."""
        return bool(self.sop_class or self.sop_uid)


@dataclass(frozen=True, slots=True)
class Announced:
    """What the C-STORE command says of the object it brings."""

    sop_class: str
    sop_uid: str


@dataclass(frozen=True, slots=True)
class Settled:
    """UIDs under which the object is kept."""

    sop_class: str
    sop_uid: SopUID
    study_uid: StudyUID
    series_uid: SeriesUID


def usable(uid: str) -> bool:
    """Whether a UID can be kept as it came."""
    try:
        study_uid(uid)
    except Malformed:
        return False
    return True


def settled(claimed: Claimed, announced: Announced, digest: bytes) -> Settled:
    """Return the UIDs of an object: its own where they are usable, else the command's, else derived ones.

    Parameters
    ----------
    digest
        SHA-256 of the data set as received.

    Raises
    ------
    Malformed
        ``dicom_unreadable`` when it does not say what it is, ``sop_mismatch`` when it is another object than announced.
    """
    if not claimed.is_instance:
        raise Malformed("dicom_unreadable")
    sop_class = _agreed(claimed.sop_class, announced.sop_class)
    if usable(claimed.sop_uid) or usable(announced.sop_uid):
        sop = sop_uid(_agreed(claimed.sop_uid, announced.sop_uid))
    else:
        sop = sop_uid(derived("sop", digest.hex()))
    study = study_uid(claimed.study_uid) if usable(claimed.study_uid) else _study(claimed, sop)
    if usable(claimed.series_uid):
        return Settled(sop_class, sop, study, series_uid(claimed.series_uid))
    told = (claimed.series_uid,) if claimed.series_uid else claimed.series
    return Settled(sop_class, sop, study, series_uid(derived("series", study, *told)))


def derived(*parts: str) -> str:
    """Return the ``2.25.`` UID of these texts."""
    text = json.dumps(parts, ensure_ascii=True)
    value = uuid.UUID(bytes=hashlib.sha256(text.encode()).digest()[:16], version=5)
    return f"2.25.{value.int}"


def _agreed(claimed: str, announced: str) -> str:
    """Return the object's own UID, the command's when it has none; they must not contradict each other."""
    if not usable(claimed):
        return announced
    if claimed != announced:
        raise Malformed("sop_mismatch")
    return claimed


def _study(claimed: Claimed, sop: str) -> StudyUID:
    subject = claimed.subject
    person = (subject.issuer, subject.patient_id, subject.name, subject.birth_date)
    told = ("value", claimed.study_uid) if claimed.study_uid else ("absent", *claimed.study)
    alone = () if subject.named else (sop,)
    return study_uid(derived("study", *person, *told, *alone))

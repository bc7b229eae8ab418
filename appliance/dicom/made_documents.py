"""Documents that we make ourselves: their modules, their content items, and a UID that follows from what they say.

What they have in common, whatever they document: the patient and the study of the images they name (PS3.3 C.7.1.1,
C.7.2.1), a physician and this appliance as observers (PS3.16 TID 1002), the evidence (PS3.3 C.17.2.3).
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path

from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from appliance.dicom.elements import text
from appliance.dicom.facts import traits_of
from appliance.dicom.header import patient_of, study_of
from appliance.dicom.identity import is_same
from appliance.dicom.reading import read_before_pixels
from appliance.domain.coercion import derived
from appliance.domain.people import PatientTraits
from appliance.domain.sharing import PARIS

PRODUCT = "Négatoscope"
PERSONS_OID = "1.2.250.1.71.4.2.1"
"""Of the national identifiers of French health professionals (ANS)."""
_TIME = re.compile(r"[0-9]{2}([0-9]{2}){0,2}|[0-9]{6}\.[0-9]{1,6}")
"""TM (PS3.5 6.2): said as the images say it, so that the study has one time."""
_PERSONS = "99IDNPS"
Code = tuple[str, str, str]
"""Value, scheme, meaning."""
_LANGUAGES = {"fr": ("fr", "RFC5646", "French"), "en": ("en", "RFC5646", "English")}


@dataclass(frozen=True, slots=True)
class Author:
    """The physician who measured or chose; ``national_id`` with its type digit."""

    family_name: str
    given_name: str
    national_id: str
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class Device:
    """The appliance, at one hospital."""

    name: str
    uid: str
    version: str
    institution: str


@dataclass(frozen=True, slots=True)
class Image:
    """An image, or a frame of one that has several (from 1; None for an image of one frame)."""

    sop_class: str
    sop_uid: str
    series_uid: str
    frame: int | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """What a document is made from: an object of its study, who that is now, who says it, when, in which language."""

    source: Path
    traits: PatientTraits
    author: Author
    device: Device
    at: datetime
    language: str


@dataclass(frozen=True, slots=True)
class Made:
    """A document: its identity, its file, and the same as a data set."""

    sop_class: str
    sop_uid: str
    series_uid: str
    data: bytes
    dataset: FileDataset


def code(named: Code) -> Dataset:
    """Return an item of a code sequence (PS3.3 8.8)."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = named
    return item


def content(kind: str, relation: str, name: Code | None, below: Sequence[Dataset] = ()) -> Dataset:
    """Return a content item of a value type, related to the one that will hold it (PS3.3 C.17.3)."""
    item = Dataset()
    item.RelationshipType, item.ValueType = relation, kind
    if name is not None:
        item.ConceptNameCodeSequence = [code(name)]
    if below:
        item.ContentSequence = list(below)
    return item


def container(relation: str, name: Code, below: Sequence[Dataset], template: str = "") -> Dataset:
    """Return a container, made by a template of PS3.16 where one is named."""
    item = content("CONTAINER", relation, name, below)
    item.ContinuityOfContent = "SEPARATE"
    if template:
        item.ContentTemplateSequence = [_template(template)]
    return item


def words(relation: str, name: Code, said: str, below: Sequence[Dataset] = ()) -> Dataset:
    """Return a text."""
    item = content("TEXT", relation, name, below)
    item.TextValue = said
    return item


def coded(relation: str, name: Code, value: Code) -> Dataset:
    """Return a code."""
    item = content("CODE", relation, name)
    item.ConceptCodeSequence = [code(value)]
    return item


def referenced(relation: str, image: Image) -> Dataset:
    """Return the reference to an image."""
    item = content("IMAGE", relation, None)
    item.ReferencedSOPSequence = [_reference(image)]
    return item


def identified(relation: str, name: Code, uid: str) -> Dataset:
    """Return a UID."""
    item = content("UIDREF", relation, name)
    item.UID = uid
    return item


def language_and_observers(origin: Origin) -> list[Dataset]:
    """Return what stands at the head of every document: its language (TID 1204), a person and a device (TID 1002)."""
    context, author, device = "HAS OBS CONTEXT", origin.author, origin.device
    kind: Code = ("121005", "DCM", "Observer Type")
    name = content("PNAME", context, ("121008", "DCM", "Person Observer Name"))
    name.PersonName = _name(author)
    said = [
        coded("HAS CONCEPT MOD", ("121049", "DCM", "Language of Content Item and Descendants"),
              _LANGUAGES[origin.language]),
        coded(context, kind, ("121006", "DCM", "Person")), name,
    ]  # fmt: skip
    if author.organisation:
        organisation: Code = ("121009", "DCM", "Person Observer's Organization Name")
        said.append(words(context, organisation, author.organisation))
    if author.national_id:
        identifier: Code = ("128775", "DCM", "Identifier within Person Observer's Role")
        said.append(words(context, identifier, f"{author.national_id}^^^&{PERSONS_OID}&ISO"))
    return [
        *said,
        coded(context, kind, ("121007", "DCM", "Device")),
        identified(context, ("121012", "DCM", "Device Observer UID"), device.uid),
        words(context, ("121013", "DCM", "Device Observer Name"), device.name),
        words(context, ("121014", "DCM", "Device Observer Manufacturer"), device.name),
        words(context, ("121015", "DCM", "Device Observer Model Name"), device.name),
    ]  # fmt: skip


def begun(origin: Origin, sop_class: str, modality: str, description: str) -> FileDataset:
    """Return a document without its content: patient, study, series, equipment, date.

    Raises
    ------
    Malformed
        ``dicom_unreadable`` when the object of the study cannot be read.
    Unavailable
        ``storage``.
    """
    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, UID(sop_class)
    made = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
    made.SpecificCharacterSet, made.SOPClassUID = "ISO_IR 192", sop_class
    source = read_before_pixels(origin.source)
    _put_patient(made, source, origin.traits)
    _put_study(made, source)
    made.Modality, made.SeriesDescription = modality, description[:64]
    made.SeriesInstanceUID = derived(modality, made.StudyInstanceUID, origin.author.national_id, _name(origin.author))
    made.SeriesNumber, made.InstanceNumber = _SERIES_NUMBERS[modality], 1
    made.ReferencedPerformedProcedureStepSequence = []
    device, when = origin.device, origin.at.astimezone(PARIS)
    made.Manufacturer = made.ManufacturerModelName = device.name
    made.SoftwareVersions, made.InstitutionName = device.version[:64], device.institution[:64]
    made.ContentDate, made.ContentTime = when.strftime("%Y%m%d"), when.strftime("%H%M%S")
    return made


_SERIES_NUMBERS = {"SR": 9901, "KO": 9902}
"""Behind those of any modality."""


def put_author(made: FileDataset, author: Author) -> None:
    """Put (0040,A078) *Author Observer Sequence* (PS3.3 table C.17-3b), and who issues the author's number."""
    item = Dataset()
    item.ObserverType, item.PersonName = "PSN", _name(author)
    number = author.national_id
    item.PersonIdentificationCodeSequence = [code((number, _PERSONS, "IDNPS"))] if number else []
    item.InstitutionName, item.InstitutionCodeSequence = author.organisation[:64], []
    made.AuthorObserverSequence = [item]
    if number:
        scheme = Dataset()
        scheme.CodingSchemeDesignator, scheme.CodingSchemeUID = _PERSONS, PERSONS_OID
        made.CodingSchemeIdentificationSequence = [scheme]


def evidence(study: str, images: Iterable[Image]) -> Dataset:
    """Return an item of (0040,A375) *Current Requested Procedure Evidence Sequence*: objects by their series."""
    by_series: dict[str, dict[str, Image]] = {}
    for image in images:
        by_series.setdefault(image.series_uid, {})[image.sop_uid] = image
    item = Dataset()
    item.StudyInstanceUID, item.ReferencedSeriesSequence = study, []
    for uid, found in by_series.items():
        series = Dataset()
        series.SeriesInstanceUID = uid
        series.ReferencedSOPSequence = [_reference(Image(one.sop_class, one.sop_uid, uid)) for one in found.values()]
        item.ReferencedSeriesSequence.append(series)
    return item


def rooted(made: FileDataset, title: Code, template: str, below: Sequence[Dataset]) -> None:
    """Put the root of the content into a document."""
    made.ValueType, made.ContinuityOfContent = "CONTAINER", "SEPARATE"
    made.ConceptNameCodeSequence = [code(title)]
    made.ContentTemplateSequence = [_template(template)]
    made.ContentSequence = list(below)


def ended(made: FileDataset) -> Made:
    """Return the document under the UID that follows from all that it says: said again, it is the same object."""
    buffer = DicomBytesIO()
    buffer.is_implicit_VR, buffer.is_little_endian = False, True
    write_dataset(buffer, made)
    uid = derived("document", hashlib.sha256(buffer.getvalue()).hexdigest())
    made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = UID(uid)
    file = BytesIO()
    dcmwrite(file, made, enforce_file_format=True)
    return Made(str(made.SOPClassUID), uid, str(made.SeriesInstanceUID), file.getvalue(), made)


def _template(number: str) -> Dataset:
    item = Dataset()
    item.MappingResource, item.TemplateIdentifier = "DCMR", number
    return item


def _reference(image: Image) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = image.sop_class, image.sop_uid
    if image.frame is not None:
        item.ReferencedFrameNumber = image.frame
    return item


def _name(author: Author) -> str:
    """Return a person name (PS3.5 6.2.1.2): nothing of it may stand for a separator."""
    parts = (author.family_name, author.given_name)
    return "^".join("".join(" " if c in "\\^=" else c for c in part).strip() for part in parts)[:64]


def _put_patient(made: Dataset, source: FileDataset, traits: PatientTraits) -> None:
    """Put the identity that is current; what else an object says of the same patient's identifier is kept."""
    said = traits_of(patient_of(source))
    who = said if is_same(said, traits) else traits
    made.PatientName, made.PatientID = who.name, who.identifier.value
    made.PatientBirthDate, made.PatientSex = who.birth_date, who.sex
    if who.identifier.authority:
        made.IssuerOfPatientID = who.identifier.authority
    if who.identifier.authority_oid:
        issuer = Dataset()
        issuer.UniversalEntityID, issuer.UniversalEntityIDType = who.identifier.authority_oid, "ISO"
        made.IssuerOfPatientIDQualifiersSequence = [issuer]


def _put_study(made: Dataset, source: FileDataset) -> None:
    study = study_of(source)
    made.StudyInstanceUID = study.uid
    made.StudyDate = study.date.strftime("%Y%m%d") if study.date else ""
    said = text(source, "StudyTime", 16)
    made.StudyTime = said if _TIME.fullmatch(said) else study.time
    made.ReferringPhysicianName, made.StudyID, made.AccessionNumber = study.referring, study.study_id, study.accession
    if study.description:
        made.StudyDescription = study.description[:64]
    if "IssuerOfAccessionNumberSequence" in source:
        made["IssuerOfAccessionNumberSequence"] = source["IssuerOfAccessionNumberSequence"]

"""Patients, studies, series: what every object of the demo shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian

from pacs_bridge.demo_pacs.phantoms.uids import derive

IMPLEMENTATION = derive("implementation")


@dataclass(frozen=True)
class Patient:
    """A person who does not exist; weight in kg, height in m."""

    ident: str
    name: str
    sex: str
    birth: date
    weight: float
    height: float
    charset: str = "ISO_IR 192"


@dataclass(frozen=True)
class Study:
    """One examination."""

    patient: Patient
    key: str
    when: datetime
    description: str
    accession: str
    referrer: str = "QUÉMÉNEUR^Hervé^^Dr"

    @property
    def uid(self) -> str:
        return derive(self.patient.ident, self.key)


@dataclass
class Series:
    """One series: makes its objects.

    Parameters
    ----------
    frame
        Key of the frame of reference, shared by series that overlay; None where there is none.
    delay
        Start after the study, s.
    """

    study: Study
    number: int
    modality: str
    description: str
    body_part: str = ""
    frame: str | None = None
    delay: int = 0
    maker: tuple[str, str] = ("Atelier Fictif", "Modèle 1")
    laterality: str | None = None
    written: list[Dataset] = field(default_factory=list)

    @property
    def uid(self) -> str:
        return derive(self.study.patient.ident, self.study.key, self.number)

    @property
    def when(self) -> datetime:
        return self.study.when + timedelta(seconds=self.delay)

    @property
    def frame_uid(self) -> str:
        return derive(self.study.patient.ident, "frame", self.frame)

    def instance(self, sop_class: str, number: int = 1) -> Dataset:
        """New object with its patient, study, series, equipment and SOP common modules."""
        s, p = self.study, self.study.patient
        d = Dataset()
        d.SpecificCharacterSet = p.charset
        d.SOPClassUID, d.SOPInstanceUID = UID(sop_class), UID(derive(self.uid, number))
        d.InstanceCreationDate = d.ContentDate = d.SeriesDate = self.when.strftime("%Y%m%d")
        d.InstanceCreationTime = d.ContentTime = d.SeriesTime = self.when.strftime("%H%M%S")
        d.StudyDate, d.StudyTime = s.when.strftime("%Y%m%d"), s.when.strftime("%H%M%S")
        d.AccessionNumber, d.Modality, d.ReferringPhysicianName = (
            s.accession,
            self.modality,
            s.referrer,
        )
        d.Manufacturer, d.ManufacturerModelName = self.maker
        d.InstitutionName, d.StationName = "Centre hospitalier de Fontrêve", f"{self.modality}1"
        d.DeviceSerialNumber, d.SoftwareVersions = "0001", "1"
        d.StudyDescription, d.SeriesDescription = s.description, self.description
        d.PatientName, d.PatientID, d.IssuerOfPatientID = p.name, p.ident, "FONTREVE"
        d.PatientBirthDate, d.PatientSex = p.birth.strftime("%Y%m%d"), p.sex
        d.PatientAge = f"{(s.when.date() - p.birth).days // 365:03d}Y"
        d.PatientSize, d.PatientWeight = p.height, p.weight
        d.StudyInstanceUID, d.SeriesInstanceUID = s.uid, self.uid
        d.StudyID, d.SeriesNumber, d.InstanceNumber = s.accession[-6:], self.number, number
        if self.body_part:
            d.BodyPartExamined = self.body_part
        if self.laterality is not None:
            d.Laterality = self.laterality
        if self.frame is not None:
            d.FrameOfReferenceUID, d.PositionReferenceIndicator = self.frame_uid, ""
        return d

    def acquired(self, d: Dataset, seconds: float = 0) -> None:
        """Stamp the time of acquisition of an image."""
        when = self.when + timedelta(seconds=seconds)
        d.AcquisitionDate, d.AcquisitionTime = (
            when.strftime("%Y%m%d"),
            when.strftime("%H%M%S.%f")[:-3],
        )
        d.AcquisitionNumber = 1

    def save(self, d: Dataset, folder: Path, syntax: str = ExplicitVRLittleEndian) -> None:
        """Write an object under ``folder/study/series/``, then forget its pixels."""
        d.file_meta = FileMetaDataset()
        d.file_meta.MediaStorageSOPClassUID, d.file_meta.MediaStorageSOPInstanceUID = (
            d.SOPClassUID,
            d.SOPInstanceUID,
        )
        d.file_meta.TransferSyntaxUID = UID(syntax)
        d.file_meta.ImplementationClassUID = UID(IMPLEMENTATION)
        path = (
            folder
            / self.study.key
            / f"{self.number:03d}-{self.modality}"
            / f"{int(d.InstanceNumber):04d}.dcm"
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        d.save_as(path, enforce_file_format=True)
        if "PixelData" in d:
            del d.PixelData
        self.written.append(d)


def code(value: str, scheme: str, meaning: str) -> Dataset:
    """Coded entry (PS3.3 8.8)."""
    d = Dataset()
    d.CodeValue, d.CodingSchemeDesignator, d.CodeMeaning = value, scheme, meaning
    return d


def codes(*entries: tuple[str, str, str]) -> Sequence:
    """Sequence of coded entries."""
    return Sequence([code(*e) for e in entries])


def reference(d: Dataset, frame: int | None = None) -> Dataset:
    """Reference to an object, or to one of its frames."""
    r = Dataset()
    r.ReferencedSOPClassUID, r.ReferencedSOPInstanceUID = d.SOPClassUID, d.SOPInstanceUID
    if frame is not None:
        r.ReferencedFrameNumber = frame
    return r


def numbers(values: NDArray[np.floating] | list[float] | tuple[float, ...]) -> list[str]:
    """Decimal strings, 16 characters at most."""
    return [f"{float(v):.6f}".rstrip("0").rstrip(".") or "0" for v in values]

"""What a PET image says of its activity, vendors' own elements included (`appliance.domain.suv`)."""

import math
import re
from datetime import datetime, timedelta

from pydicom.dataset import Dataset, FileDataset

from appliance.dicom.elements import calendar_date, items, number, text, texts
from appliance.domain.suv import Suv, Uptake, suv_of
from pacs_bridge.prepare.private import private_text

_DATE_TIME = re.compile(r"(\d{14})(?:\.(\d{1,6}))?")
_TIME = re.compile(r"(\d{2})(\d{2})?(\d{2})?(?:\.(\d{1,6}))?")


def suv_of_image(dataset: FileDataset) -> Suv | None:
    """Return whether and how the image tells an uptake, None when it is no PET."""
    return suv_of(uptake_of(dataset)) if text(dataset, "Modality", 16) == "PT" else None


def uptake_of(dataset: FileDataset) -> Uptake:
    """Return what the data set says; of two tracers neither dose counts."""
    tracers = list(items(dataset, "RadiopharmaceuticalInformationSequence", 8))
    tracer = tracers[0] if len(tracers) == 1 else Dataset()
    half_life = number(tracer, "RadionuclideHalfLife")
    reference = _reference(dataset, half_life)
    injection, dated = _injection(tracer, reference)
    return Uptake(
        units=text(dataset, "Units", 16), decay_correction=text(dataset, "DecayCorrection", 16),
        corrected=texts(dataset, "CorrectedImage", 32), suv_type=text(dataset, "SUVType", 16),
        weight_kg=number(dataset, "PatientWeight"), dose_bq=number(tracer, "RadionuclideTotalDose"),
        half_life_s=half_life, injection=injection, injection_dated=dated, reference=reference,
        vendor_factor=_philips(dataset))


def _reference(dataset: FileDataset, half_life_s: float | None) -> datetime | None:
    """Return the instant that START decay correction refers to.

    The start of the series, unless the series is dated after its own acquisition: a later reconstruction. Then GE's
    *scan datetime* tells it, else the reference time of the frame (QIBA's vendor-neutral SUV calculation).
    """
    told = _date_time(text(dataset, "DecayCorrectionDateTime", 32))
    if told is not None:
        return told
    series, acquisition = _instant(dataset, "Series"), _instant(dataset, "Acquisition")
    if series is not None and acquisition is not None and series <= acquisition:
        return series
    scan = _date_time(private_text(dataset, "GEMS_PETD_01", 0x0009, 0x0D))
    if scan is not None:
        return scan
    return None if acquisition is None else _back_to_start(dataset, acquisition, half_life_s)


def _back_to_start(dataset: FileDataset, acquisition: datetime, half_life_s: float | None) -> datetime | None:
    """Return the acquisition's start, on to the moment of mean activity, back by (0054,1300) *Frame Reference Time*."""
    after, lasted = number(dataset, "FrameReferenceTime"), number(dataset, "ActualFrameDuration")
    if after is None or not lasted or lasted < 0 or not half_life_s or half_life_s < 0:
        return None
    decayed = math.log(2) / half_life_s * lasted / 1000.0
    mean_s = half_life_s / math.log(2) * math.log(decayed / -math.expm1(-decayed))
    return acquisition + timedelta(seconds=mean_s - after / 1000.0)


def _injection(tracer: Dataset, reference: datetime | None) -> tuple[datetime | None, bool]:
    """Return when the dose was measured, and whether its date was said; a time alone is taken for the scan's day."""
    told = _date_time(text(tracer, "RadiopharmaceuticalStartDateTime", 32))
    if told is not None:
        return told, True
    clock = _clock(text(tracer, "RadiopharmaceuticalStartTime", 32))
    if clock is None or reference is None:
        return None, False
    return reference.replace(hour=0, minute=0, second=0, microsecond=0) + clock, False


def _instant(dataset: FileDataset, name: str) -> datetime | None:
    day, clock = calendar_date(dataset, f"{name}Date"), _clock(text(dataset, f"{name}Time", 32))
    if day is None or clock is None:
        return None
    return datetime(day.year, day.month, day.day) + clock  # noqa: DTZ001 -- the scanner's own clock, no zone


def _clock(digits: str) -> timedelta | None:
    """Return a TM as the time since midnight, None when it is none."""
    found = _TIME.match(digits.replace(":", ""))
    if found is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups()[:3])
    if hours > 23 or minutes > 59 or seconds > 60:
        return None
    return timedelta(hours=hours, minutes=minutes, seconds=seconds, microseconds=_micros(found.group(4)))


def _date_time(digits: str) -> datetime | None:
    """Return a DT with at least its seconds; its zone is left out, as it is for times of day."""
    found = _DATE_TIME.match(digits)
    try:
        whole = datetime.strptime(found.group(1), "%Y%m%d%H%M%S") if found else None  # noqa: DTZ007 -- no zone
    except ValueError:
        return None
    return None if whole is None or found is None else whole.replace(microsecond=_micros(found.group(2)))


def _micros(fraction: str | None) -> int:
    return int((fraction or "").ljust(6, "0"))


def _philips(dataset: FileDataset) -> float | None:
    """Return Philips' SUV scale factor, (7053,1000) of *Philips PET Private Group*."""
    try:
        return float(private_text(dataset, "Philips PET Private Group", 0x7053, 0x00))
    except ValueError:
        return None

"""When an activity may be called a standardised uptake value, and by which factor (R-L 8).

SUV by body weight is activity per millilitre, times the weight, over the dose that was left when the activity was
counted for: everything must be known and refer to the same instant. Pure: what the image says in, a factor or the
word for what is missing out. The reading of vendors' private elements is the adapters'.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

_DAY = timedelta(days=1)
_CORRECTED = {"ATTN", "DECY"}
#: An injection longer before the scan is a wrong date, not an exam (the longest-lived tracer waits a week).
LONGEST_WAIT = timedelta(days=10)
#: Past midnight by times of day alone, a longer wait is rather two clocks that disagree.
LONGEST_NIGHT = timedelta(hours=12)
#: Factors of one series that differ by less are the same: rounding of times.
SAME_FACTOR = 1e-3


class NoSuv(StrEnum):
    """Why an uptake cannot be told."""

    UNITS = "units"
    DECAY = "decay"
    CORRECTIONS = "corrections"
    WEIGHT = "weight"
    DOSE = "dose"
    HALF_LIFE = "half_life"
    INJECTION = "injection"
    SCAN = "scan"
    ORDER = "order"
    VENDOR = "vendor"
    UNEQUAL = "unequal"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class Uptake:
    """What an image says of its activity. Times are local to the scanner, as DICOM gives them, without zone.

    ``reference`` is the instant that START decay correction refers to; ``injection`` has a date of its own only with
    ``injection_dated``. ``vendor_factor`` is Philips' (7053,1000).
    """

    units: str
    decay_correction: str = ""
    corrected: tuple[str, ...] = ()
    suv_type: str = ""
    weight_kg: float | None = None
    dose_bq: float | None = None
    half_life_s: float | None = None
    injection: datetime | None = None
    injection_dated: bool = False
    reference: datetime | None = None
    vendor_factor: float | None = None


@dataclass(frozen=True, slots=True)
class Suv:
    """The factor from rescaled values to g/ml, or why there is none."""

    factor: float | None
    reason: NoSuv | None


def suv_of(uptake: Uptake) -> Suv:
    """Return the factor by which values in ``units`` become SUV by body weight.

    START refers to the start of the scan, ADMIN to the injection; NONE leaves each bed position with a decay of its
    own and is refused.
    """
    if uptake.units == "GML":
        return _of_grams(uptake)
    if uptake.units == "CNTS":
        return _of_counts(uptake)
    reason = _missing(uptake)
    if reason is not None or uptake.dose_bq is None or uptake.weight_kg is None:
        return _no(reason or NoSuv.DOSE)
    left = _share_left(uptake)
    return left if isinstance(left, Suv) else Suv(uptake.weight_kg * 1000.0 / (uptake.dose_bq * left), None)


def of_series(images: Sequence[Suv]) -> Suv:
    """Return the verdict of a series: all its images agree, or it has none."""
    reasons = {one.reason for one in images}
    if not images or len(reasons) > 1:
        return _no(NoSuv.MIXED)
    factors = [one.factor for one in images if one.factor is not None]
    if not factors:
        return images[0]
    if max(factors) - min(factors) > SAME_FACTOR * min(factors):
        return _no(NoSuv.UNEQUAL)
    return Suv(factors[0], None)


def _of_grams(uptake: Uptake) -> Suv:
    """Return 1 for values that are SUV already: by body weight, of an attenuation corrected image."""
    if uptake.suv_type not in ("", "BW"):
        return _no(NoSuv.UNITS)
    return Suv(1.0, None) if not uptake.corrected or "ATTN" in uptake.corrected else _no(NoSuv.CORRECTIONS)


def _of_counts(uptake: Uptake) -> Suv:
    factor = uptake.vendor_factor
    if factor is None or not 0 < factor < math.inf:
        return _no(NoSuv.VENDOR)
    return Suv(factor, None) if set(uptake.corrected) >= _CORRECTED else _no(NoSuv.CORRECTIONS)


def _missing(uptake: Uptake) -> NoSuv | None:
    """Return what is missing of BQML, the decay correction, ATTN and DECY, weight, dose and half life."""
    conditions = (
        (uptake.units == "BQML", NoSuv.UNITS),
        (uptake.decay_correction in ("START", "ADMIN"), NoSuv.DECAY),
        (set(uptake.corrected) >= _CORRECTED, NoSuv.CORRECTIONS),
        (_is_positive(uptake.weight_kg, 500), NoSuv.WEIGHT),
        (_is_positive(uptake.dose_bq, 1e12) and (uptake.dose_bq or 0) >= 1e4, NoSuv.DOSE),
        (_is_positive(uptake.half_life_s, math.inf) or uptake.decay_correction == "ADMIN", NoSuv.HALF_LIFE),
    )
    return next((reason for holds, reason in conditions if not holds), None)


def _is_positive(value: float | None, limit: float) -> bool:
    return value is not None and 0 < value < limit


def _share_left(uptake: Uptake) -> float | Suv:
    """Return how much of the dose is left at the instant that the activity refers to."""
    if uptake.reference is None:
        return _no(NoSuv.SCAN)
    if uptake.injection is None:
        return _no(NoSuv.INJECTION)
    waited = uptake.reference - uptake.injection
    if waited < timedelta(0) and not uptake.injection_dated:
        waited += _DAY  # a time of day only, and midnight in between
        if waited > LONGEST_NIGHT:
            return _no(NoSuv.ORDER)
    if not timedelta(0) <= waited <= LONGEST_WAIT:
        return _no(NoSuv.ORDER)
    if uptake.decay_correction == "ADMIN":
        return 1.0
    return math.exp(-math.log(2) * waited.total_seconds() / (uptake.half_life_s or math.inf))


def _no(reason: NoSuv) -> Suv:
    return Suv(None, reason)

"""SUV by body weight: a factor only when everything is known and refers to one instant (R-L 8)."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.suv import NoSuv, Suv, Uptake, of_series, suv_of

NOON = datetime(2026, 11, 24, 12)
SOUND = Uptake(
    units="BQML", decay_correction="START", corrected=("DECY", "ATTN", "SCAT"), weight_kg=70.0, dose_bq=350e6,
    half_life_s=6586.2, injection=NOON, reference=NOON + timedelta(seconds=6586.2))  # fmt: skip


def test_after_one_half_life_half_the_dose_counts() -> None:
    assert suv_of(SOUND).factor == pytest.approx(70_000 / 175e6)


def test_a_correction_to_the_injection_takes_the_whole_dose() -> None:
    whole = replace(SOUND, decay_correction="ADMIN", half_life_s=None)
    assert suv_of(whole).factor == pytest.approx(70_000 / 350e6)


def test_midnight_between_injection_and_scan() -> None:
    late = replace(SOUND, injection=datetime(2026, 11, 24, 23, 30), reference=datetime(2026, 11, 24, 0, 30))
    hour = 350e6 * 0.5 ** (3600 / 6586.2)
    assert suv_of(late).factor == pytest.approx(70_000 / hour)
    assert suv_of(replace(late, injection_dated=True)).reason is NoSuv.ORDER


def test_clocks_that_disagree_are_no_midnight() -> None:
    assert suv_of(replace(SOUND, reference=NOON - timedelta(seconds=30))).reason is NoSuv.ORDER


@pytest.mark.parametrize(("change", "reason"), [
    ({"units": "PROPCPS"}, NoSuv.UNITS), ({"units": ""}, NoSuv.UNITS),
    ({"decay_correction": "NONE"}, NoSuv.DECAY), ({"decay_correction": ""}, NoSuv.DECAY),
    ({"corrected": ("DECY",)}, NoSuv.CORRECTIONS), ({"corrected": ("ATTN",)}, NoSuv.CORRECTIONS),
    ({"weight_kg": None}, NoSuv.WEIGHT), ({"weight_kg": 0.0}, NoSuv.WEIGHT), ({"weight_kg": 70_000.0}, NoSuv.WEIGHT),
    ({"dose_bq": None}, NoSuv.DOSE), ({"dose_bq": 350.0}, NoSuv.DOSE),
    ({"half_life_s": None}, NoSuv.HALF_LIFE), ({"half_life_s": 0.0}, NoSuv.HALF_LIFE),
    ({"injection": None}, NoSuv.INJECTION), ({"reference": None}, NoSuv.SCAN),
    ({"injection": NOON - timedelta(days=30), "injection_dated": True}, NoSuv.ORDER),
    ({"units": "CNTS"}, NoSuv.VENDOR), ({"units": "CNTS", "vendor_factor": 0.0}, NoSuv.VENDOR),
    ({"units": "CNTS", "vendor_factor": 0.5, "corrected": ("DECY",)}, NoSuv.CORRECTIONS),
    ({"units": "GML", "suv_type": "LBM"}, NoSuv.UNITS), ({"units": "GML", "corrected": ("DECY",)}, NoSuv.CORRECTIONS),
])  # fmt: skip
def test_what_is_missing_has_its_word(change: dict[str, object], reason: NoSuv) -> None:
    assert suv_of(replace(SOUND, **change)) == Suv(None, reason)


def test_values_that_are_suv_already_and_those_with_the_vendors_factor() -> None:
    assert suv_of(replace(SOUND, units="GML", weight_kg=None)).factor == 1.0
    assert suv_of(replace(SOUND, units="CNTS", vendor_factor=0.00037, weight_kg=None)).factor == 0.00037


@given(st.floats(1, 400), st.floats(1e6, 1e10), st.floats(60, 1e6), st.floats(0, 40_000))
def test_the_factor_is_weight_over_what_is_left(weight: float, dose: float, half_life: float, waited: float) -> None:
    uptake = replace(SOUND, weight_kg=weight, dose_bq=dose, half_life_s=half_life, injection_dated=True,
                     reference=NOON + timedelta(seconds=waited))  # fmt: skip
    factor = suv_of(uptake).factor
    assert factor is not None
    assert factor * dose * 0.5 ** (waited / half_life) == pytest.approx(weight * 1000, rel=1e-4)


def test_a_series_has_one_factor_or_none() -> None:
    assert of_series([Suv(2.0, None), Suv(2.0001, None)]) == Suv(2.0, None)
    assert of_series([Suv(2.0, None), Suv(2.1, None)]).reason is NoSuv.UNEQUAL
    assert of_series([Suv(2.0, None), Suv(None, NoSuv.UNITS)]).reason is NoSuv.MIXED
    assert of_series([Suv(None, NoSuv.WEIGHT)] * 2).reason is NoSuv.WEIGHT
    assert of_series([]).reason is NoSuv.MIXED


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_viewer_has_words_for_every_refusal(language: str) -> None:
    path = Path(__file__).parents[3] / f"webui/viewer/src/locale/{language}.json"
    assert {f"suv.{reason}" for reason in NoSuv} <= set(json.loads(path.read_text(encoding="utf-8")))

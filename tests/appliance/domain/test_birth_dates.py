"""Birth dates: the vectors of the rule."""

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain import birth_dates
from appliance.domain.errors import Malformed

TODAY = date(2026, 11, 24)
VECTORS = [
    ("19/10/1928", "19281019", 1), ("19-10-1928", "19281019", 1), ("19101928", "19281019", 1),
    ("10/19/1928", "19281019", 0), ("18/10/1928", "19281019", 0), ("00/00/1950", "1950", 1),
    ("31/12/1950", "19500000", 1), ("01/01/1950", "1950", 1), ("15/06/1950", "1950", 0), ("00/00/1950", "19501231", 1),
    ("01/01/1950", "19501231", 1), ("00/03/1950", "195003", 1), ("01/03/1950", "19500300", 1),
    ("15/03/1950", "195003", 0), ("09/05/1960", "19600509000000", 1), ("19/10/1928", "", 0),
    ("31/12/1899", "18991231", 1), ("01/01/2027", "20270101", 0),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "recorded", "accepted"), VECTORS)
def test_a_birth_date_is_accepted_as_the_rule_says(typed, recorded, accepted):
    try:
        answer = birth_dates.same(birth_dates.parse(typed, TODAY), recorded)
    except Malformed:
        answer = False
    assert answer is bool(accepted)


@given(st.dates(date(1890, 1, 1), TODAY))
def test_every_day_is_read_back_however_it_is_separated(day):
    for sign in ("/", ".", "-", " ", ""):
        typed = birth_dates.parse(day.strftime(f"%d{sign}%m{sign}%Y"), TODAY)
        assert birth_dates.same(typed, day.strftime("%Y%m%d"))


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_malformed(text):
    with contextlib.suppress(Malformed):
        assert birth_dates.parse(text, TODAY).year <= TODAY.year


@pytest.mark.parametrize("digits", ["", "20270101", "18891231", "abc"])
def test_the_desk_is_asked_when_the_record_has_no_usable_date(digits):
    assert not birth_dates.usable(digits, TODAY)


@pytest.mark.parametrize("text", ["1121980", "1/1/80", "32/01/1980", "01/13/1980", "31/02/1980", "1.1.1889", "", "0"])
def test_what_is_no_day_is_malformed(text):
    with pytest.raises(Malformed, match="birth_date"):
        birth_dates.parse(text, TODAY)


def test_the_desk_is_asked_for_a_day_that_no_calendar_has():
    assert not birth_dates.usable("19500231", TODAY)
    assert birth_dates.usable("1950", TODAY)

"""What closes an exam when its PACS is asked again (R-G)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from appliance.domain.people import Identifier, PatientTraits
from appliance.domain.reasking import Change, change, due

KNOWN = PatientTraits(Identifier("0012", "HOSP"), "LEFÈVRE^Anne", "19610314", "F")
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (KNOWN, None),
        (None, Change.GONE),
        (replace(KNOWN, identifier=Identifier("13", "HOSP")), Change.PATIENT_ID),
        (replace(KNOWN, identifier=Identifier("12", "HOSP")), None),
        (replace(KNOWN, identifier=Identifier("0012", "CLINIC")), Change.ISSUER),
        (replace(KNOWN, identifier=Identifier("0012", "")), None),
        (replace(KNOWN, birth_date="19610315"), Change.BIRTH_DATE),
        (replace(KNOWN, birth_date=""), None),
        (replace(KNOWN, name="LEFEVRE^Anne-Charlotte", sex="O"), None),
    ],
)
def test_what_changed(told, found):
    assert change(KNOWN, told) is found


def test_what_was_not_known_before_is_no_change():
    bare = PatientTraits(Identifier("0012", ""), "LEFÈVRE^Anne", "", "")
    assert change(bare, KNOWN) is None


@pytest.mark.parametrize(
    ("asked", "again"),
    [
        (None, True),
        (datetime(2026, 11, 24, 8, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 23, 20, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 23, 30, tzinfo=UTC), False),  # half past midnight in Paris: today
    ],
)
def test_the_first_opening_of_the_day_asks(asked, again):
    assert due(asked, NOW) is again


def test_midnight_does_not_ask_twice_in_a_quarter_of_an_hour():
    assert not due(datetime(2026, 11, 23, 22, 58, tzinfo=UTC), datetime(2026, 11, 23, 23, 5, tzinfo=UTC))
    assert due(datetime(2026, 11, 23, 22, 40, tzinfo=UTC), datetime(2026, 11, 23, 23, 5, tzinfo=UTC))

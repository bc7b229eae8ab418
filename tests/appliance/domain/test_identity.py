"""Is this still the same person: tables of traits, and that the order of the two sides does not matter."""

import pytest

from appliance.domain import identity
from appliance.domain.errors import Malformed
from appliance.domain.identity import Difference
from appliance.domain.people import Identifier, PatientTraits

ANNE = PatientTraits(Identifier("F-1"), "LEFÈVRE^Anne-Charlotte", "19610314", "F")
NONE, MATERIAL, CONTRADICTION = Difference.NONE, Difference.MATERIAL, Difference.CONTRADICTION


@pytest.mark.parametrize(("name", "birth", "sex", "difference"), [
    ("LEFEVRE^ANNE CHARLOTTE", "19610314", "F", NONE), ("LEFÈVRE^Anne", "19610314", "", NONE),
    ("MARTIN^Anne-Charlotte", "19610314", "F", NONE), ("LEFÈVRE^", "", "", NONE), ("", "", "", NONE),
    ("LEFÈVRE^Charlotte", "19610314", "F", NONE), ("LEFÈVRE^Anne=安", "19610314", "F", NONE),
    ("LEFÈVRE^BEBE", "19610314", "F", NONE), ("X^X", "19610314", "O", NONE),
    ("LEFÈVRE^Anne", "19610000", "F", NONE), ("LEFÈVRE^Anne", "1961", "F", NONE),
    ("LEFÈVRE^Anne", "19610300", "F", NONE), ("LEFÈVRE^Anne", "19611231", "F", NONE),
    ("LEFÈVRE^Anne", "19610101", "F", NONE), ("LEFÈVRE^Anne", "99999999", "F", MATERIAL),
    ("LEFÈVRE^Anne", "19610315", "F", MATERIAL), ("LEFÈVRE^Anne", "19620314", "F", MATERIAL),
    ("LEFÈVRE^Anne", "19610400", "F", MATERIAL), ("LEFÈVRE^Anne", "19620000", "F", MATERIAL),
    ("LEFÈVRE^Brigitte", "19610314", "F", MATERIAL), ("LEFÈVRE^Anne", "19610314", "M", MATERIAL),
    ("LEFÈVRE^Anne^", "19610314", "M", MATERIAL), ("DURAND^Brigitte", "19610314", "F", MATERIAL),
    ("LEFÈVRE^Paul", "19610314", "M", MATERIAL), ("Anonymous", "20060101", "M", MATERIAL),
    ("LEFÈVRE^Brigitte", "19610315", "F", CONTRADICTION), ("DURAND^Anne", "19610315", "F", CONTRADICTION),
    ("LEFÈVRE^Anne", "19610315", "M", CONTRADICTION), ("DURAND^Pierre", "19800101", "M", CONTRADICTION),
    ("DURAND^Pierre", "19610314", "M", CONTRADICTION), ("DURAND^Pierre", "", "M", CONTRADICTION),
])  # fmt: skip
def test_traits_against_those_of_anne(name, birth, sex, difference):
    known = identity.profile(ANNE)
    said = identity.profile(PatientTraits(Identifier("F-1"), name, birth, sex))
    assert identity.compared(known, said) is difference
    assert identity.compared(said, known) is difference


@pytest.mark.parametrize("text", ["", "   ", "oui ", "x" * 513])
def test_a_reason_that_says_nothing_or_too_much(text):
    with pytest.raises(Malformed, match="reason"):
        identity.reason(text)


def test_a_reason_is_kept_on_one_line():
    assert identity.reason("  carte\n vue ") == "carte vue"

"""Which passwords do, and why not."""

import pytest

from appliance.domain.errors import Malformed
from appliance.domain.passwords import PasswordPolicy, Rule, bits, broken, check

OWN = ("Alix", "MARTIN-LEFÈVRE", "alix.martin@cabinet-tilleuls.example", "810000000001")
GUIDE = PasswordPolicy(length=6)


@pytest.mark.parametrize("password", [
    "Correct-Horse-9-Battery", "vert Bison 27 lampe", "Kx7mQp2vRt9w", "Négatif-Lumière-48", "épinard7Œuf&zinc",
])  # fmt: skip
def test_a_good_password_breaks_nothing(password):
    assert broken(password, OWN, PasswordPolicy()) == []
    check(password, OWN, PasswordPolicy())


@pytest.mark.parametrize(("password", "rules"), [
    ("", {Rule.LENGTH, Rule.DIGIT, Rule.LOWER, Rule.UPPER, Rule.STRENGTH, Rule.COMMON}),
    ("Kx7mQp2vRt9", {Rule.LENGTH}),
    ("kx7mqp2vrt9wb", {Rule.UPPER}),
    ("KX7MQP2VRT9WB", {Rule.LOWER}),
    ("KxomQpovRtkw", {Rule.DIGIT}),
    ("Aaaaaaaaaaa1", {Rule.STRENGTH}),
    ("Motdepasse2026!", {Rule.COMMON}),
    ("M0td3p@sse2026", {Rule.COMMON}),
    ("Doctolib-2026-Medecin", {Rule.COMMON}),
    ("Martin-1975-Alix", {Rule.COMMON}),
    ("lefevreMARTIN75!", {Rule.COMMON}),
    ("Cabinet.Tilleuls.63", {Rule.COMMON}),
    ("Azertyuiop1234", {Rule.STRENGTH, Rule.COMMON}),
    ("123456789012", {Rule.LOWER, Rule.UPPER, Rule.STRENGTH, Rule.COMMON}),
])  # fmt: skip
def test_each_rule_that_is_broken_is_named(password, rules):
    assert set(broken(password, OWN, PasswordPolicy())) == rules
    with pytest.raises(Malformed, match="password_rules") as refused:
        check(password, OWN, PasswordPolicy())
    assert set(refused.value.facts["rules"].split()) == rules


@pytest.mark.parametrize(("password", "enough"), [("Negat7", False), ("Kx7mQp2v", False), ("Kx7mQp2vR", True)])
def test_the_floor_stands_under_the_guides_six_characters(password, enough):
    """notes/cps.md: nine alphanumerics are 50 bits."""
    assert (Rule.STRENGTH not in broken(password, (), GUIDE)) is enough
    assert Rule.LENGTH not in broken(password, (), GUIDE)


def test_what_only_continues_counts_for_nothing():
    assert bits("kkkkkkkkkkkk") == bits("kk")
    assert bits("abcdefghijkl") == bits("ab")
    assert bits("qsdfghjklm") < bits("qhmdzk")
    assert bits("") == 0


def test_no_megabyte_is_hashed():
    assert broken("Kx7mQp2vRt9w" * 100, (), PasswordPolicy()) == [Rule.LENGTH]


def test_a_short_name_forbids_nothing():
    assert broken("Le-Bison-27-vert", ("Li", "Le"), PasswordPolicy()) == []

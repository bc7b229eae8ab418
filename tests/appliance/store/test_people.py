"""Who is one person: an identifier decides, and an absent one never joins two."""

import pytest

from appliance.domain.people import Identifier, PatientTraits

ANNE = PatientTraits(Identifier("", "HOSP"), "LEFÈVRE^Anne", "19610314", "F")


def test_an_identifier_is_one_person_whatever_the_traits(database):
    with database.writing() as work:
        first = work.people.ensure(PatientTraits(Identifier("F-1", "HOSP"), "LEFÈVRE^Anne", "19610314", "F"))
        assert work.people.ensure(PatientTraits(Identifier("F-1", "HOSP"), "LEFEVRE^ANNE", "", "")) == first
        assert work.people.ensure(PatientTraits(Identifier("F-1", "OTHER"), "LEFÈVRE^Anne", "19610314", "F")) != first


def test_the_same_traits_without_identifier_are_one_person(database):
    with database.writing() as work:
        first = work.people.ensure(ANNE)
    with database.writing() as work:
        assert work.people.ensure(ANNE) == first
        found = work.people.by_id(first)
        assert found is not None
        assert (found.traits.name, found.identifiers) == (ANNE.name, ())
        assert [p.id for p in work.people.by_name("LEFEVRE", 5)] == [first]


@pytest.mark.parametrize("other", [
    PatientTraits(Identifier(""), "OSTERMAN^Phillip", "19220909", "M"),
    PatientTraits(Identifier(""), "LEFÈVRE^Anne", "19610315", "F"),
    PatientTraits(Identifier(""), "LEFÈVRE^Anne", "19610314", "M"),
    PatientTraits(Identifier(""), "", "", ""),
])  # fmt: skip
def test_two_people_without_identifier_are_not_joined(database, other):
    with database.writing() as work:
        assert work.people.ensure(ANNE) != work.people.ensure(other)


def test_traits_alone_never_find_a_person_who_has_an_identifier(database):
    with database.writing() as work:
        known = work.people.ensure(PatientTraits(Identifier("F-1"), ANNE.name, ANNE.birth_date, ANNE.sex))
        assert work.people.ensure(ANNE) != known

"""PID and MRG: identifiers by their authority, the national identity only when qualified, names as R-A wants them."""

import pytest

from appliance.domain.errors import Malformed
from appliance.domain.people import Identifier, IdentifierType
from pacs_bridge.hl7.grammar import parsed
from pacs_bridge.hl7.headers import header_of
from pacs_bridge.hl7.patients import Reading, patient_message
from tests.pacs_bridge.hl7.messages import INS, IPP, Adt

PI = Identifier("F-1", "HOSP", IdentifierType.PI, "1.2.250.1.71.4")
TEST = "161035900100078^^^ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.10&ISO^INS"


def patient(adt: Adt, reading: Reading | None = None):
    message = parsed(adt.text(), "utf-8")
    return patient_message(message, header_of(message), reading or Reading()).groups[0].patient


def test_every_local_identifier_with_its_authority():
    found = patient(Adt(pid3=f"{IPP}~G-7^^^GHT&1.2.3&ISO^PI~12345^^^^SS~V9^^^HOSP^VN")).identifiers
    assert found == (PI, Identifier("G-7", "GHT", IdentifierType.PI, "1.2.3"))


@pytest.mark.parametrize(("status", "pid3", "national"), [
    ("VALI", f"{IPP}~{INS}", ["261031403301412"]), ("", f"{IPP}~{INS}", []), ("PROV", f"{IPP}~{INS}", []),
    ("DOUB~VALI", f"{IPP}~{INS}", ["261031403301412"]),
    ("VALI", f"{IPP}~{INS.replace('4.8', '4.9')}", ["261031403301412"]),
    ("VALI", f"{IPP}~261031403301412^^^ASIP-SANTE-INS-NIR^INS", []),
    ("VALI", f"{IPP}~{INS.replace('1.213.1.4.8', '1.999')}", []),
])  # fmt: skip
def test_the_national_identity_only_by_its_authority_and_qualified(status, pid3, national):
    found = patient(Adt(pid3=pid3, status=status)).identifiers
    assert [one.value for one in found if one.type is IdentifierType.INS] == national
    assert found[0] == PI


def test_identities_of_the_test_authority_are_refused_but_where_they_are_wanted():
    for oid in ("4.10", "4.11"):
        adt = Adt(pid3=f"{IPP}~{TEST.replace('4.10', oid)}", status="VALI")
        with pytest.raises(Malformed, match="ins_test"):
            patient(adt)
        assert len(patient(adt, Reading(test_identities=True)).identifiers) == 2


def test_issuers_are_those_of_the_pacs():
    for key in ("HOSP", "1.2.250.1.71.4"):
        assert patient(Adt(), Reading({key: "RADIO"})).identifiers[0].authority == "RADIO"
        assert patient(Adt(), Reading({key: ""})).identifiers[0].authority == ""


def test_names_of_birth_and_of_use():
    found = patient(Adt(name="LEFÈVRE^Anne^Anne Charlotte Marie^^^^L~MARTIN^Charlotte^^^^^D~X^Zoé^^^^^N"))
    assert found.given == (("ANNE",), ("ANNE", "CHARLOTTE", "MARIE"), ("CHARLOTTE",))
    assert found.families == ("LEFÈVRE", "MARTIN")
    assert found.name == "LEFÈVRE^Anne^Charlotte Marie"


@pytest.mark.parametrize(("written", "kept"), [
    ("19610314", "19610314"), ("19610314120000+0100", "19610314"), ("196103", "19610300"), ("", ""), ('""', ""),
])  # fmt: skip
def test_birth_dates_are_eight_digits(written, kept):
    assert patient(Adt(birth=written)).birth_date == kept


@pytest.mark.parametrize(("adt", "cause"), [
    (Adt(pid3=""), "no_identifier"), (Adt(pid3="F-1^^^HOSP^SS"), "no_identifier"), (Adt(birth="000"), "birth_date"),
    (Adt(pid3="F" * 65 + "^^^HOSP^PI"), "identifier"), (Adt(event="A40"), "segment_missing"),
    (Adt(event="A24"), "segment_missing"), (Adt(event="A47", mrg="V^^^HOSP^VN"), "segment_missing"),
    (Adt(pid3="~".join([IPP] * 65)), "repetitions"), (Adt(name="A" * 200 + "^B^^^^^L"), "name"),
])  # fmt: skip
def test_data_errors_have_a_cause(adt, cause):
    with pytest.raises(Malformed, match=cause):
        patient(adt)


def test_a_name_that_says_nothing_is_empty():
    found = patient(Adt(name="", birth="", sex=""))
    assert (found.name, found.given, found.birth_date, found.sex) == ("", (), "", "")

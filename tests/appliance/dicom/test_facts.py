"""The index's view of a received object."""

from dataclasses import replace

from appliance.dicom.facts import facts_of
from appliance.domain.headers import (
    Header,
    InstanceHeader,
    NameGroups,
    PatientHeader,
    SeriesHeader,
    StudyHeader,
)
from appliance.domain.identifiers import series_uid, sop_uid, study_uid

HEADER = Header(
    PatientHeader("F-1", "CHU", "1.2.250.1", NameGroups("LEFEVRE^Anne", "漢字^名"), "", "19610000",
                  "F"),
    StudyHeader(study_uid("1.1"), None, "", "", "", "", "", "", ""),
    SeriesHeader(series_uid("1.2"), 2, "CT", "", "", "", None, ""),
    InstanceHeader(sop_uid("1.3"), "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1", 7, 4, 4, 1))


def test_facts_carry_the_identity_as_received() -> None:
    facts = facts_of(HEADER)
    assert facts.traits.name == "LEFEVRE^Anne=漢字^名"
    assert (facts.traits.identifier.value, facts.traits.identifier.authority) == ("F-1", "CHU")
    assert facts.traits.birth_date == "19610000"


def test_pixels_are_declared_by_a_size() -> None:
    assert facts_of(HEADER).has_pixels
    report = replace(HEADER, instance=replace(HEADER.instance, rows=None, columns=None))
    assert not facts_of(report).has_pixels

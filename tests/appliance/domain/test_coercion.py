from dataclasses import replace

import pytest

from appliance.domain.coercion import Announced, Claimed, Subject, settled, usable
from appliance.domain.errors import Malformed

ANNE = Subject("HOSP", "F-1", "LEFEVRE^Anne", "19610314")
DAY = ("20261124", "091200", "A1")
SERIES = ("CT", "3", "Crâne", "20261124", "091300")
BARE = Claimed("1.2.840.10008.5.1.4.1.1.2", "1.2.3", "", "", ANNE, DAY, SERIES)
ANNOUNCED = Announced(BARE.sop_class, "1.2.3")
DIGEST = b"\x07" * 32


@pytest.mark.parametrize(
    ("uid", "kept"),
    [
        ("1.2.840.10008.1.1", True), ("999.999.01.23.45.6789", True), ("1." + "2" * 62, True), ("0", True),
        ("", False), (".1.2", False), ("1..2", False), ("1.2.", False), ("1." + "2" * 63, False),
        ("../../etc", False), ("1.2/3", False), ("1.2\n", False), ("05fa52f0e599f17b", False), ("١.٢", False),
    ],
)  # fmt: skip
def test_digits_and_dots_are_kept_as_they_came(uid, kept):
    assert usable(uid) is kept
    if uid:
        found = settled(replace(BARE, study_uid=uid), ANNOUNCED, DIGEST).study_uid
        assert (found == uid) is kept
        assert usable(found)


def test_the_same_object_gets_the_same_uids():
    first, second = settled(BARE, ANNOUNCED, DIGEST), settled(BARE, ANNOUNCED, DIGEST)
    assert first == second
    assert first.sop_uid == "1.2.3"
    assert first.study_uid.startswith("2.25.")
    assert first.series_uid.startswith("2.25.")


def test_slices_of_one_series_stay_together():
    other = settled(replace(BARE, sop_uid="1.2.4"), Announced(BARE.sop_class, "1.2.4"), DIGEST)
    here = settled(BARE, ANNOUNCED, DIGEST)
    assert (other.study_uid, other.series_uid) == (here.study_uid, here.series_uid)


@pytest.mark.parametrize("change", [
    {"series": ("MR", *SERIES[1:])}, {"series": ("CT", "4", *SERIES[2:])}, {"series_uid": "x"},
])  # fmt: skip
def test_another_series_is_another(change):
    here, there = settled(BARE, ANNOUNCED, DIGEST), settled(replace(BARE, **change), ANNOUNCED, DIGEST)
    assert here.study_uid == there.study_uid
    assert here.series_uid != there.series_uid


@pytest.mark.parametrize("bad", ["", "1.2/../../etc"], ids=["absent", "unusable"])
@pytest.mark.parametrize("field", ["issuer", "patient_id", "name", "birth_date"])
def test_two_persons_never_meet_in_a_derived_study(field, bad):
    here = replace(BARE, study_uid=bad)
    there = replace(here, subject=replace(ANNE, **{field: "19700101"}))
    assert settled(here, ANNOUNCED, DIGEST).study_uid != settled(there, ANNOUNCED, DIGEST).study_uid


@pytest.mark.parametrize("subject", [
    Subject("", "", "", ""), Subject("HOSP", "", "DUPONT^Jean", ""), Subject("", "", "", "19610314"),
])  # fmt: skip
def test_an_object_that_names_nobody_is_a_study_of_its_own(subject):
    here = replace(BARE, subject=subject)
    there = settled(replace(here, sop_uid="1.2.4"), Announced(BARE.sop_class, "1.2.4"), DIGEST)
    assert settled(here, ANNOUNCED, DIGEST).study_uid != there.study_uid


def test_parts_do_not_run_into_each_other():
    one = replace(BARE, subject=Subject("A", "BC", "N", "19610314"))
    two = replace(BARE, subject=Subject("AB", "C", "N", "19610314"))
    assert settled(one, ANNOUNCED, DIGEST).study_uid != settled(two, ANNOUNCED, DIGEST).study_uid


@pytest.mark.parametrize(
    ("own", "told", "kept"),
    [("", "1.2.9", "1.2.9"), ("x", "1.2.9", "1.2.9"), ("1.2.9", "1.2.9", "1.2.9"), ("", "", None), ("x", "../y", None)],
)
def test_the_instance_is_called_what_the_command_calls_it(own, told, kept):
    found = settled(replace(BARE, sop_uid=own), Announced(BARE.sop_class, told), DIGEST).sop_uid
    assert found == kept if kept else found.startswith("2.25.")
    other = settled(replace(BARE, sop_uid=own), Announced(BARE.sop_class, told), b"\x08" * 32).sop_uid
    assert (other == found) is (kept is not None)


@pytest.mark.parametrize(("own", "told"), [("1.2.3", "1.2.4"), ("1.2.3", "")])
def test_another_instance_than_announced_is_refused(own, told):
    with pytest.raises(Malformed, match="sop_mismatch"):
        settled(replace(BARE, sop_uid=own), Announced(BARE.sop_class, told), DIGEST)


def test_a_missing_class_is_the_commands_and_another_is_refused():
    assert settled(replace(BARE, sop_class=""), ANNOUNCED, DIGEST).sop_class == BARE.sop_class
    with pytest.raises(Malformed, match="sop_mismatch"):
        settled(replace(BARE, sop_class="1.2.840.10008.5.1.4.1.1.4"), ANNOUNCED, DIGEST)


def test_what_does_not_say_what_it_is_is_no_instance():
    with pytest.raises(Malformed, match="dicom_unreadable"):
        settled(replace(BARE, sop_class="", sop_uid=""), ANNOUNCED, DIGEST)

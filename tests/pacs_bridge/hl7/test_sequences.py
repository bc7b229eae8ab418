"""Sequences of messages, each ending as R-H and R-D say, on both databases."""

from dataclasses import replace

import pytest

from appliance.domain.errors import Malformed, Refused
from appliance.domain.feed import MessageState
from appliance.domain.identifiers import PersonId, SopUID, StudyUID
from appliance.domain.journal import Actor
from appliance.domain.people import Identifier, IdentifierType, PatientTraits
from appliance.domain.sharing import TraitSource
from appliance.usecases.ports import InstanceFacts, Page, ReceivedFile
from appliance.usecases.sharing import Order
from pacs_bridge.hl7.intake import Habits, Intake
from tests.pacs_bridge.hl7.conftest import DESK, TRAITS, a_study
from tests.pacs_bridge.hl7.messages import INS, IPP, Adt, cause, code

ADMIN = Actor("unix", "1000", "it")
OTHER = "F-2^^^HOSP&1.2.250.1.71.4&ISO^PI"
PIERRE = {"name": "DURAND^Pierre^Pierre^^^^L", "birth": "19800101", "sex": "M"}
DATE = {"birth": "19610315"}


def take(intake, adt) -> str:
    return code(intake.take(adt.bytes(), "192.0.2.1"))


def person(house, value="F-1", authority="HOSP"):
    with house.database.reading() as work:
        return work.people.by_identifier(Identifier(value, authority))


def alarms(house) -> list[str]:
    return [view.alarm.cause.value for view in house.identity.listed(Page())[0]]


def blocked(house, share) -> str:
    return house.sharing.shown(share).share.blocked_cause or ""


def decide(house, verb="confirm") -> None:
    [view] = house.identity.listed(Page())[0]
    getattr(house.identity, verb)(view.alarm.id, "pièce d’identité vue", ADMIN)


def state(house, control="C1") -> MessageState:
    with house.database.reading() as work:
        return work.messages.by_control("HIS", control).state


def file(uid: str, traits: PatientTraits, sop: str = "9") -> ReceivedFile:
    facts = InstanceFacts(SopUID(f"{uid}.{sop}"), "1.2.840.10008.5.1.4.1.1.2", "1.2", f"{uid}.1", StudyUID(uid), traits)
    return ReceivedFile(f"k/{uid}.{sop}", 1, sop.encode(), sop.encode(), facts, "MOD")


# --- traits ---


def test_a_patient_told_before_the_images_opens_the_share_by_the_names_of_the_feed(house, intake):
    assert take(intake, Adt("A28", name="LEFÈVRE^Anne^Anne Charlotte^^^^L~MARTIN^Lotte^^^^^D")) == "AA"
    made = house.sharing.issue(Order([a_study()]), DESK).share
    given = {trait.value: trait.source for trait in made.traits if trait.kind == "given"}
    assert given["ANNE CHARLOTTE"] is TraitSource.PACS or "ANNE CHARLOTTE" in given
    assert given["LOTTE"] is TraitSource.ADT
    assert person(house).id == made.person_id


def test_a_correction_that_agrees_adds_traits_to_a_live_share(house, intake, share):
    assert take(intake, Adt(name="LEFÈVRE^Anne-Charlotte^Anne-Charlotte Marie^^^^L~DUPONT^Charlotte^^^^^D")) == "AA"
    values = {trait.value for trait in house.sharing.shown(share).share.traits}
    assert {"ANNE CHARLOTTE", "ANNE CHARLOTTE MARIE", "CHARLOTTE", "19610314"} <= values
    assert (alarms(house), blocked(house, share)) == ([], "")


@pytest.mark.parametrize("changed", [DATE, {"name": "LEFÈVRE^Brigitte^Brigitte^^^^L"}, {"sex": "M"}])
def test_traits_that_change_after_a_code_block_it_until_an_administrator_confirms(house, intake, share, doubt, changed):
    assert take(intake, Adt(**changed)) == "AA"
    assert (alarms(house), blocked(house, share), doubt("1.2.3")) == (["traits"], "identity", "traits")
    with pytest.raises(Refused, match="identity"):
        house.sharing.issue(Order([a_study()]), DESK)
    with pytest.raises(Refused, match="identity"):
        house.sharing.issue(Order([a_study("1.2.4")]), DESK)
    decide(house)
    assert (alarms(house), blocked(house, share), doubt("1.2.3")) == ([], "", "")
    values = [trait.value for trait in house.sharing.shown(share).share.traits]
    assert "19610314" in values
    if "birth" in changed:
        assert "19610315" in values
        assert person(house).traits.birth_date == "19610315"


def test_what_was_said_wrongly_is_refused_and_the_index_stays(house, intake, share, doubt):
    take(intake, Adt(**DATE))
    decide(house, "refuse")
    assert (alarms(house), blocked(house, share), doubt("1.2.3")) == ([], "", "")
    assert person(house).traits.birth_date == "19610314"
    assert "19610315" not in [trait.value for trait in house.sharing.shown(share).share.traits]


def test_what_was_taken_back_before_the_decision_is_not_what_is_confirmed(house, intake, share, doubt):
    take(intake, Adt(**DATE))
    take(intake, Adt(control="C2", at="20261124100000"))
    assert (alarms(house), blocked(house, share), doubt("1.2.3")) == (["traits"], "identity", "traits")
    decide(house)
    assert person(house).traits.birth_date == "19610314"
    assert "19610315" not in [trait.value for trait in house.sharing.shown(share).share.traits]
    assert (blocked(house, share), doubt("1.2.3")) == ("", "")


def test_a_decision_has_a_reason_and_is_made_once(house, intake, share):
    take(intake, Adt(**DATE))
    [view] = house.identity.listed(Page())[0]
    with pytest.raises(Malformed, match="reason"):
        house.identity.confirm(view.alarm.id, " ok ", ADMIN)
    decide(house)
    with pytest.raises(Refused, match="alarm_decided"):
        house.identity.refuse(view.alarm.id, "trop tard", ADMIN)
    with pytest.raises(Refused, match="alarm_unknown"):
        house.identity.confirm(999, "inconnue", ADMIN)
    [seen], total = house.identity.listed(Page(), whole=True)
    assert (total, seen.alarm.decided_by, seen.alarm.reason) == (1, "it", "pièce d’identité vue")


def test_before_any_code_a_correction_is_only_a_correction(house, intake, doubt):
    with house.database.writing() as work:
        work.studies.ensure(replace(a_study(), person_id=work.people.ensure(TRAITS)))
    take(intake, Adt(**DATE))
    assert (alarms(house), doubt("1.2.3"), person(house).traits.birth_date) == ([], "", "19610315")


def test_an_older_message_after_a_newer_one_never_wins(house, intake, share):
    take(intake, Adt(control="C2", at="20261124100000"))
    assert take(intake, Adt(control="C1", at="20261124090000", **DATE)) == "AA"
    assert (state(house), alarms(house), blocked(house, share)) == (MessageState.STALE, [], "")
    assert take(intake, Adt(control="C3", at="20261124100000", sequence="2", name="LEFÈVRE^Anne^^^^^L")) == "AA"
    assert take(intake, Adt(control="C4", at="20261124100000", sequence="1", **DATE)) == "AA"
    assert state(house, "C4") is MessageState.STALE


def test_a_duplicate_is_answered_without_effect(house, intake, share):
    assert take(intake, Adt()) == "AA"
    assert take(intake, Adt(at="20261124100000", **DATE)) == "AA"
    assert alarms(house) == []
    assert take(intake, Adt(at="20261124100000", sender="HIS2", **DATE)) == "AA"
    assert alarms(house) == ["traits"]


def test_two_people_under_one_identifier_block_everything_of_it(house, intake, share, doubt):
    take(intake, Adt(**PIERRE))
    assert (alarms(house), blocked(house, share), doubt("1.2.3")) == (["shared_id"], "identity", "shared_id")
    house.receiving.accept(file("1.2.9", TRAITS))
    assert doubt("1.2.9") == "shared_id"
    decide(house, "refuse")
    assert (alarms(house), blocked(house, share), doubt("1.2.3"), doubt("1.2.9")) == ([], "", "", "")


def test_a_pacs_that_names_no_issuer_means_its_hospital(house, intake):
    bare = PatientTraits(Identifier("F-1"), TRAITS.name, TRAITS.birth_date, TRAITS.sex)
    share = house.sharing.issue(Order([a_study(traits=bare)]), DESK).share.id
    take(intake, Adt(**DATE))
    assert (alarms(house), blocked(house, share)) == (["traits"], "identity")


def test_the_feed_before_a_pacs_that_names_no_issuer(house, intake, doubt):
    take(intake, Adt())
    bare = PatientTraits(Identifier("F-1"), TRAITS.name, TRAITS.birth_date, TRAITS.sex)
    house.receiving.accept(file("1.2.9", bare))
    with house.database.reading() as work:
        assert work.studies.by_uid(StudyUID("1.2.9")).person_id == person(house).id
    stranger = PatientTraits(Identifier("F-1"), "DURAND^Pierre", "19800101", "M")
    house.receiving.accept(file("1.2.10", stranger))
    assert doubt("1.2.10") == "shared_id"


# --- merges, changes, links ---


@pytest.fixture
def second(house):
    """Another record, F-2, of a patient who may be the same, with a study and a code."""

    def made(**changed):
        traits = PatientTraits(Identifier("F-2", "HOSP"), changed.get("name", TRAITS.name),
                               changed.get("birth", TRAITS.birth_date), changed.get("sex", "F"))  # fmt: skip
        return house.sharing.issue(Order([a_study("1.2.4", traits)]), DESK).share.id

    return made


def merge(**changed) -> Adt:
    return Adt("A40", mrg=OTHER, **changed)


def test_a_merge_makes_one_person_and_closes_nothing(house, intake, share, second, doubt):
    other = second()
    assert take(intake, merge()) == "AA"
    with house.database.reading() as work:
        assert {s.uid for s in work.studies.of_person(PersonId(person(house).id))} == {"1.2.3", "1.2.4"}
    assert person(house, "F-2").id == person(house).id
    assert (alarms(house), blocked(house, share), blocked(house, other)) == ([], "", "")
    assert house.sharing.shown(other).person.id == person(house).id
    assert take(intake, merge(control="C2")) == "AA"
    house.sharing.issue(Order([a_study(), a_study("1.2.4", PatientTraits(Identifier("F-2", "HOSP"), "X^Y"))]), DESK)


@pytest.mark.parametrize("changed", [{"birth": "19610315"}, {"name": "DURAND^Pierre", "birth": "19800101"}])
def test_a_merge_that_the_traits_speak_against_waits_for_somebody(house, intake, share, second, doubt, changed):
    other = second(**changed)
    take(intake, merge())
    assert alarms(house) == ["merge"]
    assert (doubt("1.2.3"), doubt("1.2.4")) == ("merge", "merge")
    assert (blocked(house, share), blocked(house, other)) == ("identity", "identity")
    decide(house)
    assert (alarms(house), doubt("1.2.3"), doubt("1.2.4")) == ([], "", "")
    assert (blocked(house, share), blocked(house, other)) == ("", "")
    assert person(house, "F-2").id == person(house).id


def test_a_merge_that_is_refused_leaves_two_people(house, intake, share, second, doubt):
    other = second(name="DURAND^Pierre", birth="19800101")
    take(intake, merge())
    decide(house, "refuse")
    assert (alarms(house), doubt("1.2.3"), doubt("1.2.4")) == ([], "", "")
    assert (blocked(house, share), blocked(house, other)) == ("", "")
    assert person(house, "F-2").id != person(house).id


def test_a_merge_holds_however_late_it_comes_but_not_its_traits(house, intake, share, second):
    second()
    take(intake, Adt(control="C9", at="20261124100000"))
    take(intake, merge(at="20261124080000", name="LEFÈVRE^Brigitte^^^^^L"))
    assert person(house, "F-2").id == person(house).id
    assert person(house).traits.name.startswith("LEFÈVRE^Anne")
    assert alarms(house) == []


def test_a_merge_of_records_unknown_here_is_remembered_for_the_images_to_come(house, intake):
    take(intake, merge())
    house.receiving.accept(file("1.2.9", PatientTraits(Identifier("F-2", "HOSP"), TRAITS.name, TRAITS.birth_date, "F")))
    with house.database.reading() as work:
        assert work.studies.by_uid(StudyUID("1.2.9")).person_id == person(house).id


def test_a_changed_identifier_is_the_same_person_under_both(house, intake, share, doubt):
    take(intake, Adt("A47", pid3=OTHER, mrg=IPP))
    assert person(house, "F-2").id == person(house, "F-1").id == house.sharing.shown(share).person.id
    moved = PatientTraits(Identifier("F-2", "HOSP"), TRAITS.name, TRAITS.birth_date, "F")
    house.receiving.accept(file("1.2.3", moved))
    assert (doubt("1.2.3"), alarms(house)) == ("", [])


def test_links_are_remembered_and_the_newest_wins(house, intake, share, second):
    second()
    link = Adt("A24", second=OTHER, at="20261124090000")
    assert take(intake, link) == "AA"
    first, other = person(house).id, person(house, "F-2").id
    assert first != other
    with house.database.reading() as work:
        assert list(work.identities.linked(PersonId(first))) == [other]
    take(intake, link.but(event="A37", control="C2", at="20261124100000"))
    take(intake, link.but(control="C3", at="20261124093000"))
    assert state(house, "C3") is MessageState.STALE
    with house.database.reading() as work:
        assert list(work.identities.linked(PersonId(first))) == []


def test_identifiers_of_one_person_said_to_be_two_close_the_person(house, intake, share, second, doubt):
    second()
    take(intake, merge())
    take(intake, Adt("A37", control="C2", second=OTHER))
    assert (alarms(house), doubt("1.2.3"), blocked(house, share)) == (["unlinked"], "unlinked", "identity")


def test_two_people_who_were_one_are_separated_and_their_codes_end(house, intake, share, second, doubt):
    other = second()
    take(intake, merge())
    take(intake, Adt("A37", control="C2", second=OTHER))
    decide(house)
    assert (alarms(house), doubt("1.2.3"), doubt("1.2.4")) == ([], "", "")
    assert person(house, "F-2").id != person(house).id
    with house.database.reading() as work:
        for value, uid in (("F-1", "1.2.3"), ("F-2", "1.2.4")):
            assert [s.uid for s in work.studies.of_person(PersonId(person(house, value).id))] == [uid]
    assert all(house.sharing.shown(one).share.revoked_cause == "identity" for one in (share, other))
    again = house.sharing.issue(Order([a_study("1.2.4", PatientTraits(Identifier("F-2", "HOSP"), "X^Y"))]), DESK)
    assert again.person.id == person(house, "F-2").id


def test_people_who_stay_one_keep_their_codes(house, intake, share, second, doubt):
    second()
    take(intake, merge())
    take(intake, Adt("A37", control="C2", second=OTHER))
    decide(house, "refuse")
    assert (alarms(house), doubt("1.2.3"), blocked(house, share)) == ([], "", "")


def test_a_deleted_patient_and_moves_have_no_effect_on_images(house, intake, share, doubt):
    for number, event in enumerate(("A29", "A02", "A03", "A11", "A99")):
        assert take(intake, Adt(event, control=f"D{number}", pid3="", birth="?")) == "AA"
        assert state(house, f"D{number}") is MessageState.IGNORED
    assert (alarms(house), doubt("1.2.3"), blocked(house, share)) == ([], "", "")


# --- the national identity ---


def test_a_national_identity_on_two_records_links_them_or_is_doubted(house, intake, share, second):
    other = second()
    ins = {"status": "VALI"}
    take(intake, Adt(pid3=f"{IPP}~{INS}", **ins))
    take(intake, Adt(control="C2", pid3=f"{OTHER}~{INS}", **ins))
    with house.database.reading() as work:
        assert list(work.identities.linked(PersonId(person(house).id))) == [person(house, "F-2").id]
        found = work.people.by_identifier(
            Identifier("261031403301412", "1.2.250.1.213.1.4.8", IdentifierType.INS)
        )
    assert found.id == person(house).id
    assert alarms(house) == []
    take(intake, Adt(control="C3", at="20261124100000", pid3=f"{OTHER}~{INS}", **ins, **PIERRE))
    assert set(alarms(house)) == {"merge", "shared_id"}
    assert blocked(house, other) == blocked(house, share) == "identity"


# --- orders ---


def order(pid3: str = IPP, uid: str = "1.2.3", control: str = "M1", act: str = "NW", number: str = "A9") -> bytes:
    text = Adt("O01", control, pid3=pid3, kind="ORM").text()
    return f"{text}ORC|{act}|P1|R42\rOBR|1|P1|R42|X{'|' * 14}{number}\rZDS|{uid}^X\r".encode()


def test_an_order_for_the_patient_of_an_exam_gives_it_its_number(house, intake, clock, doubt):
    house.sharing.issue(Order([replace(a_study(), accession="")]), DESK)
    assert code(intake.take(order(), "")) == "AA"
    with house.database.reading() as work:
        assert work.studies.by_uid(StudyUID("1.2.3")).accession == "A9"
    assert code(intake.take(order(number="A10", control="M2"), "")) == "AA"
    with house.database.reading() as work:
        assert work.studies.by_uid(StudyUID("1.2.3")).accession == "A9"
    assert (alarms(house), doubt("1.2.3")) == ([], "")


def test_an_order_of_an_exam_for_somebody_else_closes_it(house, intake, share, doubt):
    assert code(intake.take(order(OTHER, act="CA"), "")) == "AA"
    assert alarms(house) == []
    assert code(intake.take(order(OTHER, control="M2"), "")) == "AA"
    assert (alarms(house), doubt("1.2.3"), blocked(house, share)) == (["two_patients"], "two_patients", "identity")
    decide(house)
    assert (doubt("1.2.3"), blocked(house, share)) == ("", "")
    with house.database.reading() as work:
        assert work.studies.by_uid(StudyUID("1.2.3")).traits == TRAITS


def test_an_order_of_an_exam_that_is_not_here_has_no_effect(house, intake):
    assert code(intake.take(order(uid="1.2.99"), "")) == "AA"
    assert state(house, "M1") is MessageState.IGNORED


# --- answers and the reject list ---


def test_data_errors_are_kept_and_replayed_with_other_settings(house, clock, share):
    strict = Intake(house.feed, house.results, clock, Habits(charset="8859/1"))
    broken = Adt(charset="", name="LEFÈVRE^Œdipe^^^^^L", codec="utf-8", birth="19610399999")
    wrong = broken.but(charset="8859/99")
    answer = strict.take(wrong.bytes(), "192.0.2.1")
    assert (code(answer), cause(answer)) == ("AE", "charset")
    [row], _ = house.feed.listed(Page(), "rejected")
    assert (row.state, row.cause, row.control_id, row.body) == (MessageState.REJECTED, "charset", "C1", b"")
    assert house.feed.shown(row.id, ADMIN).body == wrong.bytes()
    with pytest.raises(Malformed):
        strict.replay(house.feed.waiting(row.id).body, "")
    assert strict.take(wrong.but(charset="UNICODE UTF-8", birth="19610314").bytes(), "192.0.2.1").count(b"MSA|AA|C1")
    with pytest.raises(Refused, match="message_done"):
        house.feed.waiting(row.id)
    assert house.feed.shown(row.id, ADMIN).body == b""


def test_a_replayed_message_is_applied_once(house, intake, clock, share):
    adt = Adt(pid3=f"{IPP}~161035900100078^^^T&1.2.250.1.213.1.4.10&ISO^INS", **DATE)
    assert cause(intake.take(adt.bytes(), "")) == "ins_test"
    [row], _ = house.feed.listed(Page())
    from pacs_bridge.hl7.patients import Reading

    tolerant = Intake(house.feed, house.results, clock, Habits(Reading(test_identities=True)))
    assert tolerant.replay(house.feed.waiting(row.id).body, "") is MessageState.APPLIED
    assert alarms(house) == ["traits"]
    assert house.feed.standing()[0] == 0


def test_a_dropped_message_loses_its_body(house, intake):
    intake.take(Adt(birth="000").bytes(), "")
    [row], _ = house.feed.listed(Page())
    house.feed.drop(row.id, ADMIN)
    assert house.feed.shown(row.id, ADMIN).body == b""
    with pytest.raises(Refused, match="message_done"):
        house.feed.drop(row.id, ADMIN)
    with pytest.raises(Refused, match="message_unknown"):
        house.feed.waiting(999)


@pytest.mark.parametrize(("adt", "why"), [
    (Adt(kind="SIU"), "kind"), (Adt(processing="T"), "processing"), (Adt(sender="LAB"), "sender"),
    (Adt(at=""), "field"), (Adt(control=""), "field"),
])  # fmt: skip
def test_what_is_never_to_be_sent_again_is_ar_and_not_kept(house, clock, adt, why):
    answer = Intake(house.feed, house.results, clock, Habits(senders=("HIS",))).take(adt.bytes(), "")
    assert (code(answer), cause(answer)) == ("AR", why)
    assert house.feed.listed(Page())[1] == 0


@pytest.mark.parametrize("named", ["HIS", "HIS^1.2.3^ISO"])
def test_a_sender_is_named_with_or_without_its_oid(house, clock, named):
    intake = Intake(house.feed, house.results, clock, Habits(senders=(named,)))
    assert take(intake, Adt(sender="HIS^1.2.3^ISO")) == "AA"


def test_a_message_of_the_future_would_win_for_ever(house, intake):
    answer = intake.take(Adt(at="20270101000000").bytes(), "")
    assert (code(answer), cause(answer)) == ("AE", "field")


def test_numbers_are_forgotten_after_their_time(house, intake, clock):
    intake.take(Adt().bytes(), "")
    intake.take(Adt(control="C2", birth="000").bytes(), "")
    clock.move(days=401)
    assert house.feed.forget() == 1
    assert house.feed.listed(Page())[1] == 1


def test_the_journal_says_what_happened_without_anybody_s_traits(house, intake, share):
    take(intake, Adt(**DATE))
    intake.take(Adt(control="C2", birth="000").bytes(), "")
    decide(house)
    records = house.journal.listed(Page())[0]
    verbs = {record.event.verb for record in records}
    assert {"identity.alarm", "identity.confirm", "hl7.reject"} <= verbs
    for record in records:
        assert not any(word in record.body for word in ("LEF", "Anne", "1961", "F-1"))


# --- DICOM's side of the same rules ---


def test_a_study_of_somebody_else_under_a_known_identifier(house, share, doubt):
    stranger = PatientTraits(Identifier("F-1", "HOSP"), "DURAND^Pierre", "19800101", "M")
    house.receiving.accept(file("1.2.9", stranger))
    assert (alarms(house), blocked(house, share)) == (["shared_id"], "identity")
    assert (doubt("1.2.3"), doubt("1.2.9")) == ("shared_id", "shared_id")
    decide(house, "refuse")
    assert (alarms(house), doubt("1.2.3"), blocked(house, share)) == (["two_patients"], "", "")
    assert doubt("1.2.9") == "two_patients"
    with pytest.raises(Refused, match="alarm_confirm_only"):
        decide(house, "refuse")
    decide(house)
    assert (alarms(house), doubt("1.2.9")) == ([], "")


def test_one_study_that_shows_two_patients_blocks_its_shares_alone(house, share, doubt):
    other = house.sharing.issue(Order([a_study("1.2.4")]), DESK).share.id
    house.receiving.accept(file("1.2.3", PatientTraits(Identifier("F-9", "HOSP"), "DURAND^Pierre", "19800101", "M")))
    assert (alarms(house), doubt("1.2.3"), doubt("1.2.4")) == (["two_patients"], "two_patients", "")
    assert (blocked(house, share), blocked(house, other)) == ("identity", "")
    decide(house)
    assert (doubt("1.2.3"), blocked(house, share)) == ("", "")


def test_the_pacs_has_somebody_else_under_a_known_identifier(house, share, doubt):
    stranger = PatientTraits(Identifier("F-1", "HOSP"), "DURAND^Pierre", "19800101", "M")
    with pytest.raises(Refused, match="identity"):
        house.sharing.issue(Order([a_study("1.2.9", stranger)]), DESK)
    assert (alarms(house), doubt("1.2.9"), blocked(house, share)) == (["shared_id"], "shared_id", "identity")


def test_an_alarm_that_nobody_wrote_down_is_listed_and_ends(house, share, doubt):
    with house.database.writing() as work:
        work.studies.alarm(StudyUID("1.2.3"), "two_patients")
    assert house.identity.count() == 1
    assert alarms(house) == ["two_patients"]
    decide(house)
    assert (doubt("1.2.3"), blocked(house, share)) == ("", "")

"""Reports by HL7, in every order they may come: each ends as R-H says, on both databases."""

import pytest

from appliance.domain.identifiers import StudyUID
from appliance.domain.reports import Place, ReportState
from appliance.usecases.ports import Page
from tests.pacs_bridge.hl7.messages import IPP, Adt, cause, code, mdm, oru

OTHER = "F-2^^^HOSP&1.2.250.1.71.4&ISO^PI"
V, C, P, X = ReportState.VALIDATED, ReportState.CORRECTED, ReportState.PROVISIONAL, ReportState.CANCELLED


def take(intake, *texts: str) -> None:
    for text in texts:
        answer = intake.take(text.encode(), "192.0.2.1")
        assert code(answer) == "AA", answer


def versions(house, uid: str = "1.2.3"):
    """Attached versions of an exam, newest first: text, state."""
    with house.database.reading() as work:
        rows = work.reports.of_studies([StudyUID(uid)])
    return [(house.objects.read(row.key).decode() if row.key else "", row.state) for row in rows]


def queue(house):
    return [(row.place, row.cause) for row in house.reports.waiting(Page())[0]]


def text(words: str, status: str = "F") -> list[str]:
    return [f"OBX|1|TX|CR||{words}||||||{status}"]


def test_by_study_uid(house, intake, share):
    take(intake, oru(accession=""))
    assert versions(house) == [("Texte.", V)]


def test_by_accession_number_alone(house, intake, share):
    take(intake, oru(zds=""))
    assert versions(house) == [("Texte.", V)]


def test_never_by_anything_else(house, intake, share):
    take(intake, oru(zds="", accession="", obr3="", orc3="R42").replace("ORC|RE|P1|R42", "ORC|RE|P1|Z9"))
    assert versions(house) == []
    assert [row.place for row in _rows(house)] == [Place.WAITING]


def _rows(house, uid: str = ""):
    with house.database.reading() as work:
        return [row for number in range(1, 9) if (row := work.reports.by_id(number)) is not None]


def test_a_report_of_somebody_else_goes_to_the_queue_and_is_never_shown(house, intake, share, doubt):
    take(intake, oru(pid3=OTHER))
    assert versions(house) == []
    assert queue(house) == [("queue", "other_patient")]
    assert doubt("1.2.3") == ""


def test_a_report_before_its_exam_waits_and_is_attached_when_that_comes(house, intake, clock):
    from appliance.usecases.sharing import Order
    from tests.pacs_bridge.hl7.conftest import DESK, a_study

    take(intake, oru())
    assert [row.place for row in _rows(house)] == [Place.WAITING]
    house.sharing.issue(Order([a_study()]), DESK)
    house.reports.settle(StudyUID("1.2.3"))
    assert versions(house) == [("Texte.", V)]


def test_after_thirty_days_it_is_somebody_s_to_decide(house, intake, clock):
    take(intake, oru())
    clock.move(days=31)
    house.reports.sweep()
    assert queue(house) == [("queue", "waited")]


def test_corrected_keeps_the_first(house, intake, share):
    take(intake, oru(obx=text("un")), oru("O2", "20261124100000", obr25="C", obx=text("deux", "C")))
    assert versions(house) == [("deux", C), ("un", V)]


def test_out_of_order_the_older_never_becomes_current(house, intake, share):
    take(intake, oru("O2", "20261124100000", obr25="C", obx=text("deux", "C")), oru(obx=text("un")))
    assert versions(house) == [("deux", C), ("un", V)]


def test_provisional_then_final(house, intake, share):
    take(intake, oru(obr25="P", obx=text("brouillon", "P")), oru("O2", "20261124100000", obx=text("fin")))
    assert versions(house) == [("fin", V), ("brouillon", P)]


def test_cancelled(house, intake, share):
    take(intake, oru(), oru("O2", "20261124100000", obr25="X", obx=[]))
    assert [state for _, state in versions(house)] == [X, V]


def test_the_same_message_again_and_again_is_one_version(house, intake, share):
    take(intake, oru(), oru(), oru("O9"))
    assert versions(house) == [("Texte.", V)]


def test_a_document_replaced_completed_and_cancelled(house, intake, share):
    take(
        intake,
        mdm("T02", "1", number="D1^RIS", text="un"),
        mdm("T10", "2", "20261124100000", number="D2^RIS", parent="D1^RIS", text="deux"),
        mdm("T06", "3", "20261124103000", number="D3^RIS", parent="D2^RIS", text="ajout"),
    )
    assert versions(house) == [("ajout", V), ("deux", C), ("un", V)]
    take(intake, mdm("T11", "4", "20261124110000", number="D3^RIS", text=""))
    assert versions(house)[0][1] is X


def test_a_replacement_before_what_it_replaces(house, intake, share):
    take(
        intake,
        mdm("T10", "2", "20261124100000", number="D2^RIS", parent="D1^RIS", text="deux"),
        mdm("T02", "1", "20261124090000", number="D1^RIS", text="un"),
    )
    assert [words for words, _ in versions(house)] == ["deux", "un"]
    with house.database.reading() as work:
        assert len({row.set_id for row in work.reports.of_studies([StudyUID("1.2.3")])}) == 1


def test_a_document_not_signed_is_provisional(house, intake, share):
    take(intake, mdm("T02", "1", completion="PA"), mdm("T08", "2", "20261124100000", completion="LA"))
    assert [state for _, state in versions(house)] == [V, P]


def without_text(event: str, control: str, at: str, **more: str) -> str:
    return mdm(event, control, at, **more).split("\rOBX")[0] + "\r"


def test_a_new_state_without_the_text_keeps_the_text(house, intake, share):
    take(intake, mdm("T02", "1", completion="PA"), without_text("T04", "2", "20261124100000", completion="LA"))
    assert versions(house) == [("Texte.", V), ("Texte.", P)]
    take(intake, without_text("T01", "3", "20261124103000", number="D9^RIS"))
    assert len(versions(house)) == 2
    take(intake, without_text("T11", "4", "20261124110000"))
    assert versions(house)[0] == ("", X)


def test_after_a_merge_the_report_under_the_old_identifier_is_the_patient_s(house, intake, share):
    take(intake, Adt("A40", mrg=OTHER).text(), oru(pid3=OTHER))
    assert versions(house) == [("Texte.", V)]


def test_a_pacs_that_names_no_issuer(house, intake):
    from appliance.domain.people import Identifier, PatientTraits
    from appliance.usecases.sharing import Order
    from tests.pacs_bridge.hl7.conftest import DESK, TRAITS, a_study

    bare = PatientTraits(Identifier("F-1"), TRAITS.name, TRAITS.birth_date, TRAITS.sex)
    house.sharing.issue(Order([a_study(traits=bare)]), DESK)
    take(intake, oru(pid3=IPP))
    assert versions(house) == [("Texte.", V)]


@pytest.mark.parametrize(("kind", "event"), [("ORU", "R03"), ("MDM", "T03"), ("MDM", "T05"), ("SIU", "S12")])
def test_kinds_that_are_not_taken(intake, kind, event):
    answer = intake.take(Adt(event, kind=kind).bytes(), "")
    assert (code(answer), cause(answer)) == ("AR", "kind")


def test_a_broken_document_is_kept_and_no_version_is_made(house, intake, share):
    answer = intake.take(oru(obx=["OBX|1|ED|P||^AP^PDF^Base64^AAAA||||||F"]).encode(), "")
    assert (code(answer), cause(answer)) == ("AE", "content")
    assert versions(house) == []
    assert house.feed.standing()[0] == 1


def test_a_kill_between_the_version_and_the_message_makes_no_second_version(house, intake, share):
    take(intake, oru())
    with house.database.writing() as work:
        row = work.messages.by_control("HIS", "O1")
        from appliance.domain.feed import MessageState

        work.messages.set_state(row.id, MessageState.DROPPED, "")
    take(intake, oru())
    assert versions(house) == [("Texte.", V)]


def test_an_exam_is_reported_while_its_report_is_validated(house, intake, share):
    exam = StudyUID("1.2.3")
    take(intake, oru(obr25="P"))
    assert house.reports.validated([exam]) == frozenset()
    take(intake, oru("O2", "20261124094000"))
    assert house.reports.validated([exam, StudyUID("1.2.4")]) == {exam}
    take(intake, oru("O3", "20261124100000", obr25="X", obx=[]))
    assert house.reports.validated([exam]) == frozenset()

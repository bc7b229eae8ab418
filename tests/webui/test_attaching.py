"""The queue « à rattacher » at the desk: what is offered, who may go against the identifiers, what is refused."""

from dataclasses import replace

import pytest

from appliance.domain.identifiers import StudyUID
from appliance.domain.journal import Actor
from appliance.domain.people import Identifier
from appliance.domain.reports import ReportState, Source
from appliance.domain.staff import Role
from appliance.usecases.people import NewMember
from appliance.usecases.ports import ArrivedReport, Page
from tests.webui.conftest import DESK, enter_staff

RIS = Actor("hl7", "RIS")


def arrived(house, **changes) -> ArrivedReport:
    made = ArrivedReport(
        "RIS|R1", ReportState.VALIDATED, Source.HL7, house.clock.now(), title="Scanner <b>crâne</b>", sender="RIS",
        study_uid="1.2.3", patients=(Identifier("F-2", "HOSP"),), patient_name="DURAND^Pierre", birth_date="19800101",
    )  # fmt: skip
    return replace(made, **changes)


@pytest.fixture
def queued(house, issued):
    return house.reports.keep(arrived(house), RIS).row


@pytest.fixture
async def administrator(browser, house, clock):
    made = house.people.add_staff(NewMember("sam", "Sam ROY", Role.ADMINISTRATOR, must_set_up=False), DESK)
    await enter_staff(browser, made, clock)
    return browser


def attached(house):
    with house.database.reading() as work:
        return [row.unique_id for row in work.reports.of_studies([StudyUID("1.2.3")])]


async def test_a_report_of_somebody_else_is_shown_with_whose_it_says_it_is(secretary, queued):
    await secretary.get("/desk/reports")
    for words in (
        "DURAND Pierre", "01/01/1980", "F-2 (HOSP)", "Autre patient", "autre patient", "LEFÈVRE Anne-Charlotte",
        "nommé par le compte rendu",
    ):  # fmt: skip
        assert words in secretary.text
    assert "<b>crâne" not in secretary.text
    assert 'name="sure"' not in secretary.text


async def test_only_an_administrator_goes_against_the_identifiers(secretary, queued, house):
    await secretary.get("/desk/reports")
    place = f"/desk/reports/{queued.id}/attach"
    assert (await secretary.post(place, study="1.2.3")).status == 403
    assert "pas le même patient" in secretary.text
    assert (await secretary.post(place, study="1.2.3", sure="on")).status == 403
    assert "pas le même patient" not in secretary.text
    assert attached(house) == []


async def test_an_administrator_who_looked_may(administrator, queued, house):
    await administrator.get("/desk/reports")
    place = f"/desk/reports/{queued.id}/attach"
    assert (await administrator.post(place)).status == 400
    answer = await administrator.post(place, study="1.2.3", sure="on")
    assert answer.headers["Location"] == "/desk/reports?done=attached"
    assert attached(house) == ["RIS|R1"]
    await administrator.get("/desk/reports?done=attached")
    assert "Aucun compte rendu n’attend" in administrator.text
    assert (await administrator.post(place, study="1.2.3")).status == 403
    assert "n’attend plus" in administrator.text


async def test_the_desk_attaches_what_names_nothing_to_an_exam_of_the_patient(secretary, issued, house):
    mine = (Identifier("F-1", "HOSP"),)
    row = house.reports.keep(arrived(house, study_uid="", patients=mine), RIS).row
    await secretary.get("/desk/reports")
    assert "Aucun examen nommé" in secretary.text
    answer = await secretary.post(f"/desk/reports/{row.id}/attach", study="1.2.3")
    assert answer.headers["Location"] == "/desk/reports?done=attached"
    assert attached(house) == ["RIS|R1"]


async def test_what_is_rejected_is_shown_to_nobody_and_needs_a_reason(secretary, queued, house):
    await secretary.get("/desk/reports")
    place = f"/desk/reports/{queued.id}/reject"
    assert (await secretary.post(place, reason=" ")).status == 400
    assert (await secretary.post(place, reason="doublon")).headers["Location"] == "/desk/reports?done=rejected"
    assert house.reports.waiting(Page())[1] == 0
    assert attached(house) == []
    await secretary.get("/desk/reports?lang=en")
    assert "No report waits" in secretary.text


async def test_strange_exams_and_reports_are_refused(secretary, queued):
    await secretary.get("/desk/reports")
    assert (await secretary.post(f"/desk/reports/{queued.id}/attach", study="x")).status == 404
    await secretary.get("/desk/reports")
    assert (await secretary.post(f"/desk/reports/{queued.id}/attach", study="9.9.9")).status == 404
    await secretary.get("/desk/reports")
    assert (await secretary.post("/desk/reports/999/attach", study="1.2.3")).status == 403

"""Exams under embargo at the desk: who sees them, who opens one, what is written down, what is refused."""

from datetime import date

import pytest

from appliance.config.settings import Settings
from appliance.domain.identifiers import StudyUID
from appliance.domain.staff import Role
from appliance.usecases.people import NewMember
from appliance.usecases.ports import Page
from tests.webui.conftest import DESK, enter_staff

UID = StudyUID("1.2.3")
PLACE = f"/desk/embargo/{UID}/release"


@pytest.fixture
def settings(settings):
    return Settings(**{**settings.model_dump(exclude_unset=True), "reports": {"embargo": True}})


@pytest.fixture
async def administrator(browser, house, clock):
    made = house.people.add_staff(NewMember("sam", "Sam ROY", Role.ADMINISTRATOR, must_set_up=False), DESK)
    await enter_staff(browser, made, clock)
    return browser


async def test_an_administrator_opens_an_exam_with_a_reason(administrator, issued, house):
    await administrator.get("/desk/reports")
    assert "en attente de leur compte rendu" in administrator.text
    assert "LEFÈVRE Anne-Charlotte" in administrator.text
    assert "TDM <b>" not in administrator.text
    assert (await administrator.post(PLACE, reason="   ")).status == 400
    assert house.exams.embargoed([UID]) == {UID}
    answer = await administrator.post(PLACE, reason="Dr Roy, urgence")
    assert answer.headers["Location"] == "/desk/reports?done=released"
    assert house.exams.embargoed([UID]) == frozenset()
    (entry,) = [one.event for one in house.journal.listed(Page())[0] if one.event.verb == "embargo.release"]
    assert (entry.actor.kind, entry.subject, entry.facts["reason"]) == ("staff", UID, "Dr Roy, urgence")
    await administrator.get("/desk/reports?done=released")
    assert "ouvert avant son compte rendu" in administrator.text
    assert f'data-embargo="{UID}"' not in administrator.text


async def test_twice_unknown_and_no_uid_are_refused(administrator, issued):
    await administrator.get("/desk/reports")
    await administrator.post(PLACE, reason="Dr Roy")
    await administrator.get("/desk/reports")
    assert (await administrator.post(PLACE, reason="Dr Roy")).status == 403
    assert "Rien ne retient plus cet examen" in administrator.text
    assert (await administrator.post("/desk/embargo/9.9.9/release", reason="Dr Roy")).status == 403
    assert (await administrator.post("/desk/embargo/nothing/release", reason="Dr Roy")).status == 404


async def test_the_desk_neither_sees_nor_opens_them(secretary, issued, house):
    await secretary.get("/desk/reports")
    assert "en attente de leur compte rendu" not in secretary.text
    assert (await secretary.post(PLACE, reason="Dr Roy")).status == 403
    assert "ne permet pas cette action" in secretary.text
    assert house.exams.embargoed([UID]) == {UID}


async def test_a_form_without_its_token_opens_nothing(administrator, issued, house):
    await administrator.get("/desk/reports")
    assert (await administrator.post(PLACE, reason="Dr Roy", csrf="")).status == 403
    assert house.exams.embargoed([UID]) == {UID}


def test_only_what_an_embargo_keeps_back_is_listed(house, issued, clock):
    assert {row.uid for row in house.exams.kept_back()} == {UID}  # the other is a year old
    with house.database.writing() as work:
        assert work.studies.unreleased(date(2026, 11, 23), 10) == []
        work.studies.withdraw(UID, clock.now())
    assert house.exams.kept_back() == []

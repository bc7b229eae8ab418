"""Identities in doubt at the desk: everybody of the desk sees them, administrators decide, nothing typed is lost."""

import pytest

from appliance.domain.identity import AlarmCause
from appliance.domain.journal import Actor
from appliance.domain.people import Identifier, PatientTraits
from appliance.domain.staff import Role
from appliance.usecases.doubting import doubt
from appliance.usecases.joining import patient_of
from appliance.usecases.people import NewMember
from appliance.usecases.ports import AlarmRow
from tests.webui.conftest import DESK, TRAITS, enter_staff

SAID = PatientTraits(Identifier("F-1", "HOSP"), "LEFÈVRE^<b>Brigitte</b>", "19610315", "F")


@pytest.fixture
def alarm(house, issued) -> int:
    with house.database.writing() as work:
        row = AlarmRow(
            0, AlarmCause.TRAITS, issued.share.person_id, house.clock.now(), "HIS ADT^A08 C1", said=patient_of(SAID)
        )
        return doubt(work, row, Actor("hl7", "HIS"), house.clock.now())


@pytest.fixture
async def administrator(browser, house, clock):
    made = house.people.add_staff(NewMember("sam", "Sam ROY", Role.ADMINISTRATOR, must_set_up=False), DESK)
    await enter_staff(browser, made, clock)
    return browser


def blocked(house, issued):
    return house.sharing.shown(issued.share.id).share.blocked_cause


async def test_the_desk_sees_and_an_administrator_decides(secretary, alarm, house, issued):
    await secretary.get("/desk/identity")
    for words in (
        "Traits changés", "LEFÈVRE Anne-Charlotte", "15/03/1961", "14/03/1961", "HIS ADT^A08 C1", "1 code bloqué",
        "Un administrateur décide",
    ):  # fmt: skip
        assert words in secretary.text
    assert "<b>Brigitte" not in secretary.text
    assert f"/desk/identity/{alarm}/" not in secretary.text
    assert (await secretary.post(f"/desk/identity/{alarm}/confirm", reason="carte vue")).status == 403
    assert blocked(house, issued) == "identity"


async def test_confirming_opens_again(administrator, alarm, house, issued):
    await administrator.get("/desk/identity")
    assert (await administrator.post(f"/desk/identity/{alarm}/confirm", reason=" ")).status == 400
    assert "Le motif manque" in administrator.text
    answer = await administrator.post(f"/desk/identity/{alarm}/confirm", reason="carte d’identité vue")
    assert answer.headers["Location"] == "/desk/identity?done=confirm"
    await administrator.get("/desk/identity?done=confirm")
    assert "l’accès est rouvert" in administrator.text
    assert "Aucune identité n’est en doute" in administrator.text
    assert blocked(house, issued) is None
    assert (await administrator.post(f"/desk/identity/{alarm}/refuse", reason="carte vue")).status == 403
    assert "déjà close" in administrator.text


async def test_refusing_opens_again_and_changes_nothing(administrator, alarm, house, issued):
    await administrator.get("/desk/identity?lang=en")
    assert "Traits changed" in administrator.text
    answer = await administrator.post(f"/desk/identity/{alarm}/refuse", reason="typing error")
    assert answer.headers["Location"] == "/desk/identity?done=refuse"
    assert blocked(house, issued) is None
    assert house.exams.person(issued.share.person_id).traits == TRAITS


@pytest.mark.parametrize("cause", AlarmCause)
async def test_every_cause_has_its_words_and_decisions(administrator, house, issued, cause):
    with house.database.writing() as work:
        row = AlarmRow(0, cause, issued.share.person_id, house.clock.now(), "", study_uid=issued.studies[0].uid)
        doubt(work, row, DESK, house.clock.now())
    for language in ("fr", "en"):
        await administrator.get(f"/desk/identity?lang={language}")
        assert f"identity.{cause}" not in administrator.text
    assert administrator.text.count("data-alarm") == 1
    assert "What was told is right" in administrator.text
    assert ("What was told is wrong" in administrator.text) == (cause != "two_patients")


async def test_strange_numbers_are_not_found(administrator, issued):
    await administrator.get("/desk/identity")
    for strange in ("x", "9" * 20):
        assert (await administrator.post(f"/desk/identity/{strange}/confirm", reason="carte vue")).status == 404
        await administrator.get("/desk/identity")
    assert (await administrator.post("/desk/identity/999/confirm", reason="carte vue")).status == 403


async def test_without_a_session_of_the_desk_there_is_nothing(physician):
    assert (await physician.get("/desk/identity")).headers["Location"] == "/desk/login"

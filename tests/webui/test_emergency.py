"""Emergency access through the pages: the desk opens and closes, the physician sees and sees no more."""

import re

from appliance.domain.staff import Act, Role, acts, may


async def search(desk, query="lef"):
    await desk.get("/desk/emergency")
    answer = await desk.post("/desk/search", query=query, page="emergency")
    assert answer.headers["Location"] == "/desk/emergency"
    await desk.get("/desk/emergency")


GIVEN = {"study": ["1.2.3"], "rpps": "10000000001", "reason": "AVC, appel du SAMU", "hours": "2"}


async def test_the_desk_opens_and_closes(secretary, issued, house, account):
    await search(secretary)
    assert "LEFÈVRE Anne-Charlotte" in secretary.text
    assert "Aucun accès n’a été donné" in secretary.text
    answer = await secretary.post("/desk/emergency", **GIVEN)
    assert answer.headers["Location"] == "/desk/emergency?done=given"
    await secretary.get("/desk/emergency?done=given")
    assert "L’accès est ouvert." in secretary.text
    assert "Alix MARTIN" in secretary.text
    assert "24/11/2026 12:00" in secretary.text
    place = re.search(r'action="(/desk/emergency/\d+/end)"', secretary.text).group(1)
    assert (await secretary.post(place)).headers["Location"] == "/desk/emergency?done=ended"
    await secretary.get("/desk/emergency")
    assert "Terminé" in secretary.text
    assert place not in secretary.text
    assert (await secretary.post(place)).status == 403
    assert "déjà terminé" in secretary.text
    for strange in ("0", "99999999999999999999", "x"):
        assert (await secretary.post(f"/desk/emergency/{strange}/end")).status in (403, 404)
        await secretary.get("/desk/emergency")


async def test_what_is_missing_is_said_and_what_was_typed_stays(secretary, issued):
    await search(secretary)
    for changed, words in (
        ({"rpps": "123"}, "RPPS n’est pas complet"), ({"reason": ""}, "Le motif manque"),
        ({"hours": "25"}, "durée n’est pas possible"), ({"hours": "x"}, "durée n’est pas possible"),
        ({"study": []}, "Aucun examen n’est coché"),
    ):  # fmt: skip
        assert (await secretary.post("/desk/emergency", **(GIVEN | changed))).status == 400
        assert words in secretary.text
        if "study" not in changed:
            assert 'value="1.2.3" aria-label' in secretary.text
            assert "checked" in secretary.text
    assert (await secretary.post("/desk/emergency", **(GIVEN | {"reason": '"><script>x</script>', "rpps": "1"}))).status
    assert "<script>x" not in secretary.text


async def test_the_physician_sees_the_exams_without_a_code(physician, issued, house, account, clock):
    from appliance.usecases.emergency import Urgency
    from tests.webui.conftest import DESK

    await physician.get("/codes")
    assert "Accès accordés sans code" not in physician.text
    house.emergency.give(Urgency(house.exams.studies(["1.2.3"]), "10000000001", "AVC, appel du SAMU", 2), DESK)
    await physician.get("/codes")
    assert "Accès accordés sans code" in physician.text
    assert "LEFÈVRE Anne-Charlotte" in physician.text
    assert "jusqu’au 24/11/2026 12:00" in physician.text
    assert "appel du SAMU" not in physician.text
    await physician.get("/codes?lang=en")
    assert "Access given without a code" in physician.text


async def test_only_those_who_may_open_the_page(physician):
    assert (await physician.get("/desk/emergency")).headers["Location"] == "/desk/login"


def test_who_may_do_what_stands_in_one_place():
    assert {role: acts(role) for role in Role} == {
        Role.DESK: {Act.ISSUE, Act.EMERGENCY},
        Role.ADMINISTRATOR: {
            Act.ISSUE, Act.EMERGENCY, Act.UNBLOCK_IDENTITY, Act.RELEASE_EMBARGO, Act.MANAGE_STAFF,
        },
        Role.AUDITOR: {Act.READ_JOURNAL},
    }
    assert not any(may(Role.AUDITOR, act) for act in Act if act is not Act.READ_JOURNAL)

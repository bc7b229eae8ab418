"""Pages of the staff: the set-up before anything, administrators, the auditor's journal."""

import csv
import io
import re

import pyotp
import pytest

from appliance.domain.journal import Actor, Event, Family
from appliance.domain.staff import Role
from appliance.usecases.people import NewMember
from tests.webui.conftest import DESK, enter_staff
from webui.pages.desk_journal import harmless

GOOD = "Lampe-Verte-7-Nuages"


async def entered(browser, house, clock, role):
    made = house.people.add_staff(NewMember(f"le-{role}", f"Une personne {role}", role, must_set_up=False), DESK)
    return await enter_staff(browser, made, clock)


def secret_of(text):
    return re.search(r'class="code secret">([A-Z2-7 ]+)<', text).group(1).replace(" ", "")


def field(text, name):
    return re.search(rf'name="{name}" value="([^"]+)"', text).group(1)


async def test_nothing_opens_before_the_set_up(browser, house, clock):
    made = house.people.add_staff(NewMember("dominique", "Dominique PETIT"), DESK)
    await enter_staff(browser, made, clock)
    for path in ("/desk", "/desk/codes", "/desk/emergency"):
        assert (await browser.get(path)).headers["Location"] == "/desk/setup"
    assert (await browser.get("/desk/setup")).status == 200
    assert 'href="/desk/codes"' not in browser.text
    assert (await browser.post("/desk/codes", study="1.2.3")).headers["Location"] == "/desk/setup"
    secret, setup = secret_of(browser.text), field(browser.text, "setup")
    answer = await browser.post("/desk/setup", setup=setup, password="court", password_again="court", code="1")
    assert answer.status == 400
    assert 'data-rule="length" data-broken' in browser.text
    assert (secret_of(browser.text), field(browser.text, "setup")) == (secret, setup), "no second scan"
    answer = await browser.post("/desk/setup", setup=setup, password=GOOD, password_again=GOOD, code="000000")
    assert (answer.status, 'id="code-e"' in browser.text) == (403, True)
    code = pyotp.TOTP(secret).at(clock.now())
    answer = await browser.post("/desk/setup", setup=setup, password=GOOD, password_again=GOOD, code=code)
    assert (answer.status, answer.headers["Location"]) == (303, "/desk")
    assert (await browser.get("/desk")).status == 200
    assert (await browser.get("/desk/setup")).headers["Location"] == "/desk"


async def test_an_administrator_adds_resets_and_removes(browser, house, clock):
    assert await entered(browser, house, clock, Role.ADMINISTRATOR) == "/desk"
    await browser.get("/desk/staff")
    assert "Votre accès" in browser.text
    answer = await browser.post("/desk/staff", login="nuit", name="Garde <b>nuit</b>", role="desk")
    assert answer.status == 200
    password = re.search(r"data-staff-password>([^<]+)<", browser.text).group(1)
    assert "<b>nuit" not in browser.text
    assert "Première connexion attendue" in browser.text
    await browser.get("/desk/staff")
    assert password not in browser.text
    await browser.post("/desk/staff/reset", login="nuit")
    assert re.search(r"data-staff-password>([^<]+)<", browser.text).group(1) != password
    assert (await browser.post("/desk/staff/remove", login="nuit")).headers["Location"] == "/desk/staff?done=removed"
    await browser.get("/desk/staff?done=removed")
    assert "Fermé" in browser.text
    for form, words in (
        ({"login": "le-administrator"}, "son propre accès"), ({"login": "nuit"}, "n’existe pas ou est fermé"),
    ):  # fmt: skip
        assert (await browser.post("/desk/staff/reset", **form)).status == 403
        assert words in browser.text
    for form, words in (
        ({"login": "nuit", "role": "desk"}, "existe déjà"), ({"login": "a b", "role": "desk"}, "ne convient pas"),
        ({"login": "jour", "role": "roi"}, "Ce rôle n’existe pas"),
        ({"login": "jour", "role": "desk", "national_id": "7"}, "n’est pas complet"),
    ):  # fmt: skip
        assert (await browser.post("/desk/staff", name="x", **form)).status in (400, 403)
        assert words in browser.text
        assert f'value="{form["login"]}"' in browser.text
    verbs = [r.event.verb for r in house.journal.listed(_page(), family="admin")[0]]
    assert verbs[:3] == ["staff.remove", "staff.reset", "staff.add"]


async def test_an_auditor_reads_and_does_nothing_else(browser, house, clock, issued):
    assert await entered(browser, house, clock, Role.AUDITOR) == "/desk/journal"
    assert (await browser.get("/desk")).headers["Location"] == "/desk/journal"
    await browser.get("/desk/journal")
    assert "code.issue" in browser.text
    assert "LEFÈVRE" not in browser.text
    await browser.post("/desk/journal", query="", family="login")
    assert "code.issue" not in browser.text
    await browser.post("/desk/journal", query="nothing-like-this", family="")
    assert "Aucun enregistrement" in browser.text
    for path in ("/desk/codes", "/desk/emergency", "/desk/staff"):
        assert (await browser.get(path)).status == 403, path
    await browser.get("/desk/journal")
    for path in ("/desk/codes", "/desk/search", "/desk/emergency", "/desk/staff", "/desk/staff/remove"):
        assert (await browser.post(path, login="x")).status in (303, 403), path
        await browser.get("/desk/journal")
    verbs = [r.event.verb for r in house.journal.listed(_page(), family="admin")[0]]
    assert "journal.read" in verbs


async def test_the_journal_pages_and_leaves_as_a_table_that_computes_nothing(browser, house, clock):
    await entered(browser, house, clock, Role.AUDITOR)
    evil = Actor("account", "1", '=HYPERLINK("http://evil.example";"clic")', "192.0.2.1")
    for n in range(120):
        house.journal.record(Event(Family.ACCESS, "exam.view", evil, f"=cmd|{n}", "+1", {"reason": "@SUM(A1)"}))
    await browser.get("/desk/journal")
    await browser.post("/desk/journal", query="exam.view", family="access")
    assert "120 enregistrements" in browser.text
    assert "=cmd|119" in browser.text
    assert "Plus anciens" in browser.text
    await browser.post("/desk/journal", query="exam.view", family="access", start="100")
    assert "=cmd|19<" in browser.text
    assert "Plus récents" in browser.text
    answer = await browser.post("/desk/journal/csv", query="exam.view", family="access")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="journal.csv"'
    rows = list(csv.reader(io.StringIO((await answer.read()).decode("utf-8-sig")), delimiter=";"))
    assert (rows[0][0], len(rows)) == ("number", 121)
    assert {row[5] for row in rows[1:]} == {f"'=cmd|{n}" for n in range(120)}
    assert not [cell for row in rows[1:] for cell in row if cell[:1] in "=+-@\t\r" and cell]
    assert house.journal.listed(_page(), family="admin")[0][0].event.verb == "journal.export"


@pytest.mark.parametrize("cell", ["=1+1", "+33", "-1", "@x", "\t=1", "\r=1", " =1", "\u00a0=1", "\ufeff=1", "\n=1"])
def test_formulas_are_text(cell):
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "a=1", "2026-11-24", "account:1", '{"a": "=1"}'])
def test_other_text_stays(cell):
    assert harmless(cell) == cell


def _page():
    from appliance.usecases.ports import Page

    return Page()

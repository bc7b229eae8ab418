"""The desk's way: log in with TOTP, find, issue, print, extend, revoke."""

import re
from dataclasses import replace

from appliance.domain.identifiers import AccountId, StudyUID
from appliance.domain.notes import Note, Scope
from appliance.domain.people import Identifier
from appliance.domain.sharing import Downloads
from appliance.usecases.ports import Page
from appliance.usecases.sharing import Order
from tests.webui.conftest import DESK


async def find(desk, query):
    await desk.post("/desk/search", query=query)
    await desk.get("/desk")


async def test_desk_needs_its_own_session(browser, physician):
    answer = await physician.get("/desk")
    assert answer.headers["Location"] == "/desk/login"


async def test_wrong_staff_password_is_told_without_saying_which(browser):
    await browser.get("/desk/login")
    answer = await browser.post("/desk/login", login="nobody", password="wrong")
    assert answer.status == 403
    assert "Identifiant ou mot de passe incorrect" in browser.text


async def test_find_issue_print_extend_revoke(secretary, issued, house, clock):
    await find(secretary, "lef")
    assert "1 patient trouvé" in secretary.text
    answer = await secretary.post("/desk/codes", study=["1.2.3"], days="92", comment="à revoir")
    assert answer.status == 303, secretary.text
    place = answer.headers["Location"]
    await secretary.get(place)
    assert re.search(r'data-share-code-shown="[2-9A-HJKMNP-RTUV-Y]{8}"', secretary.text)
    slip = await secretary.get(f"{place}/slip.pdf")
    assert slip.content_type == "application/pdf"
    assert (await slip.read()).startswith(b"%PDF")
    await secretary.get("/desk/codes")
    assert secretary.text.count("LEFÈVRE Anne-Charlotte") >= 2
    assert (await secretary.post(f"{place}/extend", days="183")).status == 303
    assert (await secretary.post(f"{place}/extend", days="183")).status == 403
    assert "Un code vit au plus 365 jours" in secretary.text
    assert (await secretary.post(f"{place}/revoke", reason="lost")).status == 303
    await secretary.get(place)
    assert "Le code n’est plus montré" in secretary.text
    assert (await secretary.get(f"{place}/slip.pdf")).status == 403


async def test_nothing_ticked_is_asked_again(secretary, issued):
    await find(secretary, "lef")
    answer = await secretary.post("/desk/codes")
    assert answer.status == 400
    assert "Aucun examen n’est coché" in secretary.text


async def test_downloads_are_a_choice_of_the_desk_only_where_the_hospital_says_so(secretary, issued, house):
    await find(secretary, "lef")
    assert 'name="downloads"' not in secretary.text
    refused = await secretary.post("/desk/codes", study=["1.2.3"], downloads="on")
    assert refused.status == 403
    assert "ne permet pas de télécharger" in secretary.text
    house.sharing.policy = replace(house.sharing.policy, downloads=Downloads.CHOICE)
    await secretary.get("/desk")
    box = '<input type="checkbox" name="downloads">'
    assert f"{box} <span>Autoriser le téléchargement des images (DICOM)</span>" in secretary.text
    await secretary.post("/desk/codes", study=["1.2.3"], days="9999", downloads="on")
    assert '<input type="checkbox" name="downloads" checked>' in secretary.text
    for ticked, said in (({"downloads": "on"}, "Autorisé (DICOM)"), ({}, "Non : consultation seulement")):
        place = (await secretary.post("/desk/codes", study=["1.2.3"], **ticked)).headers["Location"]
        await secretary.get(place)
        assert f"<dd>{said}</dd>" in secretary.text.replace("\u00a0", " ")
    house.sharing.policy = replace(house.sharing.policy, downloads=Downloads.ALWAYS)
    await secretary.get("/desk")
    assert 'name="downloads"' not in secretary.text


async def test_what_the_record_lacks_is_asked(secretary, house, studies):
    bare = replace(studies[0].traits, name="PHANTOM", birth_date="", identifier=Identifier("P-9", "HOSP"))
    study = replace(studies[0], uid="1.2.9", traits=bare)
    house.sharing.issue(Order([study], given_name="Tête", birth_date="01/02/1970"), DESK)
    await find(secretary, "P-9")
    assert "Le dossier n’indique pas" in secretary.text
    assert (await secretary.post("/desk/codes", study="1.2.9")).status == 403
    assert "Le dossier n’indique pas de prénom" in secretary.text
    answer = await secretary.post("/desk/codes", study="1.2.9", given_name="Tête", birth_date="01/02/1970")
    assert answer.status == 303


async def test_homonyms_are_named_and_none_is_chosen(secretary, house, studies, issued):
    twin = replace(studies[0].traits, identifier=Identifier("F-2", "HOSP"))
    house.sharing.issue(Order([replace(studies[0], uid="1.2.8", traits=twin)]), DESK)
    await find(secretary, "lefevre")
    assert "2 patients trouvés" in secretary.text
    assert secretary.text.count("Deux patients portent ce nom") == 2
    assert 'aria-pressed="true"' not in secretary.text


async def test_nobody_found_and_too_broad(secretary):
    await find(secretary, "zzz")
    assert "Aucun patient trouvé" in secretary.text
    await find(secretary, "z")
    assert "trop large" in secretary.text


async def test_the_list_finds_by_code_and_by_state(secretary, issued):
    await secretary.get("/desk/codes")
    await secretary.post("/desk/codes/search", query=issued.code, state="")
    assert "LEFÈVRE Anne-Charlotte" in secretary.text
    await secretary.post("/desk/codes/search", query="", state="revoked")
    assert "Aucun code émis pour ce filtre" in secretary.text


def test_forms_name_their_action():
    from webui.rendering import TEMPLATES

    for template in TEMPLATES.rglob("*.html"):
        for form in re.findall(r"<form\b[^>]*>", template.read_text(encoding="utf-8")):
            shared_dialog = template.name == "dialogs.html"
            assert "action=" in form or shared_dialog, (template.name, form)


async def test_a_note_for_the_hospital_is_read_beside_the_code_and_journaled(secretary, issued, account, house):
    uid, me = StudyUID("1.2.3"), AccountId(account.id)
    with house.database.writing() as work:
        for number, scope in enumerate(Scope):
            text = f"<b>{scope}</b> {number}"
            work.notes.add(Note(0, uid, me, "Alix MARTIN", scope, text, house.clock.now()))
    await secretary.get(f"/desk/codes/{issued.share.id}")
    assert "&lt;b&gt;hospital&lt;/b&gt;" in secretary.text
    assert "Alix MARTIN" in secretary.text
    assert "private" not in secretary.text.split('id="hospital-notes"')[1].split("</ul>")[0]
    assert "&lt;b&gt;code" not in secretary.text
    [read] = [r.event for r in house.journal.listed(Page())[0] if r.event.verb == "note.read"]
    assert (read.subject, read.actor.kind, len(read.facts["notes"])) == ("1.2.3", "staff", 1)

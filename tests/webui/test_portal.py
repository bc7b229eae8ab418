"""The physician's way: log in, add a code, search, sort, open; each refusal says what happened."""

from datetime import timedelta

import pytest

from appliance.domain.jobs import JobKind
from appliance.domain.letters import Link
from tests.webui.conftest import DESK, EMAIL, PASSWORD

pytestmark = pytest.mark.asyncio


async def add(browser, issued, **differs):
    await browser.get("/codes")
    form = {"code": issued.code, "birth_date": "14/03/1961", "given_name": "Anne Charlotte"}
    return await browser.post("/codes", **{**form, **differs})


async def test_choice_offers_the_modes_of_the_guide(browser):
    await browser.get("/")
    assert "Choisir le mode d’authentification" in browser.text
    assert '<select class="select" id="mode"' in browser.text
    answer = await browser.get("/?mode=otp")
    assert answer.headers["Location"] == "/login/otp"


@pytest.mark.parametrize("way", ["card", "psc"])
async def test_a_way_that_does_not_exist_yet_says_so(browser, way):
    assert (await browser.get(f"/login/{way}")).status == 200
    assert {"card": "pas encore disponible", "psc": "n’est pas activée"}[way] in browser.text


async def test_wrong_password_reads_like_an_unknown_account(browser, account):
    await browser.get("/login/otp")
    known = await browser.post("/login/otp", email=EMAIL, password="wrong", channel="email")
    first = browser.text.replace(EMAIL, "")
    unknown = await browser.post("/login/otp", email="nobody@cabinet.example", password="wrong", channel="email")
    assert known.status == unknown.status == 403
    assert first == browser.text.replace("nobody@cabinet.example", "")


async def test_wrong_digits_count_down(browser, account):
    await browser.get("/login/otp")
    answer = await browser.post("/login/otp", email=EMAIL, password=PASSWORD, channel="email")
    assert answer.status == 303
    await browser.get(answer.headers["Location"])
    wrong = "000000" if browser.digits() != "000000" else "111111"
    assert (await browser.post("/login/otp/code", code=wrong)).status == 403
    assert "Il vous reste 4 essais" in browser.text
    assert (await browser.post("/login/otp/code", code="12")).status == 400
    assert "six chiffres" in browser.text


async def test_a_late_code_must_be_asked_again(browser, account, clock):
    await browser.get("/login/otp")
    await browser.post("/login/otp", email=EMAIL, password=PASSWORD, channel="sms")
    digits = browser.digits()
    clock.move(minutes=6)
    await browser.get("/login/otp/code")
    assert (await browser.post("/login/otp/code", code=digits)).status == 403
    assert "plus de cinq minutes" in browser.text
    assert 'name="password"' in browser.text


async def test_empty_list_invites_to_enter_codes(physician):
    assert "Vous pouvez maintenant entrer vos codes de partage patient" in physician.text
    assert "Bonjour" in physician.text
    assert "(Cabinet)" in physician.text
    assert "00:15:00" in physician.text


async def test_a_code_is_added_and_stays(physician, issued):
    answer = await add(physician, issued)
    assert answer.status == 303
    await physician.get(answer.headers["Location"])
    assert "Le patient a été ajouté" in physician.text
    assert "LEFÈVRE Anne-Charlotte" in physician.text
    assert "Demandé au PACS" in physician.text
    await physician.get("/codes")
    for word in ("Nom Patient", "Date Naiss.", "Établissement", "État Code", "Expiration", "Commentaire", "Valide"):
        assert word in physician.text
    assert f"{issued.code[:4]}\u00a0{issued.code[4:]}" in physician.text
    again = await add(physician, issued)
    assert again.headers["Location"].endswith("added=again")


@pytest.mark.parametrize(
    ("error", "words"),
    [("study_unknown", "Le PACS ne connaît pas cet examen"), ("failed_status", "Le PACS ne l’a pas donné")],
)
async def test_an_exam_that_could_not_be_brought_says_why(physician, issued, house, error, words):
    house.queue.pull(issued.share.studies[0], None, DESK)
    job = house.queue.claim([JobKind.PULL], "test")
    house.queue.fail(job, error)
    answer = await add(physician, issued)
    await physician.get(answer.headers["Location"])
    assert "Indisponible" in physician.text
    assert words in physician.text
    assert "injoignable" not in physician.text


async def test_what_others_wrote_is_shown_as_text(physician, issued):
    answer = await add(physician, issued)
    await physician.get(answer.headers["Location"])
    assert "<script>alert" not in physician.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in physician.text
    assert "TDM &lt;b&gt;crâne&lt;/b&gt;" in physician.text
    assert "CH &lt;Villexemple&gt;" in physician.text


@pytest.mark.parametrize(
    ("differs", "words"),
    [
        ({"code": "AAAAAAAA"}, "faute de frappe"),
        ({"code": "ABC"}, "huit caractères"),
        ({"code": "OIL01234"}, "ne contient jamais"),
        ({"birth_date": "32/01/1961"}, "Cette date n’existe pas"),
        ({"birth_date": "15/03/1961"}, "Ces informations n’ouvrent aucun dossier"),
        ({"given_name": "Claude"}, "Ces informations n’ouvrent aucun dossier"),
        ({"given_name": ""}, "Ce prénom ne peut pas être lu"),
    ],
)
async def test_a_refusal_says_what_to_do_and_keeps_what_was_typed(physician, issued, differs, words):
    answer = await add(physician, issued, **differs)
    assert answer.status in (400, 403)
    assert words in physician.text
    assert 'id="add" aria-labelledby="add-h" data-auto' in physician.text
    if "n’ouvrent" in words:
        assert "Référence à donner au téléphone" in physician.text
        assert "Il vous reste 9 essais" in physician.text


async def test_an_expired_code_says_so_once_all_matches(physician, issued, clock, house):
    house.sharing.revoke(issued.share.id, "lost", DESK)
    assert (await add(physician, issued)).status == 403
    assert "Ce code a été révoqué le 24/11/2026" in physician.text


async def test_a_revoked_code_of_the_list_shows_no_exam(physician, issued, house):
    answer = await add(physician, issued)
    house.sharing.revoke(issued.share.id, "lost", DESK)
    await physician.get(answer.headers["Location"])
    assert "Ce code a été révoqué" in physician.text
    assert "data-study" not in physician.text
    assert "14/03/1961" not in physician.text


async def test_foreign_and_unknown_codes_look_the_same(physician, issued):
    foreign = await physician.get(f"/codes/{issued.share.id}")
    first = physician.text.replace(issued.share.id, "X")
    unknown = await physician.get("/codes/nothing")
    assert foreign.status == unknown.status == 404
    assert first == physician.text.replace("nothing", "X")


@pytest.mark.parametrize(
    ("form", "found"),
    [
        ({"family_name": "lefe"}, True), ({"family_name": "durand"}, False), ({"given_name": "CHARLOTTE"}, True),
        ({"sex": "F"}, True), ({"sex": "M"}, False), ({"birth_date": "14031961"}, True),
        ({"birth_date": "1/1/1961"}, False), ({"valid": "1"}, True),
    ],
)  # fmt: skip
async def test_search_is_kept_with_the_session_and_never_in_an_address(physician, issued, form, found):
    await add(physician, issued)
    await physician.get("/codes")
    answer = await physician.post("/codes/search", **form)
    assert (answer.status, answer.headers["Location"]) == (303, "/codes")
    await physician.get("/codes")
    assert ("LEFÈVRE Anne-Charlotte" in physician.text) is found
    if not found:
        assert "Aucun patient ne correspond à cette recherche" in physician.text


@pytest.mark.parametrize("column", ["code", "name", "birth", "facility", "state", "expiry", "comment"])
async def test_every_column_sorts_both_ways(physician, issued, column):
    await add(physician, issued)
    await physician.get(f"/codes?sort={column}&dir=asc")
    assert physician.text.count('aria-sort="ascending"') == 1
    await physician.get(f"/codes?sort={column}&dir=desc")
    assert physician.text.count('aria-sort="descending"') == 1


async def test_the_session_ends_for_real_and_the_page_says_why(physician, clock):
    clock.move(minutes=16)
    answer = await physician.get("/codes")
    assert answer.headers["Location"] == "/login?ended=idle"
    await physician.get("/login?ended=idle")
    assert "après 15 minutes sans activité" in physician.text


async def test_a_beat_keeps_the_session(physician, clock):
    for _ in range(3):
        clock.move(minutes=10)
        answer = await physician.post("/session/beat", headers={"X-CSRF-Token": physician.csrf})
        assert (await answer.json())["left_s"] == 900
    clock.move(minutes=16)
    answer = await physician.client.post("/session/beat", headers={"X-CSRF-Token": "gone"})
    assert answer.status in (401, 403)


async def test_logout_ends_the_session_everywhere(physician):
    answer = await physician.post("/logout")
    assert answer.headers["Location"] == "/"
    assert (await physician.get("/codes")).status == 303


async def test_two_persons_never_share_a_viewer(physician):
    assert (await physician.get("/viewer")).status == 404
    assert (await physician.get("/viewer?study=1.2.3&study=9.9")).status == 404
    assert (await physician.get("/viewer?study=../../etc/passwd")).status == 404


async def test_more_than_a_screen_holds_is_refused_in_words(physician):
    answer = await physician.get("/viewer?" + "&".join(f"study=1.2.{n}" for n in range(9)))
    assert answer.status == 403
    assert "8 examens au plus" in physician.text


async def test_english_is_chosen_and_remembered(browser):
    await browser.get("/?lang=en")
    assert '<html lang="en">' in browser.text
    await browser.get("/login/otp")
    assert '<html lang="en">' in browser.text
    await browser.get("/?lang=xx", **{"Accept-Language": "fr"})
    assert '<html lang="en">' in browser.text


async def test_the_account_page_tells_what_exists(physician):
    assert (await physician.get("/account")).status == 200
    assert EMAIL in physician.text
    assert "810000000001" in physician.text


async def test_a_mailed_link_opens_only_what_its_reader_holds(physician, house, issued, clock, studies):
    def link(until):
        return house.secrets.seal(Link(studies[0].uid, until).text()).hex()

    path = f"/viewer?m={link(clock.now() + timedelta(days=7))}"
    assert (await physician.get(path)).status == 403
    assert "n’est pas dans votre liste" in physician.text
    assert "04 65 71 10 01" in physician.text
    await physician.get("/codes")
    await physician.post("/codes", code=issued.code, birth_date="14/03/1961", given_name="anne-charlotte")
    answer = await physician.get(path)
    assert (answer.status, answer.headers["Location"]) == (303, "/viewer?study=1.2.3")
    for over in (link(clock.now()), "00", "zz", house.secrets.seal(issued.code).hex()):
        assert (await physician.get(f"/viewer?m={over}")).status == 403
        assert "Ce lien n’est plus valable" in physician.text

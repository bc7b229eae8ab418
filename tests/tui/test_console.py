"""Pilot tests: each screen opens, its keys work, 80 × 24 loses nothing that matters, a dead link is said."""

import re
from pathlib import Path

import pytest

import tui
from appliance.contract.words import Words
from appliance.domain.diagnosis import ladder
from appliance.domain.nodes import Method
from appliance.domain.sharing import Downloads
from tests.tui.fake import NOW, Fake
from tui.app import RAIL, ROOTS, Console
from tui.screens import PAGES

PACKAGE = Path(tui.__file__).parent
SIZES = [(80, 24), (120, 30), (160, 50)]
FR, EN = Words("fr", ROOTS), Words("en", ROOTS)


def text(app: Console) -> str:
    """What is on the screen, line by line, hard spaces made plain."""
    lines = app.screen._compositor.render_strips(app.size)
    return "\n".join("".join(s.text for s in line) for line in lines).replace("\u00a0", " ").replace("\u202f", " ")


async def shown(first: str, *keys: str, size=(80, 24), link=None, language="fr") -> str:
    app = Console(link or Fake(), first=first, language=language, clock=lambda: NOW)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        for key in keys:
            await pilot.press(key)
            await settled(pilot)
        return text(app)


async def settled(pilot) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    await pilot.pause()


def plain(words: str) -> str:
    return words.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name", PAGES)
async def test_each_page_opens(name, language, size) -> None:
    lines = (await shown(name, size=size, language=language)).split("\n")
    assert plain((FR if language == "fr" else EN)(f"page.{name}")) in lines[0]
    assert ("aide" if language == "fr" else "help") in lines[-1]


@pytest.mark.parametrize("name", [n for n in PAGES if FR.has(f"empty.{n}.do")])
async def test_each_list_is_empty_with_words(name) -> None:
    seen = await shown(name, link=Fake(empty=True))
    assert plain(FR(f"empty.{name}")) in seen
    assert plain(FR(f"empty.{name}.do"))[:40] in seen


@pytest.mark.parametrize("name", PAGES)
async def test_a_dead_service_is_said_on_each_page(name) -> None:
    seen = await shown(name, link=Fake(down=True))
    assert "ne répond plus depuis" in seen
    assert "coupé" in seen


ESSENTIAL = {
    "overview": [
        "sauf ce qui doit venir de cardio",
        "cardio ne répond pas",
        "66%",
        "courier",
        "code émis",
        "ne tourne pas",
    ],
    "nodes": ["PACS-CARDIO", "ne répond pas", "modifier", "interroger"],
    "sendings": ["prouvé en partie", "8/10", "relancer", "En échec", "r reprend"],
    "studies": ["LEFÈVRE Anne-Charl", "Disponible", "chercher", "image"],
    "codes": ["Sh4re001", "Bloqué : essais", "révoquer", "prolonger"],
    "jobs": ["88412", "En échec", "relancer", "rien n’écoute"],
    "journal": ["acteur 300", "code émis", "vérifier"],
    "about": ["0.1.0", "pyscard", "SQLite"],
}


@pytest.mark.parametrize("name", PAGES)
async def test_nothing_essential_is_cut_at_80x24(name) -> None:
    seen = await shown(name)
    assert [words for words in ESSENTIAL[name] if words not in seen] == []


@pytest.mark.parametrize(("name", "key"), [*RAIL, ("nodes", "é"), ("journal", "è"), ("codes", "'")])
async def test_digits_and_french_keys_open_pages(name, key) -> None:
    keys = {"!": "exclamation_mark", "'": "apostrophe"}
    seen = await shown("jobs" if name == "overview" else "overview", keys.get(key, key))
    assert plain(FR(f"page.{name}")) in seen.split("\n")[0]


async def test_a_node_is_asked_and_says_why_not() -> None:
    assert "radio répond à C-ECHO en 8 ms" in await shown("nodes", "t")
    assert "cardio ne répond pas : connexion refusée" in await shown("nodes", "down", "t")


@pytest.mark.parametrize("size", SIZES)
async def test_the_doctor_tells_each_step_and_the_line_for_the_vendor(size) -> None:
    seen = await shown("nodes", "down", "d", size=size)
    assert "PACS › cardio › Docteur" in seen
    assert "nous appelons NEGATOSCOPE" in seen
    assert "✖ C-MOVE" in seen
    assert "0xA801" in seen
    assert "Arrêt à C-MOVE" in seen
    assert "copier pour l’éditeur" in seen
    assert "Merci d’ajouter dans PACS-CARDIO" in seen or size == (80, 24)
    assert "Tout passe" in await shown("nodes", "d", size=size)


async def test_the_doctor_shows_steps_as_they_end_and_is_stopped() -> None:
    link = Fake()
    link.pause.clear()
    app = Console(link, first="nodes", clock=lambda: NOW)
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause(0.2)
        assert "en cours…" in text(app)
        assert "pas encore essayé" in text(app)
        assert "Examen en cours" in text(app)
        link.pause.set()
        await pilot.pause(0.2)
        assert "Tout passe" in text(app)
        link.pause.clear()
        await pilot.press("r")
        await pilot.pause(0.2)
        assert "Examen en cours" in text(app)
        await pilot.press("escape")
        await pilot.pause(0.2)
    assert link.acts == ["cancel 88500"]


async def test_the_line_for_the_vendor_is_copied_and_a_cut_link_is_said() -> None:
    link = Fake()
    app = Console(link, first="nodes", clock=lambda: NOW)
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot)
        for key in ("down", "d", "y"):
            await pilot.press(key)
            await settled(pilot)
        assert app.clipboard.startswith("Merci d’ajouter dans PACS-CARDIO le nœud DICOM NEGATOSCOPE, 10.20.1.8")
        link.down = True
        await pilot.press("r")
        await settled(pilot)
        assert "Le lien est coupé" in text(app)


async def test_a_node_is_added_and_a_bad_port_refused() -> None:
    link = Fake()
    typed = (*"seno", "tab", "tab", *"SENO-1", "tab", *"10.0.0.9", "tab", "ctrl+s")
    assert "seno enregistré" in await shown("nodes", "n", *typed, link=link)
    assert link.node_list[-1].host == "10.0.0.9"
    assert "Le port est un nombre" in await shown("nodes", "e", "tab", "tab", "tab", "x")


ERASE = ("backspace",) * 4
WADO = (*ERASE, *"wado", "tab")


async def test_a_dicomweb_node_is_added_with_its_credentials() -> None:
    link = Fake()
    typed = (*"archive", "tab", *WADO, *"https://archive.example/rs", "tab", *ERASE, *"basic", "tab")
    asking = await shown("nodes", "n", *typed, *"lecteur:m0t", link=link)
    assert "identifiants" in asking
    assert "AE Title" not in asking.split("Ajouter un PACS")[1]
    assert "m0t" not in asking
    assert "archive enregistré" in await shown("nodes", "n", *typed, *"lecteur:m0t", "ctrl+s", link=link)
    made = link.asked_nodes[-1]
    assert (made.method, made.url, made.auth, made.secret) == (
        "wado", "https://archive.example/rs", "basic", "lecteur:m0t")  # fmt: skip


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ((*WADO,), "Une adresse http(s) est nécessaire"),
        ((*WADO, *"ftp://pacs.example"), "Une adresse http(s) est nécessaire"),
        ((*WADO, *"https://pacs.example", "tab", *"x"), "none, basic ou bearer"),
        ((*WADO, *"https://pacs.example", "tab", *ERASE, *"basic"), "USER:PASSWORD ou un jeton"),
        ((*WADO, *"http://pacs.example", "tab", *ERASE, *"basic", "tab", *"a:b"), "ne partent pas en clair"),
        ((*ERASE, *"wadi"), "move, get ou wado"),
    ],
)
async def test_what_a_dicomweb_node_lacks_is_said_while_one_types(keys, fault) -> None:
    link = Fake()
    assert fault in await shown("nodes", "n", *"web2", "tab", *keys, "ctrl+s", link=link, size=(120, 36))
    assert link.asked_nodes == []


async def test_credentials_stay_with_their_address() -> None:
    link = Fake()
    same = ("nodes", "down", "down", "e")
    assert "web enregistré" in await shown(*same, "ctrl+s", link=link)
    assert (link.asked_nodes[-1].auth, link.asked_nodes[-1].url) == (None, "https://pacs.example/dicom-web")
    assert "USER:PASSWORD ou un jeton" in await shown(*same, "tab", *"2", "ctrl+s", link=link)
    assert "web enregistré" in await shown(*same, "tab", *"2", "tab", "tab", *"a:b", "ctrl+s", link=link)
    assert (link.asked_nodes[-1].auth, link.asked_nodes[-1].secret) == ("basic", "a:b")


async def test_a_node_changes_from_dicomweb_to_dicom_and_back() -> None:
    link = Fake()
    away = (*ERASE, *"move", "tab", *"PACS", "tab", *"10.0.0.9", "ctrl+s")
    assert "web enregistré" in await shown("nodes", "down", "down", "e", *away, link=link)
    made = link.asked_nodes[-1]
    assert (made.aet, made.host, made.port, made.url, made.auth) == ("PACS", "10.0.0.9", 104, "", None)


async def test_a_dicomweb_node_is_asked_and_examined() -> None:
    assert "web répond à QIDO-RS en 8 ms" in await shown("nodes", "down", "down", "t")
    seen = await shown("nodes", "down", "down", "d", size=(120, 36))
    assert "https://pacs.example/dicom-web" in seen
    assert "nous appelons" not in seen
    assert [seen.index(plain(FR(f"doc.step.{step}"))) for step in ladder(Method.WADO)]
    assert "Tout passe" in seen
    assert "C-MOVE" not in seen


async def test_sendings_are_seen_taken_up_sent_again_and_given_up() -> None:
    link = Fake()
    seen = await shown("nodes", "s", link=link, size=(120, 36))
    assert "PACS › Envois" in seen
    assert "arrivé, prouvé" in seen
    assert "preuve attendue" in seen
    assert "rien n’écoute" in seen
    assert "Tâche 88420 relancée" in await shown("nodes", "s", "r", link=link)
    assert "Tâche 88419 annulée" in await shown("nodes", "s", "down", "x", link=link)
    assert "ne prend pas cette syntaxe" in await shown("nodes", "s", "down", "down", link=link, size=(120, 36))
    assert "Envoi 8 vers cardio : 2 objets" in await shown("nodes", "s", "down", "down", "r", link=link)
    assert link.acts == ["retry 88420", "cancel 88419", "send 1.2.6 cardio"]
    await shown("nodes", "s", "down", "down", "down", "r", "x", link=link)
    assert len(link.acts) == 3
    assert "PACS-RADIO" in await shown("nodes", "s", "escape")


async def test_a_node_is_removed_by_its_name() -> None:
    assert "pas le mot" in await shown("nodes", "x", "n", "enter")
    assert "radio retiré" in await shown("nodes", "x", *"radio", "enter")


async def test_a_pacs_is_searched_and_an_exam_fetched() -> None:
    assert "IRM" in await shown("nodes", "f", *"8001452", "enter")
    assert "tâche 88413" in await shown("nodes", "f", *"8001452", "enter", "r")
    assert "n’a rien trouvé" in await shown("nodes", "f", "0", "enter")


async def test_a_code_is_issued() -> None:
    link = Fake()
    assert "Aucun patient" in await shown("codes", "n", *"123", "enter")
    seen = await shown("codes", "n", *"8001452", "enter", "down", "space", "ctrl+s", link=link)
    assert "A2B3 C4D6" in seen
    assert "26/05/2027" in seen
    assert link.acts == ["issue 8001452 1.2.1 183"]


async def test_a_code_is_issued_with_downloads_where_that_is_a_choice() -> None:
    words = "Autoriser le téléchargement des images (DICOM)"
    keys = ("codes", "n", *"8001452", "enter")
    assert words not in await shown(*keys)
    link = Fake()
    link.downloads = Downloads.CHOICE
    assert words in await shown(*keys, link=link)
    await shown(*keys, "tab", "tab", "tab", "tab", "space", "ctrl+s", link=link)
    assert link.acts == ["issue 8001452 1.2.1,1.2.2 183 downloads"]
    assert "consultation seulement" in await shown("codes")


async def test_a_code_is_hidden_until_asked() -> None:
    assert "A2B3" not in await shown("codes")
    assert "A2B3 C4D6" in await shown("codes", "v")


async def test_revoking_asks_for_the_word() -> None:
    assert "pas le mot demandé" in await shown("codes", "x", "n", "enter")
    seen = await shown("codes", "x", *"Sh4re001", "enter")
    assert "Sh4re001 révoqué" in seen


async def test_extending_and_unblocking() -> None:
    assert "ne dépasse pas 365 jours" in await shown("codes", "e", "backspace", "backspace", *"365", "ctrl+s")
    assert "débloqué" in await shown("codes", "down", "u")


async def test_a_picture_with_its_identity_and_window() -> None:
    seen = await shown("studies", "p", "right", "up", "plus", "i")
    assert "LEFÈVRE Anne-Charlotte" in seen
    assert "14/03/1961" in seen
    assert "image 7/12" in seen
    assert "inversée" in seen
    assert "non diagnostique" in seen
    assert seen.count("▀") + seen.count("▄") > 100
    assert "Pas d’image à montrer" in await shown("studies", "down", "p")


async def test_an_exam_under_embargo_is_opened_with_a_reason_only() -> None:
    link = Fake()
    last = ("studies", "down", "down", "down")
    seen = await shown(*last, link=link, size=(120, 36))
    assert "en attente de validation" in seen
    assert "u l’ouvre avant" in seen
    assert "Un motif est nécessaire" in await shown(*last, "u", "ctrl+s", link=link)
    assert link.acts == []
    assert "Ouvert avant son compte rendu" in await shown(*last, "u", *"DrX", "ctrl+s", link=link)
    assert link.acts == ["release 1.2.4 DrX"]
    await shown("studies", "u", *"DrX", "ctrl+s", link=link)
    assert len(link.acts) == 1


async def test_foreign_text_is_shown_never_obeyed() -> None:
    seen = await shown("studies", size=(160, 50))
    assert "[red]ESSAI[/] ␛[31m" in seen


async def test_search_states() -> None:
    link = Fake()
    app = Console(link, first="journal", clock=lambda: NOW)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "200 lues sur 300" in text(app)
        await pilot.press("slash", *"zzz")
        await pilot.pause(0.4)
        await settled(pilot)
        assert "Rien ne correspond à « zzz »" in text(app)
        await pilot.press("escape")
        await settled(pilot)
        assert "200 lues sur 300" in text(app)


async def test_the_journal_filters_and_verifies() -> None:
    assert "Chaîne entière : 300 écritures" in await shown("journal", "v")
    assert "code émis" not in (await shown("journal", "left", "left")).split("n° ")[0]


async def test_jobs_are_retried_and_cancelled() -> None:
    link = Fake()
    assert "Tâche 88412 relancée" in await shown("jobs", "r", link=link)
    assert "Tâche 88411 annulée" in await shown("jobs", "down", "x", link=link)
    assert link.acts == ["retry 88412", "cancel 88411"]


async def test_help_language_and_theme() -> None:
    assert "Aide : Codes" in await shown("codes", "question_mark")
    assert "Doctors can see images" in await shown("overview", "f4")
    assert "Les médecins voient" in await shown("overview", "f3")


async def test_the_link_comes_back_by_itself() -> None:
    link = Fake()
    app = Console(link, first="codes", clock=lambda: NOW)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        link.down = True
        app.action_reload()
        await settled(pilot)
        assert "ne répond plus" in text(app)
        assert "Sh4re001" in text(app)
        link.down, app.retry_in = False, 1
        await pilot.pause(1.4)
        await settled(pilot)
        assert "ne répond plus" not in text(app)


def test_every_text_asked_for_exists_in_both_languages() -> None:
    code = "\n".join(path.read_text() for path in PACKAGE.rglob("*.py"))
    asked = set(re.findall(r"\bsay\(\s*\"([a-z][\w.]*)\"", code)) | set(re.findall(r"\"(k\.[a-z]+)\"", code))
    for language in (FR, EN):
        assert sorted(one for one in asked if not language.has(one) and not one.endswith(".")) == []


def test_no_colour_is_named_outside_the_themes() -> None:
    named = [
        p for p in PACKAGE.rglob("*") if p.suffix in (".py", ".tcss") and re.search(r"#[0-9a-f]{6}\b", p.read_text())
    ]
    assert [path.name for path in named] == ["themes.py"]


async def test_the_palette_runs_the_keys_of_the_page() -> None:
    app = Console(Fake(), first="codes", language="fr", clock=lambda: NOW)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("colon")
        await settled(pilot)
        await pilot.press(*"émettre")
        await pilot.pause(0.5)
        await pilot.press("enter")
        await settled(pilot)
        assert plain(FR("page.issue")) in text(app).split("\n")[0]

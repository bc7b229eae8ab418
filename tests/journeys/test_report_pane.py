"""The report pane alone: states and versions in words, places that lead to images, and HTML that must do nothing."""

from typing import Any

from tests.journeys.viewer_fixture import SLICES, Made
from tests.journeys.viewing import NEEDED, opened, text, until

pytestmark = NEEDED


def version(number: int, state: str = "validated", **facts: Any) -> dict[str, Any]:
    return {
        "id": number, "version": number, "state": state, "at": "2026-11-22T09:42:00+00:00",
        "title": "Scanner cérébral", "author": "Dr Sam EXEMPLE", "facility": "CH", "important": False, "opened": False,
        "shown": "html", "reason": "", "older": [], "addenda": [],
    } | facts  # fmt: skip


HOSTILE = """
<h3 onclick="window.pwned=1" style="position:fixed">Titre<script>window.pwned=1</script></h3>
<p><img src=x onerror="window.pwned=1"><a href="javascript:window.pwned=1">lien</a><b>gras</b></p>
<iframe srcdoc="<script>parent.pwned=1</script>"></iframe><svg onload="window.pwned=1"><a><circle/></a></svg>
<form action="//evil.example"><input name="x"><button>ok</button></form><style>body{display:none}</style>
<math><mtext><script>window.pwned=1</script></mtext></math><template><img src=x onerror="window.pwned=1"></template>
<table><tr><td colspan="2" onmouseover="x">a</td></tr></table><object data="x"></object><base href="//evil.example">
"""


def test_hostile_html_leaves_words_and_tables_only(page: Any, address: str, made: Made) -> None:
    made.reports, made.texts = [version(1)], {1: HOSTILE + "<div>" * 500 + "fond" + "</div>" * 500}
    opened(page, address)
    until(page, "() => !!document.querySelector('.report-body b')")
    assert text(page, ".report-body h4") == "Titre"
    found = page.evaluate(
        "() => [...document.querySelectorAll('.report-body *')].flatMap(one =>"
        " [one.localName, ...[...one.attributes].map(({name}) => name)])"
    )
    assert set(found) <= {"h4", "p", "b", "div", "table", "tbody", "tr", "td", "colspan", "class", "tabindex", "role",
                          "aria-label"}  # fmt: skip
    assert page.evaluate("() => window.pwned") is None
    assert page.evaluate("() => document.baseURI").startswith(address)
    # The policy speaks already where the inert document is parsed: nothing of it ran, nothing of it was kept.
    page.evaluate("() => { window.heard = []; }")


def test_places_lead_to_their_images_and_numbers_speak_french(page: Any, address: str, made: Made) -> None:
    made.texts = {1: (
        '<p>Voir <a data-series-number="1" data-image-number="3">série 1, image 3</a>, '
        '<a data-series-number="9" data-image-number="3">série 9, image 3</a>.</p>'
        '<p><a data-sop-uid="1.2.3.3">Image</a> <a data-sop-uid="1.2.4.1">Image</a></p>'
        '<p><a data-sop-uid="7.7" data-study-uid="1.2.9">Image</a> <a data-sop-uid="7.8">Image</a></p>'
        '<table><tbody><tr><th data-word="value">Valeur</th><td><span data-number="23.5">23.5</span></td></tr></tbody>'
        "</table>"
    )}  # fmt: skip
    made.reports = [version(1)]
    opened(page, address)
    until(page, "() => document.querySelectorAll('.report-body a.jump').length === 3")
    words = text(page, ".report-body")
    assert "série 9, image 3." in words
    assert "image non jointe" in words
    assert "23,5" in words
    links = page.locator(".report-body a.jump").all()
    assert [one.inner_text() for one in links] == ["série 1, image 3", "série 2, image 1", "examen du 03/05/2026"]
    links[1].click()
    until(page, "() => document.querySelector('.film').dataset.series", "1.2.826.0.1.1.2")
    links[0].click()
    until(page, "() => document.querySelector('.film').dataset.series", "1.2.826.0.1.1.1")
    until(page, "() => document.querySelector('.film').dataset.image", "3")
    assert SLICES > 3
    assert links[2].get_attribute("href").endswith("study=1.2.826.0.1.1&study=1.2.9")


def test_each_state_is_a_word_and_only_what_is_visible_is_read(page: Any, address: str, made: Made) -> None:
    old = version(1)
    addendum = version(4, addenda=[], title="")
    made.reports = [
        version(2, "corrected", older=[old], addenda=[addendum], important=True),
        version(5, "cancelled", shown="none"), version(6, "provisional", shown="refused", reason="report_dtd"),
        version(7, shown="pdf", opened=True), version(8, shown="waiting"),
    ]  # fmt: skip
    made.texts = {number: f"<p>Texte {number}</p>" for number in (1, 2, 4)}
    opened(page, address)
    until(page, "() => document.querySelectorAll('.report-body p:not(.empty)').length >= 2")
    page.evaluate("() => document.querySelectorAll('.one-report').forEach(one => one.scrollIntoView())")
    words = text(page, "#report")
    for said in (
        "Corrigé le 22/11/2026 10:42 (v2)", "Dr Sam EXEMPLE, CH", "Résultat important", "ne remplace pas un appel",
        "Complément", "1 version antérieure", "Annulé le 22/11/2026", "ne contient pas de texte", "Provisoire",
        "entités XML", "Ouvrir le compte rendu (PDF)", "en cours de préparation", "Texte 2", "Texte 4",
    ):  # fmt: skip
        assert said in words, said
    assert "is-new" in page.locator(".signed").first.get_attribute("class")
    assert sorted(made.read) == [2, 4]
    page.click(".older summary")
    until(page, "() => document.querySelector('.older').textContent.includes('Texte 1')")
    assert sorted(made.read) == [1, 2, 4]
    link = page.locator("a[data-pdf]")
    assert link.get_attribute("href") == "/viewer-api/reports/1.2.826.0.1.1/7"
    assert link.get_attribute("target") == "_blank"


def test_without_a_report_the_pane_says_so(page: Any, address: str, made: Made) -> None:
    opened(page, address)
    assert "Aucun compte rendu n’est joint à cet examen." in text(page, "#report")

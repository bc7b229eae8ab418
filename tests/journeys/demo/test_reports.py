"""The doctor reads the report of the demo beside its images, goes to an image it cites, and opens its PDF."""

import json
import re
import urllib.request

import pytest

from tests.journeys import running

WIDE_PDF = "() => document.contentType === 'application/pdf' || !!document.querySelector('embed[type*=pdf]')"


def opened(page, demo) -> None:
    page.goto(f"{demo.web}/viewer?study={demo.ready['codes'][0]['study_uids'][0]}")
    running.until(page, "() => document.querySelectorAll('.report-body .jump').length > 0")


def test_the_report_is_read_beside_the_images_and_leads_to_those_it_cites(demo, doctor, exam_day):
    with running.browser(storage_state=doctor) as page:
        page.goto(f"{demo.web}/codes")
        page.locator("a.code").first.click()
        assert f"Validé le {exam_day}" in page.inner_text(".report-cell >> nth=0")
        opened(page, demo)
        words = page.inner_text("#report")
        assert f"Validé le {exam_day} 10:42 – Dr Solène KERVELLA" in words
        assert "Lésion frontale droite à centre nécrotique" in words
        assert [one.inner_text() for one in page.locator("#report h4").all()] == [
            "Indication", "Technique", "Résultats", "Conclusion",
        ]  # fmt: skip
        jump = page.locator("#report a.jump[data-jump]").first
        cited = jump.inner_text().split()[-1]
        page.click(".film canvas")
        page.keyboard.press("Home")
        jump.click()
        running.until(page, f"() => document.querySelector('.film').dataset.image === '{cited}'")
        # The measure of the earlier exam stands in the report: its place leads to that exam, not to this one's image.
        assert re.search(r"examen du \d\d/\d\d/\d{4}", words)
        listed = page.inner_text("#series")
        assert "SR" not in listed
        assert "DOC" not in listed
        assert page.faults == []
    verbs = [r["verb"] for r in demo.cli("journal", "list")]
    assert "report.read" in verbs


def test_the_pane_has_no_fault_that_axe_finds(demo, doctor):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    # axe is a script of its own; the policy of the page lets no other in.
    with running.browser(storage_state=doctor, bypass_csp=True) as page:
        opened(page, demo)
        rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag22aa", "best-practice"]}
        found = axe.run(page, context="#report", options=rules)
        assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found.response["violations"]] == []


def test_on_a_phone_the_report_is_a_sheet_and_unread_until_it_is_opened(demo, doctor):
    with running.browser(storage_state=doctor) as page:
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(f"{demo.web}/viewer?study={demo.ready['codes'][0]['study_uids'][0]}")
        running.until(page, "() => document.body.dataset.reports === '2'")
        assert page.locator(".report-body .jump").count() == 0
        page.click("[data-dock=report]")
        running.until(page, "() => document.querySelectorAll('.report-body .jump').length > 0")
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_the_pdf_opens_in_the_browsers_own_viewer(demo, doctor):
    with running.browser(storage_state=doctor) as page:
        opened(page, demo)
        with page.context.expect_page() as popup:
            page.locator("#report a[data-pdf]").click()
        popup.value.wait_for_load_state()
        running.until(popup.value, WIDE_PDF)
        address = popup.value.url
    cookies = "; ".join(f"{one['name']}={one['value']}" for one in doctor["cookies"])
    with urllib.request.urlopen(urllib.request.Request(address, headers={"Cookie": cookies}), timeout=10) as answer:
        assert answer.read(5) == b"%PDF-"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert json.dumps(answer.headers["Content-Disposition"]).count("LEF") == 0

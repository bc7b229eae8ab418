"""The secretary's journey: find, issue, read the slip back, revoke."""

import io

from pypdf import PdfReader

from tests.journeys import running


def log_in(page, demo, authenticator):
    who = demo.ready["accounts"]["secretary"]
    page.goto(f"{demo.web}/desk/login")
    page.fill("input[name=login]", who["login"])
    page.fill("input[name=password]", who["password"])
    page.keyboard.press("Enter")
    page.wait_for_selector("input[name=code]")
    page.fill("input[name=code]", authenticator())
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk")


def test_an_exam_brings_its_prior_until_somebody_says_no(demo, authenticator):
    with running.browser() as page:
        log_in(page, demo, authenticator)
        page.fill("#find", "F-100201")
        page.keyboard.press("Enter")
        page.locator("td.pick input").first.wait_for()
        newest, before = page.locator("td.pick input").all()
        newest.check()
        assert before.is_checked()
        assert page.get_by_text("Antérieur : même région, même type").is_visible()
        assert page.locator("[data-count]").inner_text().split() == ["2", "examens", "sélectionnés"]
        newest.uncheck()
        assert not before.is_checked()
        newest.check()
        before.uncheck()
        newest.uncheck()
        newest.check()
        assert not before.is_checked()
        assert not page.get_by_text("Antérieur :").is_visible()
        before.check()
        newest.uncheck()
        assert before.is_checked()
        assert page.faults == []


def test_a_code_is_issued_printed_and_revoked(demo, authenticator):
    with running.browser() as page:
        log_in(page, demo, authenticator)
        page.fill("#find", "F-100204")
        page.keyboard.press("Enter")
        page.locator("td.pick input").first.check()
        page.click("[data-issue]")
        page.wait_for_url("**/desk/codes/*")
        address = page.url.split("?")[0]
        slip = page.request.get(f"{address}/slip.pdf")
        assert slip.headers["content-type"] == "application/pdf"
        text = PdfReader(io.BytesIO(slip.body())).pages[0].extract_text()
        shown = demo.cli("codes", "list")
        newest = next(row for row in shown if row["share_id"] == address.rsplit("/", 1)[1])
        assert newest["state"] == "valid"
        assert "D'AUBIGNÉ" in text
        page.click("[data-open=revoke]")
        page.click("#revoke button[type=submit]")
        page.wait_for_load_state()
        assert page.faults == []
    assert demo.cli("codes", "show", newest["share_id"])["state"] == "revoked"

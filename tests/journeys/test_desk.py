"""The secretary's journey: find, issue, read the slip back, revoke."""

import io
from collections.abc import Iterator

import pyotp
import pytest
from pypdf import PdfReader

from tests.journeys import running


@pytest.fixture(scope="module")
def appliance(require, tmp_path_factory) -> Iterator[running.Demo]:
    require("chromium")
    with running.demo(tmp_path_factory.mktemp("desk")) as demo:
        yield demo


def test_a_code_is_issued_printed_and_revoked(appliance):
    who = appliance.ready["accounts"]["secretary"]
    with running.browser() as page:
        page.goto(f"{appliance.web}/desk/login")
        page.fill("input[name=login]", who["login"])
        page.fill("input[name=password]", who["password"])
        page.keyboard.press("Enter")
        page.wait_for_selector("input[name=code]")
        page.fill("input[name=code]", pyotp.TOTP(who["totp_secret"]).now())
        page.keyboard.press("Enter")
        page.wait_for_url("**/desk")
        page.fill("#find", "F-100204")
        page.keyboard.press("Enter")
        page.locator("td.pick input").first.check()
        page.click("[data-issue]")
        page.wait_for_url("**/desk/codes/*")
        address = page.url.split("?")[0]
        slip = page.request.get(f"{address}/slip.pdf")
        assert slip.headers["content-type"] == "application/pdf"
        text = PdfReader(io.BytesIO(slip.body())).pages[0].extract_text()
        shown = appliance.cli("codes", "list")
        newest = next(row for row in shown if row["share_id"] == address.rsplit("/", 1)[1])
        assert newest["state"] == "valid"
        assert "D'AUBIGNÉ" in text
        page.click("[data-open=revoke]")
        page.click("#revoke button[type=submit]")
        page.wait_for_load_state()
        assert page.faults == []
    assert appliance.cli("codes", "show", newest["share_id"])["state"] == "revoked"

"""A physician reads an exam in the hospital's OHIF: another origin, the token of one share, DICOMweb."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from pydicom import dcmread

from tests.journeys import running
from tests.journeys.browsing import Visitor
from tests.journeys.canvas import assert_shows, decoded, greys
from tests.peers import foreign_viewer

BIRTH, GIVEN = "01/02/1960", "Tête"
FILM = ".cornerstone-canvas"
ALONE = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"
"""Nothing outside this machine is asked."""
STRANGER = "https://elsewhere.example"


@pytest.fixture(scope="module")
def site(require) -> Iterator[foreign_viewer.Site]:
    require("chromium")
    if not (foreign_viewer.DIST / "index.html").is_file():
        pytest.skip("OHIF is missing (./check installs it)")
    with foreign_viewer.served() as opened:
        yield opened


@pytest.fixture(scope="module")
def series(shared_dicom: Path) -> list[Path]:
    """From the crown down, the order that OHIF makes of positions."""
    files = (shared_dicom / "series" / "ct-head-1mm").iterdir()
    return sorted(files, key=lambda path: -float(dcmread(path, stop_before_pixels=True).ImagePositionPatient[2]))


@pytest.fixture(scope="module")
def demo(site: foreign_viewer.Site, series: list[Path], tmp_path_factory) -> Iterator[running.Demo]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEGATOSCOPE_WEB__VIEWER_ORIGINS", json.dumps([site.origin]))
        with running.demo(tmp_path_factory.mktemp("ohif"), "--dicom", str(series[0].parent)) as opened:
            site.dicomweb = opened.web + "/dicom-web"
            yield opened


@pytest.fixture(scope="module")
def study(demo: running.Demo, series: list[Path]) -> str:
    return str(dcmread(series[0], stop_before_pixels=True).StudyInstanceUID)


@pytest.fixture(scope="module")
def token(demo: running.Demo, study: str) -> str:
    """The token that the physician's page makes once he typed the code."""
    traits = ["--patient-id", "PLASTIC", "--given-name", GIVEN, "--birth-date", BIRTH]
    code, end = demo.cli("codes", "issue", *traits, "--study", study)["code"], time.monotonic() + 120
    while demo.cli("codes", "show", code)["studies"][0]["state"] != "available":
        assert time.monotonic() < end, demo.cli("jobs", "list")
        time.sleep(0.5)
    visitor = Visitor(demo)
    visitor.log_in()
    visitor.redeem(code, BIRTH, GIVEN)
    return visitor.token(study)


def shows(page: Any, grey: Any) -> None:
    """Wait until the film shows it; OHIF does not say when it has drawn."""
    end = time.monotonic() + 45
    while True:
        try:
            return assert_shows(page, grey, FILM)
        except AssertionError:
            if time.monotonic() > end:
                raise
        page.wait_for_timeout(250)


def test_ohif_draws_the_first_and_the_last_slice(site, demo, study, token, series, require, tmp_path):
    first, last = (greys(decoded(require("dcmdjpeg"), path, tmp_path), 40, 80, 0) for path in (series[0], series[-1]))
    assert min(first.mean(), last.mean()) > 1
    refused: list[tuple[int, str]] = []
    with running.browser([*running.SOFTWARE_GL, ALONE]) as page:
        page.on("response", lambda r: r.status >= 400 and refused.append((r.status, r.url)))
        page.goto(f"{site.origin}/viewer?StudyInstanceUIDs={study}&token={token}")
        page.wait_for_selector(FILM, timeout=60_000)
        listed = page.locator("[data-cy=study-browser-thumbnail]")
        listed.first.wait_for(timeout=60_000)
        assert listed.count() == 1
        assert "140" in listed.first.inner_text()
        shows(page, first)
        assert "token" not in page.url
        page.keyboard.press("Escape")
        page.keyboard.press("End")
        shows(page, last)
        assert refused == []
        assert page.faults == []
    assert [row for row in demo.cli("journal", "list") if row["verb"] == "exam.view"]


def test_a_page_of_another_origin_is_told_nothing(site, demo, study, token):
    path, asked = f"{demo.web}/dicom-web/studies/{study}/series", {"Access-Control-Request-Method": "GET"}
    for origin, allowed in ((site.origin, site.origin), (STRANGER, None)):
        question = requests.options(path, headers={"Origin": origin, **asked}, timeout=10)
        answer = requests.get(path, headers={"Origin": origin, "Authorization": f"Bearer {token}"}, timeout=10)
        assert question.headers.get("Access-Control-Allow-Origin") == allowed
        assert answer.headers.get("Access-Control-Allow-Origin") == allowed
        assert (question.status_code == 204) == (allowed is not None)

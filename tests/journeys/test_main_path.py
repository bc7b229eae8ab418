"""From a real PACS to the doctor's browser: the spine of the product on real input."""

import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from tests.journeys import running
from tests.journeys.canvas import assert_shows, decoded, greys
from tests.peers import orthanc
from tests.peers.dcmtk import free_port

BIRTH, GIVEN = "01/02/1960", "Tête"


@pytest.fixture(scope="module")
def series(shared_dicom: Path) -> list[Path]:
    return sorted((shared_dicom / "series" / "ct-head-1mm").iterdir())


@pytest.fixture(scope="module")
def appliance(require, tmp_path_factory, series: list[Path]) -> Iterator[running.Demo]:
    """Orthanc holds the head; the demo takes it for its PACS."""
    require("chromium")
    folder, port = tmp_path_factory.mktemp("main-path"), free_port()
    with orthanc.running(require("Orthanc"), folder / "orthanc", {"NEGATOSCOPE": ("127.0.0.1", port)}) as pacs:
        pacs.upload(series)
        address = f"{pacs.aet}@127.0.0.1:{pacs.port}"
        with running.demo(folder, "--pacs", address, "--dicom-port", str(port)) as demo:
            yield demo


@pytest.fixture(scope="module")
def issued(appliance: running.Demo, series: list[Path]) -> dict:
    head = dcmread(series[0], stop_before_pixels=True)
    code = appliance.cli("codes", "issue", "--patient-id", head.PatientID, "--given-name", GIVEN, "--birth-date", BIRTH)
    assert code["state"] == "valid"
    assert [s["uid"] for s in code["studies"]] == [head.StudyInstanceUID]
    end = time.monotonic() + 120
    while appliance.cli("codes", "show", code["code"])["studies"][0]["state"] != "available":
        assert time.monotonic() < end, appliance.cli("jobs", "list")
        time.sleep(0.5)
    return code


@pytest.fixture(scope="module")
def slices(require, series: list[Path], tmp_path_factory) -> list[np.ndarray]:
    """The first and the last slice in HU, feet to head, decoded by DCMTK."""
    folder = tmp_path_factory.mktemp("plain")
    ordered = sorted(series, key=lambda path: float(dcmread(path, stop_before_pixels=True).ImagePositionPatient[2]))
    return [decoded(require("dcmdjpeg"), path, folder) for path in (ordered[0], ordered[-1])]


@pytest.fixture(scope="module")
def logged_in(appliance: running.Demo, issued: dict) -> dict:
    """The cookies of the physician who logged in and typed the code: another one-time code waits a minute."""
    with running.browser() as page:
        running.log_in(page, appliance)
        running.redeem(page, issued["code"], BIRTH, "tete")
        page.wait_for_url("**/codes/*")
        assert page.faults == []
        return dict(page.context.storage_state())


@pytest.mark.parametrize("flags", [running.SOFTWARE_GL, running.NO_GL], ids=["webgl", "no-webgl"])
def test_a_ct_is_scrolled_by_the_doctor_who_typed_the_code(appliance, logged_in, slices, flags):
    with running.browser(flags, storage_state=logged_in) as page:
        page.goto(f"{appliance.web}/codes")
        page.locator("a.code").first.click()
        page.get_by_text("Afficher l’examen").first.click()
        running.until(page, "() => Number(document.body.dataset.framesLoaded) === 140")
        page.click(".film canvas")
        page.keyboard.press("End")
        running.until(page, "() => document.querySelector('.film').dataset.image === '140'")
        page.evaluate("() => document.querySelector('[data-command=preset-bone]').click()")
        assert_shows(page, greys(slices[-1], 500, 2000, 0))
        page.keyboard.press("Home")
        running.until(page, "() => document.querySelector('.film').dataset.image === '1'")
        assert_shows(page, greys(slices[0], 500, 2000, 0))
        assert page.evaluate("() => document.body.dataset.quality") == "lossless"
        assert page.faults == []
    views = [r for r in appliance.cli("journal", "list") if r["verb"] == "exam.view"]
    assert views


def test_a_stranger_sees_nothing(appliance, issued):
    """Foreign, unknown and unasked look the same; without a session nothing is redirected."""
    study = issued["studies"][0]["uid"]
    answers = {status_of(f"{appliance.web}/dicom-web/studies/{uid}/metadata") for uid in (study, "1.2.3")}
    assert answers == {401}


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code

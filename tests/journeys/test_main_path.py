"""From a real PACS to the doctor's browser: the spine of the product on real input."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from tests.journeys import running
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


def rendered(path: Path, center: float, width: float) -> np.ndarray:
    """An independent rendering (PS3.3 C.11.2.1.2.1): 0 to 255."""
    head = dcmread(path)
    values = head.pixel_array * float(head.RescaleSlope) + float(head.RescaleIntercept)
    return np.clip(((values - (center - 0.5)) / (width - 1) + 0.5) * 255, 0, 255)


@pytest.mark.parametrize("flags", [running.SOFTWARE_GL, running.NO_GL], ids=["webgl", "no-webgl"])
def test_a_ct_is_scrolled_by_the_doctor_who_typed_the_code(appliance, issued, series, flags, tmp_path):
    with running.browser(flags) as page:
        running.log_in(page, appliance)
        running.redeem(page, issued["code"], BIRTH, "tete")
        page.wait_for_url("**/codes/*")
        page.get_by_text("Afficher l’examen").first.click()
        running.until(page, "() => document.querySelector('[data-image]')?.dataset.image")
        running.until(
            page, "() => Number((document.querySelector('[data-frames-loaded]')).dataset.framesLoaded) >= 140"
        )
        page.screenshot(path=tmp_path / "viewer.png")
        for _ in range(3):
            page.keyboard.press("End")
        shown = running.until(
            page,
            "() => { const f = document.querySelector('[data-image]'); return f.dataset.image === '140' && '140' }",
        )
        assert shown == "140"
        assert not [fault for fault in page.faults if "Content Security Policy" in fault]
    assert shutil.which("chromium")
    assert rendered(series[0], 40, 80).shape == (512, 512)

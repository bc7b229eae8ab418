"""The doctor takes an exam out of the demo: files, paper, an image, a link that a colleague follows, another viewer."""

import io
import re
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread
from pypdf import PdfReader

from tests.journeys import running
from tests.peers.dicom3tools import errors

DIALOGS = ("save", "print", "send", "download", "open-with")


def opened(page: Any, demo: running.Demo) -> str:
    study = str(demo.ready["codes"][0]["study_uids"][0])
    page.goto(f"{demo.web}/viewer?study={study}")
    running.until(page, "() => document.body.dataset.quality === 'lossless'")
    running.until(page, "() => document.querySelectorAll('.report-body .jump').length > 0")
    return study


def told(page: Any, dialog: str) -> str:
    return str(running.until(page, f"() => document.querySelector('#{dialog} [data-told]')?.dataset.told"))


def test_the_exam_is_downloaded_and_read_by_others(demo, doctor, tmp_path, require):
    with running.browser(storage_state=doctor) as page:
        opened(page, demo)
        # A length is drawn and the image starred; both leave at once, before the page would have kept them by itself.
        page.keyboard.press("m")
        box = page.locator(".film.is-active canvas").bounding_box()
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.move(*middle)
        page.mouse.down()
        page.mouse.move(middle[0] + 60, middle[1] + 45, steps=4)
        page.mouse.up()
        page.keyboard.press("g")
        page.click("[data-command=download]")
        objects = running.until(page, "() => document.querySelector('#download [data-size]')?.textContent")
        with page.expect_download(timeout=60_000) as download:
            page.click("#download .btn-main")
        assert told(page, "download") == "ok"
        said = page.text_content("#marks-said li")
        archive = zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes()))
        assert page.faults == []
    assert archive.testzip() is None
    files = [name for name in archive.namelist() if name.startswith("DICOM/")]
    assert objects.startswith(f"{len(files) - 2} objets")
    archive.extractall(tmp_path)
    listed = subprocess.run([require("dcmdump"), tmp_path / "DICOMDIR"], capture_output=True, text=True, check=True)
    named = re.findall(r"ReferencedFileID|\[(DICOM\\SE\d{6}\\IM\d{6})\]", listed.stdout)
    assert sorted(name.replace("\\", "/") for name in named if name) == sorted(files)
    report, selection = sorted((dcmread(tmp_path / name) for name in files[-2:]), key=lambda one: one.Modality)[::-1]
    assert (report.Modality, selection.Modality) == ("SR", "KO")
    for one in (report, selection):
        assert errors(require("dciodvfy"), Path(one.filename)) == []
    shown = subprocess.run([require("dsrdump"), report.filename], capture_output=True, check=True).stdout.decode()
    # The page rounds to a tenth of the same number.
    length = float(re.search(r'NUM:\([^)]*"Length"\)="([\d.]+)" \(mm,UCUM', shown)[1])
    assert f" {length:.1f} mm".replace(".", ",") in said
    for name in files[:3]:
        subprocess.run([require("dcmdump"), "-q", tmp_path / name], capture_output=True, check=True)


def test_the_report_and_the_images_are_printed(demo, doctor, exam_day):
    with running.browser(storage_state=doctor) as page:
        opened(page, demo)
        page.click("[data-command=print]")
        running.until(page, "() => document.querySelectorAll('#print .print-tiles img').length === 1")
        with page.expect_download(timeout=60_000) as download:
            page.click("#print .btn-main")
        assert told(page, "print") == "ok"
        reader = PdfReader(io.BytesIO(download.value.path().read_bytes()))
        assert page.faults == []
    text = " ".join(" ".join(one.extract_text() for one in reader.pages).split())
    assert "Lésion frontale droite à centre nécrotique" in text
    assert f"Validé le {exam_day} 10:42 (v1) - Dr Solène KERVELLA" in text
    assert "Centre hospitalier de démonstration" in text
    assert sum(len(page.images) for page in reader.pages) >= 2


def test_an_image_is_saved(demo, doctor):
    with running.browser(storage_state=doctor) as page:
        opened(page, demo)
        page.click(".film canvas", button="right")
        page.click(".film-context [data-command=save]")
        running.until(page, "() => (document.querySelector('#save .save-preview')?.naturalWidth ?? 0) > 0")
        with page.expect_download() as download:
            page.click("#save .btn-main")
        assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")
        assert page.faults == []


def test_a_link_is_followed_only_by_who_holds_the_exam(demo, doctor):
    seen = len(demo.mailbox())
    with running.browser(storage_state=doctor) as page:
        study = opened(page, demo)
        page.click("[data-command=send]")
        page.keyboard.type("confrere@cabinet.example")
        page.click("#send .btn-main")
        assert told(page, "send") == "ok"
        end = time.monotonic() + 30
        while len(demo.mailbox()) == seen:
            assert time.monotonic() < end
            page.wait_for_timeout(100)
        mail = demo.mailbox()[-1]
        assert mail["to"] == "confrere@cabinet.example"
        assert study not in mail["text"]
        address = re.search(r"http\S+/viewer\?m=\S+", mail["text"])[0]
        page.goto(address)
        running.until(page, "() => document.body.dataset.quality === 'lossless'")
        assert page.url == f"{demo.web}/viewer?study={study}"
        assert page.faults == []
    with running.browser() as stranger:
        stranger.goto(address)
        assert "/login" in stranger.url


def test_another_viewer_gets_what_it_was_given_until_it_is_ended(demo, doctor):
    with running.browser(storage_state=doctor) as page:
        study = opened(page, demo)
        page.click("[data-command=open-with]")
        page.wait_for_selector("#open-with [data-program=weasis] a")
        weasis = urllib.parse.unquote(page.locator("#open-with [data-program=weasis] a").get_attribute("href"))
        horos = page.locator("#open-with [data-program=osirix] a >> nth=1").get_attribute("href")
        url, token = re.search(r'--url "([^"]+)".*Bearer ([^"]+)"', weasis).groups()
        query = urllib.request.Request(f"{url}/studies?StudyInstanceUID={study}", headers={
            "Authorization": f"Bearer {token}", "Accept": "application/dicom+json"})  # fmt: skip
        with urllib.request.urlopen(query, timeout=20) as answer:
            assert study.encode() in answer.read()
        archive = urllib.parse.parse_qs(urllib.parse.urlparse(horos).query)["URL"][0]
        with urllib.request.urlopen(archive, timeout=60) as answer:
            assert "DICOMDIR" in zipfile.ZipFile(io.BytesIO(answer.read())).namelist()
        page.click("#open-with .btn-danger")
        assert told(page, "open-with") == "ok"
        for asked in (query, archive):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(asked, timeout=20)
            with refused.value as error:
                assert error.code == 401
        assert page.faults == []
    verbs = {r["verb"] for r in demo.cli("journal", "list")}
    assert verbs >= {"exam.download", "exam.print", "exam.letter", "token.issue", "token.end"}


def test_the_dialogs_have_no_fault_that_axe_finds(demo, doctor):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag22aa", "best-practice"]}
    # axe is a script of its own; the policy of the page lets no other in.
    with running.browser(storage_state=doctor, bypass_csp=True) as page:
        opened(page, demo)
        for name in DIALOGS:
            page.click(f"[data-command={name}]")
            running.until(page, f"() => document.querySelectorAll('#{name} .dialog-foot .btn').length > 1")
            found = axe.run(page, context=f"#{name}", options=rules)
            assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found.response["violations"]] == [], name
            page.keyboard.press("Escape")
            running.until(page, f"() => document.querySelector('#{name}') === null")

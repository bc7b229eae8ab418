"""What leaves the page: each dialog asks first, says why not, and gives the focus back."""

import base64
import io
import json
import re
import urllib.parse
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.journeys.viewer_fixture import STUDY, XR
from tests.journeys.viewing import NEEDED, opened, until

pytestmark = NEEDED
OPEN = "() => document.querySelector('dialog[open]')?.id ?? ''"
FOCUS = "() => document.activeElement.dataset.command ?? ''"


def answers(page: Any, path: str, said: Any, status: int = 200, asked: list[Any] | None = None) -> None:
    """Answer the requests under a path in the server's place, and keep what they asked."""

    def fulfil(route: Any) -> None:
        request = route.request
        if asked is not None:
            asked.append((request.method, urllib.parse.urlparse(request.url).path, request.post_data_buffer or b""))
        given = said(request) if callable(said) else said
        if isinstance(given, bytes):
            headers = {"Content-Type": "application/zip", "Content-Disposition": 'attachment; filename="DICOM-1.zip"'}
            route.fulfill(status=status, body=given, headers=headers)
        else:
            route.fulfill(status=status, body=json.dumps(given), content_type="application/json")

    page.route(f"**/viewer-api/{path}", fulfil)


def packed(size: int = 100_000) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("README.TXT", "x" * size)
    return buffer.getvalue()


def words(page: Any, dialog: str) -> str:
    return str(page.inner_text(f"#{dialog}"))


def greys_of(download: Any) -> Any:
    with Image.open(io.BytesIO(download.value.path().read_bytes())) as image:
        return np.asarray(image.convert("L")).astype(int)


PLAYED = """async text => {
  const bytes = Uint8Array.from(atob(text), one => one.charCodeAt(0)), head = bytes.subarray(4, 8);
  const video = document.createElement('video');
  const shown = new Promise((resolve, reject) => {
    video.onended = resolve;
    video.onerror = () => reject(video.error.message);
  });
  video.muted = true;
  const type = String.fromCharCode(...head) === 'ftyp' ? 'video/mp4' : 'video/webm';
  video.src = URL.createObjectURL(new Blob([bytes], { type }));
  await video.play();
  await shown;
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0);
  const middle = context.getImageData(canvas.width / 2 - 10, canvas.height / 2 - 10, 20, 20).data;
  const bright = middle.filter((_, n) => n % 4 === 0).reduce((a, b) => a + b) / 400;
  return { seconds: video.currentTime, width: video.videoWidth, bright };
}"""


def close(page: Any, command: str) -> None:
    """Leave by the keyboard; the focus is where it was."""
    page.keyboard.press("Escape")
    until(page, OPEN, "")
    until(page, FOCUS, command)


def test_the_exam_is_downloaded_after_its_size_was_said(page: Any, address: str) -> None:
    opened(page, address)
    asked: list[Any] = []
    told = {"objects": 140, "bytes": 72_400_000}
    answers(page, "archives/**", lambda r: packed() if r.method == "POST" else told, asked=asked)
    page.click("[data-command=download]")
    until(page, "() => document.querySelector('#download [data-size]')?.dataset.size", "72400000")
    assert "140 objets DICOM, 72\u00a0Mo" in words(page, "download")
    assert page.evaluate("() => document.activeElement.textContent") == "Télécharger"
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "DICOM-1.zip"
    assert download.value.path().read_bytes() == packed()
    until(page, "() => document.querySelector('#download [data-told]')?.dataset.told", "ok")
    assert [(method, path) for method, path, _ in asked] == [
        ("GET", f"/viewer-api/archives/{STUDY}"), ("POST", f"/viewer-api/archives/{STUDY}")]  # fmt: skip
    close(page, "download")


def test_the_reader_s_own_work_is_offered_with_it(page: Any, address: str) -> None:
    opened(page, address)
    asked: list[Any] = []
    told = {"objects": 1, "bytes": 900, "marks": 2, "keys": 0}
    answers(page, "archives/**", lambda r: packed() if r.method == "POST" else told)
    page.on("request", lambda r: "archives" in r.url and r.method == "POST" and asked.append(r.url))
    for ticked in (True, False):
        page.click("[data-command=download]")
        page.wait_for_selector("#download input[name=measures]")
        assert page.is_checked("#download input[name=measures]"), "on by itself"
        page.set_checked("#download input[name=measures]", ticked)
        with page.expect_download():
            page.click("#download .btn-main")
        until(page, "() => document.querySelector('#download [data-told]')?.dataset.told", "ok")
        close(page, "download")
    assert [url.partition("?")[2] for url in asked] == ["measures=1", ""]


def test_measures_are_sent_and_the_reader_sees_how_that_ends(page: Any, address: str) -> None:
    opened(page, address)
    asked: list[Any] = []
    sent = {"id": 3, "at": "2026-11-24T09:00:00+00:00", "state": "sending"}
    looks = [{"marks": 0, "keys": 0, "sent": None}, {"marks": 2, "keys": 1, "sent": None},
             {"marks": 2, "keys": 1, "sent": {**sent, "state": "awaiting"}}]  # fmt: skip
    posted = {"marks": 2, "keys": 1, "left_out": 1, "sent": sent}
    answers(page, "measures/**", lambda r: posted if r.method == "POST" else looks.pop(0), asked=asked)
    for count, told in (("0", "info"), ("3", None)):
        page.click("[data-menu=m-m]")
        page.click("[data-command=send-measures]")
        until(page, "() => document.querySelector('#send-measures [data-count]')?.dataset.count", count)
        until(page, "() => document.querySelector('#send-measures [data-told]')?.dataset.told ?? null", told)
        if told:
            assert "ni mesure ni image clé" in words(page, "send-measures")
            page.keyboard.press("Escape")
    assert "Mesures et flèches : 2. Images clés : 1." in words(page, "send-measures")
    page.click("#send-measures .btn-main")
    until(page, "() => document.querySelector('#send-measures').dataset.state", "sending")
    assert "Non jointes, leur image n’étant plus visible : 1." in words(page, "send-measures")
    until(page, "() => document.querySelector('#send-measures').dataset.state", "awaiting")
    assert "n’a pas encore confirmé" in words(page, "send-measures")
    assert [(method, path) for method, path, _ in asked] == [
        (method, f"/viewer-api/measures/{STUDY}") for method in ("GET", "GET", "POST", "GET")]  # fmt: skip
    answers(page, "measures/**", {"error": "measures_hour"}, 429)
    page.click("#send-measures .btn-main")
    until(page, "() => document.querySelector('#send-measures [data-told]')?.dataset.told", "bad")
    assert "Trop d’envois" in words(page, "send-measures")


@pytest.mark.parametrize(
    ("status", "cause", "said"),
    [(403, "downloads_off", "pour consultation seulement"), (404, "not_found", "n’est pas disponible"),
     (503, "storage", "n’a pas pu répondre"), (429, "downloads_day", "Trop d’examens téléchargés")],
)  # fmt: skip
def test_why_an_exam_cannot_be_taken_is_said(page: Any, address: str, status: int, cause: str, said: str) -> None:
    opened(page, address)
    answers(page, "archives/**", {"error": cause}, status)
    for command in ("download", "open-with"):
        page.click(f"[data-command={command}]")
        until(page, f"() => document.querySelector('#{command} [data-told]')?.dataset.told", "bad")
        assert said in words(page, command)
        close(page, command)


def test_the_image_is_saved_with_what_must_be_known_of_it(page: Any, address: str) -> None:
    opened(page, address)
    page.click("[data-command=save]")
    until(page, "() => (document.querySelector('#save .save-preview')?.naturalWidth ?? 0) > 0")
    with page.expect_download() as download:
        page.click("#save .btn-main")
    assert re.fullmatch(r"image-serie1-\d+\.png", download.value.suggested_filename)
    whole = greys_of(download)
    film = page.evaluate("() => { const c = document.querySelector('.film canvas'); return [c.height, c.width]; }")
    assert whole.shape[1] == film[1]
    assert whole.shape[0] > film[0] + 60
    # Without the identity, its letters are gone and nothing of the image moved.
    page.click("#save input[name=identity]")
    with page.expect_download() as download:
        page.wait_for_timeout(200)
        page.click("#save .btn-main")
    unnamed = greys_of(download)
    top = whole.shape[0] - film[0]
    assert unnamed.shape == whole.shape
    different = np.nonzero(np.abs(unnamed - whole).max(axis=1) > 30)[0]
    assert len(different) > 0
    assert different.max() < top
    page.select_option("#save select", "image/jpeg")
    with page.expect_download() as download:
        page.wait_for_timeout(200)
        page.click("#save .btn-main")
    assert download.value.path().read_bytes()[:3] == b"\xff\xd8\xff"
    close(page, "save")


def test_a_lossy_original_is_saved_with_its_ratio(page: Any, address: str) -> None:
    opened(page, address)
    page.click(f"#series [data-series='{XR}']")
    until(page, "() => document.body.dataset.quality", "lossy")
    page.click("[data-command=save]")
    page.wait_for_selector("#save .save-preview")
    assert page.is_enabled("#save .btn-main")
    assert "Avec perte 12:1" in str(page.text_content(".film .tr")), "what is written beside the picture"
    close(page, "save")


def test_a_preview_is_not_saved(page: Any, address: str) -> None:
    opened(page, address)
    page.keyboard.press("q")
    until(page, "() => document.body.dataset.quality", "preview")
    page.click(".film canvas", button="right")
    page.click(".film-context [data-command=capture]")
    until(page, "() => document.querySelector('[data-notice=why]')?.textContent.includes('avec perte')")
    page.click("[data-command=save]")
    assert "avec perte" in words(page, "save")
    assert page.locator("#save .save-preview").count() == 0
    close(page, "save")


def test_a_range_leaves_as_a_video(page: Any, address: str, tmp_path: Path) -> None:
    opened(page, address)
    until(page, "() => document.body.dataset.framesLoaded === document.body.dataset.framesTotal")
    page.keyboard.press("Home")
    page.click("[data-menu=m-cine]")
    page.click("[data-command=cine-from]")
    for _ in range(11):
        page.keyboard.press("ArrowDown")
    page.click("[data-menu=m-cine]")
    page.click("[data-command=cine-to]")
    page.click("[data-menu=m-cine]")
    page.click("[data-command=cine-export]")
    assert "12 images (1 à 12)" in words(page, "video")
    with page.expect_download(timeout=30_000) as download:
        page.click("#video .btn-main")
    assert re.fullmatch(r"video-\w+1\.(mp4|webm)", download.value.suggested_filename)
    kept = tmp_path / download.value.suggested_filename
    download.value.save_as(kept)
    # The browser's own player says what it holds, on a page without a policy: twelve images at fifteen a second.
    seen = page.context.new_page().evaluate(PLAYED, base64.b64encode(kept.read_bytes()).decode())
    assert 0.5 < seen["seconds"] < 3
    assert seen["width"] > 300
    assert seen["bright"] > 100, "an image, not a black screen"
    page.keyboard.press("Escape")
    until(page, "() => document.activeElement.dataset.menu", "m-cine")


def test_what_was_chosen_is_printed(page: Any, address: str) -> None:
    opened(page, address)
    asked: list[Any] = []
    answers(page, "prints/**", b"%PDF-1.7 made by the server", asked=asked)
    page.click(".film canvas", button="right")
    page.click(".film-context [data-command=capture]")
    until(page, "() => document.querySelector('[data-notice=why]')?.textContent.includes('1 image ajoutée')")
    page.keyboard.press("ArrowDown")
    page.click("[data-command=print]")
    until(page, "() => document.querySelectorAll('#print .print-tiles img').length", 2)
    assert page.is_disabled("#print input[name=report]")
    with page.expect_download():
        page.click("#print .btn-main")
    until(page, "() => document.querySelector('#print [data-told]')?.dataset.told", "ok")
    ((method, path, body),) = asked
    assert (method, path) == ("POST", f"/viewer-api/prints/{STUDY}")
    assert body.count(b'name="capture"') == 2
    assert body.count(b"\x89PNG") == 2
    assert b'name="keys"' in body
    assert b'name="report"' not in body
    close(page, "print")
    page.click("[data-command=print]")
    # What was put aside went with the document; only the film is offered again.
    until(page, "() => document.querySelectorAll('#print .print-tiles img').length", 1)
    for name in ("keys", "capture"):
        page.click(f"#print input[name={name}]")
    page.click("#print .btn-main")
    until(page, "() => document.querySelector('#print [data-told]')?.dataset.told", "bad")
    assert "rien à imprimer" in words(page, "print")
    close(page, "print")


def test_a_link_goes_by_mail(page: Any, address: str) -> None:
    opened(page, address)
    asked: list[Any] = []
    refused = [{"error": "letter_trait"}]
    page.route("**/viewer-api/letters/**", lambda route: route.fulfill(
        status=403 if refused else 201, content_type="application/json",
        body=json.dumps(refused.pop() if refused else {"to": "a@b.fr", "until": "2026-12-01T09:00:00+00:00"})))
    page.on("request", lambda r: "letters" in r.url and asked.append(r.post_data))
    page.click("[data-command=send]")
    assert page.evaluate("() => document.activeElement.id") == "send-to"
    page.keyboard.type("a@b.fr")
    page.fill("#send-message", "Mme Lefèvre")
    page.click("#send .btn-main")
    until(page, "() => document.querySelector('#send [data-told]')?.dataset.told", "bad")
    assert "désigner le patient" in words(page, "send")
    page.fill("#send-message", "Votre avis ?")
    page.click("#send .btn-main")
    until(page, "() => document.querySelector('#send [data-told]')?.dataset.told", "ok")
    assert "a@b.fr" in words(page, "send")
    assert "01/12/2026" in words(page, "send")
    assert urllib.parse.parse_qs(asked[-1]) == {"to": ["a@b.fr"], "message": ["Votre avis ?"]}
    close(page, "send")


def test_other_viewers_are_offered_with_a_token_that_can_be_ended(page: Any, address: str) -> None:
    opened(page, address)
    asked: list[Any] = []
    answers(page, "archives/**", {"objects": 1, "bytes": 9})
    token = {"id": 7, "token": "ngt_secret", "until": "2026-11-24T09:30:00+00:00", "dicomweb": "/dicom-web"}
    answers(page, "tokens", token, 201, asked)
    answers(page, "tokens/7", {}, 200, asked)
    page.click("[data-command=open-with]")
    page.wait_for_selector("#open-with [data-program=weasis] a")
    weasis, osirix, horos = (page.locator("#open-with a").nth(n).get_attribute("href") for n in range(3))
    assert urllib.parse.unquote(weasis) == (
        f'weasis://?$dicom:rs --url "{address}/dicom-web" -r "studyUID={STUDY}" -H "Authorization: Bearer ngt_secret"')
    zipped = urllib.parse.quote(f"{address}/viewer-api/archives/{STUDY}/ngt_secret/DICOM.zip", safe="")
    assert osirix == f"osirix://?methodName=DownloadURL&Display=YES&URL={zipped}"
    assert horos == osirix.replace("osirix:", "horos:")
    assert page.input_value("#with-address") == f"{address}/dicom-web"
    assert page.input_value("#with-token") == "ngt_secret"
    page.click("#open-with .btn-danger")
    until(page, "() => document.querySelector('#open-with [data-told]')?.dataset.told", "ok")
    assert [(method, path) for method, path, _ in asked] == [
        ("POST", "/viewer-api/tokens"), ("DELETE", "/viewer-api/tokens/7")]  # fmt: skip
    assert page.locator("#with-token").count() == 0
    assert page.evaluate("() => document.activeElement.textContent") == "Fermer"
    close(page, "open-with")


def test_a_viewer_that_is_not_installed_leaves_the_page_as_it_is(page: Any, address: str) -> None:
    opened(page, address)
    answers(page, "archives/**", {"objects": 1, "bytes": 9})
    token = {"id": 7, "token": "ngt_secret", "until": "2026-11-24T09:30:00+00:00", "dicomweb": "/dicom-web"}
    answers(page, "tokens", token, 201)
    page.click("[data-command=open-with]")
    page.click("#open-with [data-program=weasis] a")
    # Chromium asks in a window of its own, which takes every key and click until it is answered: nothing is typed here.
    page.wait_for_timeout(500)
    assert page.evaluate(OPEN) == "open-with"
    assert page.url.startswith(f"{address}/viewer?")


def test_nothing_of_a_dialog_stays_when_the_session_is_over(page: Any, address: str) -> None:
    opened(page, address)
    answers(page, "letters/**", {"error": "session", "cause": "idle"}, 401)
    page.click("[data-command=send]")
    page.keyboard.type("a@b.fr")
    page.click("#send .btn-main")
    until(page, OPEN, "session-end")
    assert page.locator("#send").count() == 0

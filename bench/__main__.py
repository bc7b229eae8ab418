"""``python -m bench FOLDER [--runs N]``: FOLDER holds one CT series. Prints a table of ratios, ours over theirs."""

import argparse
import http.cookiejar
import os
import re
import shutil
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

from pydicom import dcmread

from bench import copies, first_image, measures, storing
from tests.journeys import running
from tests.peers import orthanc

PLUGIN = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", choices=("first-image",), help="leave the rest out")
    options = parser.parse_args()
    source = sorted(path for path in options.folder.iterdir() if path.is_file())
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        program = shutil.which("Orthanc") or "/usr/sbin/Orthanc"
        with (
            orthanc.running(program, folder / "orthanc", {}, plugins=[PLUGIN]) as theirs,
            running.demo(folder / "ours") as ours,
        ):
            print(f"load {os.getloadavg()[0]:.1f}, {len(source)} files, medians of {options.runs}")
            print("| what | ours | Orthanc | ratio |\n|---|---|---|---|")
            if options.only:
                measures.c_store(copies.copy_series(source, folder / "copy-0"), *_dicom(ours))
                measures.c_store(sorted((folder / "copy-0").iterdir()), theirs.aet, theirs.port)
                _prepared(ours)
            else:
                storing.measure(folder, source, ours, theirs, options.runs, _prepared)
            head = dcmread(next((folder / "copy-0").iterdir()), stop_before_pixels=True)
            # One log-in for all: another one-time code waits a minute.
            cookies = _session(ours, head.PatientID, head.StudyInstanceUID)
            if not options.only:
                _read(folder, cookies, ours, theirs, options.runs)
            series = (head.StudyInstanceUID, head.SeriesInstanceUID)
            _first_image(series, cookies, ours, theirs, options.runs)


def _row(name: str, ours: float, theirs: float, unit: str, *, less_is_better: bool = False) -> None:
    ratio = theirs / ours if less_is_better else ours / theirs
    print(f"| {name} | {ours:.4g} {unit} | {theirs:.4g} {unit} | **{ratio:.2f}** |", flush=True)


def _dicom(ours: running.Demo) -> tuple[str, int]:
    return ours.ready["dicom"]["aet"], ours.ready["dicom"]["port"]


def _prepared(ours: running.Demo) -> None:
    """Wait until nothing is being prepared: it would weigh on the next run."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        jobs = ours.cli("jobs", "list")
        rows = jobs["items"] if isinstance(jobs, dict) else jobs
        if not any(job["state"] in ("waiting", "running") for job in rows):
            return
        time.sleep(0.3)


def _read(folder: Path, cookies: str, ours: running.Demo, theirs: orthanc.Orthanc, runs: int) -> None:
    files = sorted((folder / "copy-0").iterdir())
    heads = [dcmread(path, stop_before_pixels=True) for path in files]
    study, series = heads[0].StudyInstanceUID, heads[0].SeriesInstanceUID
    cookie = {"Cookie": cookies}
    bases = (f"{ours.web}/dicom-web", f"http://127.0.0.1:{theirs.http}/dicom-web")
    path = f"/studies/{study}/series/{series}"
    urls = [[f"{base}{path}/instances/{h.SOPInstanceUID}/frames/1" for h in heads] for base in bases]
    kind = {"Accept": 'multipart/related; type="application/octet-stream"'}
    stored = {"Accept": 'multipart/related; type="image/jphc"'}
    for connections in (1, 8):
        pair = measures.interleaved(
            runs,
            lambda _, c=connections: measures.requests_a_second(urls[0], {**cookie, **stored}, c, folder),
            lambda _, c=connections: measures.requests_a_second(urls[1], kind, c, folder),
        )
        _row(f"frames over HTTP, {connections} connections", *pair, "req/s")
    pictures = [[f"{base}{path}/instances/{h.SOPInstanceUID}/rendered" for h in heads] for base in bases]
    jpeg = {"Accept": "image/jpeg"}
    # A window of its own makes a picture that nobody asked for before.
    for name, window in (("rendered", ""), ("rendered anew", "?window=40,{n},linear")):
        pair = measures.interleaved(
            runs,
            lambda _, w=window: measures.requests_a_second(pictures[0], {**cookie, **jpeg}, 8, folder, w),
            lambda _, w=window: measures.requests_a_second(pictures[1], jpeg, 8, folder, w),
        )
        _row(f"{name} over HTTP, 8 connections", *pair, "req/s")
    json = {"Accept": "application/dicom+json"}
    pair = measures.interleaved(
        runs,
        lambda _: measures.seconds_of(f"{bases[0]}{path}/metadata", {**cookie, **json, "Accept-Encoding": "gzip"}),
        lambda _: measures.seconds_of(f"{bases[1]}{path}/metadata", json),
    )
    _row(f"metadata of a series of {len(heads)}", *pair, "s", less_is_better=True)


def _first_image(uids: tuple[str, str], cookies: str, ours: running.Demo, theirs: orthanc.Orthanc, runs: int) -> None:
    study, series = uids
    pair = measures.interleaved(
        runs,
        lambda _: first_image.ours(ours.web, study, cookies),
        lambda _: first_image.theirs(theirs.http, study, series),
    )
    name = "first image, cold Chromium: our whole viewer, Orthanc's metadata and one frame on a bare canvas (no viewer)"
    _row(name, *pair, "s", less_is_better=True)


def _session(ours: running.Demo, patient: str, study: str) -> str:
    """Log in over HTTP, redeem a code for the study; return the Cookie header."""
    issued = ours.cli("codes", "issue", "--patient-id", patient, "--study", study, "--given-name", "Tete",
                      "--birth-date", "01/02/1960")  # fmt: skip
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

    def post(page: str, action: str, **fields: str) -> None:
        text = opener.open(ours.web + page).read().decode()
        token = re.search(r'name="csrf" value="([^"]+)"', text)
        fields["csrf"] = token.group(1) if token else ""
        headers = {"Origin": ours.web}
        data = urllib.parse.urlencode(fields).encode()
        opener.open(urllib.request.Request(ours.web + action, data, headers)).read()

    seen, who = len(ours.mailbox()), ours.physician
    post("/login/otp", "/login/otp", email=who["email"], password=who["password"], channel="email")
    post("/login/otp/code", "/login/otp/code", code=ours.digits(seen))
    post("/codes", "/codes", code=issued["code"], birth_date="01/02/1960", given_name="tete")
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


if __name__ == "__main__":
    main()

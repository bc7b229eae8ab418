"""``python -m bench.viewing FOLDER [--runs N]``: our viewer beside OHIF on Orthanc, the same series, in turn.

Both stand behind one nginx on loopback, which compresses and counts. Chromium is started for each run. What is timed
is seen from outside, the same way on both sides: a canvas that is no longer black, and what each says of its frames.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydicom import dcmread

from bench.__main__ import PLUGIN, _session
from tests.journeys import running
from tests.peers import foreign_viewer, orthanc
from tests.peers.dcmtk import free_port

WAIT_S = 120.0
SLOW_LINE = {"offline": False, "latency": 60, "downloadThroughput": 500_000, "uploadThroughput": 500_000}
"""4 Mbit/s and 60 ms."""
WATCH = """
const seen = document.createElement('canvas');
seen.width = seen.height = 48;
const look = () => {
  const canvas = document.querySelector('.film canvas, canvas.cornerstone-canvas');
  const context = seen.getContext('2d', { willReadFrequently: true });
  if (canvas?.width > 50) {
    context.drawImage(canvas, 0, 0, 48, 48);
    const data = context.getImageData(0, 0, 48, 48).data;
    let bright = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i] > 40) bright += 1;
    if (bright > 8) { window.benchFirst = { ms: performance.now(), at: Date.now() / 1000 }; return; }
  }
  setTimeout(look, 10);
};
look();
"""
OURS_ALL = "() => { const d = document.body.dataset; return d.framesTotal > 1 && d.framesLoaded === d.framesTotal; }"
THEIRS_ALL = "frames => (window.cornerstone?.cache.getCacheSize() ?? 0) >= frames.bytes"
SCROLL = """async () => {
  const film = document.querySelector('.film canvas, .cornerstone-viewport-element');
  const canvas = document.querySelector('.film canvas, canvas.cornerstone-canvas');
  const small = document.createElement('canvas');
  small.width = small.height = 64;
  const context = small.getContext('2d', { willReadFrequently: true });
  const picture = () => {
    context.drawImage(canvas, 0, 0, 64, 64);
    return context.getImageData(0, 0, 64, 64).data.join();
  };
  const times = [];
  for (let step = 0; step < 25; step += 1) {
    const before = picture(), begin = performance.now();
    // OHIF begins with a tour of its buttons, which takes the wheel: its viewport is scrolled as the wheel would.
    const viewport = window.cornerstone?.getRenderingEngines()[0].getViewports()[0];
    if (viewport) viewport.scroll(1);
    else film.dispatchEvent(new WheelEvent('wheel', { deltaY: 100, bubbles: true, cancelable: true }));
    while (picture() === before && performance.now() - begin < 2000) await new Promise(requestAnimationFrame);
    times.push(performance.now() - begin);
  }
  return times.sort((a, b) => a - b)[12];
}"""
PLANES = "() => [...document.querySelectorAll('.films-mpr .film')].filter(f => f.dataset.image).length === 3"
THEIR_PLANES = """() => [...document.querySelectorAll('canvas.cornerstone-canvas')].filter(canvas => {
  const small = document.createElement('canvas');
  small.width = small.height = 24;
  const context = small.getContext('2d');
  context.drawImage(canvas, 0, 0, 24, 24);
  return [...context.getImageData(0, 0, 24, 24).data].filter((value, n) => n % 4 === 0 && value > 40).length > 20;
}).length >= 3"""


@dataclass(frozen=True)
class Side:
    """One viewer on the series."""

    name: str
    address: str
    cookies: str
    log: Path
    bytes_decoded: int


@dataclass
class Seen:
    """What one run showed; seconds, bytes and MiB."""

    first: float
    first_bytes: int
    whole: float
    script: int = 0
    scroll_ms: float = 0.0
    planes: float = 0.0
    memory: float = 0.0


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="bench.viewing", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, _sides(Path(scratch), options.folder) as sides:
        print(f"load {os.getloadavg()[0]:.1f}, medians of {options.runs}")
        print("| what | ours | OHIF | ratio |\n|---|---|---|---|")
        plain = _interleaved(options.runs, lambda side: _run(side, everything=True), sides)
        _rows("", plain)
        _one("whole memory of the largest page process, MiB", plain, lambda seen: seen.memory)
        _one("MPR of cached images, s", plain, lambda seen: seen.planes)
        _one("a step through cached images, ms", plain, lambda seen: seen.scroll_ms)
        slow = _interleaved(options.runs, lambda side: _run(side, slow_cpu=4), sides)
        _rows(", main thread 4 × slower", slow, whole=False)
        _rows(", 4 Mbit/s and 60 ms", _interleaved(options.runs, lambda side: _run(side, line=SLOW_LINE), sides))


def _rows(name: str, runs: list[list[Seen]], *, whole: bool = True) -> None:
    _one(f"first image{name}, s", runs, lambda seen: seen.first)
    _one(f"kilobytes before the first image{name}", runs, lambda seen: seen.first_bytes / 1000)
    if whole:
        _one(f"whole series decoded{name}, s", runs, lambda seen: seen.whole)
        if not name:
            _one("kilobytes of script before the first image", runs, lambda seen: seen.script / 1000)


def _one(name: str, runs: list[list[Seen]], of: Callable[[Seen], float]) -> None:
    ours, theirs = (statistics.median(of(seen) for seen in side) for side in runs)
    print(f"| {name} | {ours:.3g} | {theirs:.3g} | **{ours / theirs if theirs else float('nan'):.2f}** |", flush=True)


def _interleaved(runs: int, measure: Callable[[Side], Seen], sides: list[Side]) -> list[list[Seen]]:
    found: list[list[Seen]] = [[] for _ in sides]
    for _ in range(runs):
        for number, side in enumerate(sides):
            found[number].append(measure(side))
    return found


def _run(side: Side, *, slow_cpu: int = 1, line: dict[str, Any] | None = None, everything: bool = False) -> Seen:
    with running.browser() as page:
        page.add_init_script(WATCH)
        for pair in side.cookies.split("; ") if side.cookies else []:
            name, _, value = pair.partition("=")
            page.context.add_cookies([{"name": name, "value": value, "url": side.address}])
        devtools = page.context.new_cdp_session(page)
        if slow_cpu > 1:
            devtools.send("Emulation.setCPUThrottlingRate", {"rate": slow_cpu})
        if line:
            devtools.send("Network.enable")
            devtools.send("Network.emulateNetworkConditions", line)
        side.log.write_text("")
        page.goto(side.address, wait_until="commit", timeout=WAIT_S * 1000)
        start = time.monotonic()
        first = running.until(page, "() => window.benchFirst", WAIT_S)
        _until(page, side)
        whole, (sent, script) = time.monotonic() - start, _bytes(side.log, first["at"])
        seen = Seen(first["ms"] / 1000, sent, whole, script)
        if everything:
            seen.memory = max(_resident(pid) for pid in _renderers())
            seen.scroll_ms = page.evaluate(SCROLL)
            seen.planes = _planes(page, side)
        return seen


def _until(page: Any, side: Side) -> None:
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        done = page.evaluate(OURS_ALL) if side.cookies else page.evaluate(THEIRS_ALL, {"bytes": side.bytes_decoded})
        if done:
            return
        time.sleep(0.02)
    raise AssertionError(f"{side.name}: never whole")


def _planes(page: Any, side: Side) -> float:
    begin = time.monotonic()
    if side.cookies:
        page.evaluate("() => document.querySelector('[data-command=mpr]').click()")
        _poll(page, PLANES)
    else:
        page.evaluate("() => window.commandsManager.run({ commandName: 'toggleHangingProtocol',"
                      " commandOptions: { protocolId: 'mpr' } })")  # fmt: skip
        _poll(page, THEIR_PLANES)
    return time.monotonic() - begin


def _poll(page: Any, script: str) -> None:
    end = time.monotonic() + WAIT_S
    while not page.evaluate(script):
        if time.monotonic() > end:
            raise AssertionError(script)
        time.sleep(0.01)


def _bytes(log: Path, until: float) -> tuple[int, int]:
    """Return the bytes nginx had sent by an instant: all of them, and those of scripts."""
    whole = script = 0
    for line in log.read_text().splitlines():
        at, sent, kind = line.split(" ", 2)
        if float(at) <= until:
            whole += int(sent)
            script += int(sent) if "javascript" in kind or "wasm" in kind else 0
    return whole, script


def _renderers() -> Iterator[int]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if b"--type=renderer" in (folder / "cmdline").read_bytes():
                    yield int(folder.name)
            except OSError:
                continue


def _resident(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    return int(text.split("VmRSS:")[1].split()[0]) / 1024 if "VmRSS:" in text else 0.0


@contextmanager
def _sides(folder: Path, source: Path) -> Iterator[list[Side]]:
    files = sorted(path for path in source.iterdir() if path.is_file())
    head = dcmread(files[0], stop_before_pixels=True)
    study, decoded = str(head.StudyInstanceUID), len(files) * head.Rows * head.Columns * 2
    program = shutil.which("Orthanc") or "/usr/sbin/Orthanc"
    with (
        orthanc.running(program, folder / "orthanc", {}, plugins=[PLUGIN]) as theirs,
        running.demo(folder / "ours", "--dicom", str(source)) as ours,
    ):
        theirs.upload(files)
        cookies = _session(ours, head.PatientID, study)
        end = time.monotonic() + 180
        while any(job["state"] in ("waiting", "running") for job in _jobs(ours)):
            if time.monotonic() > end:
                raise AssertionError("never prepared")
            time.sleep(0.5)
        with _front(folder, ours.web, theirs.http) as ports:
            pages = [f"http://127.0.0.1:{port}/viewer?" for port in ports]
            yield [
                Side("ours", f"{pages[0]}study={study}", cookies, folder / "ours.log", decoded),
                Side("OHIF", f"{pages[1]}StudyInstanceUIDs={study}", "", folder / "theirs.log", decoded),
            ]


def _jobs(ours: running.Demo) -> list[dict[str, Any]]:
    jobs = ours.cli("jobs", "list")
    return list(jobs["items"] if isinstance(jobs, dict) else jobs)


@contextmanager
def _front(folder: Path, ours: str, http: int) -> Iterator[tuple[int, int]]:
    """Put nginx before both: OHIF's files and Orthanc's DICOMweb on one origin, our portal on another."""
    ports = (free_port(), free_port())
    dicomweb = f"http://127.0.0.1:{ports[1]}/dicom-web"
    source = foreign_viewer.SOURCE | dict.fromkeys(("qidoRoot", "wadoRoot", "wadoUriRoot"), dicomweb)
    named = {"namespace": "@ohif/extension-default.dataSourcesModule.dicomweb", "sourceName": "negatoscope"}
    told = foreign_viewer.SETTINGS | {"dataSources": [named | {"configuration": source}]}
    (folder / "app-config.js").write_text(f"window.config = {json.dumps(told)};")
    conf = folder / "nginx.conf"
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    spools = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    passed = "proxy_http_version 1.1; proxy_set_header Host $http_host; proxy_set_header Connection '';"
    conf.write_text(f"""
user root; daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx-error.log;
events {{ worker_connections 256; }}
http {{
  include /etc/nginx/mime.types; default_type application/octet-stream; {spools}
  log_format sent '$msec $bytes_sent $sent_http_content_type';
  gzip on;
  gzip_types text/javascript application/javascript text/css application/json application/dicom+json application/wasm;
  server {{ listen 127.0.0.1:{ports[0]}; access_log {folder}/ours.log sent;
    location / {{ proxy_pass {ours}; {passed} }} }}
  server {{ listen 127.0.0.1:{ports[1]}; access_log {folder}/theirs.log sent; root {foreign_viewer.DIST};
    location = /app-config.js {{ root {folder}; }}
    location /dicom-web/ {{ proxy_pass http://127.0.0.1:{http}/dicom-web/; {passed} }}
    location / {{ try_files $uri /index.html; }} }}
}}
""")
    process = subprocess.Popen([shutil.which("nginx") or "/usr/sbin/nginx", "-c", str(conf)])
    try:
        time.sleep(0.5)
        yield ports
    finally:
        process.terminate()
        process.wait(10)


if __name__ == "__main__":
    main()

"""The whole appliance as its user starts it: `negatoscope demo`, a ready file, a browser."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
READY_S = 120.0
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SOFTWARE_GL = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
NO_GL = ["--disable-gpu", "--disable-3d-apis"]


@dataclass(frozen=True)
class Demo:
    """A running demo and what its ready file says."""

    ready: dict[str, Any]
    process: subprocess.Popen[bytes]

    @property
    def web(self) -> str:
        return str(self.ready["web"])

    @property
    def physician(self) -> dict[str, str]:
        return dict(self.ready["accounts"]["physician"])

    def mailbox(self) -> list[dict[str, str]]:
        with urllib.request.urlopen(self.ready["mailbox"], timeout=10) as answer:
            return list(json.load(answer))

    def digits(self, seen: int) -> str:
        """The six digits of the first message after ``seen`` others."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            messages = self.mailbox()[seen:]
            if messages:
                found = re.search(r"\b\d{6}\b", messages[-1]["text"])
                assert found is not None
                return found.group()
            time.sleep(0.1)
        raise AssertionError("no code arrived in the mailbox")

    def cli(self, *words: str) -> Any:
        """What a verb prints with --json."""
        environment = {**os.environ, "NEGATOSCOPE_ADMIN_SOCKET": self.ready["admin_socket"]}
        command = [sys.executable, "-m", "appliance.cli", *words, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, timeout=120)
        assert done.returncode == 0, done.stderr + done.stdout
        return json.loads(done.stdout)


_drawn: list[tempfile.TemporaryDirectory[str]] = []
"""The made-up exams of the first demo of this run: they are the same for all, and cost ten seconds to draw."""


def _lend_exams(state: Path) -> None:
    if _drawn and not (state / "exams").exists():
        state.mkdir(parents=True, exist_ok=True)
        shutil.copytree(Path(_drawn[0].name) / "exams", state / "exams", copy_function=os.link)


def _keep_exams(state: Path) -> None:
    if not _drawn and (state / "exams" / "truth.json").exists():
        folder = tempfile.TemporaryDirectory(dir=state.parent.parent, prefix="exams-")
        shutil.copytree(state / "exams", Path(folder.name) / "exams", copy_function=os.link)
        _drawn.append(folder)


@contextmanager
def demo(folder: Path, *options: str) -> Iterator[Demo]:
    """Start the demo on free ports; end it, and with it every child."""
    folder.mkdir(parents=True, exist_ok=True)
    if not {"--dicom", "--pacs"} & set(options):
        _lend_exams(folder / "state")
    ready = folder / "ready.json"
    command = [sys.executable, "-m", "appliance.cli", "demo", "--state", str(folder / "state")]
    command += ["--web-port", "0", "--dicom-port", "0", "--ready-file", str(ready), *options]
    with open(folder / "demo.log", "ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT, start_new_session=True)
    try:
        end = time.monotonic() + READY_S
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > end:
                raise AssertionError((folder / "demo.log").read_text(errors="replace")[-3000:])
            time.sleep(0.05)
        _keep_exams(folder / "state")
        yield Demo(json.loads(ready.read_text()), process)
    finally:
        process.terminate()
        try:
            process.wait(25)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def chromium() -> str | None:
    """Where Debian's Chromium lies."""
    return shutil.which("chromium")


@contextmanager
def browser(flags: Sequence[str] = SOFTWARE_GL, **context: Any) -> Iterator[Any]:
    """A page of a new browser; errors of the page and of its policy are collected in `page.faults`."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=[*FLAGS, *flags])
        try:
            page = opened.new_context(viewport={"width": 1440, "height": 900}, locale="fr-FR", **context).new_page()
            page.faults = []
            page.on("pageerror", lambda error: page.faults.append(str(error)))
            page.on("console", lambda m: m.type == "error" and page.faults.append(m.text))
            yield page
        finally:
            opened.close()


def log_in(page: Any, running: Demo) -> None:
    """Log in as the physician with a code from the mailbox."""
    seen = len(running.mailbox())
    page.goto(f"{running.web}/login/otp")
    page.fill("input[name=email]", running.physician["email"])
    page.fill("input[name=password]", running.physician["password"])
    page.click("button[name=channel][value=email]")
    page.wait_for_selector("input[name=code]")
    page.fill("input[name=code]", running.digits(seen))
    page.keyboard.press("Enter")
    page.wait_for_url("**/codes")


def redeem(page: Any, code: str, birth_date: str, given_name: str) -> None:
    """Add a code in the portal."""
    page.click("[data-open=add]")
    page.fill("#add input[name=code]", code)
    page.fill("#add input[name=birth_date]", birth_date)
    page.fill("#add input[name=given_name]", given_name)
    page.click("#add button[type=submit]")


def until(page: Any, script: str, seconds: float = 60.0) -> Any:
    """The value of a script once it is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := page.evaluate(script):
            return value
        time.sleep(0.1)
    raise AssertionError(f"never: {script}; {page.faults}")

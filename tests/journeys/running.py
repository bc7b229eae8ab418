"""The whole appliance as its user starts it: `negatoscope demo`, a ready file, a browser."""

import atexit
import fcntl
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
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
DRAWN = "TESTS_MADE_UP_EXAMS"
"""Names the folder where all workers of a test run find the made-up exams."""
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
    state: Path

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
            for message in self.mailbox()[seen:]:
                if found := re.search(r"\b\d{6}\b", message["text"]):
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


@contextmanager
def _exams(state: Path) -> Iterator[None]:
    """Lend the demo its made-up exams, the same for all; the first one draws them, which costs ten seconds."""
    folder = Path(os.environ.get(DRAWN) or _own())
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / "exams").exists():
            fcntl.flock(lock, fcntl.LOCK_UN)
            if not (state / "exams").exists():
                shutil.copytree(folder / "exams", state / "exams", copy_function=_linked)
            yield
            return
        yield  # whoever waits for them waits: drawing them twice would take longer
        if (state / "exams" / "truth.json").exists():
            shutil.rmtree(folder / "drawing", ignore_errors=True)
            shutil.copytree(state / "exams", folder / "drawing", copy_function=_linked)
            (folder / "drawing").rename(folder / "exams")


@cache
def _own() -> str:
    """A folder of this process, where no test run gives one."""
    folder = tempfile.mkdtemp(prefix="negatoscope-exams-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _linked(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


@contextmanager
def demo(folder: Path, *options: str) -> Iterator[Demo]:
    """Start the demo on free ports; end it, and with it every child."""
    folder.mkdir(parents=True, exist_ok=True)
    ready = folder / "ready.json"
    command = [sys.executable, "-m", "appliance.cli", "demo", "--state", str(folder / "state")]
    command += ["--web-port", "0", "--dicom-port", "0", "--ready-file", str(ready), *options]
    with ExitStack() as drawing:
        if not {"--dicom", "--pacs"} & set(options):
            drawing.enter_context(_exams(folder / "state"))
        with open(folder / "demo.log", "ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT, start_new_session=True)
        try:
            end = time.monotonic() + READY_S
            while not ready.exists():
                if process.poll() is not None or time.monotonic() > end:
                    raise AssertionError((folder / "demo.log").read_text(errors="replace")[-3000:])
                time.sleep(0.05)
            drawing.close()
            yield Demo(json.loads(ready.read_text()), process, folder / "state")
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

"""What every test may ask for: shared images, peers by name, a PostgreSQL of its own.

What is missing skips the test and names it; with ``CI=true`` such a skip is a failure.
"""

import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling, Scheduling

from tests.journeys.running import DRAWN

pytest_plugins = ["tests.databases"]

ROOT = Path(__file__).parent.parent
PACKAGES = {
    "storescu": "dcmtk",
    "storescp": "dcmtk",
    "echoscu": "dcmtk",
    "findscu": "dcmtk",
    "movescu": "dcmtk",
    "getscu": "dcmtk",
    "dcmdump": "dcmtk",
    "dcmdjpeg": "dcmtk",
    "dciodvfy": "dicom3tools",
    "Orthanc": "orthanc",
    "pg_ctl": "postgresql",
}
TOGETHER = ("tests/journeys/demo/",)
"""Folders that one worker does whole: their tests share what is dear to start."""
LONGEST = (
    "journeys/demo/",
    "journeys/test_two_hosts.py",
    "journeys/test_killed.py",
    "pacs_bridge/test_bad_pacs.py",
    "fuzz/",
    "pacs_bridge/test_doctor.py",
    "journeys/test_every_file.py",
    "pacs_bridge/test_sending.py",
    "journeys/test_deposit_killed.py",
    "pacs_bridge/test_web_doctor.py",
    "pacs_bridge/test_waiting.py",
    "journeys/",
    "pacs_bridge/",
    "appliance/commands/",
)
"""Those that wait for a slow peer stand between those that keep a core busy."""
MEMORY, MEMORY_WANTED = Path("/dev/shm"), 12 << 30
DIRECTORIES = ("/usr/sbin", "/usr/local/sbin", "/sbin")


def find(program: str) -> str | None:
    """Return the path of a program of the system, daemons' folders included."""
    # The environment's own folder is left out: pynetdicom puts namesakes of DCMTK's tools there.
    own = str(ROOT / ".venv" / "bin")
    folders = [f for f in os.environ.get("PATH", "").split(os.pathsep) if f != own]
    return shutil.which(program, path=os.pathsep.join([*folders, *DIRECTORIES]))


def require(program: str) -> str:
    """Return the path of a peer's program, or skip with the Debian package that holds it."""
    path = find(program)
    if path is None:
        pytest.skip(f"{program} is missing (apt install {PACKAGES.get(program, program)})")
    return path


@pytest.fixture(name="require", scope="session")
def require_fixture():
    """The function `require`, for tests that live in packages of any import mode."""
    return require


@pytest.fixture(scope="session")
def shared_dicom() -> Path:
    """The shared test images: beside the checkout, or where ``NEGATOSCOPE_TEST_DICOM`` says."""
    named = os.environ.get("NEGATOSCOPE_TEST_DICOM")
    folder = Path(named) if named else ROOT.parent / "shared" / "dicom"
    if not (folder / "MANIFEST.tsv").is_file():
        pytest.skip("shared test images are missing (../shared/dicom or NEGATOSCOPE_TEST_DICOM)")
    return folder


def pytest_configure(config: pytest.Config) -> None:
    """Give the run, all of its workers, one folder for what is dear to make and the same for every test.

    What is written lies in memory where there is enough: a disk is waited for at every fsync, of which a database and
    a store that lose nothing make many. Killed processes lose nothing there either.
    """
    if not hasattr(config, "workerinput"):
        if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > MEMORY_WANTED:
            os.environ["TMPDIR"], tempfile.tempdir = str(MEMORY), None
        os.environ[DRAWN] = tempfile.mkdtemp(prefix="negatoscope-exams-")


class ByFile(LoadFileScheduling):
    """A file, or a folder of `TOGETHER`, stays with one worker."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), super()._split_scope(nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling | None:
    """Keep together what shares; other ways of sharing out are as asked for."""
    return ByFile(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_unconfigure(config: pytest.Config) -> None:
    """Drop it."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(DRAWN), ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files: workers take a file at a time, and none should start a long one last."""

    def order(item: pytest.Item) -> int:
        return next((n for n, long in enumerate(LONGEST) if item.nodeid.startswith(f"tests/{long}")), len(LONGEST))

    items.sort(key=order)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where nothing may be skipped, a skip is a failure that keeps its reason."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        report.outcome = "failed"
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.longrepr = f"skipped where nothing may be skipped: {reason}"
    return report

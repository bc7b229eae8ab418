"""What every test may ask for: shared images, peers by name, a PostgreSQL of its own.

What is missing skips the test and names it; with ``CI=true`` such a skip is a failure.
"""

import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.journeys.running import DRAWN

pytest_plugins = ["tests.postgres"]

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
LONGEST = (
    "journeys/test_two_hosts.py",
    "fuzz/",
    "journeys/test_killed.py",
    "journeys/test_deposit_killed.py",
    "journeys/",
    "pacs_bridge/",
    "appliance/commands/",
)
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
    """Give the run, all of its workers, one folder for what is dear to make and the same for every test."""
    if not hasattr(config, "workerinput"):
        os.environ[DRAWN] = tempfile.mkdtemp(prefix="negatoscope-exams-")


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

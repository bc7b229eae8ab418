"""What we write ourselves is DICOM to an independent judge: David Clunie's dciodvfy finds no error in it."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom import dcmread

from tests.journeys import running
from tests.peers.announced import announced
from tests.peers.sender import Sender

COERCED = 0xB000


@pytest.fixture(scope="module")
def state(tmp_path_factory) -> Iterator[tuple[Path, running.Demo]]:
    folder = tmp_path_factory.mktemp("emitted")
    with running.demo(folder) as demo:
        yield folder / "state", demo


def errors(judge: str, path: Path) -> list[str]:
    """What the judge holds against a file."""
    said = subprocess.run([judge, str(path)], capture_output=True, check=False).stderr.decode("utf-8", "replace")
    return [line for line in said.splitlines() if line.startswith("Error")]


def test_the_exams_of_the_demo(require, state):
    judge, folder = require("dciodvfy"), state[0] / "exams"
    series = sorted({path.parent for path in folder.rglob("*") if path.is_file() and path.suffix != ".json"})
    assert len(series) >= 8
    assert {str(one): errors(judge, next(iter(sorted(one.iterdir())))) for one in series} == {
        str(one): [] for one in series
    }


def test_an_object_that_was_coerced(require, state, tmp_path):
    judge, (folder, demo) = require("dciodvfy"), state
    dataset = dcmread(next((folder / "exams").rglob("*CT/0001.dcm")))
    dataset.StudyInstanceUID = ""
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4.5.6"
    dataset.save_as(tmp_path / "bare.dcm")
    assert Sender(demo.ready["dicom"]["port"]).store(announced(tmp_path / "bare.dcm")) == COERCED
    [kept] = (folder / "objects" / "received").rglob("1.2.3.4.5.6.*")
    assert errors(judge, kept) == []

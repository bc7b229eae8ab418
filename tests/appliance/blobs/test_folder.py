"""Objects in a folder: what a disk can do to them."""

import os
import subprocess
import sys

import pytest

from appliance.blobs.folder import FolderObjects
from appliance.domain.errors import Unavailable

KEY = "received/1.2.3/1.2.3.4.0a1b2c3d.dcm"


@pytest.fixture
def objects(tmp_path) -> FolderObjects:
    return FolderObjects(tmp_path / "objects")


def test_a_replacement_whose_writer_was_killed_goes_with_the_next(objects, tmp_path):
    objects.put("prepared/series.json", b"old")
    folder = tmp_path / "objects" / "prepared"
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    (folder / f".series.json.{dead.stdout.strip()}.0a1b2c3d").write_bytes(b"ha")
    living = folder / f".series.json.{os.getppid()}.0a1b2c3d"
    living.write_bytes(b"being written")
    objects.put("prepared/series.json", b"new")
    assert sorted(path.name for path in folder.iterdir()) == [living.name, "series.json"]


def test_a_full_disk_is_told(objects, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    writing = objects.create(KEY)
    monkeypatch.setattr(os, "write", full)
    with pytest.raises(Unavailable, match="storage"):
        writing.write(b"x")
    writing.discard()

"""Objects in a folder."""

import os
import subprocess
import sys

import pytest

from appliance.blobs.folder import FolderObjects
from appliance.domain.errors import Malformed, Unavailable

KEY = "received/1.2.3/1.2.3.4.0a1b2c3d.dcm"


@pytest.fixture
def objects(tmp_path) -> FolderObjects:
    return FolderObjects(tmp_path / "objects")


def test_an_object_is_there_once_committed(objects):
    writing = objects.create(KEY)
    writing.write(b"abc")
    writing.write(memoryview(b"def"))
    assert writing.commit() == 6
    assert (objects.read(KEY), objects.pread(KEY, 2, 3), objects.size(KEY)) == (b"abcdef", b"cde", 6)
    assert list(objects.keys("received")) == [KEY]


def test_an_object_is_never_written_over(objects):
    objects.create(KEY).commit()
    with pytest.raises(Unavailable, match="storage"):
        objects.create(KEY)


def test_what_is_discarded_is_gone(objects):
    writing = objects.create(KEY)
    writing.write(b"x")
    writing.discard()
    with pytest.raises(Unavailable, match="object_missing"):
        objects.read(KEY)


def test_a_replacement_is_whole(objects):
    for data in (b"old", b"new"):
        objects.put("prepared/series.json", data)
    assert objects.read("prepared/series.json") == b"new"
    objects.delete("prepared/series.json")
    objects.delete("prepared/series.json")
    assert list(objects.keys("prepared")) == []


def test_a_replacement_whose_writer_was_killed_goes_with_the_next(objects, tmp_path):
    objects.put("prepared/series.json", b"old")
    folder = tmp_path / "objects" / "prepared"
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    (folder / f".series.json.{dead.stdout.strip()}.0a1b2c3d").write_bytes(b"ha")
    living = folder / f".series.json.{os.getppid()}.0a1b2c3d"
    living.write_bytes(b"being written")
    objects.put("prepared/series.json", b"new")
    assert sorted(path.name for path in folder.iterdir()) == [living.name, "series.json"]


@pytest.mark.parametrize("key", ["../x", "/etc/passwd", "a/../b", "a//b", "a/.hidden", "a\0b", "", "a/b/", "é"])
def test_a_key_never_leaves_the_folder(objects, key):
    with pytest.raises(Malformed, match="object_key"):
        objects.put(key, b"x")


def test_a_full_disk_is_told(objects, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    writing = objects.create(KEY)
    monkeypatch.setattr(os, "write", full)
    with pytest.raises(Unavailable, match="storage"):
        writing.write(b"x")
    writing.discard()

"""Objects on their way from a folder into a bucket, and back."""

import json
import os
from contextlib import closing

import pytest
from typer.testing import CliRunner

from appliance.blobs.folder import FolderObjects
from appliance.blobs.moving import copied
from appliance.cli import application
from appliance.domain.errors import Unavailable

IMAGE, FRAMES, SERIES = "received/1.2/3.0a1b2c3d.dcm", "prepared/1.2/3/4.0a1b.frames", "prepared/1.2/3/series.json"


@pytest.fixture
def folder(tmp_path):
    objects = FolderObjects(tmp_path / "old")
    for key in (IMAGE, FRAMES, SERIES):
        objects.put(key, key.encode())
    objects.put("coercing/half.dcm", b"nobody's")
    return objects


def everything(objects):
    return {key: objects.read(key) for top in ("received", "prepared", "coercing") for key in objects.keys(top)}


def test_all_of_a_folder_is_in_the_bucket_and_again_costs_what_is_new(folder, s3_objects):
    assert list(copied(folder, s3_objects)) == [True] * 3
    assert everything(s3_objects) == {key: key.encode() for key in (IMAGE, FRAMES, SERIES)}
    folder.put(SERIES, b"grown")
    folder.put("received/1.2/5.00000000.dcm", b"new")
    assert sorted(copied(folder, s3_objects)) == [False, False, True, True]
    assert s3_objects.read(SERIES) == b"grown"


def test_a_bucket_goes_back_into_a_folder(folder, s3_objects, tmp_path):
    list(copied(folder, s3_objects))
    back = FolderObjects(tmp_path / "back")
    list(copied(s3_objects, back))
    assert everything(back) == everything(s3_objects)


def test_a_copy_that_was_cut_off_is_made_again(folder, tmp_path):
    back = FolderObjects(tmp_path / "back")
    back.put(IMAGE, b"rec")
    list(copied(folder, back))
    assert back.read(IMAGE) == IMAGE.encode()


def test_the_verb_copies_from_one_settings_file_to_the_other(folder, bucket, s3_objects, tmp_path, monkeypatch):
    monkeypatch.setenv("NEGATOSCOPE_LANG", "fr")
    (tmp_path / "objects").symlink_to(tmp_path / "old")
    (old := tmp_path / "old.toml").write_text(f'state_dir = "{tmp_path}"\n')
    (new := tmp_path / "new.toml").write_text(
        f'state_dir = "{tmp_path}"\n[objects]\nkind = "s3"\nbucket = "{bucket.name}"\n'
        f'endpoint = "{bucket.endpoint}"\naccess_key = "a"\nsecret_key = "s"\n'
    )
    words = ["storage", "copy", "--config", str(old), "--to", str(new)]
    said = CliRunner().invoke(application(words), [*words, "--json"])
    assert (said.exit_code, json.loads(said.stdout)) == (0, {"copied": 3, "there": 0})
    assert "1 objet copié, 2 déjà là" in CliRunner().invoke(application(words), words).stdout
    assert len(everything(s3_objects)) == 3
    new.write_text(new.read_text().replace(bucket.name, "nobodys"))
    assert CliRunner().invoke(application(words), words).exit_code == 1


def test_a_disk_that_refuses_is_told_and_leaves_no_half(folder, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with closing(FolderObjects(tmp_path / "back")) as back:
        monkeypatch.setattr(os, "write", full)
        with pytest.raises(Unavailable, match="storage"):
            list(copied(folder, back))
        assert list(back.keys("received")) == []


def test_notes_that_wait_for_the_hospital_go_along(folder, tmp_path):
    note = "exported/notes/1.2.7.json"
    folder.put(note, b"{}")
    with closing(FolderObjects(tmp_path / "new")) as target:
        assert len(list(copied(folder, target))) == 4
        assert target.read(note) == b"{}"

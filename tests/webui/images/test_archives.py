"""An exam taken away as files: what the share opens, under names for media, in a DICOMDIR that others read."""

import io
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest
from aiohttp import ClientSession
from pydicom.fileset import FileSet

from appliance.domain.bulk import Way
from appliance.domain.identifiers import StudyUID, study_uid
from appliance.domain.lockout import DAY
from appliance.domain.sign_in import Requester
from appliance.usecases.bulk import COUNTED
from appliance.usecases.ports import Page
from tests.webui.images.conftest import FOREIGN, OTHER_PERSON, SLICES, STUDY, Scene
from webui.viewer_api.archives import archive

ADDRESS = "/viewer-api/archives"


async def packed(client, study=STUDY, path=""):
    answer = await client.post(f"{ADDRESS}/{study}") if not path else await client.get(path)
    assert answer.status == 200, await answer.text()
    assert answer.headers["Content-Disposition"] == 'attachment; filename="DICOM-20261122.zip"'
    return zipfile.ZipFile(io.BytesIO(await answer.read()))


@contextmanager
def fileset(path: Path) -> Iterator[FileSet]:
    found = FileSet(path)
    yield found
    found._stage["t"].cleanup()


def verbs(scene: Scene) -> list[str]:
    return [record.event.verb for record in scene.house.journal.listed(Page())[0]]


async def test_the_size_is_told_first_and_the_files_are_those_received(client, scene):
    told = await (await client.get(f"{ADDRESS}/{STUDY}")).json()
    rows = scene.house.exams.instances(StudyUID(STUDY))
    size = sum(row.size_bytes for row in rows)
    assert told == {"objects": SLICES, "bytes": size, "marks": 0, "keys": 0}
    before = verbs(scene).count("exam.download")
    given_zip = await packed(client)
    assert given_zip.testzip() is None
    names = given_zip.namelist()
    assert names[0] == "README.TXT"
    assert names[-1] == "DICOMDIR"
    assert names[1:-1] == [f"DICOM/SE000001/IM{n:06d}" for n in range(1, SLICES + 1)]
    given = {given_zip.read(name) for name in names[1:-1]}
    assert given == {scene.house.objects.read(row.key) for row in rows}
    assert verbs(scene).count("exam.download") == before + 1
    words = given_zip.read("README.TXT").decode("utf-8-sig")
    assert "LEFÈVRE Anne-Charlotte" in words
    assert words.index("données de santé") < words.index("health data")


async def test_pydicom_and_dcmtk_read_the_directory(client, tmp_path, require):
    (await packed(client)).extractall(tmp_path)
    with fileset(tmp_path / "DICOMDIR") as found:
        assert len(found) == SLICES
        assert [str(one) for one in found.find_values("PatientName")] == ["LEFÈVRE^Anne-Charlotte"]
        assert {Path(one.path).is_file() for one in found} == {True}
        assert sorted(one.InstanceNumber for one in found) == list(range(1, SLICES + 1))
    dump = subprocess.run([require("dcmdump"), tmp_path / "DICOMDIR"], capture_output=True, text=True, check=True)
    assert dump.stdout.count("DirectoryRecordType") == SLICES + 3
    assert r"DICOM\SE000001\IM000006" in dump.stdout
    assert dump.stderr == ""


async def test_a_corrected_identity_goes_out_with_the_files(client, scene, tmp_path, require):
    with scene.house.database.writing() as work:
        traits = work.studies.by_uid(study_uid(STUDY)).traits
        work.studies.describe(study_uid(STUDY), replace(traits, name="MARTIN^Anne-Élodie", birth_date="19610315"))
    try:
        (await packed(client)).extractall(tmp_path)
    finally:
        with scene.house.database.writing() as work:
            work.studies.describe(study_uid(STUDY), traits)
    original = {str(row.sop_uid): pydicom.dcmread(io.BytesIO(scene.house.objects.read(row.key)))
                for row in scene.house.exams.instances(StudyUID(STUDY))}  # fmt: skip
    with fileset(tmp_path / "DICOMDIR") as found:
        files = [pydicom.dcmread(one.path) for one in found]
        assert [str(one) for one in found.find_values("PatientName")] == ["MARTIN^Anne-Élodie"]
    assert len(files) == SLICES
    for file in files:
        assert str(file.PatientName) == "MARTIN^Anne-Élodie"
        assert file.PatientBirthDate == "19610315"
        assert file.PixelData == original[file.SOPInstanceUID].PixelData
        assert file.file_meta.TransferSyntaxUID == original[file.SOPInstanceUID].file_meta.TransferSyntaxUID
        subprocess.run([require("dcmdump"), "-q", file.filename], capture_output=True, check=True)


async def test_without_the_right_nothing_is_given(client, scene):
    for study, status, cause in ((OTHER_PERSON, 403, "downloads_off"), (FOREIGN, 404, "not_found"),
                                 ("1.2.3", 404, "not_found")):  # fmt: skip
        for call in (client.get, client.post):
            answer = await call(f"{ADDRESS}/{study}")
            assert (answer.status, (await answer.json())["error"]) == (status, cause)
    async with ClientSession() as stranger:
        answer = await stranger.get(client.make_url(f"{ADDRESS}/{STUDY}"))
        assert answer.status == 401


def requester_of(scene: Scene) -> Requester:
    return scene.house.sign_in.session(scene.bearer, "127.0.0.1").requester


@pytest.fixture
def taken(scene: Scene) -> Iterator[None]:
    """As many exams as a day allows are downloaded already, and not this one."""
    requester, bulk = requester_of(scene), scene.house.exams.bulk
    key = str(requester.id)

    def forget(*exams: str) -> None:
        with scene.house.database.writing() as work:
            for one in (key, *(f"{key}|{exam}" for exam in exams)):
                work.failures.clear(COUNTED[Way.DOWNLOADED], one)

    forget(STUDY)
    others = [StudyUID(f"1.9.{n}") for n in range(bulk.limits.downloads_pause_per_day)]
    with bulk.writing(requester) as work:
        bulk.count(work, requester, Way.DOWNLOADED, others)
    yield
    forget(STUDY, *others)


async def test_one_download_too_many_is_refused_before_its_size_is_told(client, scene, taken):
    before = verbs(scene).count("exam.download")
    whole = f"/dicom-web/studies/{STUDY}"
    for answer in (await client.get(f"{ADDRESS}/{STUDY}"), await client.post(f"{ADDRESS}/{STUDY}"),
                   await client.get(whole), await client.get(whole)):  # fmt: skip
        assert (answer.status, await answer.json()) == (429, {"error": "downloads_day"})
        assert 86_000 < int(answer.headers["Retry-After"]) <= 86_400
    assert verbs(scene).count("exam.download") == before
    assert (verbs(scene).count("bulk.alarm"), verbs(scene).count("bulk.pause")) == (1, 1)
    assert (await client.get(f"/viewer-api/studies?study={STUDY}")).status == 200


async def test_an_exam_taken_object_by_object_counts_once(client, scene):
    whole = f"/dicom-web/studies/{STUDY}"
    for _ in range(2):
        assert (await client.get(whole)).status == 200
        await packed(client)
    with scene.house.database.reading() as work:
        key = f"{requester_of(scene).id}|{STUDY}"
        assert len(work.failures.since(COUNTED[Way.DOWNLOADED], key, scene.house.clock.now() - DAY)) == 1


async def test_a_viewer_takes_it_by_its_token_alone(client, scene):
    made = await (await client.post("/viewer-api/tokens", data={"study": STUDY})).json()
    path = f"{ADDRESS}/{STUDY}/{made['token']}/DICOM.zip"
    async with ClientSession() as viewer:
        answer = await viewer.get(client.make_url(path))
        assert len(zipfile.ZipFile(io.BytesIO(await answer.read())).namelist()) == SLICES + 2
        other = await viewer.get(client.make_url(path.replace(STUDY, OTHER_PERSON)))
        assert other.status == 404
        assert (await client.delete(f"/viewer-api/tokens/{made['id']}")).status == 204
        assert (await viewer.get(client.make_url(path))).status == 401


async def test_who_leaves_half_way_harms_nobody(client, caplog):
    answer = await client.post(f"{ADDRESS}/{STUDY}")
    await answer.content.read(100)
    answer.close()
    assert (await client.get(f"{ADDRESS}/{STUDY}")).status == 200
    assert not [one for one in caplog.records if one.levelname == "ERROR"]


async def test_an_exam_of_which_an_object_is_missing_never_looks_whole(client, scene, monkeypatch):
    rows = scene.house.exams.instances(StudyUID(STUDY))
    gone = [replace(row, key=f"{row.key}.gone") for row in rows]
    monkeypatch.setattr(scene.house.exams, "instances", lambda uid: gone)
    answer = await client.post(f"{ADDRESS}/{STUDY}")
    with pytest.raises(Exception, match=r"payload|disconnect"):
        await answer.read()


def test_no_more_than_a_piece_is_held_at_once(scene):
    files = scene.house.exporting.files(requester_of(scene), scene.house.secrets.hashed(scene.bearer), StudyUID(STUDY))
    sizes = [len(piece) for piece in archive(scene.house.objects, files, b"words")]
    assert max(sizes) < 1 << 19
    assert sum(sizes) > files.size_bytes

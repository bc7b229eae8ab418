"""Measures and key images that leave as DICOM: judged by others, equal to the marks, the same when nothing changed."""

import io
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pydicom
import pytest
from pydicom.fileset import FileSet

from appliance.dicom.key_objects import selection_of
from appliance.domain.identifiers import AccountId, StudyUID
from appliance.domain.journal import Actor
from appliance.domain.kept_work import Work
from appliance.domain.nodes import Node
from appliance.domain.sending import MOST_HOURLY
from appliance.usecases.measures import Measures
from appliance.usecases.ports import Page
from tests.webui.images.conftest import FOREIGN, OTHER_PERSON, SLICES, STUDY, Scene, serving, slice_pixels, sop

ARCHIVE = f"/viewer-api/archives/{STUDY}"
SERIES = f"{STUDY}.200"
SR, KO = "1.2.840.10008.5.1.4.1.1.88.33", "1.2.840.10008.5.1.4.1.1.88.59"


def image(number, frame=1):
    return f"{SERIES}/{sop(number)}/{frame}"


def mark(kind, *points, text=None):
    return {"kind": kind, "points": [{"x": x, "y": y} for x, y in points]} | ({"text": text} if text else {})


MARKS = {
    image(1): [mark("length", (1.25, 2), (10.5, 20.125)), mark("angle", (2, 2), (10, 10), (18, 2)),
               mark("arrow", (1, 1), (5, 6), text="à revoir \\ ici")],
    image(3): [mark("roi", (4, 6), (14, 28)), mark("probe", (7.5, 9.5)), mark("probe", (-3, 2)),
               mark("arrow", (1, 1), (5, 6))],
}  # fmt: skip
KEYS = [image(3), image(0)]


@pytest.fixture
def kept(scene):
    """Put work in the place of what is kept."""
    with scene.house.database.reading() as work:
        [account] = work.accounts.listed(Page())[0]

    def put(marks, keys=(), study=STUDY):
        with scene.house.database.writing() as work:
            at = scene.house.clock.now()
            work.kept_work.keep(AccountId(account.id), StudyUID(study), Work(1, None, marks, keys, at), at)

    yield put
    put({})


async def taken(client):
    answer = await client.post(f"{ARCHIVE}?measures=1")
    assert answer.status == 200, await answer.text()
    return zipfile.ZipFile(io.BytesIO(await answer.read()))


def own(archive):
    names = [name for name in archive.namelist() if name.startswith("DICOM/") and "SE000001" not in name]
    return {pydicom.dcmread(io.BytesIO(archive.read(name))).SOPClassUID: archive.read(name) for name in names}


def measured(item):
    """The numbers of a measurement group: concept, statistic, value, unit."""
    found = []
    for one in item.ContentSequence:
        if one.ValueType == "NUM":
            below = [c for c in one.get("ContentSequence", ()) if c.ValueType == "CODE"]
            how = [c.ConceptCodeSequence[0].CodeMeaning for c in below]
            value = one.MeasuredValueSequence[0]
            unit = value.MeasurementUnitsCodeSequence[0].CodeValue
            found.append((one.ConceptNameCodeSequence[0].CodeMeaning, *how, round(float(value.NumericValue), 4), unit))
    return found


def coordinates(item):
    for one in item.get("ContentSequence", ()):
        if one.ValueType == "SCOORD":
            [place] = one.ContentSequence
            return one.GraphicType, list(one.GraphicData), place.ReferencedSOPSequence[0].ReferencedSOPInstanceUID
        if found := coordinates(one):
            return found
    return None


async def test_they_leave_in_the_archive_and_others_find_no_fault(client, scene, kept, tmp_path, require):
    kept(MARKS, KEYS)
    told = await (await client.get(ARCHIVE)).json()
    assert (told["objects"], told["marks"], told["keys"]) == (SLICES, 7, 2)
    archive = await taken(client)
    archive.extractall(tmp_path)
    fileset = FileSet(tmp_path / "DICOMDIR")
    assert sorted(fileset.find_values("Modality")) == ["CT", "KO", "SR"]
    assert len(fileset) == SLICES + 2
    fileset._stage["t"].cleanup()
    for name, data in own(archive).items():
        path = tmp_path / name
        path.write_bytes(data)
        judged = subprocess.run([require("dciodvfy"), path], capture_output=True, text=True, check=False)
        assert [line for line in (judged.stdout + judged.stderr).splitlines() if line.startswith("Error")] == []
        shown = subprocess.run([require("dsrdump"), path], capture_output=True, check=True).stdout
        assert b"MARTIN^Alix" in shown
    assert len(own(archive)) == 2
    [record] = [r for r in scene.house.journal.listed(Page())[0] if r.event.verb == "exam.download"][:1]
    assert record.event.facts["own"] == 2
    # Without the box ticked nothing of it leaves.
    plain = await client.post(ARCHIVE)
    assert own(zipfile.ZipFile(io.BytesIO(await plain.read()))) == {}


async def test_coordinates_and_numbers_are_those_of_the_marks(client, kept):
    kept(MARKS, KEYS)
    report = pydicom.dcmread(io.BytesIO(own(await taken(client))[SR]))
    assert (report.PatientName, report.PatientID, report.StudyInstanceUID) == ("LEFÈVRE^Anne-Charlotte", "F-1", STUDY)
    assert (report.CompletionFlag, report.VerificationFlag) == ("PARTIAL", "UNVERIFIED")
    assert report.SeriesDescription == "Mesures du correspondant — négatoscope"
    person = report.AuthorObserverSequence[0].PersonIdentificationCodeSequence[0]
    assert person.CodeValue == "810000000001"
    assert report.CodingSchemeIdentificationSequence[0].CodingSchemeUID == "1.2.250.1.71.4.2.1"
    texts = {one.TextValue for one in report.ContentSequence if one.ValueType == "TEXT"}
    assert {"Non destiné au diagnostic", "810000000001^^^&1.2.250.1.71.4.2.1&ISO"} <= texts
    [measurements] = [one for one in report.ContentSequence if one.ValueType == "CONTAINER"
                      and one.ConceptNameCodeSequence[0].CodeValue == "126010"]  # fmt: skip
    # Images by their number in the series: the last slice of the fixture comes first.
    roi, probe, outside, bare, length, angle, arrow = measurements.ContentSequence
    assert measured(length) == [("Length", round(np.hypot(9.25, 18.125) * 0.5, 4), "mm")]
    assert coordinates(length) == ("POLYLINE", [1.25, 2, 10.5, 20.125], sop(1))
    assert measured(angle) == [("Angle", 90.0, "deg")]
    assert coordinates(angle) == ("POLYLINE", [2, 2, 10, 10, 18, 2], sop(1))
    assert coordinates(arrow) == ("POLYLINE", [1, 1, 5, 6], sop(1))
    said = [one.TextValue for one in arrow.ContentSequence if one.ValueType == "TEXT"]
    assert said == ["Flèche 7", "à revoir \\ ici"]
    rows, columns = np.mgrid[:32, :24]
    inside = ((columns + 0.5 - 9) / 5) ** 2 + ((rows + 0.5 - 17) / 11) ** 2 <= 1
    values = slice_pixels(3)[inside].astype(float) - 1024
    hu = "[hnsf'U]"
    assert measured(roi) == [
        ("Attenuation Coefficient", "Mean", round(values.mean(), 4), hu),
        ("Attenuation Coefficient", "Standard Deviation", round(values.std(), 4), hu),
        ("Attenuation Coefficient", "Minimum", values.min(), hu),
        ("Attenuation Coefficient", "Maximum", values.max(), hu),
        ("Area", round(np.pi / 4 * 5 * 11, 4), "mm2"),
    ]
    assert coordinates(roi) == ("ELLIPSE", [9, 6, 9, 28, 4, 17, 14, 17], sop(3))
    assert measured(probe) == [("Attenuation Coefficient", float(slice_pixels(3)[9, 7]) - 1024, hu)]
    assert coordinates(probe) == ("POINT", [7.5, 9.5], sop(3))
    assert measured(outside) == []
    assert "hors de l’image" in outside.ContentSequence[2].TextValue
    assert coordinates(bare) == ("POLYLINE", [1, 1, 5, 6], sop(3))


async def test_the_key_images_are_a_selection_that_this_house_reads_too(client, kept):
    kept({}, KEYS)
    [selection] = [pydicom.dcmread(io.BytesIO(data)) for data in own(await taken(client)).values()]
    assert selection.SOPClassUID == KO
    found = selection_of(selection)
    assert found.title == "Of Interest"
    assert found.description == "Images clés du correspondant — négatoscope – Non destiné au diagnostic"
    assert found.images == ((sop(3), None), (sop(0), None))


async def test_what_did_not_change_is_the_same_object(client, kept, scene):
    kept(MARKS, KEYS)
    first = own(await taken(client))
    assert own(await taken(client)) == first
    kept(MARKS | {image(1): [mark("length", (1, 2), (3, 4))]}, KEYS)
    other = own(await taken(client))
    before, after = (pydicom.dcmread(io.BytesIO(one[SR])) for one in (first, other))
    assert before.SOPInstanceUID != after.SOPInstanceUID
    assert before.SeriesInstanceUID == after.SeriesInstanceUID


@pytest.mark.parametrize(("marks", "cause", "status"), [
    ({f"{SERIES}/1.2.3.4/1": [mark("probe", (1, 1))]}, "measures_image", 400),
    ({f"{FOREIGN}.200/{sop(1, FOREIGN)}/1": [mark("probe", (1, 1))]}, "measures_image", 400),
    ({f"1.2/{sop(1)}/1": [mark("probe", (1, 1))]}, "measures_image", 400),
    ({image(1, 2): [mark("probe", (1, 1))]}, "measures_image", 400),
    ({image(1): [mark("probe", (1, 1))] * 2001}, "measures_many", 400),
    ({}, "measures_none", 403),
])  # fmt: skip
async def test_marks_that_cannot_be_the_exams_are_refused_whole(client, kept, marks, cause, status):
    kept(marks)
    answer = await client.post(f"{ARCHIVE}?measures=1")
    assert (answer.status, (await answer.json())["error"]) == (status, cause)


@pytest.fixture
def sending(scene, monkeypatch) -> Iterator[Scene]:
    """The same house, whose hospital names a node for measures."""
    house = scene.house
    measures = Measures(house.database, house.exams, house.objects, house.sending, "archive")
    yield replace(scene, house=replace(house, measures=measures))
    with house.database.writing() as work:
        work.studies.alarm(StudyUID(STUDY), "")


def asked(scene, verb="measures.send"):
    return [r.event for r in scene.house.journal.listed(Page(0, 500))[0] if r.event.verb == verb]


async def cause(answer):
    return answer.status, (await answer.json())["error"]


async def test_without_a_node_they_are_offered_nowhere(client, kept):
    kept(MARKS, KEYS)
    for call in (client.get, client.post):
        assert await cause(await call(f"/viewer-api/measures/{STUDY}")) == (403, "measures_off")


async def test_they_are_sent_once_to_the_node_that_the_hospital_names(sending, kept):
    address, house = f"/viewer-api/measures/{STUDY}", sending.house
    kept(MARKS, KEYS)
    async with serving(sending) as client:
        # The hospital named a node that is not there, or cannot be sent to: nothing is asked for.
        assert await cause(await client.post(address)) == (503, "measures_node")
        house.nodes.add(Node("archive", "ARCHIVE", "127.0.0.1", 104), Actor("unix", "0"))
        assert await (await client.get(address)).json() == {"marks": 7, "keys": 2, "sent": None}
        assert asked(sending) == []
        made = await client.post(address)
        assert made.status == 202
        told = await made.json()
        assert (told["marks"], told["keys"], told["left_out"], told["sent"]["state"]) == (7, 2, 0, "sending")
        [record] = asked(sending)
        assert (record.actor.kind, record.subject, record.facts["objects"]) == ("account", STUDY, 2)
        assert record.facts["node"] == "archive"
        waiting = house.sending.waiting(told["sent"]["id"])
        files = {one.sop_class: house.objects.read(one.key) for one in waiting}
        assert files == own(await taken(client)), "the same objects as in the archive"
        # Again without a change: the same sending. With one: another.
        assert (await (await client.post(address)).json())["sent"] == told["sent"]
        assert len(asked(sending)) == 1
        kept(MARKS, KEYS[:1])
        assert (await (await client.post(address)).json())["sent"]["id"] != told["sent"]["id"]
        # A job that was given up is a failure, and may be asked for again.
        with house.database.writing() as work:
            for job in work.jobs.listed(Page(), "send")[0]:
                work.jobs.cancel(job.id)
        failed = (await (await client.get(address)).json())["sent"]
        assert failed["state"] == "failed"
        again = (await (await client.post(address)).json())["sent"]
        assert (again["id"] != failed["id"], again["state"]) == (True, "sending")
        with house.database.writing() as work:
            work.studies.alarm(StudyUID(STUDY), "two_patients")
        assert await cause(await client.post(address)) == (404, "not_found")
    house.retention._empty("sent", house.clock.now() + timedelta(days=91))
    assert list(house.objects.keys("sent")) == []


async def test_who_may_send_is_who_may_see(sending, kept):
    kept({}, [f"{OTHER_PERSON}.200/{sop(1, OTHER_PERSON)}/1"], OTHER_PERSON)
    async with serving(sending) as client:
        # Of this exam no file may be taken away; the hospital that gets it has them all.
        assert await cause(await client.post(f"/viewer-api/archives/{OTHER_PERSON}")) == (403, "downloads_off")
        made = await client.post(f"/viewer-api/measures/{OTHER_PERSON}")
        assert (made.status, (await made.json())["keys"]) == (202, 1)
        for uid in (FOREIGN, "1.2.3"):
            for call in (client.get, client.post):
                assert await cause(await call(f"/viewer-api/measures/{uid}")) == (404, "not_found")
        client.session.cookie_jar.clear()
        assert (await client.post(f"/viewer-api/measures/{OTHER_PERSON}")).status == 401


async def test_nobody_sends_without_end(sending, kept):
    async with serving(sending) as client:
        for number in range(MOST_HOURLY + 1):
            kept({image(1): [mark("probe", (1, number))]})
            answer = await client.post(f"/viewer-api/measures/{STUDY}")
            if answer.status != 202:
                break
        assert await cause(answer) == (429, "measures_hour")
        assert 0 < int(answer.headers["Retry-After"]) <= 3600


async def test_what_the_hospital_turned_off_or_took_back_does_not_leave(scene, kept):
    kept({image(1): [mark("length", (1, 2), (3, 4)), mark("arrow", (1, 1), (5, 6), text="ici")],
          image(4): [mark("arrow", (2, 2), (3, 3), text="parti")]}, [image(4), image(5)])  # fmt: skip
    house, off = scene.house, scene.settings.viewer.model_copy(update={"measures": False})
    with house.database.writing() as work:
        work.instances.reject(StudyUID(STUDY), [sop(4)], "113001", house.clock.now())
    async with serving(replace(scene, settings=scene.settings.model_copy(update={"viewer": off}))) as client:
        documents = own(await taken(client))
    report, selection = (pydicom.dcmread(io.BytesIO(documents[one])) for one in (SR, KO))
    [measurements] = [one for one in report.ContentSequence if one.ValueType == "CONTAINER"
                      and one.ConceptNameCodeSequence[0].CodeValue == "126010"]  # fmt: skip
    assert [measured(one) for one in measurements.ContentSequence] == [[]], "the arrow alone, and no number"
    assert selection_of(selection).images == ((sop(5), None),)

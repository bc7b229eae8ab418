"""QIDO-RS: what matches, what is returned, and that nothing foreign is ever told of."""

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from tests.webui.images.conftest import FOREIGN, OTHER_PERSON, SLICES, STUDY, Scene
from tests.webui.images.test_image_routes import SERIES_UID, views

Client = TestClient[web.Request, web.Application]
WITHIN = f"/dicom-web/studies/{STUDY}"


async def found(client: Client, address: str) -> list[dict[str, Any]]:
    answer = await client.get(address)
    assert answer.status in (200, 204), await answer.text()
    return list(await answer.json()) if answer.status == 200 else []


def values(objects: list[dict[str, Any]], tag: str) -> list[Any]:
    return [one[tag]["Value"][0] for one in objects]


@pytest.mark.parametrize(("query", "expected"), [
    ("", {STUDY, OTHER_PERSON}),
    ("PatientName=lef*", {STUDY, OTHER_PERSON}),
    ("PatientName=LEF?VRE%5EAnne*", {STUDY, OTHER_PERSON}),
    ("PatientName=LEFEVRE*", set()),
    ("PatientName=lefevre&fuzzymatching=true", {STUDY, OTHER_PERSON}),
    ("PatientName=anne+LEFE&fuzzymatching=true", {STUDY, OTHER_PERSON}),
    ("PatientName=dupont&fuzzymatching=true", set()),
    ("PatientID=F-1", {STUDY}),
    ("00100020=F-?", {STUDY, OTHER_PERSON}),
    ("PatientID=f-1", set()),
    ("StudyDate=20261122", {STUDY, OTHER_PERSON}),
    ("StudyDate=20261101-20261130", {STUDY, OTHER_PERSON}),
    ("StudyDate=20261123-", set()),
    ("StudyDate=-20261122", {STUDY, OTHER_PERSON}),
    ("StudyTime=0800-10", {STUDY, OTHER_PERSON}),
    ("StudyTime=10-", set()),
    (f"StudyInstanceUID={STUDY},{FOREIGN},1.2.3", {STUDY}),
    (f"StudyInstanceUID={STUDY}%5C{OTHER_PERSON}", {STUDY, OTHER_PERSON}),
    (f"StudyInstanceUID={FOREIGN}", set()),
    ("ModalitiesInStudy=CT", {STUDY, OTHER_PERSON}),
    ("ModalitiesInStudy=MR%5CCT&multiplevaluematching=true", {STUDY, OTHER_PERSON}),
    ("ModalitiesInStudy=MR", set()),
    ("NumberOfStudyRelatedSeries=1", {STUDY, OTHER_PERSON}),
    ("AccessionNumber=%22%22&emptyvaluematching=true", {STUDY, OTHER_PERSON}),
    ("PatientID=", {STUDY, OTHER_PERSON}),
    ("PatientID=*", {STUDY, OTHER_PERSON}),
])
async def test_studies_match_as_the_standard_says(client: Client, query: str, expected: set[str]) -> None:
    assert set(values(await found(client, f"/dicom-web/studies?{query}"), "0020000D")) == expected


async def test_no_match_is_204_without_a_body(client: Client) -> None:
    answer = await client.get("/dicom-web/studies?PatientID=nobody")
    assert (answer.status, await answer.read()) == (204, b"")


async def test_a_page_says_how_many_more_there_are(client: Client) -> None:
    first = await client.get(f"{WITHIN}/instances?limit=2")
    assert len(await first.json()) == 2
    assert f"{SLICES - 2} additional results" in first.headers["Warning"]
    pages = [values(await found(client, f"{WITHIN}/instances?limit=2&offset={n}"), "00080018") for n in (0, 2, 4)]
    assert len({uid for page in pages for uid in page}) == SLICES
    last = await client.get(f"{WITHIN}/instances?limit=2&offset={SLICES - 2}")
    assert "Warning" not in last.headers
    assert (await client.get(f"{WITHIN}/instances?offset=99")).status == 204


async def test_what_is_not_supported_is_ignored_and_told(client: Client) -> None:
    for query in ("Nonsense=1", "SliceThickness=9", "includefield=Nonsense"):
        answer = await client.get(f"/dicom-web/studies?{query}")
        assert answer.status == 200
        assert len(await answer.json()) == 2
        assert "ignored" in answer.headers["Warning"]


@pytest.mark.parametrize("query", [
    "limit=-1", "limit=a", "offset=1.5", "fuzzymatching=maybe", "StudyDate=yesterday", "StudyInstanceUID=1.2;drop",
    "StudyTime=25h", "PatientID=1&PatientID=2", "PatientName=" + "a" * 5000])
async def test_impossible_values_are_400(client: Client, query: str) -> None:
    assert (await client.get(f"/dicom-web/studies?{query}")).status == 400


async def test_each_level_returns_its_own_attributes(client: Client) -> None:
    study = (await found(client, f"/dicom-web/studies?StudyInstanceUID={STUDY}"))[0]
    assert (study["00201206"]["Value"], study["00201208"]["Value"]) == ([1], [SLICES])
    assert study["00081190"]["Value"] == [WITHIN]
    series = (await found(client, f"{WITHIN}/series"))[0]
    assert "00100020" not in series
    assert series["00201209"]["Value"] == [SLICES]
    instance = (await found(client, f"{WITHIN}/series/{SERIES_UID}/instances"))[0]
    assert instance["00280100"]["Value"] == [16]
    assert "00280030" not in instance


@pytest.mark.parametrize("asked", ["PixelSpacing", "00280030", "PixelSpacing,00180050"])
async def test_includefield_adds_attributes(client: Client, asked: str) -> None:
    instance = (await found(client, f"{WITHIN}/instances?includefield={asked}"))[0]
    assert instance["00280030"]["Value"] == [0.5, 0.5]


async def test_includefield_all_returns_all(client: Client) -> None:
    instance = (await found(client, f"{WITHIN}/instances?includefield=all&limit=1"))[0]
    assert {"00280030", "00180050", "00281052", "00080018"} <= instance.keys()


async def test_instances_match_by_what_only_their_objects_say(client: Client) -> None:
    assert len(await found(client, f"{WITHIN}/instances?FrameOfReferenceUID=1.9")) == SLICES
    assert await found(client, f"{WITHIN}/instances?FrameOfReferenceUID=1.8") == []
    assert values(await found(client, f"{WITHIN}/instances?InstanceNumber=3"), "00200013") == [3]


async def test_relational_searches_say_of_which_study(client: Client) -> None:
    series = await found(client, "/dicom-web/series?Modality=CT")
    assert set(values(series, "0020000D")) == {STUDY, OTHER_PERSON}
    assert values(await found(client, "/dicom-web/series?PatientID=F-1"), "00100020") == ["F-1"]
    assert await found(client, "/dicom-web/series?Modality=MR") == []
    instances = await found(client, f"/dicom-web/instances?SeriesInstanceUID={SERIES_UID}")
    assert len(instances) == SLICES
    assert {one["00100020"]["Value"][0] for one in instances} == {"F-1"}


async def test_relational_searches_never_tell_of_what_is_foreign(client: Client) -> None:
    for level in ("studies", "series", "instances"):
        answer = await client.get(f"/dicom-web/{level}?includefield=all")
        assert FOREIGN not in await answer.text()
        assert (await client.get(f"/dicom-web/{level}?StudyInstanceUID={FOREIGN}")).status == 204


async def test_what_a_relational_search_tells_is_a_view(client: Client, scene: Scene) -> None:
    await found(client, f"/dicom-web/instances?StudyInstanceUID={OTHER_PERSON}")
    assert views(scene, OTHER_PERSON) == 1
    assert views(scene, FOREIGN) == 0


async def test_the_answer_is_json_or_406(client: Client) -> None:
    for accept in ("application/dicom+json", "application/json", "*/*"):
        answer = await client.get("/dicom-web/studies", headers={"Accept": accept})
        assert answer.content_type == ("application/json" if accept == "application/json" else "application/dicom+json")
    assert (await client.get("/dicom-web/studies", headers={"Accept": "text/html"})).status == 406

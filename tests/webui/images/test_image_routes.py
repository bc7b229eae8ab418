"""DICOMweb and the viewer's data: who may see what, and that the bytes are the file's."""

import base64
import io
import json
from dataclasses import replace
from typing import Any

import imagecodecs
import numpy as np
import pydicom
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from PIL import Image

from appliance.config.settings import Settings
from tests.webui.images.conftest import (
    FOREIGN,
    OTHER_PERSON,
    SLICES,
    STUDY,
    Scene,
    serving,
    slice_pixels,
    sop,
)

Client = TestClient[web.Request, web.Application]
SERIES_UID = f"{STUDY}.200"
INSTANCE = f"/dicom-web/studies/{STUDY}/series/{SERIES_UID}/instances/{sop(2)}"
EVERY_ROUTE = [
    "/dicom-web/studies/{s}", "/dicom-web/studies/{s}/metadata", "/dicom-web/studies/{s}/series",
    "/dicom-web/studies/{s}/instances", "/dicom-web/studies/{s}/series/{s}.200",
    "/dicom-web/studies/{s}/series/{s}.200/metadata",
    "/dicom-web/studies/{s}/series/{s}.200/instances",
    "/dicom-web/studies/{s}/series/{s}.200/instances/{s}.2",
    "/dicom-web/studies/{s}/series/{s}.200/instances/{s}.2/metadata",
    "/dicom-web/studies/{s}/series/{s}.200/instances/{s}.2/frames/1",
    "/dicom-web/studies/{s}/series/{s}.200/instances/{s}.2/rendered",
    "/dicom-web/studies/{s}/series/{s}.200/instances/{s}.2/frames/1/rendered",
    "/dicom-web/studies/{s}/series/{s}.200/instances/{s}.2/thumbnail",
    "/dicom-web/studies/{s}/series/{s}.200/instances/{s}.2/bulkdata/7FE00010",
    "/dicom-web/studies/{s}/rendered", "/dicom-web/studies/{s}/series/{s}.200/rendered",
    "/dicom-web/studies/{s}/thumbnail", "/dicom-web/studies/{s}/series/{s}.200/thumbnail",
    "/dicom-web/studies/{s}/series/{s}.200/instances/{s}.2/frames/1/thumbnail",
    "/dicom-web/studies/{s}/bulkdata", "/dicom-web/studies/{s}/series/{s}.200/bulkdata",
    "/dicom-web/studies/{s}/series/{s}.200/instances/{s}.2/bulkdata",
    "/dicom-web/wado?requestType=WADO&studyUID={s}&seriesUID={s}.200&objectUID={s}.2",
    "/viewer-api/studies?study={s}", "/viewer-api/frames/{s}/{s}.200/{s}.2/1",
    "/viewer-api/rendered/{s}/{s}.200/{s}.2/1", "/viewer-api/thumbnails/{s}/{s}.200",
    "/viewer-api/overlays/{s}/{s}.200",
]


def views(scene: Scene, study: str) -> int:
    with scene.house.database.reading() as work:
        from appliance.usecases.ports import Page

        records, _ = work.journal.listed(Page(0, 500), "", "")
    return sum(r.event.verb == "exam.view" and r.event.subject == study for r in records)


@pytest.mark.parametrize("route", EVERY_ROUTE)
async def test_what_is_mine_opens(client: Client, route: str) -> None:
    answer = await client.get(route.format(s=STUDY))
    assert answer.status == 200, await answer.text()
    assert "no-store" in answer.headers["Cache-Control"]


async def test_overlays_are_told_by_the_image_and_given_as_bits(client: Client) -> None:
    opened = await (await client.get(f"/viewer-api/studies?study={STUDY}")).json()
    images = opened["studies"][0]["series"][0]["images"]
    assert [(i["sop_uid"], i["overlays"]) for i in images if i["overlays"]] == [
        (sop(2), [{"group": "6000", "kind": "G", "label": ""}])]  # fmt: skip
    planes = await (await client.get(f"/viewer-api/overlays/{STUDY}/{SERIES_UID}")).json()
    [plane] = planes.pop(sop(2))
    assert planes == {}
    packed = np.frombuffer(base64.b64decode(plane.pop("bits")["0"]), np.uint8)
    assert np.unpackbits(packed, bitorder="little").reshape(8, 16).sum(axis=1).tolist() == [16] + [0] * 7
    assert plane == {"group": "6000", "kind": "G", "label": "", "description": "Marque", "rows": 8, "columns": 16,
                     "origin": [3, 5]}  # fmt: skip
    other = await client.get(f"/viewer-api/overlays/{OTHER_PERSON}/1.2.3")
    assert other.status == 404


@pytest.mark.parametrize("route", EVERY_ROUTE)
async def test_foreign_and_unknown_look_the_same(client: Client, route: str) -> None:
    foreign = await client.get(route.format(s=FOREIGN), allow_redirects=False)
    unknown = await client.get(route.format(s="1.2.3.4.5"), allow_redirects=False)
    crooked = await client.get(route.format(s="1..2"), allow_redirects=False)
    for answer in (foreign, unknown, crooked):
        assert answer.status == 404
        assert await answer.json() == {"error": "not_found"}


@pytest.mark.parametrize("route", [*EVERY_ROUTE, "/dicom-web/studies"])
async def test_without_a_session_401_and_never_a_redirect(client: Client, route: str) -> None:
    async with TestClient(TestServer(client.app)) as stranger:
        answer = await stranger.get(route.format(s=STUDY), allow_redirects=False)
        assert answer.status == 401
        assert (await answer.json())["error"] == "session"


async def test_a_bearer_token_opens_as_the_cookie_does(client: Client, scene: Scene) -> None:
    async with TestClient(TestServer(client.app)) as program:
        headers = {"Authorization": f"Bearer {scene.bearer}"}
        assert (await program.get(INSTANCE + "/frames/1", headers=headers)).status == 200
        headers = {"Authorization": "Bearer nonsense"}
        assert (await program.get(INSTANCE + "/frames/1", headers=headers)).status == 401


async def test_a_view_is_journaled_once_a_session_and_study(client: Client, scene: Scene) -> None:
    for number in range(1, 4):
        await client.get(f"/viewer-api/frames/{STUDY}/{SERIES_UID}/{sop(number)}/1")
    assert views(scene, STUDY) == 1


async def test_frames_are_the_files_pixels_in_little_endian(client: Client) -> None:
    answer = await client.get(INSTANCE + "/frames/1", headers={"Accept": "application/octet-stream"})
    assert answer.headers["Content-Type"].startswith("application/octet-stream")
    assert await answer.read() == slice_pixels(2).tobytes()


async def test_frames_come_in_a_multipart_by_default(client: Client) -> None:
    answer = await client.get(INSTANCE + "/frames/1")
    assert answer.content_type == "multipart/related"
    assert slice_pixels(2).tobytes() in await answer.read()


@pytest.mark.parametrize("accept", [
    "image/jphc", "image/jphc; transfer-syntax=1.2.840.10008.1.2.4.201",
    "image/png, image/jphc;q=0.5"])
async def test_frames_come_as_htj2k_when_asked(client: Client, accept: str) -> None:
    answer = await client.get(INSTANCE + "/frames/1", headers={"Accept": accept})
    assert answer.headers["Content-Type"].startswith("image/jphc")
    assert (imagecodecs.htj2k_decode(await answer.read()) == slice_pixels(2)).all()


async def test_what_cannot_be_given_is_406(client: Client) -> None:
    for accept in ("image/png", "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.4.50"):
        assert (await client.get(INSTANCE + "/frames/1", headers={"Accept": accept})).status == 406


@pytest.mark.parametrize("frames", ["2", "0", "99999"])
async def test_frames_that_are_not_there_are_404(client: Client, frames: str) -> None:
    assert (await client.get(f"{INSTANCE}/frames/{frames}")).status == 404


async def test_frame_lists_that_are_none_are_400(client: Client) -> None:
    assert (await client.get(INSTANCE + "/frames/a")).status == 400


async def test_the_object_comes_as_received(client: Client) -> None:
    answer = await client.get(INSTANCE)
    body = await answer.read()
    boundary = answer.content_type and answer.headers["Content-Type"].split("boundary=")[1]
    part = body.split(f"--{boundary}".encode())[1].split(b"\r\n\r\n", 1)[1][:-2]
    dataset = pydicom.dcmread(io.BytesIO(part))
    assert (dataset.pixel_array == slice_pixels(2)).all()


@pytest.mark.parametrize("route", EVERY_ROUTE)
async def test_a_share_for_looking_opens_all_but_whole_files(client: Client, route: str) -> None:
    answer = await client.get(route.format(s=OTHER_PERSON))
    whole = route.rsplit("/", 1)[-1] in ("{s}", "{s}.200", "{s}.2") and route.startswith("/dicom-web")
    assert answer.status == (403 if whole else 200), await answer.text()
    if whole:
        assert await answer.json() == {"error": "downloads_off"}


async def test_metadata_describe_every_instance_once(client: Client) -> None:
    for level in (f"/series/{SERIES_UID}", ""):
        answer = await client.get(f"/dicom-web/studies/{STUDY}{level}/metadata")
        found: list[dict[str, Any]] = json.loads(await answer.read())
        assert answer.content_type == "application/dicom+json"
        assert sorted(m["00080018"]["Value"][0] for m in found) == [sop(n) for n in range(SLICES)]
        address = found[0]["7FE00010"]["BulkDataURI"]
        assert (await client.get(address)).status == 200


async def test_a_rendering_follows_the_window(client: Client) -> None:
    answer = await client.get(INSTANCE + "/rendered?window=-1004,401,linear")
    drawn = np.asarray(Image.open(io.BytesIO(await answer.read()))).astype(int)
    values = slice_pixels(2).astype(float) - 1024
    expected = np.clip((values - (-1004.5)) / 400 + 0.5, 0, 1) * 255
    assert np.abs(drawn - expected).max() <= 8  # JPEG
    assert (await client.get(INSTANCE + "/rendered?window=a,b")).status == 400


async def test_the_viewer_starts_from_one_answer(client: Client) -> None:
    opened = await (await client.get(f"/viewer-api/studies?study={STUDY}")).json()
    assert opened["person"] == {
        "family_name": "LEFÈVRE", "used_name": None, "given_name": "Anne-Charlotte",
        "birth_date": "14/03/1961", "sex": "", "ipp": "F-1"}
    series, = opened["studies"][0]["series"]
    assert series["geometry"] == {"kind": "volume", "mpr": True, "reason": None, "spacing_mm": 1.25}
    assert [i["sop_uid"] for i in series["images"]] == [sop(n) for n in range(SLICES)]
    first = series["images"][0]
    assert (first["unit"], first["slope"], first["intercept"]) == ("HU", 1.0, -1024.0)
    assert (first["spacing_mm"], first["spacing_origin"]) == ([0.5, 0.5], "patient")
    assert (first["signed"], first["inverted"], first["quality"]["lossy"]) == (True, False, False)
    assert opened["csrf"] == "csrf-token"
    assert opened["orientation_letters"] == "RLAPHF"
    turned_on = dict.fromkeys(("not_for_diagnosis", "measures", "suv", "mpr", "volume"), True)
    assert opened["features"] == turned_on


async def test_the_viewer_is_told_what_the_hospital_turned_off(scene: Scene) -> None:
    chosen = {"viewer": {"suv": False, "mpr": False}, "languages": {"orientation": "french"}}
    other = replace(scene, settings=Settings(state_dir=scene.settings.state_dir, **chosen))
    async with serving(other) as client:
        opened = await (await client.get(f"/viewer-api/studies?study={STUDY}")).json()
    assert opened["orientation_letters"] == "DGAPHB"
    assert (opened["features"]["suv"], opened["features"]["mpr"], opened["features"]["volume"]) == (False, False, True)
    series, = opened["studies"][0]["series"]
    assert "suv" not in series


async def test_no_more_exams_open_together_than_on_the_page(client: Client) -> None:
    answer = await client.get("/viewer-api/studies?" + "&".join(f"study=1.2.{n}" for n in range(9)))
    assert (answer.status, await answer.json()) == (403, {"error": "too_many_exams"})


async def test_two_persons_never_share_a_page(client: Client) -> None:
    answer = await client.get(f"/viewer-api/studies?study={STUDY}&study={OTHER_PERSON}")
    assert answer.status == 403
    assert await answer.json() == {"error": "two_persons"}


async def test_a_beat_keeps_the_session(client: Client) -> None:
    answer = await client.post("/viewer-api/beat")
    assert "idle_until" in await answer.json()

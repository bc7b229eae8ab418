"""Rendered resources, thumbnails and WADO-URI."""

import io

import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from PIL import Image

from tests.webui.images.conftest import OTHER_PERSON, SLICES, STUDY, slice_pixels, sop
from tests.webui.images.test_image_routes import INSTANCE, SERIES_UID

Client = TestClient[web.Request, web.Application]
URI = f"/dicom-web/wado?requestType=WADO&studyUID={STUDY}&seriesUID={SERIES_UID}&objectUID={sop(2)}"
OTHER_URI = URI.replace(STUDY, OTHER_PERSON)


async def picture(client: Client, address: str, accept: str = "image/png") -> Image.Image:
    answer = await client.get(address, headers={"Accept": accept})
    assert answer.status == 200, await answer.text()
    return Image.open(io.BytesIO(await answer.read()))


def expected(center: float, width: float) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    values = slice_pixels(2).astype(float) - 1024
    return np.asarray(np.clip((values - (center - 0.5)) / (width - 1) + 0.5, 0, 1) * 255)


async def test_a_png_is_exact_at_the_window_asked_for(client: Client) -> None:
    drawn = await picture(client, INSTANCE + "/rendered?window=-1004,401,linear")
    assert drawn.format == "PNG"
    assert np.abs(np.asarray(drawn).astype(float) - expected(-1004, 401)).max() <= 0.5
    assert (await picture(client, INSTANCE + "/rendered", "image/gif")).format == "GIF"
    assert (await picture(client, INSTANCE + "/rendered", "*/*")).format == "JPEG"


async def test_a_viewport_scales_cuts_and_turns(client: Client) -> None:
    base = INSTANCE + "/rendered?window=-1004,401,linear&viewport="
    assert (await picture(client, base + "240,160")).size == (120, 160)
    whole = np.asarray(await picture(client, base + "24,32"))
    assert (np.asarray(await picture(client, base + "8,8,4,6,8,8")) == whole[6:14, 4:12]).all()
    assert (np.asarray(await picture(client, base + "24,32,0,0,-24,32")) == whole[:, ::-1]).all()
    assert (np.asarray(await picture(client, base + "24,32,,,,-32")) == whole[::-1]).all()


async def test_annotations_are_burnt_in(client: Client) -> None:
    bare = np.asarray(await picture(client, INSTANCE + "/rendered?viewport=480,640"))
    noted = np.asarray(await picture(client, INSTANCE + "/rendered?viewport=480,640&annotation=patient,technique"))
    changed = bare != noted
    assert changed[:160, :240].any()
    assert changed[:160, 240:].any()
    assert not changed[320:].any()


async def test_a_lower_quality_is_smaller(client: Client) -> None:
    base = INSTANCE + "/rendered?viewport=240,320&quality="
    low, high = [len(await (await client.get(f"{base}{quality}")).read()) for quality in (10, 95)]
    assert low < high


@pytest.mark.parametrize("query", [
    "window=1,2,bright", "window=nan,1,linear", "quality=0", "quality=101", "viewport=1", "viewport=0,5",
    "viewport=9,9,30,0,1,1", "viewport=9,9,0,0,0,5", "annotation=password", "iccprofile=mine"])
async def test_impossible_wishes_are_400(client: Client, query: str) -> None:
    assert (await client.get(f"{INSTANCE}/rendered?{query}")).status == 400


async def test_a_series_is_drawn_as_a_multipart(client: Client) -> None:
    answer = await client.get(f"/dicom-web/studies/{STUDY}/series/{SERIES_UID}/rendered")
    body = await answer.read()
    assert (answer.status, answer.content_type) == (200, "multipart/related")
    assert body.count(b"Content-Type: image/jpeg") == SLICES
    assert (await client.get(INSTANCE + "/rendered", headers={"Accept": "video/mp4"})).status == 406


@pytest.mark.parametrize("level", [
    f"/dicom-web/studies/{STUDY}", f"/dicom-web/studies/{STUDY}/series/{SERIES_UID}", INSTANCE, INSTANCE + "/frames/1"])
async def test_every_level_has_a_thumbnail(client: Client, level: str) -> None:
    small = await picture(client, level + "/thumbnail", "image/jpeg")
    assert max(small.size) <= 160
    assert max((await picture(client, level + "/thumbnail?viewport=16,16", "image/jpeg")).size) == 16


async def test_wado_uri_gives_pictures_and_objects(client: Client) -> None:
    assert (await picture(client, URI, "*/*")).format == "JPEG"
    drawn = await picture(client, URI + "&contentType=image/png&windowCenter=-1004&windowWidth=401")
    assert np.abs(np.asarray(drawn).astype(float) - expected(-1004, 401)).max() <= 0.5
    cut = await picture(client, URI + "&contentType=image/png&region=0,0,0.5,0.5&rows=64&columns=64")
    assert cut.size == (48, 64)
    answer = await client.get(URI + "&contentType=application/dicom")
    assert answer.headers["Content-Type"].startswith("application/dicom")
    assert (await answer.read())[128:132] == b"DICM"


@pytest.mark.parametrize(("query", "status"), [
    (URI.replace("WADO&", "WADA&"), 400), (URI.replace("objectUID", "other"), 400), (URI + "&windowCenter=1", 400),
    (URI + "&contentType=application/dicom&frameNumber=1", 400), (URI + "&contentType=image/tiff", 406),
    (URI + "&anonymize=yes", 406), (URI + "&region=0,0,2,1", 400), (URI + "&frameNumber=7", 404),
    (URI + "&contentType=application/dicom&transferSyntax=1.2.3", 406), (URI.replace(SERIES_UID, "1.2.3"), 404),
    (OTHER_URI + "&contentType=application/dicom", 403), (OTHER_URI + "&contentType=image/png", 200),
    (URI.replace(STUDY, "1.2.826.0.1.3680043.9.12"), 404), (URI.replace(STUDY, "1..2"), 404)])
async def test_wado_uri_refuses_what_it_cannot_do(client: Client, query: str, status: int) -> None:
    assert (await client.get(query)).status == status

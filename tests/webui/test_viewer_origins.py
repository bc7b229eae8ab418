"""Which pages of other origins may ask DICOMweb in a browser: those that the settings name, to read, without cookie."""

import pytest
from aiohttp.test_utils import TestClient, TestServer
from pydantic import ValidationError

from appliance.config.sections import Web
from appliance.config.settings import Settings
from tests.houses import new_house
from webui.app import make_app

OHIF, PATH = "https://ohif.hospital.example", "/dicom-web/studies"


async def asked(tmp_path, origin, *, path=PATH, wanted="GET", named=(OHIF,), method="OPTIONS"):
    settings = Settings(state_dir=tmp_path, web={"viewer_origins": named})
    headers = {"Origin": origin} | ({"Access-Control-Request-Method": wanted} if wanted else {})
    with new_house(settings) as house:
        async with TestClient(TestServer(make_app(house, settings))) as client:
            return await client.request(method, path, headers=headers)


async def test_a_named_viewer_may_read_with_a_token(tmp_path):
    answer = await asked(tmp_path, OHIF)
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == OHIF
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, HEAD"
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Origin" in answer.headers["Vary"]


async def test_it_hears_refusals_too(tmp_path):
    answer = await asked(tmp_path, OHIF, wanted="", method="GET")
    assert answer.status == 401
    assert answer.headers["Access-Control-Allow-Origin"] == OHIF
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize("case", [
    {"origin": "https://elsewhere.example"},
    {"origin": "null"},
    {"origin": OHIF + ".elsewhere.example"},
    {"origin": OHIF, "named": ()},
    {"origin": OHIF, "path": "/codes"},
    {"origin": OHIF, "path": "/viewer-api/studies"},
])  # fmt: skip
async def test_nobody_else_and_nothing_else(tmp_path, case):
    answer = await asked(tmp_path, **case)
    assert answer.status != 204
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("wanted", ["POST", "DELETE"])
async def test_nothing_is_changed_from_there(tmp_path, wanted):
    assert (await asked(tmp_path, OHIF, wanted=wanted)).status == 401


@pytest.mark.parametrize("origin", ["*", "null", "http://ohif.hospital.example", "https://a.example/", "https://A.example"])
def test_an_origin_is_one_place_and_speaks_tls(origin):
    with pytest.raises(ValidationError):
        Web(viewer_origins=(origin,))

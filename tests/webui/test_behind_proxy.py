"""Behind a proxy that we trust, the browser speaks TLS: cookies, HSTS, addresses and origins follow."""

from aiohttp.test_utils import TestClient, TestServer

from appliance.config.settings import Settings
from tests.houses import new_house
from webui.app import make_app

TLS = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9", "Host": "imagerie.example"}


async def answer_of(tmp_path, headers, **web):
    settings = Settings(state_dir=tmp_path, web=web)
    with new_house(settings) as house:
        async with TestClient(TestServer(make_app(house, settings))) as client:
            return await client.get("/login/otp", headers=headers)


async def test_a_trusted_proxy_makes_host_cookies_and_hsts(tmp_path):
    answer = await answer_of(tmp_path, TLS, trusted_proxies=["127.0.0.1/32"])
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-negatoscope-form=")
    assert "Secure" in cookie
    assert "max-age=" in answer.headers["Strict-Transport-Security"]


async def test_anybody_else_cannot_claim_tls(tmp_path):
    answer = await answer_of(tmp_path, TLS)
    assert answer.headers["Set-Cookie"].startswith("negatoscope-form=")
    assert "Strict-Transport-Security" not in answer.headers

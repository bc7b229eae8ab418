"""Where passkeys belong, and what browsers call themselves."""

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from appliance.config.settings import Settings
from webui.browsers import browser_name, is_mobile
from webui.keys import SETTINGS
from webui.sites import site_of

HTTPS = {"X-Forwarded-Proto": "https"}
PUBLIC = {"public_url": "https://images.hopital.example"}


def site(host, headers=HTTPS, **settings):
    app = web.Application()
    app[SETTINGS] = Settings(web=settings)
    return site_of(make_mocked_request("GET", "/", headers={"Host": host, **headers}, app=app))


@pytest.mark.parametrize(("host", "headers", "settings", "rp_id"), [
    ("images.hopital.example", HTTPS, PUBLIC, "images.hopital.example"),
    ("images.hopital.example:8443", HTTPS, {}, "images.hopital.example"),
    ("localhost:8080", {}, {}, "localhost"),
    ("www.images.hopital.example", HTTPS, {"public_names": ("images.hopital.example",)}, "images.hopital.example"),
    ("evil.example", HTTPS, PUBLIC, None),
    ("images.hopital.example.evil.example", HTTPS, PUBLIC, None),
    ("evil-images.hopital.example", HTTPS, PUBLIC, None),
    ("127.0.0.1:8080", {}, {}, None),
    ("[::1]:8080", {}, {}, None),
    ("images.hopital.example", {}, {}, None),
    ("[", HTTPS, {}, None),
    ("", HTTPS, {}, None),
])  # fmt: skip
def test_the_site_of_a_page(host, headers, settings, rp_id):
    found = site(host, headers, **settings)
    assert (found.rp_id if found else None) == rp_id


def test_origins_are_those_of_the_site_alone():
    names = ("images.hopital.example", "www.images.hopital.example", "other.example")
    found = site("images.hopital.example:8443", public_names=names)
    assert found.origins == (
        "https://images.hopital.example", "https://images.hopital.example:8443", "https://www.images.hopital.example",
    )  # fmt: skip


@pytest.mark.parametrize(("agent", "name", "mobile"), [
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Windows", False),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile Safari/604.1",
     "Safari, iPhone", True),
    ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows", False),
    ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome, Android", True),
    ("curl/8.0", "", False), ("", "", False),
])  # fmt: skip
def test_a_browser_in_two_words(agent, name, mobile):
    assert (browser_name(agent), is_mobile(agent)) == (name, mobile)

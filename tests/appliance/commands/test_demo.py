"""The demo from its command line: ready file, log-in by the mailbox, a code redeemed, a quick second start."""

import asyncio
import json
import os
import re
import signal
import socket
import stat
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from appliance.commands.demo.seed_house import PATIENTS

pytestmark = pytest.mark.timeout(300)
PATIENCE_S = 120


def command(state, *arguments):
    ports = ["--web-port", "0", "--dicom-port", "0"]
    return [sys.executable, "-m", "appliance.cli", "demo", "--state", str(state), *ports, *arguments]


@asynccontextmanager
async def demo(state, *arguments):
    """A running demo and what its ready file says."""
    ready = state.parent / "r.json"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    child = await asyncio.create_subprocess_exec(
        *command(state, "--ready-file", str(ready), *arguments),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        end = time.monotonic() + PATIENCE_S
        while not ready.exists():
            assert child.returncode is None, (await child.stdout.read()).decode()
            assert time.monotonic() < end
            await asyncio.sleep(0.1)
        assert stat.S_IMODE(ready.stat().st_mode) == 0o600
        told = json.loads(ready.read_text())
        yield told
        child.send_signal(signal.SIGTERM)
        printed = (await asyncio.wait_for(child.communicate(), 30))[0].decode()
        assert child.returncode == 0, printed
        assert told["accounts"]["physician"]["password"] in printed
        assert not ready.exists()
        assert not any(Path(f"/proc/{pid}").exists() for pids in told["pids"].values() for pid in pids)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


async def form(session, web, path, **fields):
    """Fill in the form of a page as a browser would, and return the page that comes of it."""
    async with session.get(web + path) as page:
        token = re.search(r'name="csrf" value="([^"]+)"', await page.text())
    assert token is not None, path
    async with session.post(web + fields.pop("at", path), data={"csrf": token[1], **fields}) as answer:
        return answer, await answer.text()


async def digits(session, mailbox, after):
    end = time.monotonic() + 30
    while time.monotonic() < end:
        async with session.get(mailbox) as answer:
            messages = await answer.json()
        if len(messages) > after:
            return re.search(r"\b\d{6}\b", messages[-1]["text"])[0], len(messages)
        await asyncio.sleep(0.1)
    pytest.fail("no message came")


async def test_first_start_log_in_redeem_and_second_start(tmp_path):
    state = tmp_path / "state"
    async with demo(state) as told:
        assert set(told["pids"]) == {"web", "bridge", "courier", "admin", "demo"}
        assert told["dicom"]["aet"] == "NEGATOSCOPE"
        assert told["card"].startswith("https://localhost:")
        assert Path(told["accounts"]["physician"]["certificate"]).stat().st_mode & 0o777 == 0o600
        assert len(told["codes"]) == len(PATIENTS)
        assert stat.S_IMODE(state.stat().st_mode) == 0o700
        physician, code = told["accounts"]["physician"], told["codes"][0]
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as session:
            seen = 0
            who = {"email": physician["email"], "password": physician["password"]}
            await form(session, told["web"], "/login/otp", channel="email", **who)
            six, seen = await digits(session, told["mailbox"], seen)
            answer, _ = await form(session, told["web"], "/login/otp/code", code=six)
            assert answer.url.path == "/codes"
            redeemed = {key: code[key] for key in ("code", "birth_date", "given_name")}
            _, page = await form(session, told["web"], "/codes", **redeemed)
            assert "LEF" in page.upper()
    begun = time.monotonic()
    async with demo(state, "--lang", "en") as again:
        assert time.monotonic() - begun < 60  # the promise is 10 s on a machine of its own
        assert again["codes"] == told["codes"]
        assert again["accounts"] == told["accounts"]


async def refused(tmp_path, *arguments):
    child = await asyncio.create_subprocess_exec(
        *command(tmp_path / "state", *arguments), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    return (await child.communicate())[0].decode(), child.returncode


async def test_a_taken_port_is_told_with_the_option(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        text, status = await refused(tmp_path, "--web-port", str(other.getsockname()[1]))
    assert status == 69
    assert "--web-port" in text
    assert "Traceback" not in text


@pytest.mark.parametrize("pacs", ["ORTHANC", "ORTHANC@host", "@h:1", "A@h:70000", "SEVENTEEN_LETTERS@h:1", "É@h:1"])
async def test_a_malformed_pacs_is_told(tmp_path, pacs):
    text, status = await refused(tmp_path, "--pacs", pacs)
    assert status == 2
    assert "ORTHANC@127.0.0.1:4242" in re.sub(r"\s+", " ", text)


async def test_two_sources_are_one_too_many(tmp_path):
    text, status = await refused(tmp_path, "--pacs", "A@h:1", "--dicom", str(tmp_path))
    assert status == 2
    assert "--dicom" in text

"""DMZ + LAN: the bridge opens every connection, nothing leads from web to PACS, and a cut link loses nothing."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import imagecodecs
import numpy as np
import pytest
from pydicom import dcmread

from appliance.contract.client import AdminClient, asked
from appliance.contract.codes import CodeView, IssueAsked
from appliance.contract.nodes import FindAsked, NodeAsked
from appliance.crypto.keyed import NoKey
from appliance.domain.identifiers import AccountId
from appliance.store.database import Database
from appliance.usecases.ports import AccountRow, SessionRow
from tests.journeys.two_hosts import DICOM_PORT, HOSPITAL, LAN, Hosts, exam, two_hosts
from tests.peers import dcmtk

TOKEN, CSRF = "a-session-of-this-test", "csrf-token"
CUT_S = 20.0
"""Longer than any connection waits for an answer."""


@pytest.fixture(scope="module")
def hosts(require) -> Iterator[Hosts]:
    with two_hosts(require("Orthanc")) as running:
        node = NodeAsked(name="pacs", aet=running.pacs.aet, host=HOSPITAL, port=running.pacs.port, method="get")
        said(running, lambda client: client.add_node(node))
        _physician(running)
        yield running


def said(hosts: Hosts, question: Callable[[AdminClient], Awaitable[Any]]) -> Any:
    return asked(hosts.admin_socket, question)


def _physician(hosts: Hosts) -> None:
    now = datetime.now(UTC)
    with closing(Database(hosts.owner_url)) as database, database.writing() as work:
        account = work.accounts.add(AccountRow(
            AccountId(0), "alix@cabinet.example", "Alix", "MARTIN", "", "", "810000000001", "10", "", True,
            None, now, "card", now + timedelta(days=400), now, "good", email_verified_at=now,
        ))  # fmt: skip
        work.sessions.add(SessionRow(
            0, NoKey().hashed(TOKEN), account, None, CSRF, "password_email", "127.0.0.1", now, now,
            now + timedelta(hours=4), None, "", "",
        ))  # fmt: skip


def archived(hosts: Hosts, folder: Path, number: int, images: int, side: int = 64) -> tuple[str, Any]:
    """An exam in the PACS: its UID and its files."""
    study, files = exam(folder, number, images, side)
    hosts.lan.run(hosts.pacs.upload, files)
    return study, files


def issued(hosts: Hosts, number: int) -> CodeView:
    return said(hosts, lambda client: client.issue(IssueAsked(patient_id=f"T-{number}")))


def whole(hosts: Hosts, study: str, images: int, seconds: float = 60) -> None:
    """Wait until every image of the exam can be shown."""
    end = time.monotonic() + seconds
    while True:
        view = said(hosts, lambda client: client.study(study))
        if view.ready == images:
            return
        assert time.monotonic() < end, (view.model_dump(include={"state", "received", "ready"}), hosts.log("bridge"))
        time.sleep(0.3)


def some(hosts: Hosts, study: str) -> None:
    """Wait until the first images of the exam came."""
    end = time.monotonic() + 30
    while said(hosts, lambda client: client.study(study)).received == 0:
        assert time.monotonic() < end, hosts.log("bridge")
        time.sleep(0.05)


def pushed_with(hosts: Hosts, storescu: str, file: Path) -> int:
    """How the archive's own C-STORE ends: 0 when it was acknowledged."""
    words = ["-xe", "-aet", hosts.pacs.aet, "-aec", "NEGATOSCOPE", HOSPITAL, str(DICOM_PORT), file]
    return hosts.lan.run(dcmtk.run, storescu, *words, seconds=90).code


def connects(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=1).close()
    except OSError:
        return False
    return True


def redeemed(hosts: Hosts, code: CodeView) -> None:
    async def redeem() -> None:
        async with _browser(hosts) as web:
            form = {"csrf": CSRF, "code": code.code, "birth_date": "14/03/1961", "given_name": "anne"}
            async with web.post("/codes", data=form, headers={"Origin": hosts.web}, allow_redirects=False) as answer:
                assert answer.status == 303, await answer.text()
            async with web.get("/viewer-api/studies", params={"study": code.studies[0].uid}) as answer:
                assert answer.status == 200, await answer.text()

    hosts.dmz.run(asyncio.run, redeem())


def frame(hosts: Hosts, study: str, instance: int) -> Any:
    """The pixels of an image as the browser gets them."""
    async def get() -> bytes:
        path = f"/viewer-api/frames/{study}/{study}.1/{study}.1.{instance}/1"
        async with _browser(hosts) as web, web.get(path) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.read()

    return imagecodecs.htj2k_decode(hosts.dmz.run(asyncio.run, get()))


def _browser(hosts: Hosts) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(hosts.web, cookies={"negatoscope": TOKEN}, cookie_jar=aiohttp.CookieJar(unsafe=True))


def same(shown: Any, file: Path) -> bool:
    return bool(np.array_equal(shown, dcmread(file).pixel_array))


@pytest.mark.timeout(180)
def test_an_exam_goes_from_the_pacs_to_the_browser_and_nothing_goes_back(hosts, tmp_path):
    study, files = archived(hosts, tmp_path, 1, 12)
    found = said(hosts, lambda client: client.find(FindAsked(patient_id="T-1")))
    assert [one.uid for one in found.studies] == [study]
    code = issued(hosts, 1)
    whole(hosts, study, 12)
    redeemed(hosts, code)
    assert same(frame(hosts, study, 5), files[4])
    assert hosts.lan.run(connects, HOSPITAL, hosts.pacs.port)
    assert hosts.lan.run(connects, HOSPITAL, DICOM_PORT)
    for address in (HOSPITAL, LAN):
        for port in (hosts.pacs.port, hosts.pacs.http, DICOM_PORT):
            assert not hosts.dmz.run(connects, address, port), (address, port)


def test_the_host_of_the_bridge_holds_no_key_and_no_image(hosts):
    assert (hosts.folder / "dmz" / "keys" / "appliance.key").exists()
    assert [path for path in (hosts.folder / "lan").rglob("*") if path.is_file()] == []
    assert not (hosts.folder / "dmz" / "objects").exists()


def test_the_console_sees_the_bridge_through_the_database(hosts):
    states = {one.name: one.state for one in said(hosts, lambda client: client.overview()).services}
    assert states == dict.fromkeys(("web", "bridge", "courier", "admin"), "up"), hosts.log("courier")
    assert {"check.storage.bucket", "check.objects.write", "check.pacs.answers"} <= {
        check.text.id for check in said(hosts, lambda client: client.checks())
    }


@pytest.mark.timeout(240)
def test_a_bridge_that_is_killed_resumes_where_it_was(hosts, tmp_path):
    study, files = archived(hosts, tmp_path, 2, 60, 256)
    code = issued(hosts, 2)
    some(hosts, study)
    hosts.kill("bridge")
    assert {one.name: one.state for one in said(hosts, lambda c: c.overview()).services}["bridge"] == "absent"
    hosts.start("bridge")
    whole(hosts, study, 60, 120)
    redeemed(hosts, code)
    assert same(frame(hosts, study, 60), files[59])


@pytest.mark.timeout(300)
def test_a_link_that_is_cut_loses_nothing_and_work_resumes(hosts, tmp_path, require):
    storescu = require("storescu")
    study, files = archived(hosts, tmp_path, 3, 60, 256)
    code = issued(hosts, 3)
    some(hosts, study)
    hosts.lan.ip("link", "set", "cable", "down")
    try:
        redeemed(hosts, code)  # the web does not need the bridge
        until = time.monotonic() + CUT_S
        _, [pushed] = exam(tmp_path / "pushed", 4, 1)
        assert pushed_with(hosts, storescu, pushed) != 0, "acknowledged, and nowhere"
        time.sleep(max(0.0, until - time.monotonic()))
        assert hosts.running["bridge"].poll() is None, hosts.log("bridge")
    finally:
        hosts.lan.ip("link", "set", "cable", "up")
    whole(hosts, study, 60, 180)
    for number in (1, 30, 60):
        assert same(frame(hosts, study, number), files[number - 1])
    assert pushed_with(hosts, storescu, pushed) == 0
    whole(hosts, dcmread(pushed).StudyInstanceUID, 1)

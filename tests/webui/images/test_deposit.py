"""STOW-RS: who may, what is answered, what is kept, and that what is refused leaves nothing behind."""

import asyncio
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pydicom
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from appliance.domain import deposits
from appliance.domain.identifiers import ShareId, sop_uid
from appliance.domain.jobs import JobKind
from appliance.domain.journal import Actor
from appliance.usecases.bearers import NewKey
from pacs_bridge.receive.arrivals import Arrivals
from pacs_bridge.receive.deposits import Deposit, depositor
from pacs_bridge.work import Bell, Worker
from tests.webui.images.conftest import Scene, ct_slice
from webui.dicomweb import deposit as edge
from webui.middlewares.csrf import csrf_middleware
from webui.middlewares.errors import error_middleware

Client = TestClient[web.Request, web.Application]
STUDY = "1.2.826.0.1.3680043.9.77"
KIND = 'multipart/related; type="application/dicom"; boundary=xYz'
ADMIN = Actor("unix", "0", "root")


@contextmanager
def bridge(scene: Scene) -> Iterator[None]:
    bell, stop = Bell(), threading.Event()
    worker = Worker(scene.house.queue, bell, {JobKind.DEPOSIT: depositor(scene.house, Arrivals())}, "test")

    def ring() -> None:
        while not stop.wait(0.02):
            bell.ring([JobKind.DEPOSIT])

    thread = threading.Thread(target=ring, daemon=True)
    worker.start()
    thread.start()
    try:
        yield
    finally:
        stop.set()
        bell.close()
        worker.join(5)
        thread.join(5)


@pytest.fixture(scope="module")
def key(scene: Scene) -> str:
    return scene.house.bearers.add_key(NewKey("scanner", ["deposit"]), ADMIN).secret


@pytest.fixture(autouse=True)
def emptied(scene: Scene) -> Iterator[None]:
    yield
    for name in list(scene.house.objects.keys(deposits.FOLDER)):
        scene.house.objects.delete(name)


@pytest.fixture
def running(scene: Scene) -> Iterator[None]:
    with bridge(scene):
        yield


def slices(folder: Path, *numbers: int, study: str = STUDY, value: int = 0) -> list[bytes]:
    found = []
    for number in numbers:
        ct_slice(folder / "one.dcm", number, study, "F-9")
        if value:
            ds = pydicom.dcmread(folder / "one.dcm")
            ds.PixelData = bytes([value]) * len(ds.PixelData)
            pydicom.dcmwrite(folder / "one.dcm", ds, enforce_file_format=True)
        found.append((folder / "one.dcm").read_bytes())
    return found


def body(*parts: bytes) -> bytes:
    heads = b"".join(b"\r\n--xYz\r\nContent-Type: application/dicom\r\n\r\n" + part for part in parts)
    return heads + b"\r\n--xYz--\r\n"


async def post(client: Client, key: str, data: Any, path: str = "", kind: str = KIND) -> tuple[int, dict[str, Any]]:
    async with TestClient(TestServer(client.app)) as machine:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": kind}
        answer = await machine.post("/dicom-web/studies" + path, data=data, headers=headers)
        return answer.status, await answer.json()


def waiting(scene: Scene) -> list[str]:
    return sorted(scene.house.objects.keys(deposits.FOLDER))


def codes(told: dict[str, Any], tag: str, code: str) -> list[int]:
    return [item[code]["Value"][0] for item in told.get(tag, {}).get("Value", [])]


@pytest.mark.usefixtures("running")
async def test_objects_are_kept_and_named(client: Client, scene: Scene, key: str, tmp_path: Path) -> None:
    parts = slices(tmp_path, 0, 1, 2)
    status, told = await post(client, key, body(*parts))
    assert status == 200
    assert told["00081190"]["Value"] == [f"/dicom-web/studies/{STUDY}"]
    assert [i["00081155"]["Value"] for i in told["00081199"]["Value"]] == [[f"{STUDY}.{n}"] for n in range(3)]
    with scene.house.database.reading() as work:
        row = work.instances.by_uid(sop_uid(f"{STUDY}.1"))
        assert row is not None
        verbs = {r.event.verb: r.event.actor for r in work.journal.listed(edge_page(), "", "")[0]}
    stored = pydicom.dcmread(io.BytesIO(scene.house.objects.read(row.key)))
    assert stored.pixel_array.tobytes() == pydicom.dcmread(io.BytesIO(parts[1])).pixel_array.tobytes()
    assert (verbs["deposit.hand_in"].kind, verbs["receive.association"].label) == ("key", "scanner")
    assert waiting(scene) == []
    assert (await post(client, key, body(*parts)))[0] == 200  # the same once more


def edge_page() -> Any:
    from appliance.usecases.ports import Page

    return Page(0, 500)


@pytest.mark.usefixtures("running")
async def test_what_cannot_be_kept_is_named_with_its_reason(
    client: Client, scene: Scene, key: str, tmp_path: Path,
) -> None:
    good, other = slices(tmp_path, 5)[0], slices(tmp_path, 6)[0].replace(b".77.6", b".77.4", 1)
    status, told = await post(client, key, body(good, other, b"no dicom at all"))
    assert status == 202
    assert len(told["00081199"]["Value"]) == 1
    assert codes(told, "00081198", "00081197") == [0xA900]
    assert codes(told, "0008119A", "00081197") == [0xC000]
    assert len(waiting(scene)) == 2  # what was refused stays in quarantine
    status, told = await post(client, key, body(b"no dicom at all"))
    assert status == 409


@pytest.mark.usefixtures("running")
async def test_other_pixels_under_a_known_uid_are_a_conflict(client: Client, key: str, tmp_path: Path) -> None:
    assert (await post(client, key, body(*slices(tmp_path, 8))))[0] == 200
    status, told = await post(client, key, body(*slices(tmp_path, 8, value=7)))
    assert (status, codes(told, "00081198", "00081197")) == (409, [deposits.DUPLICATE])


@pytest.mark.usefixtures("running")
async def test_the_study_of_the_address_is_the_only_one(client: Client, key: str, tmp_path: Path) -> None:
    assert (await post(client, key, body(*slices(tmp_path, 9)), f"/{STUDY}"))[0] == 200
    status, told = await post(client, key, body(*slices(tmp_path, 10)), "/1.2.3")
    assert (status, codes(told, "00081198", "00081197")) == (409, [0xA900])
    assert (await post(client, key, body(b"x"), "/1..2"))[0] == 404


@pytest.mark.usefixtures("running")
async def test_one_object_may_come_alone(client: Client, key: str, tmp_path: Path) -> None:
    assert (await post(client, key, slices(tmp_path, 11)[0], kind="application/dicom"))[0] == 200


async def test_only_a_key_made_for_it_deposits(client: Client, scene: Scene, tmp_path: Path) -> None:
    reader = scene.house.bearers.add_key(NewKey("reader", ["read"], [ShareId("share-F-1")]), ADMIN).secret
    data = body(*slices(tmp_path, 12))
    assert (await post(client, reader, data))[0] == 403
    assert (await post(client, scene.bearer, data))[0] == 403
    assert (await post(client, "nonsense", data))[0] == 401
    answer = await client.post("/dicom-web/studies", data=data, headers={"Content-Type": KIND})
    assert answer.status == 403
    assert waiting(scene) == []


@pytest.mark.parametrize(("data", "kind", "status"), [
    (b"x", "application/json", 415), (b"x", KIND.replace("dicom", "dicom+json"), 415), (b"nothing", KIND, 400),
    (b"\r\n--xYz--", KIND, 400), (body(b"abc")[:-9], KIND, 400), (b"x", "multipart/related", 400),
    (body(b"abc").replace(b"application/dicom", b"text/html"), KIND, 415)])
async def test_what_is_no_deposit_leaves_nothing(
    client: Client, scene: Scene, key: str, data: bytes, kind: str, status: int,
) -> None:
    assert (await post(client, key, data, kind=kind))[0] == status
    assert waiting(scene) == []


@pytest.mark.parametrize(("name", "limit"), [("PARTS", 1), ("PART_BYTES", 80), ("WHOLE_BYTES", 100)])
async def test_too_much_is_413(
    client: Client, scene: Scene, key: str, monkeypatch: pytest.MonkeyPatch, name: str, limit: int,
) -> None:
    monkeypatch.setattr(edge, name, limit)
    assert (await post(client, key, body(b"x" * 90, b"y" * 90, b"z" * 90)))[0] == 413
    assert waiting(scene) == []


async def test_a_silent_sender_is_not_waited_for(
    client: Client, scene: Scene, key: str, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(edge, "PIECE_S", 0.2)

    async def slow() -> Any:
        yield body(b"abc")[:20]
        await asyncio.sleep(1)

    assert (await post(client, key, slow()))[0] == 400
    assert waiting(scene) == []


async def test_without_a_bridge_nothing_is_acknowledged_and_nothing_is_lost(
    client: Client, scene: Scene, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(edge, "WAIT_S", 0.3)
    status, told = await post(client, key, body(*slices(tmp_path, 20)))
    assert (status, told["error"]) == (503, "too_late")
    assert len(waiting(scene)) == 1
    with bridge(scene):
        for _ in range(100):
            await asyncio.sleep(0.05)
            with scene.house.database.reading() as work:
                if work.instances.by_uid(sop_uid(f"{STUDY}.20")) is not None:
                    break
    with scene.house.database.reading() as work:
        assert work.instances.by_uid(sop_uid(f"{STUDY}.20")) is not None


async def test_a_deposit_that_was_killed_is_taken_up_again(scene: Scene, key: str, tmp_path: Path) -> None:
    house, name = scene.house, scene.house.depositing.name()
    for number, part in enumerate(slices(tmp_path, 30, 31)):
        house.objects.put(deposits.part_key(name, number), part)
    requester = house.bearers.depositor(key, "127.0.0.1")
    assert requester is not None
    house.depositing.hand_in(requester, name, 2, None)
    job = house.queue.claim([JobKind.DEPOSIT], "killed")
    assert job is not None
    one = Deposit(house, Arrivals(), job)
    one._one(deposits.part_key(name, 0))  # … and here the power goes: a row, no result
    assert Deposit(house, Arrivals(), job).done(lambda *_: True) == {"kept": 2, "parts": 2}
    assert Deposit(house, Arrivals(), job).done(lambda *_: True) == {"kept": 2, "parts": 2}
    house.queue.finish(job, {})
    assert [one.sop_uid for one in house.depositing.results(job.id, name, 1)] == [f"{STUDY}.30", f"{STUDY}.31"]
    assert not [key for key in waiting(scene) if name in key]


async def test_forged_forms_are_still_refused(client: Client) -> None:
    app = web.Application(middlewares=[error_middleware, csrf_middleware])
    for key, value in client.app.items():  # type: ignore[union-attr]
        app[key] = value

    async def through(_: web.Request) -> web.Response:
        return web.Response(text="through")

    for path in ("/dicom-web/studies", "/viewer-api/beat"):
        app.router.add_post(path, through)
    async with TestClient(TestServer(app)) as stranger:
        bearer = {"Authorization": "Bearer x"}
        assert (await stranger.post("/dicom-web/studies", headers=bearer)).status == 200
        assert (await stranger.post("/dicom-web/studies")).status == 403
        assert (await stranger.post("/viewer-api/beat", headers=bearer)).status == 403


def test_what_was_refused_goes_after_ninety_days(scene: Scene) -> None:
    house, name = scene.house, deposits.part_key("00", 0)
    house.objects.put(name, b"junk")
    house.retention._empty("quarantine", house.clock.now() + timedelta(days=89))
    assert name in waiting(scene)
    house.retention._empty("quarantine", house.clock.now() + timedelta(days=91))
    assert name not in waiting(scene)

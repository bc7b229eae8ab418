"""Notes and kept work through the doors: who reads, who writes, what a hostile page gets."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient

from appliance.domain.identifiers import AccountId, ShareId, study_uid
from appliance.domain.journal import Actor
from appliance.domain.kept_work import MOST_BYTES
from appliance.domain.sharing import Share
from appliance.usecases.ports import AccountRow, Page, SessionRow
from tests.webui.images.conftest import FOREIGN, SERIES, STUDY, Scene, serving, sop

Client = TestClient[web.Request, web.Application]
NOTES, WORK = f"/viewer-api/notes/{STUDY}", f"/viewer-api/work/{STUDY}"
HOSTILE = "<img src=x onerror=alert(1)>\n=HYPERLINK(1)"
IMAGE = f"{STUDY}.{SERIES[-1]}00/{sop(1)}/1"
CHANGE = {"seen": 0, "arrangement": None, "marks": {IMAGE: [{"kind": "probe", "points": [{"x": 1, "y": 2}]}]},
          "keys": {IMAGE: True}}  # fmt: skip


def another(scene: Scene, number: int, share: str) -> str:
    """Return the token of a colleague who redeemed a share of the same exam, made when it is not there."""
    house = scene.house
    now = house.clock.now()
    row = AccountRow(
        AccountId(0), f"confrere{number}@cabinet.example", "Camille", f"CONFRÈRE{number}", "Cabinet", "",
        f"81000000010{number}", "10", "", True, None, now, "card", now + timedelta(days=400), now, "good")  # fmt: skip
    account = house.people.add_account(row, "Correct-Horse-9-Battery", Actor("staff", "1", "accueil"))
    token = house.secrets.token()
    with house.database.writing() as work:
        work.sessions.add(SessionRow(
            0, house.secrets.hashed(token), account, None, "csrf", "password_email", "127.0.0.1", now, now,
            now + timedelta(hours=4), None, "", ""))  # fmt: skip
        found = work.shares.by_id(ShareId(share))
        if found is None:
            study = work.studies.by_uid(study_uid(STUDY))
            found = Share(ShareId(share), study.person_id, now, "accueil", now, now + timedelta(days=9),
                          studies=(study.uid,))  # fmt: skip
            work.shares.add(found, share.encode() * 8, b"cipher")
        work.shares.redeem(found, account, now)
    return token


@pytest.fixture(scope="module")
def colleague(scene: Scene) -> str:
    """Somebody with the same code."""
    return another(scene, 1, "share-F-1")


@pytest.fixture(scope="module")
def stranger(scene: Scene) -> str:
    """Somebody with another code of the same exam."""
    return another(scene, 2, "share-other")


@pytest_asyncio.fixture
async def client(scene: Scene) -> AsyncIterator[Client]:
    async with serving(scene) as opened:
        yield opened


def as_(token: str) -> dict[str, str]:
    return {"Cookie": f"negatoscope={token}"}


async def write(client: Client, text: str, scope: str = "private") -> dict[str, object]:
    answer = await client.post(NOTES, json={"text": text, "scope": scope})
    assert answer.status == 201, await answer.text()
    made: dict[str, object] = await answer.json()
    return made


async def listed(scene: Scene, token: str) -> list[str]:
    async with serving(scene) as opened:
        opened.session.cookie_jar.clear()
        answer = await opened.get(NOTES, headers=as_(token))
        return [one["text"] for one in (await answer.json())["notes"]]


def journaled(scene: Scene, verb: str) -> list[dict[str, object]]:
    with scene.house.database.reading() as work:
        records, _ = work.journal.listed(Page(0, 500))
    return [dict(r.event.facts) for r in records if r.event.verb == verb]


async def test_a_note_is_seen_by_whom_it_is_for(client, scene, colleague, stranger):
    await write(client, "pour moi")
    await write(client, "pour le code", "code")
    await write(client, "pour l’hôpital", "hospital")
    assert await listed(scene, scene.bearer) == ["pour moi", "pour le code", "pour l’hôpital"]
    assert await listed(scene, colleague) == ["pour le code"]
    assert await listed(scene, stranger) == []


async def test_a_note_is_edited_and_deleted_by_its_author_with_its_trace(client, scene, colleague):
    made = await write(client, "avant", "code")
    one = f"{NOTES}/{made['id']}"
    assert (made["own"], made["version"], made["edited_at"], made["author"]) == (True, 1, None, "Alix MARTIN")
    edited = await (await client.put(one, json={"text": "après", "scope": "private"})).json()
    assert (edited["text"], edited["version"], edited["scope"]) == ("après", 2, "private")
    assert edited["edited_at"] is not None
    assert "après" not in await listed(scene, colleague)
    assert (await client.delete(one)).status == 204
    for answer in (await client.delete(one), await client.put(one, json={"text": "x", "scope": "private"})):
        assert (answer.status, (await answer.json())["error"]) == (404, "not_found")
    assert "après" not in await listed(scene, scene.bearer)
    for verb, version in (("note.written", 1), ("note.edited", 2), ("note.deleted", 2)):
        [facts] = [f for f in journaled(scene, verb) if f["note"] == made["id"]]
        assert facts["version"] == version
        assert not {"avant", "après"} & set(map(str, facts.values()))


async def test_a_colleague_can_neither_change_nor_delete_what_he_reads(client, scene, colleague):
    made = await write(client, "à moi", "code")
    async with serving(scene) as other:
        other.session.cookie_jar.clear()
        one = f"{NOTES}/{made['id']}"
        absent = await other.delete(f"{NOTES}/999999", headers=as_(colleague))
        for answer in (
            await other.put(one, json={"text": "x", "scope": "private"}, headers=as_(colleague)),
            await other.delete(one, headers=as_(colleague)),
        ):
            assert (answer.status, await answer.text()) == (404, await absent.text())
    assert "à moi" in await listed(scene, scene.bearer)


async def test_hostile_text_is_text(client, scene):
    made = await write(client, HOSTILE)
    assert made["text"] == HOSTILE
    answer = await client.get(f"{NOTES}/notes.txt")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="notes.txt"'
    assert answer.content_type == "text/plain"
    assert HOSTILE.replace("\n", "\r\n") in (await answer.read()).decode("utf-8-sig")
    assert made["id"] in journaled(scene, "note.exported")[-1]["notes"]


@pytest.mark.parametrize(
    ("body", "status", "cause"),
    [
        ({"text": "x"}, 400, "note_text"), ({"text": "x", "scope": "all"}, 400, "note_text"),
        ({"text": 1, "scope": "private"}, 400, "note_text"), ({"text": "  ", "scope": "private"}, 400, "note_text"),
        ({"text": "x", "scope": "private", "author": "Dr Autre"}, 400, "note_text"), ([], 400, "note_text"),
        ({"text": "x" * 2001, "scope": "private"}, 400, "note_long"),
        ({"text": "x" * 20_000, "scope": "private"}, 413, "too_large"),
    ],
)  # fmt: skip
async def test_what_is_no_note_is_refused(client, body, status, cause):
    answer = await client.post(NOTES, json=body)
    assert (answer.status, (await answer.json())["error"]) == (status, cause)


@pytest.mark.parametrize("raw", [b"{", b'{"text": NaN, "scope": "private"}', b"\xff", b"[" * 5000, b""])
async def test_what_is_no_json_is_refused(client, raw):
    for method, path in (("POST", NOTES), ("PUT", WORK)):
        answer = await client.request(method, path, data=raw, headers={"Content-Type": "application/json"})
        assert answer.status == 415, (method, raw)
        assert (await client.request(method, path, data={"text": "x"})).status == 415


async def test_without_the_exam_or_a_session_nothing_is_said(client, scene):
    body = {"text": "x", "scope": "private"}
    for study in (FOREIGN, "9.9.9", "x"):
        for method, path, sent in (
            ("GET", f"/viewer-api/notes/{study}", None), ("GET", f"/viewer-api/notes/{study}/notes.txt", None),
            ("POST", f"/viewer-api/notes/{study}", body), ("PUT", f"/viewer-api/notes/{study}/1", body),
            ("DELETE", f"/viewer-api/notes/{study}/1", None), ("PUT", f"/viewer-api/work/{study}", CHANGE),
        ):  # fmt: skip
            answer = await client.request(method, path, json=sent)
            assert (answer.status, await answer.json()) == (404, {"error": "not_found"}), path
    client.session.cookie_jar.clear()
    for method, path in (("GET", NOTES), ("POST", NOTES), ("PUT", WORK), ("DELETE", f"{NOTES}/1")):
        assert (await client.request(method, path, json=body)).status == 401


async def test_a_token_for_another_viewer_reads_no_notes(client, scene):
    issued = await (await client.post("/viewer-api/tokens", data={"study": STUDY})).json()
    client.session.cookie_jar.clear()
    bearer = {"Authorization": f"Bearer {issued['token']}"}
    assert (await client.get(NOTES, headers=bearer)).status == 401
    assert (await client.put(WORK, json=CHANGE, headers=bearer)).status == 401


async def test_work_is_found_again_at_the_next_opening_and_by_nobody_else(client, scene, colleague):
    assert (await opening(client))["work"] == {"revision": 0, "arrangement": None, "marks": {}, "keys": []}
    answer = await client.put(WORK, json=CHANGE)
    assert (answer.status, await answer.json()) == (200, {"revision": 1, "others": None})
    work = (await opening(client))["work"]
    assert (work["revision"], work["marks"], work["keys"]) == (1, CHANGE["marks"], [IMAGE])
    async with serving(scene) as other:
        other.session.cookie_jar.clear()
        assert (await opening(other, as_(colleague)))["work"]["revision"] == 0


async def test_a_second_tab_that_looked_earlier_is_told_what_the_other_did(client):
    seen = (await opening(client))["work"]["revision"]
    other = f"{STUDY}.{SERIES[-1]}00/{sop(2)}/1"
    await client.put(WORK, json=CHANGE | {"seen": seen})
    late = await client.put(WORK, json=CHANGE | {"seen": seen, "marks": {other: CHANGE["marks"][IMAGE]}, "keys": {}})
    told = await late.json()
    assert told["revision"] == seen + 2
    assert set(told["others"]["marks"]) == {IMAGE, other}


@pytest.mark.parametrize("body", [[], {}, CHANGE | {"seen": -1}, CHANGE | {"marks": {"../..": []}}, CHANGE | {"x": 1}])
async def test_work_that_is_not_described_is_refused(client, body):
    answer = await client.put(WORK, json=body)
    assert (answer.status, (await answer.json())["error"]) == (400, "work")


async def test_work_is_bounded(client):
    raw = json.dumps(CHANGE) + " " * MOST_BYTES
    answer = await client.put(WORK, data=raw, headers={"Content-Type": "application/json"})
    assert (answer.status, (await answer.json())["error"]) == (413, "too_large")


async def test_a_revoked_code_closes_notes_and_work_at_once(client, scene, stranger):
    scene.house.sharing.revoke(ShareId("share-other"), "lost", Actor("staff", "1", "accueil"))
    async with serving(scene) as other:
        other.session.cookie_jar.clear()
        for method, path, sent in (("GET", NOTES, None), ("PUT", WORK, CHANGE),
                                   ("POST", NOTES, {"text": "x", "scope": "private"})):  # fmt: skip
            answer = await other.request(method, path, json=sent, headers=as_(stranger))
            assert (answer.status, await answer.json()) == (404, {"error": "not_found"})


async def opening(client: Client, headers: dict[str, str] | None = None) -> dict[str, object]:
    answer = await client.get(f"/viewer-api/studies?study={STUDY}", headers=headers)
    study: dict[str, object] = (await answer.json())["studies"][0]
    return study

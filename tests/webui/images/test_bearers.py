"""Tokens of one share and keys of machines: what they open, what closes them, and that the journal knows."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from appliance.domain.bearers import MOST_TOKENS, READING
from appliance.domain.errors import Refused
from appliance.domain.identifiers import ShareId
from appliance.domain.journal import Actor
from appliance.usecases.bearers import Made, NewKey
from appliance.usecases.ports import Page
from tests.webui.images.conftest import FOREIGN, OTHER_PERSON, STUDY, Scene
from tests.webui.images.test_image_routes import EVERY_ROUTE

Client = TestClient[web.Request, web.Application]
ADMIN = Actor("unix", "0", "root")
VIEWER_ROUTES = "/viewer-api/studies"


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


async def status(client: Client, path: str, secret: str) -> int:
    async with TestClient(TestServer(client.app)) as stranger:
        return (await stranger.get(path, headers=bearer(secret), allow_redirects=False)).status


async def token(client: Client, **form: str) -> dict[str, Any]:
    answer = await client.post("/viewer-api/tokens", data=form)
    assert answer.status == 201, await answer.text()
    return dict(await answer.json())


def key(scene: Scene, name: str, *rights: str, shares: tuple[str, ...] = (), days: int | None = None) -> Made:
    return scene.house.bearers.add_key(NewKey(name, rights, [ShareId(one) for one in shares], days), ADMIN)


def journal(scene: Scene, verb: str) -> list[Any]:
    with scene.house.database.reading() as work:
        return [r.event for r in work.journal.listed(Page(0, 500), "", "")[0] if r.event.verb == verb]


@contextmanager
def changed(scene: Scene, share: str, **values: Any) -> Iterator[None]:
    with scene.house.database.writing() as work:
        before = work.shares.by_id(ShareId(share))
        work.shares._set(ShareId(share), **values)
    try:
        yield
    finally:
        with scene.house.database.writing() as work:
            was = {name: getattr(before, name) for name in values}
            work.shares._set(ShareId(share), **was | ({"blocked_cause": ""} if "blocked_cause" in was else {}))


@pytest.mark.parametrize("route", EVERY_ROUTE)
async def test_a_token_opens_the_studies_of_its_share_and_no_other(client: Client, route: str) -> None:
    secret = (await token(client, share="share-F-1"))["token"]
    if route.startswith(VIEWER_ROUTES):
        assert await status(client, route.format(s=STUDY), secret) == 401
        return
    assert await status(client, route.format(s=STUDY), secret) == 200
    for study in (OTHER_PERSON, FOREIGN, "1.2.3"):
        assert await status(client, route.format(s=study), secret) == 404


async def test_searches_with_a_token_find_its_share(client: Client) -> None:
    secret = (await token(client, study=STUDY))["token"]
    async with TestClient(TestServer(client.app)) as stranger:
        found = await (await stranger.get("/dicom-web/studies", headers=bearer(secret))).json()
    assert [one["0020000D"]["Value"][0] for one in found] == [STUDY]


async def test_a_token_of_a_share_for_looking_takes_nothing_away(client: Client) -> None:
    secret = (await token(client, share="share-F-2"))["token"]
    assert await status(client, f"/dicom-web/studies/{OTHER_PERSON}/metadata", secret) == 200
    assert await status(client, f"/dicom-web/studies/{OTHER_PERSON}", secret) == 403


async def test_a_token_ends_when_it_is_taken_back(client: Client, scene: Scene) -> None:
    made = await token(client, share="share-F-1")
    assert (await client.delete(f"/viewer-api/tokens/{made['id']}")).status == 204
    assert await status(client, f"/dicom-web/studies/{STUDY}/metadata", made["token"]) == 401
    assert (await client.delete(f"/viewer-api/tokens/{made['id']}")).status == 404
    assert journal(scene, "token.end")[0].subject == str(made["id"])


async def test_a_token_closes_with_its_share(client: Client, scene: Scene) -> None:
    secret, now = (await token(client, share="share-F-1"))["token"], scene.house.clock.now()
    path = f"/dicom-web/studies/{STUDY}/metadata"
    for values in ({"revoked_at": now}, {"expires_at": now}, {"blocked_at": now, "blocked_cause": "identity"}):
        with changed(scene, "share-F-1", **values):
            assert await status(client, path, secret) == 404
            assert (await client.post("/viewer-api/tokens", data={"share": "share-F-1"})).status == 404
    assert await status(client, path, secret) == 200


async def test_a_token_ends_with_its_session(client: Client, scene: Scene) -> None:
    from appliance.store.tables import session

    secret = (await token(client, share="share-F-1"))["token"]
    with scene.house.database.writing() as work:
        work.sessions._set(session.c.id == scene.session_id, ended_at=scene.house.clock.now(), end_cause="logout")
    try:
        assert await status(client, f"/dicom-web/studies/{STUDY}/metadata", secret) == 401
        assert await status(client, "/dicom-web/studies", secret) == 401
    finally:
        with scene.house.database.writing() as work:
            work.sessions._set(session.c.id == scene.session_id, ended_at=None, end_cause="")


async def test_no_token_for_a_share_that_is_not_mine(client: Client) -> None:
    for form in ({"share": "nonsense"}, {"study": FOREIGN}, {"study": "1..2"}, {}):
        assert (await client.post("/viewer-api/tokens", data=form)).status == 404


async def test_one_token_too_many_ends_the_oldest(client: Client) -> None:
    made = [(await token(client, share="share-F-1"))["token"] for _ in range(MOST_TOKENS + 1)]
    path = f"/dicom-web/studies/{STUDY}/series"
    assert await status(client, path, made[0]) == 401
    assert await status(client, path, made[1]) == 200


async def test_the_journal_knows_which_token_viewed(client: Client, scene: Scene) -> None:
    made = await token(client, share="share-F-1")
    for _ in range(2):
        await status(client, f"/dicom-web/studies/{STUDY}/metadata", made["token"])
    mine = [event for event in journal(scene, "exam.view") if event.facts.get("bearer") == made["id"]]
    assert [(event.subject, event.facts["means"]) for event in mine] == [(STUDY, "token")]
    assert made["token"] not in str([journal(scene, "token.issue"), mine])


@pytest.mark.parametrize("route", EVERY_ROUTE)
async def test_a_key_reads_its_shares_and_no_other(client: Client, scene: Scene, route: str) -> None:
    made = key(scene, f"k{EVERY_ROUTE.index(route)}", "read", shares=("share-F-1",))
    if route.startswith(VIEWER_ROUTES):
        assert await status(client, route.format(s=STUDY), made.secret) == 401
        return
    assert await status(client, route.format(s=STUDY), made.secret) == 200
    assert await status(client, route.format(s=OTHER_PERSON), made.secret) == 404


async def test_a_key_that_deposits_reads_nothing(client: Client, scene: Scene) -> None:
    made = key(scene, "scanner", "deposit")
    assert await status(client, f"/dicom-web/studies/{STUDY}/metadata", made.secret) == 404
    assert await status(client, "/dicom-web/studies", made.secret) == 204


async def test_a_revoked_key_is_dead_at_once(client: Client, scene: Scene) -> None:
    made = key(scene, "archive", "read", shares=("share-F-1",))
    with pytest.raises(Refused, match="key_exists"):
        key(scene, "archive", "deposit")
    scene.house.bearers.revoke_key("archive", ADMIN)
    assert await status(client, f"/dicom-web/studies/{STUDY}/metadata", made.secret) == 401
    with pytest.raises(Refused, match="key_unknown"):
        scene.house.bearers.revoke_key("archive", ADMIN)
    assert key(scene, "archive", "deposit").secret != made.secret
    assert {event.verb for event in [*journal(scene, "key.add"), *journal(scene, "key.revoke")]} == {
        "key.add", "key.revoke"}  # fmt: skip


async def test_a_key_ends(client: Client, scene: Scene) -> None:
    made = key(scene, "brief", "read", shares=("share-F-1",), days=1)
    assert made.row.until - scene.house.clock.now() <= timedelta(days=1)
    assert scene.house.bearers.depositor(made.secret, "127.0.0.1") is None


async def test_a_key_that_never_stops_is_told_to_wait(client: Client, scene: Scene) -> None:
    made = key(scene, "hungry", "deposit")
    async with TestClient(TestServer(client.app)) as stranger:
        seen = set()
        for _ in range(int(READING.burst) + 200):
            answer = await stranger.get("/dicom-web/studies/1..2", headers=bearer(made.secret))
            seen.add(answer.status)
            if answer.status == 429:
                break
        assert seen == {404, 429}
        assert int(answer.headers["Retry-After"]) >= 1

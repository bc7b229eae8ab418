"""Notes and kept work through the whole application: its token, its origin, its limits, and the end of a code."""

import pytest
import pytest_asyncio

from tests.webui.conftest import DESK

UID = "1.2.3"
NOTE = {"text": "Voir l’IRM", "scope": "hospital"}
MARK = {"kind": "arrow", "points": [{"x": 1.123, "y": 2}, {"x": 3, "y": 4}], "text": "x" * 80}
WORK = {"seen": 0, "arrangement": None, "marks": {f"1.2/1.2/{n}": [MARK] * 10 for n in range(1, 120)}, "keys": {}}


@pytest_asyncio.fixture
async def holder(physician, issued):
    """The physician with the exam in his list."""
    answer = await physician.post("/codes", code=issued.code, birth_date="14/03/1961", given_name="anne charlotte")
    assert answer.status == 303
    await physician.get("/codes")
    return physician


async def test_with_the_token_a_note_and_work_beyond_the_size_of_a_form_are_kept(holder):
    token = {"X-CSRF-Token": holder.csrf}
    made = await holder.client.post(f"/viewer-api/notes/{UID}", json=NOTE, headers=token)
    assert made.status == 201, await made.text()
    one = f"/viewer-api/notes/{UID}/{(await made.json())['id']}"
    assert (await holder.client.put(one, json=NOTE | {"text": "Vu"}, headers=token)).status == 200
    kept = await holder.client.put(f"/viewer-api/work/{UID}", json=WORK, headers=token)
    assert (kept.status, await kept.json()) == (200, {"revision": 1, "others": None})
    assert (await holder.client.delete(one, headers=token)).status == 204
    listed = await holder.client.get(f"/viewer-api/notes/{UID}")
    assert await listed.json() == {"notes": []}
    assert listed.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("headers", [{}, {"X-CSRF-Token": "guessed"}, {"Origin": "https://evil.example"}])
async def test_without_the_token_or_from_elsewhere_nothing_is_written(holder, house, headers):
    own = {"X-CSRF-Token": holder.csrf} if "Origin" in headers else {}
    for method, path, body in (
        ("POST", f"/viewer-api/notes/{UID}", NOTE), ("PUT", f"/viewer-api/notes/{UID}/1", NOTE),
        ("DELETE", f"/viewer-api/notes/{UID}/1", None), ("PUT", f"/viewer-api/work/{UID}", WORK),
    ):  # fmt: skip
        answer = await holder.client.request(method, path, json=body, headers=own | headers)
        assert answer.status == 403, (method, path)
    with house.database.reading() as work:
        assert work.notes.of_studies([UID]) == []


async def test_the_end_of_the_code_ends_notes_and_work_at_once(holder, house, issued):
    token = {"X-CSRF-Token": holder.csrf}
    assert (await holder.client.post(f"/viewer-api/notes/{UID}", json=NOTE, headers=token)).status == 201
    house.sharing.revoke(issued.share.id, "lost", DESK)
    for method, path, body in (
        ("GET", f"/viewer-api/notes/{UID}", None), ("GET", f"/viewer-api/notes/{UID}/notes.txt", None),
        ("POST", f"/viewer-api/notes/{UID}", NOTE), ("DELETE", f"/viewer-api/notes/{UID}/1", None),
        ("PUT", f"/viewer-api/work/{UID}", WORK),
    ):  # fmt: skip
        answer = await holder.client.request(method, path, json=body, headers=token)
        assert (answer.status, await answer.json()) == (404, {"error": "not_found"}), (method, path)

"""Bulk access, as the physician meets it: told after 60 exams in an hour, refused in words after 180."""

from dataclasses import replace

import pytest

from appliance.domain.identifiers import StudyUID
from appliance.domain.sign_in import Requester
from appliance.usecases.ports import Page
from appliance.usecases.sharing import Order
from tests.webui.conftest import DESK


def uid(number: int) -> StudyUID:
    return StudyUID(f"1.2.3.{number}")


def told(house, verb: str) -> int:
    return house.journal.listed(Page(), verb)[1]


@pytest.fixture
def many(house, studies, account) -> None:
    """A code of 200 exams, in the physician's list."""
    rows = [replace(studies[0], uid=uid(number)) for number in range(1, 201)]
    issued = house.sharing.issue(Order(rows), DESK)
    with house.database.writing() as work:
        work.shares.redeem(issued.share, account.id, house.clock.now())


@pytest.fixture
def requester(house, physician) -> Requester:
    token = next(c.value for c in physician.client.session.cookie_jar if c.key.endswith("negatoscope"))
    return house.sign_in.session(token, "127.0.0.1").requester


async def test_the_61st_exam_of_an_hour_is_told_once_and_the_181st_is_refused(house, physician, many, requester, clock):
    house.exams.viewed(requester, *map(uid, range(1, 61)))
    assert told(house, "bulk.alarm") == 0
    for number in (61, 62):
        assert (await physician.get(f"/viewer?study={uid(number)}")).status == 200
    assert told(house, "bulk.alarm") == 1
    house.exams.viewed(requester, *map(uid, range(63, 181)))
    refused = await physician.get(f"/viewer?study={uid(181)}")
    assert (refused.status, refused.headers["Retry-After"]) == (429, "3600")
    assert "Trop d’examens ouverts depuis une heure" in physician.text
    assert "Réessayez dans 60 min" in physician.text.replace("\u00a0", " ")
    assert "04 65 71 10 01" in physician.text
    scripted = await physician.get(f"/viewer-api/studies?study={uid(1)}&study={uid(181)}")
    assert (scripted.status, await scripted.json()) == (429, {"error": "exams_hour"})
    assert scripted.headers["Retry-After"] == "3600"
    # What is open stays open, here and after the viewer asks again.
    for path in (f"/viewer?study={uid(1)}", f"/viewer-api/studies?study={uid(1)}&study={uid(180)}", "/codes"):
        assert (await physician.get(path)).status == 200, path
    assert (told(house, "bulk.alarm"), told(house, "bulk.pause"), told(house, "exam.view")) == (1, 1, 180)
    await physician.get(f"/viewer?study={uid(181)}&lang=en")
    assert "Too many exams opened within an hour" in physician.text
    # Another session of the account is not another account; an hour later the account opens exams again.
    clock.move(minutes=2)
    await physician.log_in()
    assert (await physician.get(f"/viewer?study={uid(181)}")).status == 429
    assert (await physician.get(f"/viewer?study={uid(180)}")).status == 200
    clock.move(hours=1)
    await physician.log_in()
    assert (await physician.get(f"/viewer?study={uid(181)}")).status == 200

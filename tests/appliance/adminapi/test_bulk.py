"""Bulk access in the overview of the console."""

from appliance.bootstrap import House
from appliance.contract.client import AdminClient
from appliance.contract.words import Words


async def test_an_account_that_takes_too_much_is_an_alarm_that_names_it(client: AdminClient, house: House) -> None:
    now = house.clock.now()
    with house.database.writing() as work:
        work.failures.add("exam_opened_told", "99", now)
        work.failures.add("exam_downloaded_told", "99", now)
        work.failures.add("exam_downloaded_paused", "99", now)
    alarms = {one.text.id: one for one in (await client.overview()).alarms if one.text.id.startswith("alarm.bulk")}
    assert {id_: one.level for id_, one in alarms.items()} == {
        "alarm.bulk.opened": "warn", "alarm.bulk.downloaded.paused": "bad"}  # fmt: skip
    for language in ("fr", "en"):
        words = Words(language)
        for way in ("opened", "opened.paused", "downloaded", "downloaded.paused"):
            assert words.has(f"alarm.bulk.{way}")
            assert words.has(f"alarm.bulk.{way}.do")
        assert all("99" in words.saying(one.text) for one in alarms.values())

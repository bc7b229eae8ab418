"""Reports beside the images: who reads which version, under which policy of the browser, and what nobody gets."""

from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from appliance.domain.identifiers import sop_uid
from appliance.domain.journal import Actor
from appliance.domain.people import Identifier
from appliance.domain.reports import ReportState, Source
from appliance.usecases.ports import ArrivedReport, Page
from tests.webui.images.conftest import FOREIGN, STUDY, Scene, sop

Client = TestClient[web.Request, web.Application]
FEED = Actor("node", "ris")


def keep(scene: Scene, name: str, body: bytes = b"<p>Une masse.</p>", ending: str = "html", **other) -> int:
    """Keep a readable version; return its number."""
    house = scene.house
    values = {
        "unique_id": name, "state": ReportState.VALIDATED, "source": Source.HL7, "at": house.clock.now(),
        "sha256": name.encode(), "key": f"reports/{name}.txt", "mime": "text/plain", "title": "Compte rendu",
        "study_uid": STUDY, "patients": (Identifier("F-1"),),
    }  # fmt: skip
    row = house.reports.keep(ArrivedReport(**(values | other)), FEED).row
    key = f"reports/{row.id}.{ending}"
    house.objects.put(key, body)
    house.reports.rendered(row.id, key)
    return row.id


async def listed(client: Client) -> list[dict[str, object]]:
    answer = await client.get(f"/viewer-api/studies?study={STUDY}")
    found: list[dict[str, object]] = (await answer.json())["studies"][0]["report"]["reports"]
    return found


def readings(scene: Scene) -> list[int]:
    with scene.house.database.reading() as work:
        records, _ = work.journal.listed(Page(0, 500))
    return [r.event.facts["document"] for r in records if r.event.verb == "report.read"]


async def test_a_report_is_listed_with_its_exam_and_read_once_asked_for(client: Client, scene: Scene) -> None:
    number = keep(scene, "one")
    (line,) = [one for one in await listed(client) if one["id"] == number]
    assert (line["state"], line["version"], line["shown"], line["opened"]) == ("validated", 1, "html", False)
    assert number not in readings(scene)
    answer = await client.get(f"/viewer-api/reports/{STUDY}/{number}")
    assert (answer.status, await answer.text()) == (200, "<p>Une masse.</p>")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "no-store" in answer.headers["Cache-Control"]
    assert number in readings(scene)
    assert [one["opened"] for one in await listed(client) if one["id"] == number] == [True]


async def test_a_pdf_opens_in_place_and_its_name_says_nothing_of_the_patient(client: Client, scene: Scene) -> None:
    number = keep(scene, "paper", b"%PDF-1.4", "pdf")
    answer = await client.get(f"/viewer-api/reports/{STUDY}/{number}")
    assert (answer.content_type, await answer.read()) == ("application/pdf", b"%PDF-1.4")
    assert answer.headers["Content-Disposition"].startswith('inline; filename="compte-rendu-20')
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("path", ["{foreign}/{mine}", "{study}/{hidden}", "{study}/999999", "{study}/x", "9.9/{mine}"])
async def test_what_is_not_to_be_seen_looks_like_what_is_not_there(client: Client, scene: Scene, path: str) -> None:
    mine = keep(scene, "two")
    hidden = keep(scene, "draft", state=ReportState.PROVISIONAL)
    absent = await client.get(f"/viewer-api/reports/{STUDY}/123456")
    answer = await client.get("/viewer-api/reports/" + path.format(
        foreign=FOREIGN, study=STUDY, mine=mine, hidden=hidden))
    assert (answer.status, await answer.text()) == (404, await absent.text())
    assert hidden not in [one["id"] for one in await listed(client)]


async def test_that_a_report_waits_for_its_validation_is_said(client: Client, scene: Scene) -> None:
    keep(scene, "waits", state=ReportState.PROVISIONAL)
    answer = await client.get(f"/viewer-api/studies?study={STUDY}")
    found = (await answer.json())["studies"][0]["report"]
    assert found["state"] == ("awaited" if not found["reports"] else found["reports"][0]["state"])


async def test_versions_are_listed_newest_first_with_those_before(client: Client, scene: Scene) -> None:
    first = keep(scene, "three", at=scene.house.clock.now() - timedelta(hours=1))
    second = keep(scene, "three", b"<p>Corrige.</p>", sha256=b"other")
    (line,) = [one for one in await listed(client) if one["id"] == second]
    assert (line["state"], line["version"], [one["id"] for one in line["older"]]) == ("corrected", 2, [first])


async def test_a_report_that_is_not_validated_is_no_file_either(client: Client, scene: Scene) -> None:
    uid = sop_uid(sop(3))
    series = f"/dicom-web/studies/{STUDY}/series/{STUDY}.200"
    row = next(one for one in scene.house.exams.instances(STUDY) if one.sop_uid == uid)
    scene.house.preparing.documented(uid, row.version)
    draft = {"sop_uid": uid, "state": ReportState.PROVISIONAL}
    try:
        keep(scene, "object", **draft)
        for path in ("", "/metadata", "/bulkdata/00420011"):
            assert (await client.get(f"{series}/instances/{uid}{path}")).status == 404
        for path in (f"{series}/metadata", f"/dicom-web/studies/{STUDY}/metadata", f"{series}/instances"):
            assert uid not in [one["00080018"]["Value"][0] for one in await (await client.get(path)).json()]
        assert uid.encode() not in await (await client.get(f"/dicom-web/studies/{STUDY}")).read()
        keep(scene, "object", sop_uid=uid, sha256=b"final", at=scene.house.clock.now() + timedelta(hours=1))
        assert (await client.get(f"{series}/instances/{uid}")).status == 200
    finally:
        with scene.house.database.writing() as work:
            work.instances.undisplayable(uid, row.version, "test")

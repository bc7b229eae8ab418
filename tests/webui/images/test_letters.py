"""The link by mail: it goes with the sender's name and nothing of the patient, and opens nothing by itself."""

import re

import pytest

from appliance.domain.letters import PER_HOUR
from appliance.usecases.ports import Page
from tests.webui.images.conftest import FOREIGN, STUDY

TO = "Camille@Cabinet.example"


def outbox(house):
    with house.database.reading() as work:
        return [row.message for row in work.outbox.listed(Page())[0]]


async def test_the_mail_holds_a_link_and_nothing_of_the_patient(client, scene):
    answer = await client.post(f"/viewer-api/letters/{STUDY}", data={"to": TO, "message": "Votre avis ?\nMerci"})
    assert answer.status == 201
    assert (await answer.json())["to"] == "camille@cabinet.example"
    mail = outbox(scene.house)[0]
    assert mail.to == "camille@cabinet.example"
    assert mail.subject == "Un examen vous est signalé"
    assert "Alix MARTIN vous propose" in mail.text
    assert "> Votre avis ?\n> Merci" in mail.text
    for trait in ("LEF", "Anne", "1961", "F-1", STUDY, "TDM"):
        assert trait not in mail.text
    sealed = re.search(r"/viewer\?m=([0-9a-f]+)\n", mail.text)[1]
    digest = scene.house.secrets.hashed(scene.bearer)
    assert scene.house.letters.followed(digest, sealed) == STUDY
    record = scene.house.journal.listed(Page())[0][0]
    assert (record.event.verb, record.event.subject) == ("exam.letter", STUDY)
    assert "camille" not in record.body


@pytest.mark.parametrize(
    ("study", "form", "status", "cause"),
    [
        (STUDY, {"to": "nobody"}, 400, "email"), (STUDY, {"to": "a@b.mssante.fr"}, 403, "email_mssante"),
        (STUDY, {"to": TO, "message": "Mme Lefèvre"}, 403, "letter_trait"),
        (STUDY, {"to": TO, "message": "x" * 501}, 400, "letter_long"), (FOREIGN, {"to": TO}, 404, "not_found"),
    ],
)  # fmt: skip
async def test_what_must_not_go_does_not(client, scene, study, form, status, cause):
    before = len(outbox(scene.house))
    answer = await client.post(f"/viewer-api/letters/{study}", data=form)
    assert (answer.status, (await answer.json())["error"]) == (status, cause)
    assert len(outbox(scene.house)) == before


async def test_too_many_wait(client, scene):
    answers = [await client.post(f"/viewer-api/letters/{STUDY}", data={"to": TO}) for _ in range(PER_HOUR + 1)]
    assert answers[-1].status == 429
    assert int(answers[-1].headers["Retry-After"]) > 60

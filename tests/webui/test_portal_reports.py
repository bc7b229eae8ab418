"""Reports in the lists of the portal: their state in words, and a mark until whoever must read has read."""

from datetime import timedelta

import pytest

from appliance.domain.journal import Actor
from appliance.domain.reports import ReportState, Source
from appliance.usecases.ports import ArrivedReport
from tests.webui.test_portal import add

pytestmark = pytest.mark.asyncio
TO_READ = "Compte rendu à lire"


def keep(house, study, hours=0, **other):
    values = {
        "unique_id": "r", "state": ReportState.VALIDATED, "source": Source.HL7, "mime": "text/plain",
        "key": "reports/r",
        "at": house.clock.now() + timedelta(hours=hours), "sha256": bytes([hours] * 32), "study_uid": study.uid,
        "patients": (study.traits.identifier,),
    }  # fmt: skip
    return house.reports.keep(ArrivedReport(**(values | other)), Actor("node", "ris")).row


async def both(physician, path):
    """Return the list of codes and the page of the code."""
    await physician.get("/codes")
    listed = physician.text
    await physician.get(path)
    return listed, physician.text


async def test_the_state_of_a_report_is_a_word_and_a_correction_is_marked_until_it_is_read(
    physician, issued, house, studies, account
):
    path = (await add(physician, issued)).headers["Location"].partition("?")[0]
    assert "Aucun compte rendu" in (await both(physician, path))[1]
    first = keep(house, studies[0])
    listed, code = await both(physician, path)
    assert "Validé le" in code
    assert TO_READ not in listed + code
    corrected = keep(house, studies[0], 1)
    assert corrected.set_id == first.set_id
    listed, code = await both(physician, path)
    assert "(v2)" in code
    assert TO_READ in listed
    assert TO_READ in code
    with house.database.writing() as work:
        work.reports.read_by(corrected.id, account.id, house.clock.now())
    listed, code = await both(physician, path)
    assert TO_READ not in listed + code


async def test_an_important_result_comes_first(physician, issued, house, studies):
    path = (await add(physician, issued)).headers["Location"].partition("?")[0]
    keep(house, studies[-1], important=True)
    _, code = await both(physician, path)
    assert "Résultat important" in code
    assert code.index(studies[-1].uid) < code.index(studies[0].uid)


async def test_a_report_that_is_not_validated_is_awaited(physician, issued, house, studies):
    path = (await add(physician, issued)).headers["Location"].partition("?")[0]
    keep(house, studies[0], state=ReportState.PROVISIONAL)
    assert "En attente de validation" in (await both(physician, path))[1]

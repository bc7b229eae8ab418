"""What an exam holds and cannot be shown is named on its page: each object, its series, the reason in words."""

import html
import re

import pytest

from appliance.domain.identifiers import SeriesUID, SopUID
from appliance.usecases.ports import InstanceFacts, ReceivedFile
from tests.webui.conftest import TRAITS
from tests.webui.test_portal import add
from webui.i18n import Catalogues

pytestmark = pytest.mark.asyncio


def arrived(house, study, number, reason="", *, series=3, description="T1 <b>axial</b>"):
    """An object of a series, prepared or named with the reason why not."""
    sop = SopUID(f"{study}.{series}.{number if number is not None else 99}")
    facts = InstanceFacts(
        sop, "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.1.2.1", SeriesUID(f"{study}.{series}"), study, TRAITS,
        modality="MR", number=number, series_number=series, series_description=description,
    )  # fmt: skip
    house.receiving.accept(ReceivedFile(f"received/{sop}.dcm", 1, sop.encode(), sop.encode(), facts, "PACS"))
    if reason:
        house.preparing.undisplayable(sop, 1, reason)
    return sop


async def opened(physician, issued):
    answer = await add(physician, issued)
    await physician.get(answer.headers["Location"])
    return re.findall(r"<li>(.*?)</li>", physician.text, re.S)


async def test_each_object_is_named_with_series_and_reason(physician, house, studies, issued):
    corrupt = [arrived(house, studies[0].uid, number, "corrupt") for number in (2, 7)]
    arrived(house, studies[0].uid, 3, "structured_report")
    arrived(house, studies[0].uid, 4)
    lines = await opened(physician, issued)
    assert "3 éléments non affichables" in physician.text
    told = [html.unescape(re.sub(r"<[^>]+>", "", line)).strip() for line in lines]
    assert told == ["Série 3, MR, T1 <b>axial</b> données illisibles n° 2, n° 7",
                    "Série 3, MR, T1 <b>axial</b> compte rendu structuré n° 3"]  # fmt: skip
    assert re.findall(r'data-sop="([^"]+)"', lines[0]) == corrupt
    assert "<b>axial" not in physician.text


async def test_objects_that_a_number_does_not_tell_apart_are_named_by_uid(physician, house, studies, issued):
    uids = [arrived(house, studies[0].uid, 1, "corrupt", series=series) for series in (4, 5)]
    uids += [arrived(house, studies[0].uid, None, "corrupt", series=5)]
    lines = await opened(physician, issued)
    assert [re.findall(r'data-sop="([^"]+)"', line) for line in lines] == [uids[:1], [uids[2], uids[1]]]
    assert f">{uids[2]}</span>" in lines[1]
    assert ">n° 1</span>" in lines[1]


async def test_many_are_behind_a_click_and_a_whole_exam_says_nothing(physician, house, studies, issued):
    for number in range(40):
        arrived(house, studies[0].uid, number, "timeout")
    arrived(house, studies[1].uid, 1)
    lines = await opened(physician, issued)
    assert len(lines) == 1
    assert "<details><summary>40 objets</summary>" in lines[0]
    assert physician.text.count("beside") == 1


async def test_a_withdrawn_or_doubtful_exam_names_nothing(physician, house, studies, issued):
    arrived(house, studies[0].uid, 2, "corrupt")
    with house.database.writing() as work:
        work.studies.alarm(studies[0].uid, "two_patients")
    assert await opened(physician, issued) == []
    assert "beside" not in physician.text


async def test_every_reason_has_its_words():
    from pacs_bridge.prepare import reasons

    words = {word for _, word in reasons._BY_CLASS}
    words |= {"no_pixels", "corrupt", "unsupported_syntax", "too_large", "timeout", "memory", "other"}
    for language in ("fr", "en"):
        texts = Catalogues().texts(language)
        assert [word for word in words if not texts.has(f"reason.{word}")] == []

"""What comes along with the exams that the desk ticks."""

from dataclasses import replace
from datetime import UTC, date, datetime

from appliance.domain.identifiers import StudyUID
from appliance.domain.priors import PriorReason
from appliance.usecases.priors import along, proposals


def test_the_head_of_last_year_comes_along(studies):
    exam, other = (replace(one, description=d) for one, d in zip(studies, ("TDM crâne", "IRM encéphale"), strict=True))
    assert along([exam], [exam, other], ()) == [other]
    assert along([exam, other], [exam, other], ()) == []
    assert along([other], [exam, other], ()) == []
    [prior] = proposals([exam, other], ())[exam.uid]
    assert prior.reason is PriorReason.REGION
    [read] = proposals([exam, other], {other.uid})[exam.uid]
    assert read.score == prior.score + 5


def test_what_is_held_back_is_never_offered(studies):
    exam = replace(studies[0], description="TDM crâne")
    moved = replace(studies[1], description="TDM crâne", identity_alarm="patient_id")
    gone = replace(moved, uid=StudyUID("1.2.5"), identity_alarm="", withdrawn_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert along([exam], [exam, moved, gone], ()) == []
    assert moved.uid not in proposals([exam, moved, gone], ())


def test_no_more_come_along_than_the_cap(studies):
    chosen = [
        replace(studies[0], uid=StudyUID(f"1.3.{n}"), description=words)
        for n, words in enumerate(("TDM crâne", "TDM thorax", "TDM genou D", "TDM du sein"))
    ]
    others = [
        replace(one, uid=StudyUID(f"{one.uid}.{n}"), date=date(2026 - n, 1, 2)) for one in chosen for n in (1, 2, 3)
    ]
    found = along(chosen, [*chosen, *others], ())
    assert len(found) == 6
    assert not {one.uid for one in found} & {one.uid for one in chosen}

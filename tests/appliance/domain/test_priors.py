"""Priors (R-F): regions from words, scores, what comes ticked."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain import priors, regions
from appliance.domain.identifiers import StudyUID
from appliance.domain.priors import ExamTraits, PriorReason
from appliance.domain.regions import Region

TODAY = date(2026, 11, 22)


def exam(uid: str, years: float, modality: str, description: str, **more: object) -> ExamTraits:
    """An exam of that many years before today."""
    day = TODAY - timedelta(days=round(years * 365.25))
    return ExamTraits(StudyUID(uid), day, (modality,), description, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("TDM cérébrale sans et avec injection", {Region.HEAD}),
        ("Scanner thoraco-abdomino-pelvien", {Region.WHOLE_BODY}),
        ("TDM thorax abdomen pelvis", {Region.WHOLE_BODY}),
        ("TAP", {Region.WHOLE_BODY}),
        ("Rachis cervical F+P", {Region.CERVICAL_SPINE}),
        ("IRM rachis dorso-lombaire", {Region.THORACIC_SPINE, Region.LUMBAR_SPINE}),
        ("Rachis entier", {Region.CERVICAL_SPINE, Region.THORACIC_SPINE, Region.LUMBAR_SPINE}),
        ("Thorax de face", {Region.CHEST}),
        ("Scanner de la face", {Region.FACE}),
        ("reconstructions coronales", set()),
        ("TDM coudes", {Region.ARM}),
        ("Scanner du cou", {Region.NECK}),
        ("CHEST^ROUTINE", {Region.CHEST}),
        ("C-Spine", {Region.CERVICAL_SPINE}),
        ("Écho abdominale et pelvienne", {Region.ABDOMEN, Region.PELVIS}),
        ("Œsophage", set()),
        ("Cœur", {Region.HEART}),
        ("", set()),
    ],
)
def test_words_name_a_region(words, found):
    assert regions.seen_in(words).regions == found


def test_the_body_part_wins_over_words_and_the_modality_adds():
    assert regions.seen_in("Bilan", ["KNEE"]).regions == {Region.KNEE}
    assert regions.seen_in("TDM thorax", ["HEAD"]).regions == {Region.HEAD}
    assert regions.seen_in("bilan", (), ["MG"]).regions == {Region.BREAST}
    assert Region.WHOLE_BODY in regions.seen_in("TEP cérébrale", (), ["PT"]).regions


@pytest.mark.parametrize(
    ("words", "side"),
    [
        ("IRM genou D", "R"),
        ("GENOU GAUCHE", "L"),
        ("Genoux D et G", ""),
        ("Genou bilat. D", ""),
        ("Thorax d", ""),
        ("IRM de l'épaule droite", "R"),
        ("Radio de l’avant-bras", ""),
        ("MAIN D", "R"),
    ],
)
def test_the_side_of_a_limb(words, side):
    assert regions.seen_in(words).side == side


@pytest.mark.parametrize(
    ("other", "score", "reason", "ticked"),
    [
        # same region 50 + same modality 30 + recency 20 x (1 - 1/5)
        (exam("2", 1, "CT", "TDM cérébrale"), 96, PriorReason.SAME, True),
        (exam("2", 1, "MR", "IRM encéphalique"), 50 + 20 + 16, PriorReason.REGION, True),
        (exam("2", 1, "CT", "Scanner du cou"), 25 + 30 + 16, PriorReason.ADJACENT, True),
        (exam("2", 2, "CT", "Scanner du cou"), 25 + 30 + 12, PriorReason.ADJACENT, False),
        (exam("2", 1, "CT", "TAP"), 40 + 30 + 16, PriorReason.WHOLE_BODY, True),
        (exam("2", 1, "CT", "TDM du genou"), 30 + 16, PriorReason.MODALITY, False),
        (exam("2", 1, "CT", "TDM cérébrale", reported=True), 101, PriorReason.SAME, True),
    ],
)
def test_scores(other, score, reason, ticked):
    [prior] = priors.proposed(exam("1", 0, "CT", "TDM cérébrale"), [other])
    assert (round(prior.score), prior.reason, prior.ticked) == (score, reason, ticked)


@pytest.mark.parametrize(
    "other",
    [
        exam("2", 6, "CT", "TDM cérébrale"),
        exam("2", -1, "CT", "TDM cérébrale"),
        exam("2", 0, "CT", "TDM cérébrale"),
        exam("1", 1, "CT", "TDM cérébrale"),
        exam("2", 1, "US", "Échographie du genou"),
        replace(exam("2", 1, "CT", "TDM cérébrale"), day=None),
    ],
    ids=["too old", "later", "same day", "itself", "nothing alike", "no date"],
)
def test_what_is_no_prior(other):
    assert priors.proposed(exam("1", 0, "CT", "TDM cérébrale"), [other]) == []


def test_age_does_not_count_for_breasts_nuclear_medicine_and_oncology():
    assert priors.proposed(exam("1", 0, "MG", "Mammographie"), [exam("2", 9, "MG", "Mammographie")])[0].ticked
    assert priors.proposed(exam("1", 0, "PT", "TEP"), [exam("2", 9, "PT", "TEP")])
    assert priors.proposed(exam("1", 0, "CT", "Bilan d’extension TAP"), [exam("2", 9, "CT", "TAP")])
    assert not priors.proposed(exam("1", 0, "DX", "Rachis flexion/extension"), [exam("2", 9, "DX", "Rachis")])
    assert priors.proposed(exam("1", 0, "CT", "TAP suivi lymphome"), [exam("2", 9, "CT", "TAP")])


def test_the_other_knee_is_left_aside():
    right, left = exam("2", 1, "MR", "IRM genou droit"), exam("3", 1, "MR", "IRM genou gauche")
    found = priors.proposed(exam("1", 0, "MR", "IRM genou D"), [right, left])
    assert [(one.uid, one.ticked) for one in found if one.score >= priors.TICKED_SCORE] == [("2", True)]


def test_the_last_alike_and_the_last_two_mammograms_come_along():
    old = [exam(str(n), n, "CT", "TDM cérébrale") for n in (2, 3)]
    weak = exam("9", 4.9, "DX", "Crâne")
    found = priors.proposed(exam("1", 0, "DX", "Crâne"), [*old, weak])
    assert next(one for one in found if one.uid == "9").ticked
    breasts = [exam(str(n), n, "MG", "Mammographie") for n in (7, 9, 12)]
    ticked = [one.uid for one in priors.proposed(exam("1", 0, "MG", "Mammographie"), breasts) if one.ticked]
    assert ticked == ["7", "9", "12"]  # the three best are above 70 without recency


def test_the_weight_is_bounded():
    heavy = [exam(str(n), n / 2, "CT", "TDM cérébrale", images=4000) for n in range(2, 6)]
    found = priors.proposed(exam("1", 0, "CT", "TDM cérébrale"), heavy)
    kept = [one for one in heavy if any(one.uid == p.uid and p.ticked for p in found)]
    assert len(kept) == 1
    assert sum(map(priors.estimated_bytes, kept)) <= priors.MOST_BYTES


@given(
    st.lists(
        st.builds(
            ExamTraits,
            st.integers(1, 40).map(lambda n: StudyUID(f"1.{n}")),
            st.none() | st.dates(date(1990, 1, 1), date(2027, 1, 1)),
            st.lists(st.sampled_from(["CT", "MR", "MG", "US", "PT", "SR", "DX"]), max_size=3).map(tuple),
            st.text(max_size=40) | st.sampled_from(["TAP", "IRM genou D", "Mammographie", "TDM crâne"]),
        ),
        max_size=12,
        unique_by=lambda one: one.uid,
    )
)
def test_never_more_than_the_caps_and_never_itself(exams):
    for one in exams[:3]:
        found = priors.proposed(one, exams)
        assert sum(p.ticked for p in found) <= priors.MOST
        assert one.uid not in {p.uid for p in found}
        assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)

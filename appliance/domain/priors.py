"""Which earlier exams help to read one (R-F): same person, same part of the body, same or partner modality, recent.

Says nothing of who may see them: a prior enters a share because somebody at the desk leaves it ticked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from appliance.domain.identifiers import StudyUID
from appliance.domain.regions import Region, Seen, adjacent, opposite_limbs, seen_in

FULL_YEARS = 5.0
"""Recency falls to nothing over so long; older exams are proposed for `ANY_AGE` and in oncology only."""
TICKED_SCORE, TICKED_BEST = 70.0, 3
MOST, MOST_BYTES = 6, 4 * 1024**3
ANY_AGE = frozenset({"MG", "PT", "NM"})
_SAME_REGION, _WHOLE_BODY, _ADJACENT = 50.0, 40.0, 25.0
_SAME_MODALITY, _PARTNER, _OPPOSITE, _RECENT, _REPORTED = 30.0, 20.0, -60.0, 20.0, 5.0
_PARTNERS = (frozenset({"CT", "PT"}), frozenset({"CT", "MR"}))
_BREAST_PARTNERS = frozenset({"MG", "US", "MR"})
_BESIDE = frozenset({"SR", "PR", "KO", "DOC", "SEG", "REG", "RTSTRUCT", "OT"})
_BYTES = {"MG": 30 << 20, "DX": 12 << 20, "CR": 10 << 20, "XA": 60 << 20, "RF": 20 << 20, "US": 2 << 20}
_BYTES_ELSE = 600 << 10
_MRI_LIKE = 300
"""Images supposed where the PACS does not count them."""


class PriorReason(StrEnum):
    """What the desk reads beside a prior, the strongest first."""

    SAME = "same"
    """Same region, same modality."""
    REGION = "region"
    WHOLE_BODY = "whole_body"
    ADJACENT = "adjacent"
    MODALITY = "modality"


@dataclass(frozen=True, slots=True)
class ExamTraits:
    """What is compared of an exam. ``images`` is None when nobody counted them."""

    uid: StudyUID
    day: date | None
    modalities: tuple[str, ...]
    description: str
    body_parts: tuple[str, ...] = ()
    images: int | None = None
    reported: bool = False


@dataclass(frozen=True, slots=True)
class Prior:
    """An earlier exam with its score; ``ticked`` when it comes along unless the desk says no."""

    uid: StudyUID
    score: float
    reason: PriorReason
    ticked: bool


def proposed(exam: ExamTraits, others: Sequence[ExamTraits]) -> Sequence[Prior]:
    """Return the earlier exams of the same person that say something of this one, best first.

    Ticked are the best `TICKED_BEST` of at least `TICKED_SCORE`, the last of the same modality and region and, for
    mammograms, the last two; at most `MOST` exams and about `MOST_BYTES`.
    """
    seen = _seen(exam)
    scored = [(one, *_judged(exam, seen, one)) for one in others if _candidate(exam, one)]
    ranked = sorted(
        ((one, score, reason) for one, score, reason in scored if reason is not None and score > 0),
        key=lambda found: (-found[1], -(found[0].day or date.min).toordinal(), found[0].uid),
    )
    ticked = _ticked(exam, ranked)
    return [Prior(one.uid, round(score, 1), reason, one.uid in ticked) for one, score, reason in ranked]


def estimated_bytes(exam: ExamTraits) -> int:
    """Return about how much an exam weighs, from what is known before it is brought."""
    each = max((_BYTES.get(m, _BYTES_ELSE) for m in _pictures(exam)), default=_BYTES_ELSE)
    return each * (exam.images if exam.images is not None else _supposed(exam))


Ranked = tuple[ExamTraits, float, PriorReason]


def _ticked(exam: ExamTraits, ranked: Sequence[Ranked]) -> frozenset[StudyUID]:
    wanted = [found for found in ranked if found[1] >= TICKED_SCORE][:TICKED_BEST]
    alike = sorted((f for f in ranked if f[2] is PriorReason.SAME), key=lambda f: f[0].day or date.min, reverse=True)
    wanted += alike[: 2 if "MG" in exam.modalities else 1]
    kept: dict[StudyUID, int] = {}
    for one, _, _ in wanted:
        weight = estimated_bytes(one)
        if one.uid not in kept and len(kept) < MOST and sum(kept.values()) + weight <= MOST_BYTES:
            kept[one.uid] = weight
    return frozenset(kept)


def _candidate(exam: ExamTraits, other: ExamTraits) -> bool:
    if other.uid == exam.uid or exam.day is None or other.day is None or other.day >= exam.day:
        return False
    ageless = bool(ANY_AGE & {*exam.modalities, *other.modalities}) or _seen(exam).oncology or _seen(other).oncology
    return ageless or _years(exam.day, other.day) <= FULL_YEARS


def _judged(exam: ExamTraits, seen: Seen, other: ExamTraits) -> tuple[float, PriorReason | None]:
    found = _seen(other)
    region, reason = _region_score(seen, found)
    same = bool(_pictures(exam) & _pictures(other))
    modality = _SAME_MODALITY if same else _PARTNER if _partners(exam, seen, other, found) else 0.0
    if reason is None:
        reason = PriorReason.MODALITY if same else None
    elif reason is PriorReason.REGION and same:
        reason = PriorReason.SAME
    score = region + modality + (_OPPOSITE if opposite_limbs(seen, found) else 0.0)
    if exam.day and other.day:
        score += max(0.0, _RECENT * (1 - _years(exam.day, other.day) / FULL_YEARS))
    return score + (_REPORTED if other.reported else 0.0), reason


def _region_score(seen: Seen, found: Seen) -> tuple[float, PriorReason | None]:
    if seen.regions & found.regions:
        return _SAME_REGION, PriorReason.REGION
    if Region.WHOLE_BODY in seen.regions or Region.WHOLE_BODY in found.regions:
        return _WHOLE_BODY, PriorReason.WHOLE_BODY
    if adjacent(seen.regions, found.regions):
        return _ADJACENT, PriorReason.ADJACENT
    return 0.0, None


def _partners(exam: ExamTraits, seen: Seen, other: ExamTraits, found: Seen) -> bool:
    both = [{a, b} for a in _pictures(exam) for b in _pictures(other) if a != b]
    breast = Region.BREAST in seen.regions & found.regions
    return any(pair in _PARTNERS or (breast and pair <= _BREAST_PARTNERS) for pair in both)


def _seen(exam: ExamTraits) -> Seen:
    return seen_in(exam.description, exam.body_parts, exam.modalities)


def _pictures(exam: ExamTraits) -> frozenset[str]:
    return frozenset(exam.modalities) - _BESIDE


def _supposed(exam: ExamTraits) -> int:
    return _MRI_LIKE if _pictures(exam) & {"CT", "MR", "PT", "NM"} else 4


def _years(later: date, earlier: date) -> float:
    return (later - earlier).days / 365.25

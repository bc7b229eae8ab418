"""Priors among the exams of one patient (R-F): what is offered beside each exam, and what comes along with it."""

from collections.abc import Collection, Mapping, Sequence

from appliance.domain import priors
from appliance.domain.exams import ExamState
from appliance.domain.identifiers import StudyUID
from appliance.domain.priors import ExamTraits, Prior
from appliance.usecases.exams import state_of
from appliance.usecases.ports import StudyRow

_HELD_BACK = frozenset({ExamState.WITHDRAWN, ExamState.IDENTITY, ExamState.EMBARGOED})


def proposals(
    studies: Sequence[StudyRow], reported: Collection[StudyUID]
) -> Mapping[StudyUID, Sequence[Prior]]:
    """Return the priors of each exam among the others of the same patient; what is held back is none.

    ``reported`` are those that have a validated report.
    """
    traits = [_traits(study, study.uid in reported) for study in studies if state_of(study) not in _HELD_BACK]
    return {one.uid: priors.proposed(one, traits) for one in traits}


def along(
    chosen: Sequence[StudyRow], studies: Sequence[StudyRow], reported: Collection[StudyUID]
) -> Sequence[StudyRow]:
    """Return the exams that come along with those chosen: ticked priors, best first, at most `priors.MOST` in all."""
    offered = proposals(studies, reported)
    taken = {study.uid for study in chosen}
    ticked = sorted((p for uid in taken for p in offered.get(uid, ()) if p.ticked), key=lambda p: -p.score)
    uids = [uid for uid in dict.fromkeys(p.uid for p in ticked) if uid not in taken][: priors.MOST]
    by_uid = {study.uid: study for study in studies}
    return [by_uid[uid] for uid in uids]


def _traits(study: StudyRow, reported: bool) -> ExamTraits:
    images = study.expected if study.expected is not None else study.received or None
    return ExamTraits(study.uid, study.date, study.modalities, study.description, images=images, reported=reported)

"""What to ask for: a whole study, or only what is missing of it, and whether all of it is here then. Values only."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from pydicom.dataset import Dataset

from appliance.domain.identifiers import StudyUID
from pacs_bridge.query.finding import Images

MOST_UIDS = 64
"""Of one request at IMAGE level: some archives copy the list into a fixed buffer."""


@dataclass(frozen=True, slots=True)
class Target:
    """One request: a study, one series of it, or instances of one series."""

    study_uid: StudyUID
    series_uid: str = ""
    sop_uids: tuple[str, ...] = ()

    @property
    def level(self) -> str:
        """Return (0008,0052) *Query/Retrieve Level*."""
        return "IMAGE" if self.sop_uids else "SERIES" if self.series_uid else "STUDY"

    def identifier(self) -> Dataset:
        """Return the identifier, whose unique keys are those of its level and above (PS3.4 C.4.2.1.4)."""
        dataset = Dataset()
        dataset.QueryRetrieveLevel = self.level
        dataset.StudyInstanceUID = self.study_uid
        if self.series_uid:
            dataset.SeriesInstanceUID = self.series_uid
        if self.sop_uids:
            dataset.SOPInstanceUID = list(self.sop_uids)
        return dataset


def targets(study_uid: StudyUID, images: Images, held: Collection[str]) -> Sequence[Target]:
    """Return what to ask for: nothing when all is here, the study when nothing is, else what is missing."""
    if not images.whole or not images.uids & set(held):
        return [Target(study_uid)]
    return list(_missing(study_uid, images, set(held)))


def _missing(study_uid: StudyUID, images: Images, held: set[str]) -> Iterator[Target]:
    for series_uid, uids in images.series.items():
        missing = sorted(uids - held)
        if missing and len(missing) == len(uids):
            yield Target(study_uid, series_uid)
            continue
        for start in range(0, len(missing), MOST_UIDS):
            yield Target(study_uid, series_uid, tuple(missing[start : start + MOST_UIDS]))


def complete(images: Images, told: int | None, held: Collection[str], cause: str) -> bool | None:
    """Return whether the study is whole: by SOP UIDs, else by the count told, else None: nobody can say (R-G).

    A count proves nothing beside a retrieval that broke off, nor when more came than was told.
    """
    if images.whole:
        return images.uids <= set(held)
    if told and len(held) < told:
        return False
    if told:
        return True if len(held) == told and not cause else None
    return False if cause else None

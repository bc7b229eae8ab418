"""Association, C-ECHO and C-FIND: whether the node knows us, and what it answers.

The search is by date alone, a few days first: no patient is asked for, and of the answers only counts are kept and the
UIDs of one small object to try retrieval on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from pydicom.dataset import Dataset
from pynetdicom import build_context

from appliance.dicom.elements import date_digits, integer, text, texts
from appliance.domain.diagnosis import Fact, Verdict
from appliance.domain.errors import Malformed, Unavailable
from appliance.domain.identifiers import study_uid
from pacs_bridge.doctor import charsets
from pacs_bridge.doctor.case import Case, Outcome, Sample
from pacs_bridge.query import asking
from pacs_bridge.query.associations import Offer, dialogue
from pacs_bridge.query.dialogue import Dialogue
from pacs_bridge.query.finding import KeysNotSupported, answers
from pacs_bridge.sop_classes import STUDY_ROOT_FIND, STUDY_ROOT_GET, STUDY_ROOT_MOVE, VERIFICATION

SERVICES = {"C-ECHO": VERIFICATION, "C-FIND": STUDY_ROOT_FIND, "C-MOVE": STUDY_ROOT_MOVE, "C-GET": STUDY_ROOT_GET}
ENOUGH = 25
"""Answers after which the rest is cancelled."""
DAYS = (2, 30, None)
"""How far back studies are looked for, the next only when there are none; None: always."""
SMALL = ("CT", "MR", "CR", "PT", "DX", "SC", "OT", "SR", "KO")
"""Modalities whose objects are of some hundred kilobytes; others may be films of a gigabyte."""
MOST_OF_SERIES = 30
OPTIONAL_SHOWN = ("ModalitiesInStudy", "NumberOfStudyRelatedInstances", "SOPClassesInStudy", "PatientBirthDate")
PARTLY = 0xFF01


def association(case: Case) -> Outcome:
    """Propose every service that we use; those accepted are remembered."""
    offer = Offer([build_context(uid) for uid in SERVICES.values()])
    with dialogue(case.node, case.offer(offer)) as opened:
        agreed = opened.agreed
    case.services = frozenset(context.abstract_syntax for context in agreed.contexts.values())
    services = ", ".join(name for name, uid in SERVICES.items() if uid in case.services)
    return Outcome(facts={"services": services, "pdu": agreed.send_bytes, "peer": agreed.peer})


def echo(case: Case) -> Outcome:
    """C-ECHO; a node may go without, which costs nothing but its test."""
    if VERIFICATION not in case.services:
        return Outcome(Verdict.WARN, "not_offered")
    with dialogue(case.node, case.offer(Offer([build_context(VERIFICATION)]))) as opened:
        status = opened.echo(VERIFICATION, case.left())
    if status != 0x0000:
        raise Unavailable("failed_status", status=status)
    return Outcome(facts={"status": "0x0000"})


def find(case: Case) -> Outcome:
    """C-FIND of studies, then of one study's series and images."""
    if STUDY_ROOT_FIND not in case.services:
        raise Unavailable("not_offered")
    with dialogue(case.node, case.offer(Offer([build_context(STUDY_ROOT_FIND)]))) as opened:
        search = _Search(case, opened)
        search.studies()
        if not search.found:
            return Outcome(Verdict.WARN, "no_answer", {"studies": 0})
        search.descend()
    return search.outcome()


@dataclass(slots=True)
class _Search:
    """One C-FIND after another on one association."""

    case: Case
    opened: Dialogue
    found: list[Dataset] = field(default_factory=list)
    more: bool = False
    days: int | None = None
    keys_refused: bool = False
    keys_partly: bool = False
    keys_ignored: bool = False
    level: str = "STUDY"

    def studies(self) -> None:
        for days in DAYS:
            self.days = days
            self.found = self._of_days(days)
            if self.found:
                return

    def _of_days(self, days: int | None) -> list[Dataset]:
        since = f"{self.case.means.today - timedelta(days=days):%Y%m%d}" if days else "19000101"
        keys = {"StudyDate": f"{since}-"}
        try:
            found = self._asked(self._study_identifier(keys))
        except KeysNotSupported:
            if self.keys_refused:
                raise Unavailable("keys_refused") from None
            self.keys_refused = True
            return self._again(keys)
        days_told = [date_digits(answer, "StudyDate") for answer in found]
        self.keys_ignored = self.keys_ignored or any(day and day < since for day in days_told)
        return found

    def _again(self, keys: Mapping[str, str]) -> list[Dataset]:
        try:
            return self._asked(self._study_identifier(keys))
        except KeysNotSupported as exc:
            raise Unavailable("keys_refused") from exc

    def _study_identifier(self, keys: Mapping[str, str]) -> Dataset:
        return asking.identifier("STUDY", keys, self.case.node, required_only=self.keys_refused)

    def _asked(self, identifier: Dataset) -> list[Dataset]:
        found: list[Dataset] = []

        def enough() -> bool:
            self.more = len(found) >= ENOUGH
            return self.more

        def noted(code: int) -> None:
            self.keys_partly = self.keys_partly or code == PARTLY

        for answer in answers(self.opened, identifier, self.case.end, enough, noted):
            charsets.note(self.case.charsets, answer)
            if len(found) < ENOUGH:
                found.append(answer)
        self.case.answers += len(found)
        return found

    def descend(self) -> None:
        """Find one small object; a node that knows studies only leaves nothing to try."""
        more = self.more
        for study in sorted(self.found, key=of_study)[:3]:
            self.case.sample = self._in_study(study)
            if self.case.sample is not None:
                break
        self.more = more

    def _in_study(self, study: Dataset) -> Sample | None:
        try:
            uid = str(study_uid(text(study, "StudyInstanceUID", 80)))
        except Malformed:
            return None
        identifier = asking.empty_identifier("SERIES", asking.SERIES_KEYS, self.case.node)
        identifier.StudyInstanceUID = uid
        series = [one for one in self._below(identifier) if text(one, "SeriesInstanceUID", 80)]
        if not series:
            return None
        self.level = max(self.level, "SERIES", key=LEVELS.index)
        return self._in_series(uid, min(series, key=of_series))

    def _in_series(self, uid: str, series: Dataset) -> Sample | None:
        of = text(series, "SeriesInstanceUID", 80)
        identifier = asking.empty_identifier("IMAGE", asking.IMAGE_KEYS, self.case.node)
        identifier.StudyInstanceUID, identifier.SeriesInstanceUID = uid, of
        modality = text(series, "Modality", 16)
        images = [one for one in self._below(identifier) if text(one, "SOPInstanceUID", 80)]
        if images:
            self.level = "IMAGE"
            return Sample(uid, of, text(images[0], "SOPInstanceUID", 80), text(images[0], "SOPClassUID", 80), modality)
        count = integer(series, "NumberOfSeriesRelatedInstances") or 0
        return Sample(uid, of, modality=modality) if 0 < count <= MOST_OF_SERIES else None

    def _below(self, identifier: Dataset) -> list[Dataset]:
        """Return the answers below a study, none where the node does not know the level."""
        try:
            return self._asked(identifier)
        except KeysNotSupported:
            return []
        except Unavailable as away:
            if away.cause != "failed_status":
                raise
            return []

    def outcome(self) -> Outcome:
        absent = [key for key in OPTIONAL_SHOWN if not any(texts(answer, key) for answer in self.found)]
        facts: dict[str, Fact] = {
            "studies": len(self.found),
            "more": int(self.more),
            "days": self.days or 0,
            "level": self.level,
            "absent": ", ".join(absent),
        }
        causes = {
            "keys_ignored": self.keys_ignored,
            "keys_refused": self.keys_refused,
            "no_image_level": self.level != "IMAGE",
            "keys_partly": self.keys_partly,
        }
        cause = next((name for name, here in causes.items() if here), "")
        return Outcome(Verdict.WARN if cause else Verdict.OK, cause, facts)


LEVELS = ("STUDY", "SERIES", "IMAGE")


def of_study(study: Dataset) -> tuple[int, int]:
    """Return what sorts studies, small objects first."""
    return (rank(texts(study, "ModalitiesInStudy")), integer(study, "NumberOfStudyRelatedInstances") or 1 << 20)


def of_series(series: Dataset) -> tuple[int, int]:
    """Return what sorts series, small objects first."""
    return (rank(texts(series, "Modality")), integer(series, "NumberOfSeriesRelatedInstances") or 1 << 20)


def rank(modalities: Sequence[str]) -> int:
    """Return how small the objects of modalities are, 0 for the smallest."""
    return min((SMALL.index(one) for one in modalities if one in SMALL), default=len(SMALL))

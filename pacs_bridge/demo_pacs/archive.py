"""What the demo's PACS holds, and its answers to Query/Retrieve identifiers. No network."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydicom.datadict import keyword_for_tag
from pydicom.dataset import Dataset

from appliance.dicom.elements import name_groups, texts
from pacs_bridge.demo_pacs.index import (
    IMAGE_KEYWORDS,
    NAMES,
    SERIES_KEYWORDS,
    STUDY_KEYWORDS,
    Entry,
)
from pacs_bridge.demo_pacs.matching import matches

LEVELS = ("PATIENT", "STUDY", "SERIES", "IMAGE")
_UNIQUE = {
    "PATIENT": "PatientID", "STUDY": "StudyInstanceUID", "SERIES": "SeriesInstanceUID",
    "IMAGE": "SOPInstanceUID",
}  # fmt: skip
_COUNTED = {
    "NumberOfStudyRelatedSeries": "SeriesInstanceUID",
    "NumberOfStudyRelatedInstances": "SOPInstanceUID",
    "NumberOfSeriesRelatedInstances": "SOPInstanceUID",
    "NumberOfPatientRelatedStudies": "StudyInstanceUID",
    "NumberOfPatientRelatedInstances": "SOPInstanceUID",
}
_COLLECTED = {"ModalitiesInStudy": "Modality", "SOPClassesInStudy": "SOPClassUID"}
_OF_LEVEL = {
    "PATIENT": STUDY_KEYWORDS,
    "STUDY": STUDY_KEYWORDS,
    "SERIES": STUDY_KEYWORDS + SERIES_KEYWORDS,
    "IMAGE": STUDY_KEYWORDS + SERIES_KEYWORDS + IMAGE_KEYWORDS,
}


class Archive:
    """Files and their headers."""

    def __init__(self, folder: Path, entries: Sequence[Entry], aet: str) -> None:
        self._folder, self._entries, self._aet = folder, entries, aet

    def __len__(self) -> int:
        return len(self._entries)

    def syntaxes(self) -> list[str]:
        """Return the transfer syntaxes held, the most frequent first."""
        return [syntax for syntax, _ in Counter(e.syntax for e in self._entries).most_common()]

    def find(self, identifier: Dataset) -> Iterator[Dataset]:
        """Yield an answer for each object of the asked level; raise ValueError without one."""
        level = level_of(identifier)
        asked = asked_of(identifier)
        groups: dict[str, list[Entry]] = {}
        for entry in self._entries:
            groups.setdefault(entry[_UNIQUE[level]], []).append(entry)
        for group in groups.values():
            if all(matches(k, v, self._held(k, level, group)) for k, v in asked.items()):
                yield self._answer(identifier, level, group)

    def retrieve(self, identifier: Dataset) -> list[tuple[Path, Entry]]:
        """Return the files named by the unique keys of an identifier; raise ValueError without one."""
        level_of(identifier)
        keys = {key: v for key in _UNIQUE.values() if (v := asked_of(identifier).get(key))}
        if not keys:
            raise ValueError("no unique key")
        return [
            (self._folder / entry.path, entry)
            for entry in self._entries
            if all(matches(key, value, entry[key]) for key, value in keys.items())
        ]

    def _held(self, keyword: str, level: str, group: Sequence[Entry]) -> str:
        if keyword in _COLLECTED:
            return "\\".join(sorted({entry[_COLLECTED[keyword]] for entry in group}))
        return group[0][keyword] if keyword in _OF_LEVEL[level] else ""

    def _answer(self, identifier: Dataset, level: str, group: Sequence[Entry]) -> Dataset:
        answer = Dataset()
        for element in identifier:
            if element.tag.group == 0x0008 and element.tag.elem == 0x0005:
                continue
            keyword = keyword_for_tag(element.tag)
            if element.VR == "SQ" or not keyword:
                answer[element.tag] = type(element)(element.tag, element.VR, None)
            else:
                setattr(answer, keyword, self._valued(keyword, level, group) or None)
        setattr(answer, _UNIQUE[level], group[0][_UNIQUE[level]])
        answer.QueryRetrieveLevel = level
        answer.RetrieveAETitle = self._aet
        answer.InstanceAvailability = "ONLINE"
        answer.SpecificCharacterSet = _charset(identifier, group)
        return answer

    def _valued(self, keyword: str, level: str, group: Sequence[Entry]) -> str | list[str]:
        if keyword in _COUNTED:
            return str(len({entry[_COUNTED[keyword]] for entry in group}))
        held = self._held(keyword, level, group)
        return held.split("\\") if "\\" in held else held


def level_of(identifier: Dataset) -> str:
    """Return (0008,0052) *Query/Retrieve Level*; raise ValueError when it is none of ours."""
    level = str(identifier.get("QueryRetrieveLevel", "") or "").strip().upper()
    if level not in LEVELS:
        raise ValueError("level")
    return level


def asked_of(identifier: Dataset) -> dict[str, str]:
    """Return the matching keys that an archive knows, as text."""
    asked: dict[str, str] = {}
    for keyword in (*STUDY_KEYWORDS, *SERIES_KEYWORDS, *IMAGE_KEYWORDS, *_COLLECTED):
        if keyword not in identifier:
            continue
        if keyword in NAMES:
            groups = name_groups(identifier, keyword)
            value = groups.alphabetic or groups.ideographic or groups.phonetic
        else:
            value = "\\".join(texts(identifier, keyword, 10_000))
        if value:
            asked[keyword] = value
    return asked


def _charset(identifier: Dataset, group: Sequence[Entry]) -> str:
    """Answer in the requestor's set when it holds the values, else in UTF-8."""
    everything = "".join(group[0].values.values())
    asked = str(identifier.get("SpecificCharacterSet", "") or "")
    if everything.isascii() and asked in ("", "ISO_IR 6"):
        return "ISO_IR 100"
    latin = all(ord(char) < 256 for char in everything)
    return "ISO_IR 100" if asked != "ISO_IR 192" and latin else "ISO_IR 192"

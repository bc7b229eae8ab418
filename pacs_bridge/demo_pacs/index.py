"""Headers of a folder of DICOM files, read once; a cache makes the next start quick.

Pixels are never read. What cannot be read is named in the log and skipped.
"""

import hashlib
import json
import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import FileDataset
from pydicom.tag import BaseTag

from appliance.dicom.elements import name_groups, text, texts
from appliance.dicom.header import transfer_syntax_of
from appliance.dicom.reading import read_before_pixels
from appliance.domain.errors import Fault, Malformed

STUDY_KEYWORDS = (
    "PatientID", "IssuerOfPatientID", "PatientName", "PatientBirthName", "PatientBirthDate",
    "PatientSex", "StudyInstanceUID", "StudyDate", "StudyTime", "AccessionNumber", "StudyID",
    "StudyDescription", "ReferringPhysicianName", "InstitutionName",
)  # fmt: skip
SERIES_KEYWORDS = (
    "SeriesInstanceUID", "Modality", "SeriesNumber", "SeriesDescription", "SeriesDate",
    "SeriesTime", "BodyPartExamined", "Laterality",
)  # fmt: skip
IMAGE_KEYWORDS = (
    "SOPInstanceUID", "SOPClassUID", "InstanceNumber", "Rows", "Columns", "NumberOfFrames",
)  # fmt: skip
KEYWORDS = STUDY_KEYWORDS + SERIES_KEYWORDS + IMAGE_KEYWORDS
NAMES = frozenset({"PatientName", "PatientBirthName", "ReferringPhysicianName"})
VERSION = 1
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file: values by keyword (text, multiple values joined by a backslash)."""

    path: str
    stamp: tuple[int, int]
    syntax: str
    values: dict[str, str]

    def __getitem__(self, keyword: str) -> str:
        return self.values.get(keyword, "")


def cache_of(folder: Path) -> Path:
    """Return where the cache of a folder is kept: never inside it, it may be somebody's archive."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    return home / "negatoscope" / f"pacs-{name}.json"


def entries_of(folder: Path, cache: Path | None = None) -> list[Entry]:
    """Return an entry for each readable DICOM file under `folder`, sorted by path."""
    known = {entry.path: entry for entry in _cached(cache)}
    found = [entry for path in _files(folder) if (entry := _entry(folder, path, known))]
    if cache is not None and {e.path: e.stamp for e in found} != {e.path: e.stamp for e in known.values()}:
        _keep(cache, found)
    return found


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "DICOMDIR" and path.suffix not in (".json", ".txt"):
            yield path


def _entry(folder: Path, path: Path, known: dict[str, Entry]) -> Entry | None:
    name = path.relative_to(folder).as_posix()
    try:
        status = path.stat()
        stamp = (status.st_mtime_ns, status.st_size)
        entry = known.get(name)
        if entry is not None and entry.stamp == stamp:
            return entry
        return _read(path, name, stamp)
    except (Fault, OSError) as exc:
        _log.warning("not served: %s (%s)", name, getattr(exc, "cause", type(exc).__name__))
        return None


def _read(path: Path, name: str, stamp: tuple[int, int]) -> Entry:
    tags: list[BaseTag | int] = [BaseTag(tag_for_keyword(k) or 0) for k in KEYWORDS]
    dataset = read_before_pixels(path, [*tags, BaseTag(0x00080005)])
    values = {keyword: _value(dataset, keyword) for keyword in KEYWORDS}
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID"):
        if not values[keyword]:
            raise Malformed("uid")
    return Entry(name, stamp, transfer_syntax_of(dataset), {k: v for k, v in values.items() if v})


def _value(dataset: FileDataset, keyword: str) -> str:
    if keyword in NAMES:
        groups = name_groups(dataset, keyword)
        joined = "=".join((groups.alphabetic, groups.ideographic, groups.phonetic))
        return joined.rstrip("=")
    if keyword == "Modality":
        return text(dataset, keyword, 16)
    return "\\".join(texts(dataset, keyword))


def _cached(cache: Path | None) -> Sequence[Entry]:
    if cache is None:
        return ()
    try:
        raw = json.loads(cache.read_text(encoding="utf-8"))
        if raw["version"] != VERSION:
            return ()
        return [Entry(e["path"], (e["stamp"][0], e["stamp"][1]), e["syntax"], e["values"]) for e in raw["entries"]]
    except (OSError, ValueError, LookupError, TypeError):
        return ()


def _keep(cache: Path, entries: Sequence[Entry]) -> None:
    """Write the cache for its owner only; a cache that cannot be written only costs time."""
    whole = {"version": VERSION, "entries": [asdict(entry) for entry in entries]}
    temporary = cache.with_suffix(f".{os.getpid()}")
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        temporary.touch(mode=0o600)
        temporary.write_text(json.dumps(whole, ensure_ascii=False), encoding="utf-8")
        temporary.replace(cache)
    except OSError as exc:
        _log.info("index not cached: %s", type(exc).__name__)

"""A series made visible: frames and rows of what is new, then one JSON for the viewer.

Repeatable at any point: an instance has its row only once its objects are durable, and the JSON of
the series is rewritten from everything that is there when the series grows.
"""

import gzip
import json
import secrets
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from appliance.domain.errors import Unavailable
from appliance.domain.identifiers import SeriesUID, SopUID, StudyUID
from appliance.domain.journal import Actor
from appliance.imaging.series import series_json
from appliance.usecases.ports import ArrivedReport, InstanceRow, Objects, PreparedInstance
from appliance.usecases.preparing import Preparing
from appliance.usecases.reports import Reports
from appliance.usecases.withdrawing import Withdrawing
from pacs_bridge.prepare.making import Made, Task
from pacs_bridge.prepare.pool import Pool

_CHUNK_BYTES = 1 << 20
_STORING = 4
"""Objects written at a time."""
_ROWS = 32
"""Rows written at a time."""
_BRIDGE = Actor("system", "bridge")


class HouseOfPreparing(Protocol):
    """The part of the house that preparing needs."""

    @property
    def preparing(self) -> Preparing:
        """The use case that keeps the rows."""
        ...

    @property
    def withdrawing(self) -> Withdrawing:
        """The use case of rejection notes."""
        ...

    @property
    def reports(self) -> Reports:
        """The use case that keeps reports."""
        ...

    @property
    def objects(self) -> Objects:
        """The object store."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many instances of the series can be shown, and how many are named with a reason."""

    ready: int
    undisplayable: int


def prepare_series(
    house: HouseOfPreparing, study_uid: StudyUID, series_uid: SeriesUID, pool: Pool,
    beat: Callable[[int, int], object] = lambda done, total: None,
) -> Outcome:
    """Prepare every instance of the series that waits, then describe the whole series.

    Parameters
    ----------
    beat
        Called with (done, total) after each instance, to keep the job.

    Raises
    ------
    Unavailable
        ``storage``: the disk refuses; nothing that was not durable has a row.
    """
    prefix = f"prepared/{study_uid}/{series_uid}"
    described = _Described(house.objects, prefix)
    waiting = [row for row in _instances(house, study_uid, series_uid)
               if row.state == "received" or described.misses(row)]
    with (
        tempfile.TemporaryDirectory(prefix="prepare-") as folder,
        closing(_Work(house, prefix, Path(folder))) as work,
    ):
        for done, (row, made) in enumerate(work.made(waiting, pool), start=1):
            described.add(row, made)
            work.keep(row, made)
            if made.rejection is not None:
                house.withdrawing.reject(study_uid, made.rejection)
            beat(done, len(waiting))
        work.settle()
    rows = _instances(house, study_uid, series_uid)
    described.write(rows, study_uid, series_uid, house.preparing.expected(series_uid))
    _drop_left_over(house.objects, prefix, rows)
    return Outcome(ready=sum(r.state in ("prepared", "document") for r in rows),
                   undisplayable=sum(r.state == "undisplayable" for r in rows))


def _instances(
    house: HouseOfPreparing, study_uid: StudyUID, series_uid: SeriesUID,
) -> list[InstanceRow]:
    """Return the instances of the series in this study: another study, another patient's, may use its UID too."""
    return [row for row in house.preparing.instances(series_uid) if row.study_uid == study_uid]


def _drop_left_over(objects: Objects, prefix: str, rows: Sequence[InstanceRow]) -> None:
    """Delete frames that no row speaks of: of a run killed before the row, of a version since replaced."""
    spoken_of = {key for row in rows for key in (row.frames_key, row.native_key)}
    for key in list(objects.keys(prefix)):
        if key.endswith((".frames", ".native")) and key not in spoken_of:
            objects.delete(key)


class _Work:
    """Instances on their way through the workers into the object store.

    Objects become durable beside each other, for a disk takes milliseconds each; rows follow a batch at a time.
    """

    def __init__(self, house: HouseOfPreparing, prefix: str, folder: Path) -> None:
        self._house, self._prefix, self._folder = house, prefix, folder
        self._sources: dict[SopUID, ExitStack] = {}
        self._storing = ThreadPoolExecutor(_STORING, "storing")
        self._stored: list[tuple[InstanceRow, Future[PreparedInstance]]] = []

    def close(self) -> None:
        """Stop storing, give back every source that is still lent."""
        self._storing.shutdown(cancel_futures=True)
        while self._sources:
            self._sources.popitem()[1].close()

    def made(
        self, rows: Sequence[InstanceRow], pool: Pool,
    ) -> Iterator[tuple[InstanceRow, Made]]:
        pictured = {0, len(rows) // 2}
        tasks = (self._task(row, picture=at in pictured) for at, row in enumerate(rows))
        for row, (_, made) in zip(rows, pool.made(tasks), strict=True):
            yield row, made

    def keep(self, row: InstanceRow, made: Made) -> None:
        """Keep what was made; of images, at the latest by `settle`."""
        if made.report is not None:
            self._keep_report(row, made.report)
            return
        if made.reason:
            self._house.preparing.undisplayable(row.sop_uid, row.version, made.reason)
            self._forget(row)
            return
        self._stored.append((row, self._storing.submit(self._durable, row, made)))
        if len(self._stored) >= _ROWS:
            self.settle()

    def settle(self) -> None:
        """Wait until the objects are durable, then write their rows; drop the objects of outdated versions."""
        stored, self._stored = self._stored, []
        if not stored:
            return
        outdated = self._house.preparing.done([future.result() for _, future in stored])
        for row, _ in stored:
            self._forget(row)
        for one in outdated:
            for key in filter(None, (one.frames_key, one.native_key)):
                self._house.objects.delete(key)

    def _durable(self, row: InstanceRow, made: Made) -> PreparedInstance:
        stem = f"{self._prefix}/{row.sop_uid}.{secrets.token_hex(4)}"
        frames_key = self._store(self._frames(row), f"{stem}.frames")
        native_key = self._store(self._native(row), f"{stem}.native") if made.native_frame_bytes else ""
        return PreparedInstance(
            row.sop_uid, row.version, made.frames, made.rows, made.columns, frames_key,
            made.frame_offsets, native_key, made.native_frame_bytes)

    def _keep_report(self, row: InstanceRow, report: ArrivedReport) -> None:
        """Keep a version of a report with a source of its own: it stays readable when the images were let go."""
        with self._house.objects.local(row.key) as path:
            key = self._store(path, f"reports/{row.sop_uid}.{secrets.token_hex(4)}.dcm")
        kept = self._house.reports.keep(replace(report, key=key, sha256=row.sha256), _BRIDGE)
        if not kept.new:
            self._house.objects.delete(key)
        self._house.preparing.documented(row.sop_uid, row.version)

    def _task(self, row: InstanceRow, *, picture: bool) -> Task:
        address = (f"/dicom-web/studies/{row.study_uid}/series/{row.series_uid}"
                   f"/instances/{row.sop_uid}")
        return Task(self._source(row), self._frames(row), self._native(row), address, picture)

    def _source(self, row: InstanceRow) -> Path:
        """Return the received object as a file, lent until `_forget`."""
        lent = self._sources[row.sop_uid] = ExitStack()
        try:
            return lent.enter_context(self._house.objects.local(row.key))
        except Unavailable as fault:
            if fault.cause != "object_missing":
                raise
            return self._folder / "missing"  # the worker names it: one lost object does not hide a series

    def _frames(self, row: InstanceRow) -> Path:
        return self._folder / f"{row.sop_uid}.frames"

    def _native(self, row: InstanceRow) -> Path:
        return self._folder / f"{row.sop_uid}.native"

    def _forget(self, row: InstanceRow) -> None:
        if lent := self._sources.pop(row.sop_uid, None):
            lent.close()
        self._frames(row).unlink(missing_ok=True)
        self._native(row).unlink(missing_ok=True)

    def _store(self, source: Path, key: str) -> str:
        writing = self._house.objects.create(key)
        try:
            with source.open("rb") as file:
                while chunk := file.read(_CHUNK_BYTES):
                    writing.write(chunk)
            writing.commit()
        except OSError as exc:
            writing.discard()
            raise Unavailable("storage") from exc
        return key


class _Described:
    """The JSON of the series: what earlier runs described, and what this one adds."""

    def __init__(self, objects: Objects, prefix: str) -> None:
        self._objects, self._prefix = objects, prefix
        before = self._read("series.json") or {}
        self._images: dict[str, list[dict[str, Any]]] = {}
        for image in before.get("images", []):
            self._images.setdefault(image["sop_uid"], []).append(image)
        self._numbers = {u["sop_uid"]: u["number"] for u in before.get("undisplayable", [])}
        self._head = {key: value for key, value in before.items()
                      if key not in ("images", "undisplayable", "geometry", "expected", "stacks", "suv", "selections",
                                     "presentations")}
        self._selections = {one["sop_uid"]: one for one in before.get("selections", [])}
        self._presentations = {one["sop_uid"]: one for one in before.get("presentations", [])}
        known = self._read("metadata.json.gz") or []
        self._metadata = {m["00080018"]["Value"][0]: _dumped(m) for m in known if _has_uid(m)}
        self._overlays: dict[str, Any] = self._read("overlays.json.gz") or {}
        self._thumbnail = b""

    def misses(self, row: InstanceRow) -> bool:
        """Whether a run was killed between the row of an instance and this description."""
        return row.state == "prepared" and row.sop_uid not in self._images

    def add(self, row: InstanceRow, made: Made) -> None:
        """Describe one more instance."""
        series = dict(made.series)
        self._numbers[row.sop_uid] = series.pop("instance_number", row.number)
        self._images.pop(row.sop_uid, None)
        if made.images:
            for image in made.images:
                image["sop_uid"] = str(row.sop_uid)
            self._images[row.sop_uid] = made.images
        if series and (made.images or not self._head):
            self._head = {**series, **self._head}
        self._selections.pop(row.sop_uid, None)
        if made.selection:
            self._selections[row.sop_uid] = {"sop_uid": row.sop_uid, **made.selection}
        self._presentations.pop(row.sop_uid, None)
        if made.presentation:
            self._presentations[row.sop_uid] = {"sop_uid": row.sop_uid, **made.presentation}
        self._overlays.pop(row.sop_uid, None)
        if made.overlays:
            self._overlays[row.sop_uid] = made.overlays
        if made.metadata:
            self._metadata[row.sop_uid] = made.metadata
        self._thumbnail = made.thumbnail or self._thumbnail

    def write(
        self, rows: Sequence[InstanceRow], study_uid: StudyUID, series_uid: SeriesUID,
        expected: int | None,
    ) -> None:
        """Write the series' objects, the one that speaks of the others last, for the instances that have rows now."""
        ready = {row.sop_uid for row in rows if row.state == "prepared"}
        images = [i for uid, group in self._images.items() if uid in ready for i in group]
        hidden = [{"sop_uid": row.sop_uid, "number": self._numbers.get(row.sop_uid, row.number),
                   "reason": row.reason} for row in rows if row.state == "undisplayable"]
        head = {"uid": series_uid, "study_uid": study_uid, **_EMPTY, **self._head}
        described = series_json(head, images, hidden, expected)
        current = {row.sop_uid for row in rows}
        if selections := [one for uid, one in self._selections.items() if uid in current]:
            described["selections"] = selections
        if presentations := [one for uid, one in self._presentations.items() if uid in current]:
            described["presentations"] = presentations
        metadata = [m for uid, m in self._metadata.items() if uid in current]
        if self._thumbnail:
            self._objects.put(f"{self._prefix}/thumbnail.jpg", self._thumbnail)
        self._put_packed("metadata", b"[%s]" % b",".join(metadata))
        overlays = {uid: planes for uid, planes in self._overlays.items() if uid in ready}
        if overlays or self._read("overlays.json.gz"):
            self._put_packed("overlays", _dumped(overlays))
        self._objects.put(f"{self._prefix}/series.json", _dumped(described))

    def _put_packed(self, name: str, text: bytes) -> None:
        packed = gzip.compress(text, compresslevel=6, mtime=0)
        self._objects.put(f"{self._prefix}/{name}.json.gz", packed)

    def _read(self, name: str) -> Any:
        try:
            data = self._objects.read(f"{self._prefix}/{name}")
        except Unavailable as fault:
            if fault.cause == "object_missing":
                return None
            raise
        return json.loads(gzip.decompress(data) if name.endswith(".gz") else data)


_EMPTY: dict[str, Any] = {
    "number": None, "modality": "", "description": "", "body_part": "", "laterality": None,
    "date": None, "time": None, "frame_of_reference": None}


def _has_uid(described: dict[str, Any]) -> bool:
    return bool(described.get("00080018", {}).get("Value"))


def _dumped(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode(
        "utf-8", "backslashreplace")

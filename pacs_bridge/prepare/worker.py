"""One instance, in a worker process: read, decode, normalise, encode, describe."""

import hashlib
import json
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, BinaryIO

from pydicom.dataset import FileDataset

from appliance.dicom.elements import FOREIGN_ERRORS, text
from appliance.dicom.key_objects import selection_of
from appliance.dicom.measurement_reports import is_made_here
from appliance.dicom.metadata import JsonDataset, instance_json, with_pixels
from appliance.dicom.presentation_states import presentation_state
from appliance.dicom.reading import read_whole
from appliance.dicom.rejection import rejection
from appliance.domain.errors import Fault, Malformed
from appliance.domain.reports import CLASSES
from appliance.imaging.arrays import Array
from appliance.imaging.encode import encoded, offset_table
from appliance.imaging.render import THUMBNAIL_PX, Look, aspect_of, rendered
from appliance.imaging.window import VoiFunction
from pacs_bridge.prepare.decode import is_lossy, stored_frame
from pacs_bridge.prepare.describe import FrameMade, Instance, described_frame
from pacs_bridge.prepare.display import Display
from pacs_bridge.prepare.groups import Groups
from pacs_bridge.prepare.making import Made, Task
from pacs_bridge.prepare.overlays import Overlays
from pacs_bridge.prepare.pixels import PixelModule, pixel_module
from pacs_bridge.prepare.reasons import reason_without_pixels
from pacs_bridge.prepare.reports.facts import arrived_report
from pacs_bridge.prepare.series_facts import series_facts
from pacs_bridge.prepare.uptake import suv_of_image

_DECODING_ERRORS: tuple[type[Exception], ...] = (*FOREIGN_ERRORS, RuntimeError)


def make(task: Task) -> Made:
    """Return what became of the instance; its frames are in the files that the task names.

    Never raises for what the file holds: the reason is in the answer. `MemoryError` is left to
    the pool, which knows the limit.
    """
    try:
        dataset = read_whole(task.source)
    except Fault:
        return Made(reason="corrupt")
    # First of all: what is still bytes is said from its bytes, which costs a tenth.
    described = instance_json(dataset, task.address)
    if text(dataset, "SOPClassUID", 64) in CLASSES and not is_made_here(dataset):
        return _report(dataset, _written(described), task)
    try:
        module = pixel_module(dataset)
    except Malformed as fault:
        if fault.cause == "no_pixels":
            return _named(dataset, _written(described), reason_without_pixels(text(dataset, "SOPClassUID", 64)))
        return _named(dataset, _written(with_pixels(described, task.address)), fault.cause)
    metadata = _written(with_pixels(described, task.address))
    try:
        return _Instance(dataset, module, metadata, task).made()
    except Malformed as fault:
        return _named(dataset, metadata, fault.cause)
    except MemoryError:
        raise
    except _DECODING_ERRORS:
        return _named(dataset, metadata, "corrupt")


def _report(dataset: FileDataset, metadata: bytes, task: Task) -> Made:
    """Return what a report says of itself; it is made readable by a task of its own."""
    try:
        arrived = arrived_report(dataset, datetime.fromtimestamp(task.source.stat().st_mtime, UTC))
    except Fault:
        return Made(reason="corrupt")
    return Made(report=arrived, series=series_facts(dataset), metadata=metadata)


def _named(dataset: FileDataset, metadata: bytes, reason: str) -> Made:
    rejected = rejection(dataset)
    selected = selection_of(dataset) if reason == "key_objects" and rejected is None else None
    presented = presentation_state(dataset) if reason == "presentation_state" else None
    return Made(reason=reason, series=series_facts(dataset), metadata=metadata, rejection=rejected,
                selection=asdict(selected) if selected else None,
                presentation=asdict(presented) if presented else None)  # fmt: skip


def _written(described: JsonDataset) -> bytes:
    return json.dumps(described, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode(
        "utf-8", "backslashreplace")


class _Instance:
    """The frames of one instance on their way to disk."""

    def __init__(self, dataset: FileDataset, module: PixelModule, metadata: bytes, task: Task) -> None:
        self._dataset, self._module, self._metadata, self._task = dataset, module, metadata, task
        self._check_presence()
        groups = Groups(dataset)
        self._display = Display(dataset, module, groups)
        self._described = Instance(dataset, groups, module, self._display, suv_of_image(dataset))
        self._overlays = Overlays(dataset, module)
        self._lengths: list[int] = []
        self._images: list[dict[str, Any]] = []
        self._thumbnail = b""
        self._native: BinaryIO | None = None
        self._lossy = is_lossy(dataset, module)

    def made(self) -> Made:
        """Write the files and return their description."""
        module = self._module
        with self._task.frames.open("wb") as frames, ExitStack() as files:
            for index in range(module.frames):
                self._frame(index, frames, files)
        return Made(
            rows=module.rows, columns=module.columns, frames=module.frames,
            frame_offsets=offset_table(self._lengths),
            native_frame_bytes=0 if self._native is None else module.frame_bytes,
            images=self._images, overlays=self._overlays.described(),
            thumbnail=self._thumbnail, series=series_facts(self._dataset),
            metadata=self._metadata)

    def _check_presence(self) -> None:
        """Decode the last frame first when many are promised: a lie then costs one frame."""
        if self._module.frames > 1:
            stored_frame(self._dataset, self._module, self._module.frames - 1)

    def _frame(self, index: int, frames: BinaryIO, files: ExitStack) -> None:
        stored = stored_frame(self._dataset, self._module, index)
        self._overlays.pass_by(index)
        drawn = self._display.frame(index, stored)
        shown = drawn.pixels
        self._keep_native(stored, shown, index, files)
        codestream = encoded(shown)
        frames.write(codestream)
        self._lengths.append(len(codestream))
        digest = hashlib.blake2b(codestream, digest_size=8).hexdigest()
        made = FrameMade(
            shown.dtype.name, drawn.low, drawn.high, len(codestream), self._lossy, drawn.padding, digest)
        image = {**described_frame(self._described, index, made), "overlays": self._overlays.named(index)}
        self._images.append(image)
        if self._task.picture and index == self._module.frames // 2:
            self._thumbnail = rendered(shown, _look(image))

    def _keep_native(self, stored: Array, shown: Array, index: int, files: ExitStack) -> None:
        """Keep stored pixels once any frame differs from what is drawn (then all of them)."""
        same = stored.dtype == shown.dtype and stored.shape == shown.shape and bool(
            (stored == shown).all())
        if not same and self._native is None:
            self._native = files.enter_context(self._task.native.open("wb"))
            for before in range(index):
                self._native.write(_little(stored_frame(self._dataset, self._module, before)))
        if self._native is not None:
            self._native.write(_little(stored))


def _little(frame: Array) -> bytes:
    return frame.astype(frame.dtype.newbyteorder("<"), copy=False).tobytes()


def _look(image: dict[str, Any]) -> Look:
    window = next(iter(image["windows"]), None)
    return Look(
        slope=image["slope"], intercept=image["intercept"],
        center=window["center"] if window else None, width=window["width"] if window else None,
        function=VoiFunction(image["voi"]), invert=image["inverted"],
        size_px=THUMBNAIL_PX, quality=80, aspect=aspect_of(image), padding=image["padding"])

"""What goes into a worker and what comes out of it; values only, cheap to send."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.domain.rejection import Rejection
from appliance.usecases.ports import ArrivedReport


@dataclass(frozen=True, slots=True)
class Task:
    """One instance to prepare: where it lies, where its frames go, its address in DICOMweb."""

    source: Path
    frames: Path
    native: Path
    address: str
    picture: bool = True
    """Whether to draw a thumbnail: a series needs one, not one an instance."""


@dataclass(frozen=True, slots=True)
class Made:
    """What became of one instance; with a `reason` there is nothing to show, and maybe no `images`.

    ``native_frame_bytes`` is 0 when the display frames are the stored pixels.
    """

    reason: str = ""
    rows: int = 0
    columns: int = 0
    frames: int = 0
    frame_offsets: bytes = b""
    native_frame_bytes: int = 0
    images: list[dict[str, Any]] = field(default_factory=list)
    overlays: list[dict[str, Any]] = field(default_factory=list)
    metadata: bytes = b""
    """DICOM JSON of the instance, written out: it is kept as it is, and text is cheap to send."""
    series: dict[str, Any] = field(default_factory=dict)
    thumbnail: bytes = b""
    rejection: Rejection | None = None
    """What a rejection note takes back."""
    selection: dict[str, Any] | None = None
    """Of a selection of key images: ``title``, ``description``, ``images`` as ``[SOP UID, frame or None]``."""
    presentation: dict[str, Any] | None = None
    """Of a presentation state: the fields of `appliance.dicom.presentation_states.PresentationState`."""
    report: ArrivedReport | None = None
    """Of a report: what it says of itself. It has no images and no `reason`."""


@dataclass(frozen=True, slots=True)
class ReportTask:
    """One version of a report to make readable: where it lies, what it calls itself, where the result goes."""

    source: Path
    mime: str
    output: Path


@dataclass(frozen=True, slots=True)
class Rendered:
    """What became of it: ``media`` of the result, or the `reason` why there is none."""

    reason: str = ""
    media: str = ""

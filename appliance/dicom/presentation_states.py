"""How somebody saved an image to be looked at: softcopy presentation states (PS3.3 A.33, C.10 and C.11)."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydicom.dataset import Dataset

from appliance.dicom.elements import date_digits, integer, items, number, numbers, text

_MOST = 500
_MOST_POINTS = 4000
_KINDS = frozenset({"POINT", "POLYLINE", "INTERPOLATED", "CIRCLE", "ELLIPSE"})

Image = tuple[str, int | None]
"""SOP Instance UID and a frame from 1; None means all frames."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """Lines or words over images; ``images`` is empty where they lie over all of the state.

    ``points`` are x, y, x, y …: pixels from 0 at the outer corner of the first (C.10.5.1.2), or, ``relative``, shares
    of the displayed area from 0 to 1. Of a text they are the corners of its box, or its anchor alone.
    """

    images: tuple[Image, ...]
    kind: str
    points: tuple[float, ...]
    relative: bool
    filled: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class Presented:
    """A window in the unit of the state's own rescale, and the images that it is for; none means all of the state."""

    images: tuple[Image, ...]
    center: float
    width: float


@dataclass(frozen=True, slots=True)
class PresentationState:
    """One saved presentation. ``rotation`` is clockwise in degrees, after which ``flipped`` mirrors left and right."""

    label: str
    description: str
    made_on: str
    images: tuple[Image, ...]
    windows: tuple[Presented, ...]
    slope: float
    intercept: float
    inverted: bool
    rotation: int
    flipped: bool
    drawings: tuple[Drawing, ...]


def presentation_state(dataset: Dataset) -> PresentationState | None:
    """Return the state that an object holds; None when it names no image."""
    images = tuple(dict.fromkeys(image for series in items(dataset, "ReferencedSeriesSequence", _MOST)
                                 for image in _images(series)))[:_MOST]  # fmt: skip
    if not images:
        return None
    turn, slope = integer(dataset, "ImageRotation") or 0, number(dataset, "RescaleSlope")
    return PresentationState(
        text(dataset, "ContentLabel", 64), text(dataset, "ContentDescription", 1024),
        date_digits(dataset, "PresentationCreationDate"), images, tuple(_windows(dataset)), slope if slope else 1.0,
        number(dataset, "RescaleIntercept") or 0.0, text(dataset, "PresentationLUTShape", 16) == "INVERSE",
        turn if turn in (90, 180, 270) else 0, text(dataset, "ImageHorizontalFlip", 16) == "Y",
        tuple(_drawings(dataset))[:_MOST])  # fmt: skip


def _images(holder: Dataset) -> Iterator[Image]:
    for item in items(holder, "ReferencedImageSequence", _MOST):
        uid = text(item, "ReferencedSOPInstanceUID", 64)
        frames: list[int | None] = [int(n) for n in numbers(item, "ReferencedFrameNumber") if 1 <= n < 1e7]
        if uid:
            yield from ((uid, frame) for frame in frames or [None])


def _windows(dataset: Dataset) -> Iterator[Presented]:
    for item in items(dataset, "SoftcopyVOILUTSequence", _MOST):
        center, width = numbers(item, "WindowCenter"), numbers(item, "WindowWidth")
        if center and width and width[0] > 0:
            yield Presented(tuple(_images(item)), center[0], width[0])


def _drawings(dataset: Dataset) -> Iterator[Drawing]:
    for annotation in items(dataset, "GraphicAnnotationSequence", _MOST):
        images = tuple(_images(annotation))
        for one in items(annotation, "GraphicObjectSequence", _MOST):
            kind, points = text(one, "GraphicType", 16), numbers(one, "GraphicData")
            if kind in _KINDS and 2 <= len(points) <= _MOST_POINTS and len(points) % 2 == 0:
                relative = text(one, "GraphicAnnotationUnits", 16) == "DISPLAY"
                yield Drawing(images, kind.lower(), points, relative, text(one, "GraphicFilled", 16) == "Y")
        for one in items(annotation, "TextObjectSequence", _MOST):
            words, place = text(one, "UnformattedTextValue", 1024), _place(one)
            if words and place is not None:
                yield Drawing(images, "text", *place, text=words)


def _place(item: Dataset) -> tuple[tuple[float, ...], bool] | None:
    """Return where a text stands: the corners of its box, else its anchor; and whether in shares of the area."""
    corners = numbers(item, "BoundingBoxTopLeftHandCorner") + numbers(item, "BoundingBoxBottomRightHandCorner")
    if len(corners) == 4:
        return corners, text(item, "BoundingBoxAnnotationUnits", 16) == "DISPLAY"
    anchor = numbers(item, "AnchorPoint")
    return (anchor, text(item, "AnchorPointAnnotationUnits", 16) == "DISPLAY") if len(anchor) == 2 else None

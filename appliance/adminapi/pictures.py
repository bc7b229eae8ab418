"""One image of a series as PNG, from the stored display frames: a check that the images are there."""

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from appliance.contract.studies import PictureFacts, WindowView
from appliance.domain.errors import Refused, Unavailable
from appliance.domain.identifiers import SeriesUID, StudyUID, sop_uid
from appliance.imaging.arrays import Array
from appliance.imaging.encode import decoded, place_of

if TYPE_CHECKING:
    from appliance.bootstrap import House

_SIGNED_SHIFT = 32768


def picture(house: "House", study: StudyUID, series: SeriesUID, index: int) -> tuple[bytes, PictureFacts]:
    """Return a PNG and how to read it; ``index`` counts from 1 in the order of the series.

    Raises
    ------
    Refused
        ``no_picture`` when the series has nothing to show at that place.
    """
    images = _images(house, study, series)
    if not 1 <= index <= len(images):
        raise Refused("no_picture", total=len(images))
    image = images[index - 1]
    samples = _frame(house, image)
    colour = samples.ndim == 3
    shift = 0
    if not colour and samples.dtype.kind == "i":
        samples, shift = samples.astype(np.int32) + _SIGNED_SHIFT, _SIGNED_SHIFT
    drawn = Image.fromarray(samples.astype(np.uint8 if colour else np.uint16))
    out = BytesIO()
    drawn.save(out, "PNG", compress_level=1)
    return out.getvalue(), _facts(image, index, len(images), shift, colour=colour)


def _images(house: "House", study: StudyUID, series: SeriesUID) -> list[dict[str, Any]]:
    try:
        told = json.loads(house.objects.read(f"prepared/{study}/{series}/series.json"))
    except Unavailable as exc:
        if exc.cause == "object_missing":
            raise Refused("no_picture", total=0) from exc
        raise
    images: list[dict[str, Any]] = told.get("images", [])
    return images


def _frame(house: "House", image: dict[str, Any]) -> Array:
    with house.database.reading() as unit:
        row = unit.instances.by_uid(sop_uid(image["sop_uid"]))
    if row is None or not row.frames_key:
        raise Refused("no_picture", total=0)
    place = place_of(row.frame_offsets, int(image["frame"]))
    if place is None:
        raise Refused("no_picture", total=0)
    return decoded(house.objects.pread(row.frames_key, *place))


def _facts(image: dict[str, Any], index: int, total: int, shift: int, *, colour: bool) -> PictureFacts:
    slope = float(image.get("slope", 1.0))
    windows = tuple(
        WindowView(center=float(w["center"]), width=float(w["width"]), name=str(w.get("name") or ""))
        for w in image.get("windows") or ()
    )
    if not windows and image.get("range"):
        low, high = (float(v) for v in image["range"])
        windows = (WindowView(center=(low + high) / 2, width=max(1.0, high - low)),)
    return PictureFacts(
        index=index,
        total=total,
        slope=slope,
        intercept=float(image.get("intercept", 0.0)) - shift * slope,
        unit=image.get("unit"),
        colour=colour,
        inverted=bool(image.get("inverted")),
        lossy=bool((image.get("quality") or {}).get("lossy")),
        windows=windows,
    )

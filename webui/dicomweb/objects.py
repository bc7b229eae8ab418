"""Reading prepared and received objects for an answer. Blocking: run in the pool.

Only our own codestreams are decoded here; a stranger's pixels never are.
"""

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from appliance.dicom.metadata import bulk_value
from appliance.dicom.reading import read_before_pixels
from appliance.domain.errors import Malformed, Refused, Unavailable
from appliance.imaging.encode import decoded, encoded, place_of
from appliance.imaging.render import Look, Region, aspect_of, rendered
from appliance.imaging.window import VoiFunction
from appliance.usecases.ports import InstanceRow, Objects

Json = dict[str, Any]


def codestream(objects: Objects, row: InstanceRow, frame: int) -> bytes:
    """Return the display frame `frame` (from 1) as HTJ2K; raise `Refused` ``not_found``."""
    place = place_of(row.frame_offsets, frame)
    if place is None or not row.frames_key:
        raise Refused("not_found")
    return objects.pread(row.frames_key, *place)


def native_frame(objects: Objects, row: InstanceRow, frame: int) -> bytes:
    """Return the frame as stored, little endian."""
    if row.native_key:
        if not 1 <= frame <= row.frames:
            raise Refused("not_found")
        size = row.native_frame_bytes
        return objects.pread(row.native_key, (frame - 1) * size, size)
    return bytes(decoded(codestream(objects, row, frame)).tobytes())


def stored_htj2k(objects: Objects, row: InstanceRow, frame: int, image: Json) -> bytes:
    """Return the frame as stored, losslessly in HTJ2K: our own, unless it was normalised."""
    if not row.native_key:
        return codestream(objects, row, frame)
    samples = row.native_frame_bytes // (row.rows * row.columns)
    kind = {1: "u1", 2: "<u2", 3: "u1", 6: "<u2"}.get(samples)
    if kind is None:
        raise Refused("not_acceptable")
    if image.get("signed") and kind == "<u2":
        kind = "<i2"
    shape = (row.rows, row.columns, 3) if samples in (3, 6) else (row.rows, row.columns)
    return encoded(np.frombuffer(native_frame(objects, row, frame), kind).reshape(shape))


@dataclass(frozen=True, slots=True)
class Asked:
    """How a rendering was asked for; what is None is taken from the image."""

    center: float | None = None
    width: float | None = None
    function: str | None = None
    invert: bool | None = None
    size_px: int | None = None
    quality: int = 90
    fit: tuple[int, int] | None = None
    region: Region | None = None
    notes: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    form: str = "JPEG"


def rendered_frame(objects: Objects, row: InstanceRow, frame: int, asked: Asked) -> bytes:
    """Return the frame as a picture. A small one is decoded small: reduced sizes are nearly free."""
    image = described_image(objects, row, frame)
    small = asked.size_px if asked.fit is None else max(asked.fit)
    longest, skip = max(row.rows, row.columns, 1), 0
    while small is not None and asked.region is None and skip < 4 and longest >> (skip + 1) >= small:
        skip += 1
    pixels = decoded(codestream(objects, row, frame), skip)
    return rendered(pixels, _look(image, asked))


def _look(image: Json, asked: Asked) -> Look:
    window = next(iter(image["windows"]), {"center": None, "width": None})
    given = asked.center is not None and asked.width is not None
    inverted = bool(image["inverted"])
    return Look(
        slope=image["slope"], intercept=image["intercept"],
        center=asked.center if given else window["center"],
        width=asked.width if given else window["width"],
        function=VoiFunction(asked.function or image["voi"]),
        invert=inverted if asked.invert is None else inverted != asked.invert,
        size_px=asked.size_px, quality=asked.quality, aspect=aspect_of(image), padding=image.get("padding"),
        region=asked.region, fit=asked.fit, notes=asked.notes, form=asked.form)


def series(objects: Objects, study_uid: str, series_uid: str) -> Json | None:
    """Return the series JSON, None until the series is prepared."""
    text = _series_text(objects, study_uid, series_uid)
    found: Json | None = None if text is None else json.loads(text)
    return found


def described_image(objects: Objects, row: InstanceRow, frame: int) -> Json:
    """Return the entry of a frame in the series JSON; raise `Refused` ``not_found``."""
    text = _series_text(objects, row.study_uid, row.series_uid)
    image = None if text is None else _images(text).get((row.sop_uid, frame))
    if image is None:
        raise Refused("not_found")
    return dict(image)


def _series_text(objects: Objects, study_uid: str, series_uid: str) -> bytes | None:
    try:
        return objects.read(f"prepared/{study_uid}/{series_uid}/series.json")
    except Unavailable as fault:
        if fault.cause == "object_missing":
            return None
        raise


@lru_cache(maxsize=4)
def _images(series_text: bytes) -> dict[tuple[str, int], Json]:
    """Return the images of a series by SOP Instance UID and frame: each picture of a series asks again.

    Few are kept: the description of thousands of images takes tens of megabytes.
    """
    return {(image["sop_uid"], image["frame"]): image for image in json.loads(series_text)["images"]}


def stored_metadata(objects: Objects, study_uid: str, series_uid: str) -> bytes | None:
    """Return the metadata of a series as *prepare* stored it, gzip; None until then."""
    try:
        return objects.read(f"prepared/{study_uid}/{series_uid}/metadata.json.gz")
    except Unavailable as fault:
        if fault.cause == "object_missing":
            return None
        raise


def metadata(objects: Objects, study_uid: str, series_uids: Sequence[str]) -> list[Json]:
    """Return the metadata of every instance of these series."""
    found: list[Json] = []
    for uid in series_uids:
        packed = stored_metadata(objects, study_uid, uid)
        if packed is not None:
            found += json.loads(gzip.decompress(packed))
    return found


def bulk(objects: Objects, row: InstanceRow, tag_path: str) -> bytes:
    """Return the bytes that a BulkDataURI names; raise `Refused` ``not_found``."""
    if tag_path.upper() == "7FE00010":
        return b"".join(native_frame(objects, row, n) for n in range(1, row.frames + 1))
    try:
        with objects.local(row.key) as path:
            value = bulk_value(read_before_pixels(path), tag_path)
    except Malformed as exc:
        raise Refused("not_found") from exc
    if value is None:
        raise Refused("not_found")
    return value

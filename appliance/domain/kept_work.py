"""What a physician did on an exam and finds again: marks, images starred, windows and layout. A closed schema.

It comes from a browser, so nothing in it is believed: what is not described here is refused whole. An image is named
``series/instance/frame``. A change names only the images that it touches, so that two tabs do not undo each other; for
one and the same image the last one wins.
"""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from appliance.domain.errors import Malformed

MOST_BYTES = 256 << 10
MOST_IMAGES, MOST_MARKS, MOST_CHARACTERS = 5000, 200, 80
POINTS: Mapping[str, int] = {"length": 2, "angle": 3, "roi": 2, "probe": 1, "arrow": 2}
"""Kinds of marks, and how many points each has."""
CELLS: Mapping[str, int] = {"1": 1, "2": 2, "4": 4}
_FARTHEST = 1e6
_UID = r"[0-9.]{1,64}"
_IMAGE = re.compile(rf"{_UID}/{_UID}/[1-9][0-9]{{0,6}}")
_SERIES = re.compile(rf"{_UID}(/[0-9]{{1,5}})?")
_STUDY = re.compile(_UID)
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Work:
    """What is kept of one physician on one exam. ``revision`` counts the changes, 0 when there was none.

    ``marked_at``: when marks or keys last changed; windows and layout are no work that leaves. None of older work.
    """

    revision: int = 0
    arrangement: Json | None = None
    marks: Mapping[str, Sequence[Json]] = field(default_factory=dict)
    keys: Sequence[str] = ()
    marked_at: datetime | None = None

    def body(self) -> Json:
        """Return what the page reads of it, without its revision."""
        return {"arrangement": self.arrangement, "marks": dict(self.marks), "keys": list(self.keys)}


@dataclass(frozen=True, slots=True)
class Change:
    """What one tab did since ``seen``, the revision that it knows; images that it does not name stay as they are."""

    seen: int
    arrangement: Json | None
    marks: Mapping[str, Sequence[Json]]
    keys: Mapping[str, bool]


def change_of(told: object) -> Change:
    """Return the change; raise `Malformed` ``work`` for anything that is not described here."""
    whole = _object(told, ("seen", "arrangement", "marks", "keys"))
    return Change(
        _whole(whole["seen"], 1 << 53),
        None if whole["arrangement"] is None else _arrangement(whole["arrangement"]),
        _images(whole["marks"], _marks),
        _images(whole["keys"], _flag),
    )


def changed(work: Work, change: Change, now: datetime) -> Work:
    """Return the work after the change; raise `Malformed` ``too_large``."""
    marks = {image: found for image, found in {**work.marks, **change.marks}.items() if found}
    starred = {**dict.fromkeys(work.keys, True), **change.keys}
    keys = [image for image, is_key in starred.items() if is_key]
    same = marks == work.marks and keys == list(work.keys)
    at = work.marked_at if same else now
    after = Work(work.revision + 1, change.arrangement or work.arrangement, marks, keys, at)
    if len(marks) > MOST_IMAGES or len(keys) > MOST_IMAGES or len(text_of(after)) > MOST_BYTES:
        raise Malformed("too_large")
    return after


def text_of(work: Work) -> str:
    """Return what is stored: ASCII, so that characters are bytes."""
    at = {"marked_at": work.marked_at.isoformat()} if work.marked_at else {}
    return json.dumps({**work.body(), **at}, separators=(",", ":"), allow_nan=False)


def work_of(revision: int, text: str) -> Work:
    """Return the work that `text_of` wrote."""
    told = json.loads(text)
    at = told.pop("marked_at", None)
    return Work(revision, **told, marked_at=datetime.fromisoformat(at) if at else None)


def _arrangement(told: object) -> Json:
    whole = _object(told, ("shape", "active", "cells"))
    shape, cells = whole["shape"], whole["cells"]
    if not isinstance(shape, str) or shape not in CELLS or not isinstance(cells, list) or len(cells) != CELLS[shape]:
        raise Malformed("work")
    return {
        "shape": shape, "active": _whole(whole["active"], CELLS[shape] - 1),
        "cells": [None if cell is None else _cell(cell) for cell in cells],
    }  # fmt: skip


def _cell(told: object) -> Json:
    whole = _object(told, ("study", "series", "view"))
    return {
        "study": _named(whole["study"], _STUDY), "series": _named(whole["series"], _SERIES),
        "view": _view(whole["view"]),
    }  # fmt: skip


def _view(told: object) -> Json:
    whole = _object(told, ("index", "zoom", "pan", "turn", "inverted", "window"))
    turn = whole["turn"]
    if not isinstance(turn, list) or len(turn) != 4:
        raise Malformed("work")
    a, b, c, d = (int(_number(one)) for one in turn)
    if abs(a * d - b * c) != 1 or {abs(a), abs(b), abs(c), abs(d)} != {0, 1} or [a, b, c, d] != turn:
        raise Malformed("work")
    zoom = _number(whole["zoom"])
    if not 0.001 <= zoom <= 1000:
        raise Malformed("work")
    return {
        "index": _whole(whole["index"], 10_000_000), "zoom": zoom, "pan": _point(whole["pan"]), "turn": [a, b, c, d],
        "inverted": _flag(whole["inverted"]), "window": None if whole["window"] is None else _window(whole["window"]),
    }  # fmt: skip


def _window(told: object) -> Json:
    whole = _object(told, ("center", "width"), ("name",))
    width = _number(whole["width"], 1e12)
    if width <= 0:
        raise Malformed("work")
    named = {"name": _words(whole["name"])} if "name" in whole else {}
    return {"center": _number(whole["center"], 1e12), "width": width, **named}


def _marks(told: object) -> list[Json]:
    if not isinstance(told, list) or len(told) > MOST_MARKS:
        raise Malformed("work")
    return [_mark(one) for one in told]


def _mark(told: object) -> Json:
    whole = _object(told, ("kind", "points"), ("text",))
    kind, points = whole["kind"], whole["points"]
    if not isinstance(kind, str) or not isinstance(points, list) or POINTS.get(kind) != len(points):
        raise Malformed("work")
    said = {"text": _words(whole["text"])} if "text" in whole else {}
    return {"kind": kind, "points": [_point(one) for one in points], **said}


def _images(told: object, of: Callable[[object], Any]) -> dict[str, Any]:
    if not isinstance(told, dict) or len(told) > MOST_IMAGES:
        raise Malformed("work")
    return {_named(image, _IMAGE): of(one) for image, one in told.items()}


def _point(told: object) -> Json:
    whole = _object(told, ("x", "y"))
    return {"x": _number(whole["x"]), "y": _number(whole["y"])}


def _object(told: object, needed: Sequence[str], allowed: Sequence[str] = ()) -> Json:
    if not isinstance(told, dict) or not set(needed) <= set(told) <= {*needed, *allowed}:
        raise Malformed("work")
    return told


def _number(told: object, most: float = _FARTHEST) -> float:
    if isinstance(told, bool) or not isinstance(told, int | float):
        raise Malformed("work")
    if not (abs(told) <= most and math.isfinite(told)):
        raise Malformed("work")
    return told


def _whole(told: object, most: int) -> int:
    if isinstance(told, bool) or not isinstance(told, int) or not 0 <= told <= most:
        raise Malformed("work")
    return told


def _flag(told: object) -> bool:
    if not isinstance(told, bool):
        raise Malformed("work")
    return told


def _words(told: object) -> str:
    if not isinstance(told, str) or len(told) > MOST_CHARACTERS or not told.isprintable():
        raise Malformed("work")
    return told


def _named(told: object, form: re.Pattern[str]) -> str:
    if not isinstance(told, str) or not form.fullmatch(told):
        raise Malformed("work")
    return told

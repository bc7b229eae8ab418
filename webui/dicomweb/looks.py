"""How a picture is asked for: the query of rendered resources (PS3.18 8.3.5) and of WADO-URI (9.1.2.2)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from appliance.domain.errors import Malformed
from appliance.imaging.render import Region
from webui.dicomweb.objects import Asked

Json = Mapping[str, Any]
FORMS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF"}
LARGEST_PX = 4096
_FUNCTIONS = {"linear": "LINEAR", "linear-exact": "LINEAR_EXACT", "sigmoid": "SIGMOID"}
_ANNOTATIONS = frozenset({"patient", "technique"})
_PROFILES = frozenset({"no", "yes", "srgb", "adobergb", "rommrgb", "displayp3"})


@dataclass(frozen=True, slots=True)
class Wish:
    """A picture asked for, and what is to be written into it."""

    asked: Asked
    annotations: frozenset[str] = frozenset()


def wish_of(query: Mapping[str, str], rows: int, columns: int) -> Wish:
    """Return what ``window viewport quality annotation iccprofile`` ask of a frame of that size.

    Raises
    ------
    Malformed
        ``window``, ``viewport``, ``quality``, ``annotation``, ``iccprofile`` or ``number``.
    """
    if query.get("iccprofile", "no").lower() not in _PROFILES:
        raise Malformed("iccprofile")
    asked = Asked(quality=_quality(query.get("quality", "")))
    asked = _viewport(_windowed(asked, query.get("window", "")), query.get("viewport", ""), rows, columns)
    return Wish(asked, annotations(query.get("annotation", "")))


def annotations(text: str) -> frozenset[str]:
    """Return what is to be burnt in; raise `Malformed` ``annotation``."""
    found = frozenset(filter(None, text.split(",")))
    if not found <= _ANNOTATIONS:
        raise Malformed("annotation")
    return found


def noted(wish: Wish, said: Json) -> Asked:
    """Return the picture with the lines that its annotations ask for, from the object's metadata."""
    patient = ("00100010", "00100020", "00100030", "00100040")
    technique = ("00080060", "00080020", "00200011", "00200013", "00180050", "00180060")
    left = _lines(said, patient) if "patient" in wish.annotations else ()
    right = _lines(said, technique) if "technique" in wish.annotations else ()
    return replace(wish.asked, notes=(left, right))


def finite(text: str) -> float:
    """Return the number, or raise `Malformed` ``number``."""
    try:
        value = float(text)
    except ValueError as exc:
        raise Malformed("number") from exc
    if not math.isfinite(value):
        raise Malformed("number")
    return value


def whole(text: str, low: int, high: int, cause: str) -> int:
    """Return the whole number between `low` and `high`, both allowed; raise `Malformed` with the cause."""
    if not (text.isascii() and text.isdecimal()) or len(text) > 9 or not low <= int(text) <= high:
        raise Malformed(cause)
    return int(text)


def _quality(text: str) -> int:
    return whole(text, 1, 100, "quality") if text else 90


def _windowed(asked: Asked, text: str) -> Asked:
    if not text:
        return asked
    parts = text.split(",")
    function = parts[2].lower() if len(parts) == 3 else "linear"
    if len(parts) not in (2, 3) or function not in _FUNCTIONS:
        raise Malformed("window")
    return replace(asked, center=finite(parts[0]), width=finite(parts[1]), function=_FUNCTIONS[function])


def _viewport(asked: Asked, text: str, rows: int, columns: int) -> Asked:
    """``vw,vh`` or ``vw,vh,sx,sy,sw,sh``, of which the last four may be empty; a negative width or height turns."""
    if not text:
        return asked
    parts = text.split(",")
    if len(parts) not in (2, 6):
        raise Malformed("viewport")
    fit = tuple(min(whole(part, 1, 1 << 20, "viewport"), LARGEST_PX) for part in parts[:2])
    asked = replace(asked, fit=(fit[0], fit[1]))
    if len(parts) == 2:
        return asked
    left, top = (_coordinate(part, 0) for part in parts[2:4])
    width = _coordinate(parts[4], columns - left)
    height = _coordinate(parts[5], rows - top)
    if not (0 <= left < columns and 0 <= top < rows and width and height):
        raise Malformed("viewport")
    return replace(asked, region=Region(left, top, abs(width), abs(height), width < 0, height < 0))


def _coordinate(text: str, default: int) -> int:
    if not text:
        return default
    value = finite(text)
    if abs(value) > 1 << 20:
        raise Malformed("viewport")
    return round(value)


def _lines(said: Json, tags: tuple[str, ...]) -> tuple[str, ...]:
    values = [next(iter(said.get(tag, {}).get("Value", [])), "") for tag in tags]
    texts = [str(v.get("Alphabetic", "")).replace("^", " ") if isinstance(v, dict) else str(v) for v in values]
    return tuple("".join(c for c in text if c.isprintable())[:64] for text in texts if text)

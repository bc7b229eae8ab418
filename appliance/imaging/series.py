"""The JSON of a series that the viewer starts from: images in the order to show, and the verdict."""

from collections.abc import Mapping, Sequence
from typing import Any

from appliance.domain.geometry import Orientation, Plane, Vector, Verdict, judge
from appliance.domain.stacks import Member, Stack, split
from appliance.domain.suv import NoSuv, Suv, of_series

Json = dict[str, Any]


def series_json(
    series: Mapping[str, Any], images: Sequence[Json], undisplayable: Sequence[Json],
    expected: int | None,
) -> Json:
    """Return the series as the viewer reads it.

    Parameters
    ----------
    series
        Attributes of the series itself (uid, number, modality, …).
    images
        Entries of frames in any order.
    undisplayable
        ``{"sop_uid", "number", "reason"}`` of each instance that has nothing to show.
    expected
        How many instances the PACS says there are, None when it did not say.
    """
    listed = sorted(images, key=_by_number)
    received = len({i["sop_uid"] for i in images}) + len(undisplayable)
    complete = expected is None or received >= expected
    members = [_member(i, series) for i in listed]
    stacks = split(members, complete=complete)
    whole = stacks[0].verdict if len(stacks) == 1 else judge([m.plane for m in members], complete=complete)
    return {
        **series, "geometry": _geometry(whole), "stacks": _described(stacks, listed), "suv": _suv(listed),
        "images": [listed[i] for stack in stacks for i in stack.members],
        "undisplayable": sorted(undisplayable, key=lambda u: (u["number"] or 0, u["sop_uid"])),
        "expected": expected,
    }


def _described(stacks: Sequence[Stack], listed: Sequence[Json]) -> list[Json]:
    """Return where each stack lies in ``images``, what it is, and its own verdicts."""
    described: list[Json] = []
    first = 0
    for stack in stacks:
        described.append({
            "first": first, "count": len(stack.members), "geometry": _geometry(stack.verdict),
            "suv": _suv([listed[i] for i in stack.members]),
            "labels": [{"kind": str(label.kind), "value": label.value} for label in stack.labels]})
        first += len(stack.members)
    return described


def _suv(images: Sequence[Json]) -> Json | None:
    """Return the factor to SUV by body weight or the word for why there is none; None when nothing is PET."""
    told = [image.get("suv") for image in images]
    if not any(told):
        return None
    verdict = of_series([Suv(one["factor"], NoSuv(one["reason"]) if one["reason"] else None) if one
                         else Suv(None, NoSuv.MIXED) for one in told])
    return {"factor": verdict.factor, "reason": str(verdict.reason) if verdict.reason else None}


def _member(image: Json, series: Mapping[str, Any]) -> Member:
    return Member(_plane(image, series), image.get("traits") or {}, bool(image.get("localizer")),
                  str(image.get("digest") or ""))


def _by_number(image: Json) -> tuple[int, str, int]:
    number = image["number"]
    return (number if number is not None else 1 << 40, image["sop_uid"], image["frame"])


def _plane(image: Json, series: Mapping[str, Any]) -> Plane:
    return Plane(
        rows=image["rows"], columns=image["columns"], position=_vector(image["position"]),
        orientation=_orientation(image["orientation"]),
        spacing_mm=tuple(image["spacing_mm"]) if image["spacing_mm"] else None,
        colour=image["photometric"] == "RGB",
        frame_of_reference=image.get("frame_of_reference") or series["frame_of_reference"] or "")


def _vector(values: Sequence[float] | None) -> Vector | None:
    return None if values is None else (values[0], values[1], values[2])


def _orientation(values: Sequence[float] | None) -> Orientation | None:
    if values is None:
        return None
    a, b, c, d, e, f = values
    return (a, b, c, d, e, f)


def _geometry(verdict: Verdict) -> Json:
    return {"kind": str(verdict.kind), "mpr": verdict.mpr,
            "reason": str(verdict.reason) if verdict.reason else None,
            "spacing_mm": verdict.spacing_mm}

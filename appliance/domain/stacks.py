"""What a series is made of: stacks that are looked at, and cut, each by itself.

A PACS puts into one series what an examination produced together: the localiser with the slices, three
orientations, two echoes, twelve phases, each image twice. Pure: planes and their traits in, stacks out. Every
image is in one stack and one only; what cannot be told apart honestly stays together, and its verdict says so.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias

from appliance.domain.geometry import (
    SAME_PLACE_MM,
    Orientation,
    Plane,
    Verdict,
    depths_of,
    is_orientation,
    judge,
    same_direction,
)

Value: TypeAlias = str | int | float
Indices: TypeAlias = tuple[int, ...]

#: Fewer images than this do not make a stack of their own when there are several such groups.
FEWEST_APART = 3
#: More parts than this are no help to a reader: the stack stays whole.
MOST_PARTS = 128


class Trait(StrEnum):
    """In what images at one place differ, the most telling first; also the words of labels."""

    STACK = "stack"
    SEGMENT = "segment"
    ECHO_MS = "echo_ms"
    B_VALUE = "b_value"
    TIME = "time"
    PHASE_PERCENT = "phase_percent"
    COMPONENT = "component"
    TYPE = "type"
    DIRECTION = "direction"
    ENERGY_WINDOW = "energy_window"
    DETECTOR = "detector"
    ENERGY_KV = "energy_kv"
    KERNEL = "kernel"
    INVERSION_MS = "inversion_ms"
    FLIP_DEG = "flip_deg"
    ACQUISITION = "acquisition"
    REFERENCE_MS = "reference_ms"
    TRIGGER_MS = "trigger_ms"
    DIMENSION_1 = "dimension_1"
    DIMENSION_2 = "dimension_2"
    DIMENSION_3 = "dimension_3"
    DIMENSION_4 = "dimension_4"


class Part(StrEnum):
    """Words of labels that are no trait of an image."""

    LOCALIZER = "localizer"
    PLANE = "plane"
    FRAME_OF_REFERENCE = "frame_of_reference"
    SIZE = "size"
    OTHERS = "others"
    PASS = "pass"  # noqa: S105 -- the n-th time through the same places
    DUPLICATES = "duplicates"


@dataclass(frozen=True, slots=True)
class Label:
    """One word of what a stack is, and its value."""

    kind: Trait | Part
    value: Value


@dataclass(frozen=True, slots=True)
class Member:
    """One image: where it lies, what it is, and a digest of its pixels (empty: not known)."""

    plane: Plane
    traits: Mapping[str, Value] = field(default_factory=dict)
    localizer: bool = False
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Stack:
    """Images that belong together, in the order to show; `labels` tell it from its neighbours."""

    members: Indices
    verdict: Verdict
    labels: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class _Group:
    members: Indices
    labels: tuple[Label, ...] = ()
    kept: bool = False
    """Whether what it is settles what it stays: no further split."""

    def labelled(self, members: Iterable[int], label: Label | None) -> "_Group":
        labels = self.labels if label is None else (*self.labels, label)
        return replace(self, members=tuple(members), labels=labels)


def split(members: Sequence[Member], *, complete: bool = True) -> list[Stack]:
    """Return the stacks of a series, each with its verdict.

    Parameters
    ----------
    members
        In the order in which they would be shown without geometry.
    complete
        False when images of the series are known to be missing.
    """
    groups: list[_Group] = []
    for group in _apart(members):
        groups += [group] if group.kept else _by_traits(members, group)
    return [_judged(members, group, complete=complete) for group in groups]


def _judged(members: Sequence[Member], group: _Group, *, complete: bool) -> Stack:
    verdict = judge([members[i].plane for i in group.members], complete=complete)
    return Stack(tuple(group.members[i] for i in verdict.order), verdict, group.labels)


def _apart(members: Sequence[Member]) -> list[_Group]:
    """Separate what lies in space in different ways; images without a place, and strays, come last together.

    Where no image has a place, a clip or radiographs, nothing is torn apart.
    """
    placed = [i for i, m in enumerate(members) if _is_placed(m.plane)]
    if not placed:
        return [_Group(tuple(range(len(members))), kept=True)]
    groups = [_Group(tuple(placed))]
    for sort, label in _SORTS:
        groups = [part for group in groups for part in _sorted_out(members, group, sort, label)]
    strays = [g for g in groups if len(g.members) < FEWEST_APART]
    unplaced = len(members) - len(placed)
    if len(strays) < 2 and not unplaced:
        return groups
    large = [g for g in groups if g not in strays]
    others = sorted({*range(len(members))} - {i for g in large for i in g.members})
    labels = (Label(Part.OTHERS, len(others)),) if large else ()
    return [*large, _Group(tuple(others), labels, kept=True)]


def _is_placed(plane: Plane) -> bool:
    return plane.position is not None and plane.orientation is not None and is_orientation(plane.orientation)


def _sorted_out(
    members: Sequence[Member], group: _Group, sort: Callable[[Sequence[Member]], list[Hashable]],
    label: Callable[[Member, int], Label | None],
) -> list[_Group]:
    keys = sort([members[i] for i in group.members])
    parts: dict[Hashable, list[int]] = {}
    for index, key in zip(group.members, keys, strict=True):
        parts.setdefault(key, []).append(index)
    if not 1 < len(parts) <= MOST_PARTS:
        return [group]
    return [group.labelled(part, label(members[part[0]], at)) for at, part in enumerate(parts.values(), start=1)]


def _orientations(members: Sequence[Member]) -> list[Hashable]:
    """Return the number of the first direction that each plane shares, to about a degree."""
    found: list[Orientation] = []
    keys: list[Hashable] = []
    for member in members:
        own = member.plane.orientation
        if own is None:
            keys.append(-1)
            continue
        at = next((n for n, other in enumerate(found) if same_direction(own, other)), len(found))
        if at == len(found) and at <= MOST_PARTS:
            found.append(own)
        keys.append(at)
    return keys


def _plane_label(member: Member, at: int) -> Label:
    """Return the usual name of the plane by its normal, `oblique` when it is none of the three."""
    row, column = (member.plane.orientation or (0.0,) * 6)[:3], (member.plane.orientation or (0.0,) * 6)[3:]
    normal = [abs(row[1] * column[2] - row[2] * column[1]), abs(row[2] * column[0] - row[0] * column[2]),
              abs(row[0] * column[1] - row[1] * column[0])]
    axis = max(range(3), key=lambda n: normal[n])
    names = ("sagittal", "coronal", "axial")
    return Label(Part.PLANE, names[axis] if normal[axis] > 0.9 else "oblique")


_SORTS: tuple[tuple[Callable[[Sequence[Member]], list[Hashable]], Callable[[Member, int], Label | None]], ...] = (
    (lambda members: [m.localizer for m in members],
     lambda member, at: Label(Part.LOCALIZER, "") if member.localizer else None),
    (lambda members: [m.plane.frame_of_reference for m in members],
     lambda member, at: Label(Part.FRAME_OF_REFERENCE, at)),
    (_orientations, _plane_label),
    (lambda members: [_size(m.plane) for m in members],
     lambda member, at: Label(Part.SIZE, f"{member.plane.columns} × {member.plane.rows}")),
)


def _size(plane: Plane) -> Hashable:
    spacing = plane.spacing_mm
    rounded = None if spacing is None else (round(spacing[0], 3), round(spacing[1], 3))
    return plane.rows, plane.columns, rounded, plane.colour


def _by_traits(members: Sequence[Member], group: _Group) -> list[_Group]:
    """Separate images that lie at one place by the first trait that tells them apart, and again."""
    places = _places(members, group.members)
    crowd = max(len(place) for place in places)
    if crowd == 1:
        return [group]
    for trait in Trait:
        parts = _parts(members, group.members, trait)
        if _helps(members, group.members, places, crowd, parts):
            names = _names(trait, list(parts))
            split_up = [group.labelled(part, Label(trait, names[value])) for value, part in parts.items()]
            return [last for one in split_up for last in _by_traits(members, one)]
    return _passes(members, group, places, crowd)


def _parts(members: Sequence[Member], indices: Indices, trait: Trait) -> dict[Value, Indices]:
    parts: dict[Value, list[int]] = {}
    for index in indices:
        parts.setdefault(members[index].traits.get(trait, ""), []).append(index)
    return {value: tuple(parts[value]) for value in sorted(parts, key=_rank)}


def _rank(value: Value) -> tuple[bool, float, str]:
    return (True, 0.0, value) if isinstance(value, str) else (False, float(value), "")


def _helps(
    members: Sequence[Member], indices: Indices, places: Sequence[Indices], crowd: int,
    parts: Mapping[Value, Indices],
) -> bool:
    """Whether fewer images share a place afterwards, without tearing places apart that belong together."""
    if not 1 < len(parts) <= MOST_PARTS:
        return False
    left = sum(len(part) - len(_places(members, part)) for part in parts.values())
    clean = left == 0 and len(indices) >= FEWEST_APART * len(parts)
    return left < len(indices) - len(places) and (len(parts) <= crowd or clean)


def _names(trait: Trait, values: Sequence[Value]) -> dict[Value, Value]:
    """Return how each value is told: of an image type only the words that the others do not share."""
    if trait is Trait.DIRECTION:
        return {value: at for at, value in enumerate(values, start=1)}
    if trait is not Trait.TYPE:
        return {value: value for value in values}
    words = {value: str(value).split("\\") for value in values}
    shared = set.intersection(*(set(w) for w in words.values()))
    return {value: " ".join(w for w in words[value] if w not in shared) or str(value) for value in values}


def _passes(members: Sequence[Member], group: _Group, places: Sequence[Indices], crowd: int) -> list[_Group]:
    """Take copies out; then, where every place is taken equally often, the n-th of each place together."""
    first, copies = _copies(members, places)
    if copies:
        rest = _by_traits(members, replace(group, members=first))
        return [*rest, replace(group.labelled(copies, Label(Part.DUPLICATES, len(copies))), kept=True)]
    if any(len(place) != crowd for place in places) or len(places) < FEWEST_APART or crowd > MOST_PARTS:
        return [group]
    return [group.labelled((place[n] for place in places), Label(Part.PASS, n + 1)) for n in range(crowd)]


def _copies(members: Sequence[Member], places: Sequence[Indices]) -> tuple[Indices, Indices]:
    """Return (the first of each picture, its copies at the same place)."""
    first: list[int] = []
    copies: list[int] = []
    for place in places:
        seen: set[str] = set()
        for index in place:
            digest = members[index].digest
            (copies if digest and digest in seen else first).append(index)
            seen.add(digest)
    return tuple(sorted(first)), tuple(sorted(copies))


def _places(members: Sequence[Member], indices: Indices) -> list[Indices]:
    """Return the images of each place along the normal, each in the given order."""
    depths = dict(zip(indices, depths_of([members[i].plane for i in indices]), strict=True))
    places: list[list[int]] = []
    last = float("-inf")
    for index in sorted(indices, key=lambda i: depths[i]):
        if depths[index] - last > SAME_PLACE_MM:
            places.append([])
        places[-1].append(index)
        last = depths[index]
    return [tuple(sorted(place)) for place in places]


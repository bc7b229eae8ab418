"""What a series is made of, stack by stack, each with its own verdict."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.geometry import NoMpr, Orientation, Plane
from appliance.domain.stacks import Member, Part, Stack, Trait, Value, split

AXIAL: Orientation = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
CORONAL: Orientation = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)
SAGITTAL: Orientation = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)
NORMALS = {AXIAL: (0, 0, 1), CORONAL: (0, 1, 0), SAGITTAL: (-1, 0, 0)}


def slices(count: int = 10, orientation: Orientation = AXIAL, start: float = 0.0, **traits: Value) -> list[Member]:
    x, y, z = NORMALS[orientation]
    places = [start + 2.0 * n for n in range(count)]
    return [Member(Plane(64, 64, (x * d, y * d, z * d), orientation, (1.0, 1.0)), traits) for d in places]


def told(stacks: list[Stack]) -> list[tuple[int, NoMpr | None, list[tuple[str, Value]]]]:
    return [(len(s.members), s.verdict.reason, [(str(x.kind), x.value) for x in s.labels]) for s in stacks]


def interleaved(*stacks: list[Member]) -> list[Member]:
    return [member for places in zip(*stacks, strict=True) for member in places]


def test_a_plain_stack_is_one_and_has_no_label() -> None:
    [stack] = split(slices())
    assert (stack.labels, stack.verdict.mpr) == ((), True)


def test_a_localiser_does_not_spoil_the_volume() -> None:
    scout = Member(Plane(512, 888, (0, 0, 0), CORONAL, (0.5, 0.5)), localizer=True)
    assert told(split([scout, *slices()])) == [
        (1, NoMpr.TOO_FEW, [("localizer", "")]), (10, None, [])]  # fmt: skip


def test_three_orientations_are_three_stacks_with_three_verdicts() -> None:
    found = split(slices(6) + slices(5, CORONAL) + slices(4, SAGITTAL))
    assert told(found) == [(6, None, [("plane", "axial")]), (5, None, [("plane", "coronal")]),
                           (4, NoMpr.TOO_FEW, [("plane", "sagittal")])]  # fmt: skip


def test_one_image_of_each_orientation_stays_one_stack() -> None:
    [stack] = split(slices(1) + slices(1, CORONAL) + slices(1, SAGITTAL))
    assert (stack.members, stack.labels, stack.verdict.reason) == ((0, 1, 2), (), NoMpr.MIXED_ORIENTATION)


def test_strays_and_images_without_a_place_stand_together_at_the_end() -> None:
    report = Member(Plane(512, 512, colour=True))
    found = split([report, *slices(8), *slices(2, CORONAL)])
    assert told(found) == [(8, None, [("plane", "axial")]), (3, NoMpr.COLOUR, [("others", 3)])]


def test_images_without_a_place_are_never_torn_apart() -> None:
    clip = [Member(Plane(480, 640, colour=True), {Trait.TYPE: str(n)}, digest="same") for n in range(40)]
    [stack] = split(clip)
    assert stack.members == tuple(range(40))


@pytest.mark.parametrize("trait", [Trait.ECHO_MS, Trait.B_VALUE, Trait.TIME, Trait.PHASE_PERCENT, Trait.STACK,
                                   Trait.SEGMENT, Trait.DIMENSION_3])  # fmt: skip
def test_images_at_one_place_are_told_apart_by_their_trait(trait: Trait) -> None:
    members = interleaved(*(slices(6, **{trait: value}) for value in (30, 4.6, 100)))
    assert told(split(members)) == [(6, None, [(trait, value)]) for value in (4.6, 30, 100)]


def test_traits_are_taken_together_where_one_is_not_enough() -> None:
    members = [m for echo in (5, 10) for b in (0, 800) for m in slices(5, echo_ms=echo, b_value=b)]
    labels = [[("echo_ms", echo), ("b_value", b)] for echo in (5, 10) for b in (0, 800)]
    assert told(split(members)) == [(5, None, label) for label in labels]


def test_directions_are_counted_within_their_b_value() -> None:
    directions = [slices(5, b_value=800, direction=d) for d in ("1.00 0.00 0.00", "0.00 1.00 0.00", "0.00 0.00 1.00")]
    members = slices(5, b_value=0) + [m for part in directions for m in part]
    assert [labels for _, _, labels in told(split(members))] == [
        [("b_value", 0)], *([("b_value", 800), ("direction", n)] for n in (1, 2, 3))]  # fmt: skip


def test_image_types_are_told_by_what_they_do_not_share() -> None:
    water, fat = "DERIVED\\PRIMARY\\DIXON\\WATER", "DERIVED\\PRIMARY\\DIXON\\FAT"
    members = slices(5, type=water) + slices(5, type=fat)
    assert [s.labels[0].value for s in split(members)] == ["FAT", "WATER"]


def test_a_trait_that_changes_from_slice_to_slice_tears_nothing_apart() -> None:
    plain = slices(8)
    members = [replace(m, traits={"acquisition": n, "trigger_ms": n * 31.7}) for n, m in enumerate(plain)]
    [stack] = split(members)
    assert stack.verdict.mpr


def test_overlapping_acquisitions_are_separate_volumes() -> None:
    members = slices(8, acquisition=1) + slices(8, start=12.0, acquisition=2) + slices(8, start=24.0, acquisition=3)
    assert told(split(members)) == [(8, None, [("acquisition", n)]) for n in (1, 2, 3)]


def test_phases_that_nothing_names_are_passes_through_the_same_places() -> None:
    members = slices(6) + slices(6) + slices(6)
    found = split(members)
    assert told(found) == [(6, None, [("pass", n)]) for n in (1, 2, 3)]
    assert [s.members for s in found] == [tuple(range(n, n + 6)) for n in (0, 6, 12)]


def test_copies_are_set_aside_and_the_rest_is_cut() -> None:
    members = [replace(m, digest=f"{n:x}") for n, m in enumerate(slices(8))]
    found = split([*members, members[3], members[5]])
    assert told(found) == [(8, None, []), (2, NoMpr.TOO_FEW, [("duplicates", 2)])]
    assert found[1].members == (8, 9)


def test_what_cannot_be_told_apart_honestly_stays_together_and_is_not_cut() -> None:
    members = [replace(m, digest=f"{n:x}") for n, m in enumerate([*slices(8), slices(8)[3]])]
    assert told(split(members)) == [(9, NoMpr.DUPLICATES, [])]


def test_two_sizes_are_two_stacks() -> None:
    small = [replace(m, plane=replace(m.plane, rows=32, columns=40)) for m in slices(5)]
    assert told(split(slices(5) + small)) == [(5, None, [("size", "64 × 64")]), (5, None, [("size", "40 × 32")])]


def test_an_incomplete_series_is_not_cut_anywhere() -> None:
    found = split(slices(6, echo_ms=1) + slices(6, echo_ms=2), complete=False)
    assert {s.verdict.reason for s in found} == {NoMpr.INCOMPLETE}


_members = st.builds(
    Member,
    st.builds(Plane, st.sampled_from([64, 128]), st.just(64),
              st.none() | st.tuples(st.just(0.0), st.just(0.0), st.integers(0, 4).map(float)),
              st.sampled_from([AXIAL, CORONAL, None]), st.just((1.0, 1.0))),
    st.dictionaries(st.sampled_from(["echo_ms", "type", "time"]), st.integers(0, 2) | st.sampled_from(["A", "B"])),
    st.booleans(), st.sampled_from(["", "a", "b"]))  # fmt: skip


@given(st.lists(_members, max_size=30))
def test_every_image_is_in_one_stack_and_one_only(members: list[Member]) -> None:
    stacks = split(members)
    assert sorted(i for s in stacks for i in s.members) == list(range(len(members)))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_viewer_has_a_word_for_every_label(language: str) -> None:
    root = Path(__file__).parents[3]
    words = json.loads((root / f"webui/viewer/src/locale/{language}.json").read_text(encoding="utf-8"))
    kinds = {str(k) for k in (*Trait, *Part) if k is not Part.PLANE and not k.startswith("dimension_")} | {"dimension"}
    assert {f"stack.{kind}" for kind in kinds} <= set(words)
    assert all(f"plane.{plane}" in words for plane in ("axial", "coronal", "sagittal", "oblique"))

"""Lookup tables against the words of the standard."""

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.errors import Malformed
from appliance.imaging.tables import expanded, palette, table

words = st.lists(st.integers(0, 65535), min_size=1, max_size=64)


@given(words, st.integers(-40000, 40000), st.lists(st.integers(-70000, 70000), min_size=1, max_size=20))
def test_a_table_gives_its_ends_beyond_its_ends(entries: list[int], first: int, values: list[int]) -> None:
    wanted = [entries[min(max(v - first, 0), len(entries) - 1)] for v in values]
    assert table(first, entries, 16).applied(np.array([values])).tolist() == [wanted]


@given(words, st.integers(1, 16))
def test_a_table_is_never_brighter_than_its_bits(entries: list[int], bits: int) -> None:
    made = table(0, entries, bits)
    assert max(entries) < 1 << made.bits
    assert made.bits >= bits


@pytest.mark.parametrize("entries", [[], [-1], [65536]])
def test_what_is_no_table_is_refused(entries: list[int]) -> None:
    with pytest.raises(Malformed):
        table(0, entries, 16)


def test_sixteen_bit_palettes_lose_their_low_byte_and_false_ones_do_not() -> None:
    ramp = table(0, [0, 0x8000, 0xFFFF], 16)
    assert palette(ramp, ramp, ramp).applied(np.array([[0, 1, 2]])).tolist() == [[[0] * 3, [128] * 3, [255] * 3]]
    false = table(0, [0, 128, 255], 16)
    assert palette(false, false, false).applied(np.array([[0, 1, 2]])).tolist() == [[[0] * 3, [128] * 3, [255] * 3]]


def test_a_discrete_and_a_linear_segment_and_their_repetition() -> None:
    once = [10, 20, 25, 30, 35, 40]
    assert expanded([0, 2, 10, 20, 1, 4, 40], 6).tolist() == once
    # The example of C.7.9.2.3: two segments copied from byte 0.
    assert expanded([0, 2, 10, 20, 1, 4, 40, 2, 2, 0, 0], 12).tolist() == once * 2
    assert expanded([0, 2, 10, 20, 1, 4, 40, 2, 1, 8, 0], 10, 2).tolist() == [*once, 40, 40, 40, 40]
    assert expanded([0, 1, 7, 1, 2, 9, 2, 2, 0, 0, 0, 0], 6, 1).tolist() == [7, 8, 9, 7, 8, 9]


@pytest.mark.parametrize("segments", [
    [], [1, 4, 40], [9, 1, 1], [0, 2, 10, 20], [0, 1, 7, 2, 9, 6, 0],
])  # fmt: skip
def test_segments_that_do_not_fill_the_table_are_refused(segments: list[int]) -> None:
    with pytest.raises(Malformed):
        expanded(segments, 5)


@given(st.lists(st.integers(0, 65535), max_size=40), st.integers(1, 300), st.sampled_from([1, 2]))
def test_no_segments_do_anything_but_fill_or_be_refused(segments: list[int], length: int, size: int) -> None:
    with contextlib.suppress(Malformed):
        assert len(expanded(segments, length, size)) == length

"""Share codes: a slip of the keyboard is caught before it costs an attempt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain import share_codes
from appliance.domain.errors import Malformed

CODES = st.lists(st.integers(0, 255), min_size=40, max_size=64).map(share_codes.from_random)


def test_the_check_character_is_the_one_of_the_rule():
    assert share_codes.check_character("A2B3C4D") == "6"


@given(CODES, st.integers(0, 7), st.sampled_from(share_codes.ALPHABET))
def test_every_substitution_is_caught(code, place, other):
    wrong = code[:place] + other + code[place + 1 :]
    if wrong != code:
        with pytest.raises(Malformed, match="code_slip"):
            share_codes.parse(wrong)


@given(CODES, st.integers(0, 6))
def test_every_swap_of_neighbours_is_caught(code, place):
    wrong = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    if wrong != code:
        with pytest.raises(Malformed, match="code_slip"):
            share_codes.parse(wrong)


@given(CODES)
def test_a_code_is_read_back_as_people_write_it(code):
    for text in (share_codes.grouped(code), code.lower(), f" {code[:4]}-{code[4:]} ", code.replace("5", "S")):
        assert share_codes.parse(text) == code


WRONG = {"A2B3C4D0": "code_alien", "A2B3C4DL": "code_alien", "A2B3C4": "code_length", "": "code_length",
         "A2B3C4D7": "code_slip"}  # fmt: skip


@pytest.mark.parametrize(("text", "cause"), WRONG.items())
def test_what_is_no_code_says_why(text, cause):
    with pytest.raises(Malformed, match=cause):
        share_codes.parse(text)


def test_too_little_randomness_is_refused():
    with pytest.raises(Malformed, match="randomness"):
        share_codes.from_random([255] * 64)

"""What a browser says of the work done: a closed schema, changes that do not undo each other."""

import copy
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.errors import Malformed
from appliance.domain.kept_work import MOST_BYTES, MOST_MARKS, Work, change_of, changed, text_of, work_of

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
IMAGE, OTHER = "1.2.1/1.2.1.1/1", "1.2.1/1.2.1.2/3"
LENGTH = {"kind": "length", "points": [{"x": 1, "y": 2.5}, {"x": 3, "y": 4}]}
ARROW = {"kind": "arrow", "points": [{"x": 1, "y": 2}, {"x": 3, "y": 4}], "text": "ici, à revoir"}
VIEW = {"index": 3, "zoom": 1.5, "pan": {"x": 0, "y": -4}, "turn": [0, 1, -1, 0], "inverted": False,
        "window": {"center": 40, "width": 400, "name": "Abdomen"}}  # fmt: skip
ARRANGEMENT = {"shape": "2", "active": 1, "cells": [{"study": "1.2", "series": "1.2.1/0", "view": VIEW}, None]}


def told(**other):
    return {"seen": 0, "arrangement": ARRANGEMENT, "marks": {IMAGE: [LENGTH, ARROW]}, "keys": {OTHER: True}} | other


def test_work_comes_back_as_it_was_told():
    work = changed(Work(), change_of(told()), NOW)
    assert (work.revision, work.arrangement, work.keys) == (1, ARRANGEMENT, [OTHER])
    assert work.marks == {IMAGE: [LENGTH, ARROW]}
    assert work_of(1, text_of(work)) == work


def test_two_tabs_do_not_undo_each_other_and_an_empty_list_takes_away():
    first = changed(Work(), change_of(told()), NOW)
    second = changed(first, change_of(told(marks={OTHER: [LENGTH]}, keys={IMAGE: True}, arrangement=None)), NOW)
    assert (set(second.marks), set(second.keys)) == ({IMAGE, OTHER}, {IMAGE, OTHER})
    assert second.arrangement == ARRANGEMENT
    third = changed(second, change_of(told(marks={IMAGE: []}, keys={OTHER: False})), NOW)
    assert (set(third.marks), third.keys, third.revision) == ({OTHER}, [IMAGE], 3)


def test_only_marks_and_keys_make_it_newer():
    first = changed(Work(), change_of(told()), NOW)
    later = NOW + timedelta(hours=1)
    assert first.marked_at == NOW
    assert changed(first, change_of(told()), later).marked_at == NOW
    assert changed(first, change_of(told(marks={IMAGE: [ARROW]})), later).marked_at == later
    assert changed(first, change_of(told(keys={IMAGE: True})), later).marked_at == later
    assert "marked_at" not in first.body()


def put(path, value):
    one = copy.deepcopy(told())
    *way, last = path
    at = one
    for step in way:
        at = at[step]
    at[last] = value
    return one


@pytest.mark.parametrize("whole", [
    None, [], "x", 3, {}, told(more=1), {k: v for k, v in told().items() if k != "seen"},
    told(seen=-1), told(seen=True), told(seen="0"), told(marks=[]), told(keys={IMAGE: 1}), told(keys={"../etc": True}),
    told(marks={"1.2/1.2/0": []}), told(marks={"<script>/1/1": []}), told(marks={IMAGE + "\n": []}),
    put(["marks", IMAGE, 0, "kind"], "polygon"), put(["marks", IMAGE, 0, "kind"], ["length"]),
    put(["marks", IMAGE, 0, "points"], [{"x": 1, "y": 2}]), put(["marks", IMAGE, 0, "points", 0, "x"], float("nan")),
    put(["marks", IMAGE, 0, "points", 0, "x"], float("inf")), put(["marks", IMAGE, 0, "points", 0, "x"], 1e9),
    put(["marks", IMAGE, 0, "points", 0, "x"], "1"), put(["marks", IMAGE, 0, "points", 0, "x"], True),
    put(["marks", IMAGE, 0, "points", 0, "x"], 10**400), put(["marks", IMAGE, 0, "points", 0, "z"], 1),
    put(["marks", IMAGE, 0, "colour"], "red"), put(["marks", IMAGE, 1, "text"], "x" * 81),
    put(["marks", IMAGE, 1, "text"], "a\nb"), put(["marks", IMAGE, 1, "text"], "a\u202eb"),
    told(marks={IMAGE: [LENGTH] * (MOST_MARKS + 1)}),
    put(["arrangement", "shape"], "3"), put(["arrangement", "shape"], {}), put(["arrangement", "active"], 2),
    put(["arrangement", "cells"], [None]), put(["arrangement", "cells", 0, "study"], "a"),
    put(["arrangement", "cells", 0, "series"], "1.2/x"), put(["arrangement", "cells", 0, "view", "zoom"], 0),
    put(["arrangement", "cells", 0, "view", "turn"], [1, 1, 1, 1]),
    put(["arrangement", "cells", 0, "view", "turn"], [0.5, 0, 0, 2]),
    put(["arrangement", "cells", 0, "view", "turn"], [2, 1, 1, 1]),
    put(["arrangement", "cells", 0, "view", "turn"], "1001"),
    put(["arrangement", "cells", 0, "view", "window"], {"center": 1, "width": 0}),
    put(["arrangement", "cells", 0, "view", "inverted"], 0),
])  # fmt: skip
def test_what_is_not_described_is_refused_whole(whole):
    with pytest.raises(Malformed) as refused:
        change_of(whole)
    assert refused.value.cause == "work"


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4), max_leaves=12,
)  # fmt: skip
PLACES = st.sampled_from([
    ["seen"], ["arrangement"], ["arrangement", "cells"], ["arrangement", "cells", 0, "view"], ["marks"], ["keys"],
    ["marks", IMAGE], ["marks", IMAGE, 0], ["marks", IMAGE, 0, "points"], ["arrangement", "cells", 0, "view", "turn"],
])  # fmt: skip


@given(PLACES, JSONS)
def test_anything_anywhere_is_refused_or_kept_as_json(place, value):
    try:
        work = changed(Work(), change_of(put(place, value)), NOW)
    except Malformed as fault:
        if fault.cause not in ("work", "too_large"):
            raise
        return
    json.loads(text_of(work), parse_constant=pytest.fail)
    assert work_of(work.revision, text_of(work)) == work


def test_no_more_is_kept_than_fits():
    mark = {**ARROW, "text": "é" * 80}

    def with_images(images):
        return change_of(told(marks={f"1.2/1.2/{n}": [mark] * 20 for n in range(1, images + 1)}))

    assert len(text_of(changed(Work(), with_images(20), NOW))) < MOST_BYTES
    with pytest.raises(Malformed, match="too_large"):
        changed(Work(), with_images(40), NOW)

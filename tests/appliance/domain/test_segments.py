"""Whether anchors and records of the journal are one chain."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.journal import GENESIS, link
from appliance.domain.segments import (
    Anchor,
    Flaw,
    Sealed,
    Segment,
    SegmentState,
    boundary,
    judged,
    may_go,
    text,
)

BEGUN = datetime(2020, 1, 10, tzinfo=UTC)
MONTH = timedelta(days=31)
LATE = BEGUN + 48 * MONTH
SIGNED = b"signed"


def chain(*lengths):
    """A journal of sealed segments of these lengths and two records that are not; each but the first says the last."""
    rows, anchors = [], []
    number, digest, said = 0, GENESIS, None
    for month, length in enumerate((*lengths, 2)):
        before, first = digest, number + 1
        for one in range(length):
            number += 1
            facts = {"first": said.first, "last": said.last} if said and one == 0 else {}
            body = json.dumps({"verb": "journal.seal" if facts else "x", "facts": facts}, separators=(",", ":"))
            digest = link(digest, number, body)
            rows.append((number, body, digest))
        at = BEGUN + month * MONTH
        said = Segment(first, number, at, at + timedelta(days=20), before, digest)
        anchors.append(Sealed(Anchor(said, at + MONTH, SIGNED)))
    return rows, anchors[:-1], (number, digest)


def holds(anchor):
    return anchor.signature == SIGNED


def without(rows, segment):
    return [row for row in rows if not segment.first <= row[0] <= segment.last]


def purged(rows, sealed, count):
    """Let the first so many segments go."""
    for one in sealed[:count]:
        rows = without(rows, one.anchor.segment)
    return rows, [replace(one, purged_at=LATE if i < count else None) for i, one in enumerate(sealed)]


LENGTHS = st.lists(st.integers(1, 5), min_size=1, max_size=5)


@given(LENGTHS, st.data())
def test_purged_segments_hold_by_their_anchors(lengths, data):
    rows, sealed, head = chain(*lengths)
    count = data.draw(st.integers(0, len(sealed)))
    left, sealed = purged(rows, sealed, count)
    verdict = judged(sealed, left, head, holds)
    assert (verdict.broken_at, verdict.flaw, verdict.records) == (None, None, len(left))
    states = [SegmentState.PURGED] * count + [SegmentState.SEALED] * (len(sealed) - count)
    assert [state for _, state in verdict.segments] == states


@given(LENGTHS, st.data())
def test_no_record_is_missing_changed_or_added_unnoticed(lengths, data):
    rows, sealed, head = chain(*lengths)
    rows, sealed = purged(rows, sealed, data.draw(st.integers(0, len(sealed))))
    at = data.draw(st.integers(0, len(rows) - 1))
    number, body, digest = rows[at]
    how = data.draw(st.sampled_from(["gone", "changed", "twice", "cut"]))
    forged = {
        "gone": [*rows[:at], *rows[at + 1 :]],
        "changed": [*rows[:at], (number, body + " ", digest), *rows[at + 1 :]],
        "twice": [*rows[:at], rows[at], *rows[at:]],
        "cut": rows[:at],
    }[how]
    verdict = judged(sealed, forged, head, holds)
    assert verdict.flaw is Flaw.RECORD
    assert verdict.broken_at == number + (how == "twice") or how == "gone" or verdict.broken_at <= number


@given(LENGTHS, st.data())
def test_no_anchor_is_missing_or_forged_unnoticed(lengths, data):
    rows, sealed, head = chain(*lengths)
    rows, sealed = purged(rows, sealed, data.draw(st.integers(0, len(sealed))))
    at = data.draw(st.integers(0, len(sealed) - 1))
    forged = replace(sealed[at], anchor=replace(sealed[at].anchor, signature=b"mine"))
    verdict = judged([*sealed[:at], forged, *sealed[at + 1 :]], rows, head, holds)
    assert (verdict.flaw, verdict.broken_at) == (Flaw.ANCHOR, sealed[at].anchor.segment.first)
    verdict = judged([*sealed[:at], *sealed[at + 1 :]], rows, head, holds)
    assert verdict.flaw in (Flaw.MISSING, Flaw.RECORD)


def test_what_was_written_anew_without_the_key_shows_by_its_anchor():
    rows, sealed, _ = chain(3)
    anew, digest = [], GENESIS
    for number, body, _ in rows:
        digest = link(digest, number, body.replace("x", "y"))
        anew.append((number, body.replace("x", "y"), digest))
    verdict = judged(sealed, anew, (len(anew), digest), holds)
    assert (verdict.flaw, verdict.broken_at) == (Flaw.RECORD, 1)


def test_a_segment_that_went_by_hand_or_too_early_shows():
    rows, sealed, head = chain(3, 2)
    segment = sealed[0].anchor.segment
    assert judged(sealed, without(rows, segment), head, holds).flaw is Flaw.RECORD
    early = [replace(sealed[0], purged_at=segment.last_at + 5 * MONTH), sealed[1]]
    assert judged(early, without(rows, segment), head, holds).flaw is Flaw.PURGE


def test_the_signed_text_is_canonical():
    [sealed] = chain(2)[1]
    whole = json.loads(text(sealed.anchor.segment, BEGUN))
    assert (whole["first"], whole["last"], whole["count"]) == (1, 2, 2)
    assert whole["first_at"] == whole["sealed_at"] == round(BEGUN.timestamp() * 1e6)


@pytest.mark.parametrize(
    ("first", "now", "until"),
    [
        ("2026-10-05T10:00", "2026-11-24T09:00", "2026-11-01T00:00"),
        ("2026-08-05T10:00", "2026-11-24T09:00", "2026-09-01T00:00"),
        ("2026-11-05T10:00", "2026-11-24T09:00", "2026-11-01T00:00"),
        ("2030-01-05T10:00", "2026-11-24T09:00", "2026-11-01T00:00"),  # the clock went back since
    ],
)
def test_a_segment_is_a_month_that_is_over(first, now, until):
    first, now, until = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (first, now, until))
    assert boundary(first, now) == until


@pytest.mark.parametrize(("months", "days", "goes"), [(36, 1090, False), (36, 1097, True), (0, 170, False)])
def test_a_segment_goes_when_its_youngest_record_is_old_enough(months, days, goes):
    segment = Segment(1, 2, BEGUN, BEGUN + timedelta(days=1), GENESIS, GENESIS)
    assert may_go(segment, segment.last_at + timedelta(days=days), months) is goes

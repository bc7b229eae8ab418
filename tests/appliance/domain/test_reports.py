"""Which versions a physician sees, and in which order."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from appliance.domain import reports as rules
from appliance.domain.reports import Place, QueueCause, Relation, ReportPolicy, ReportState, Version

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
V, C, P, X = ReportState.VALIDATED, ReportState.CORRECTED, ReportState.PROVISIONAL, ReportState.CANCELLED
STRICT, OPEN = ReportPolicy(), ReportPolicy(provisional=True)


def version(
    number: int, state: ReportState = V, hours: float = 0, in_set: str = "a", relation: Relation = Relation.ALONE,
    parent: str = "",
) -> Version:  # fmt: skip
    at = NOON + timedelta(hours=hours)
    return Version(number, f"u{number}", in_set, number, relation, parent, state, at)


def shape(found: list[rules.Report]) -> list[object]:
    return [(one.current.id, [v.id for v in one.older], shape(list(one.addenda))) for one in found]


def test_an_older_message_after_a_newer_one_is_a_version_and_never_the_current_one():
    late = version(2, C, hours=-1)
    assert shape(rules.seen([version(1), late], STRICT)) == [(1, [2], [])]
    assert rules.superseded(late, [version(1)], STRICT) == ()


def test_of_two_versions_of_one_instant_the_later_arrived_is_current():
    assert shape(rules.seen([version(1), version(2, C)], STRICT)) == [(2, [1], [])]


@pytest.mark.parametrize(("policy", "expected"), [(STRICT, [(1, [], [])]), (OPEN, [(2, [1], [])])])
def test_what_is_not_validated_is_hidden_unless_the_policy_shows_it(policy, expected):
    assert shape(rules.seen([version(1), version(2, P, hours=1)], policy)) == expected


def test_a_provisional_version_puts_nothing_out_of_date():
    assert rules.superseded(version(2, P, hours=1), [version(1)], STRICT) == ()


def test_a_correction_puts_every_earlier_version_out_of_date():
    assert [one.id for one in rules.superseded(version(3, C, 2), [version(1), version(2, C, 1)], STRICT)] == [2, 1]


def test_a_cancelled_report_stays_and_says_so():
    assert shape(rules.seen([version(1), version(2, X, 1)], STRICT)) == [(2, [1], [])]


def test_an_addendum_stands_below_the_report_it_completes():
    addendum = version(3, V, 2, "b", Relation.ADDS, "u1")
    found = rules.seen([version(1), version(2, C, 1), addendum], STRICT)
    assert shape(found) == [(2, [1], [(3, [], [])])]


def test_an_addendum_to_a_hidden_report_is_not_lost():
    addendum = version(2, V, 1, "b", Relation.ADDS, "u1")
    assert shape(rules.seen([version(1, P), addendum], STRICT)) == [(2, [], [])]


def test_addenda_that_complete_each_other_are_all_shown():
    ring = [version(1, V, 0, "a", Relation.ADDS, "u2"), version(2, V, 1, "b", Relation.ADDS, "u1")]
    shown = rules.seen(ring, STRICT)
    assert {one.current.id for one in shown} == {1, 2}


@pytest.mark.parametrize(
    ("state", "before", "expected"),
    [(V, [], V), (V, [V], C), (V, [P], V), (V, [X], C), (C, [], C), (P, [V], P), (X, [V], X)],
)
def test_a_validated_version_after_a_validated_one_is_a_correction(state, before, expected):
    earlier = [version(n, one, hours=-1) for n, one in enumerate(before, start=1)]
    assert rules.stated(state, NOON, earlier) is expected


@pytest.mark.parametrize(
    ("named", "match", "known", "place", "cause"),
    [
        (True, [True], True, Place.ATTACHED, ""),
        (True, [True, True], True, Place.ATTACHED, ""),
        (True, [True, False], True, Place.QUEUE, QueueCause.OTHER_PATIENT),
        (True, [False], True, Place.QUEUE, QueueCause.OTHER_PATIENT),
        (True, [], True, Place.WAITING, ""),
        (False, [], True, Place.QUEUE, QueueCause.NOTHING_NAMED),
        (True, [], False, Place.QUEUE, QueueCause.NOTHING_NAMED),
    ],
)
def test_where_an_arriving_report_goes(named, match, known, place, cause):
    found = rules.placed(named=named, patients_match=match, is_patient_known=known)
    assert (found.place, found.cause) == (place, cause)


EMBARGO = ReportPolicy(embargo=True, embargo_days=7)


@pytest.mark.parametrize(
    ("policy", "states", "day", "arrived", "expected"),
    [
        (STRICT, [], date(2026, 11, 24), NOON, False),
        (EMBARGO, [], date(2026, 11, 24), NOON, True),
        (EMBARGO, [P, X], date(2026, 11, 24), NOON, True),
        (EMBARGO, [V], date(2026, 11, 24), NOON, False),
        (EMBARGO, [C], date(2026, 11, 24), NOON, False),
        (EMBARGO, [], date(2026, 11, 17), NOON, False),
        (EMBARGO, [], date(2026, 11, 18), NOON, True),
        (EMBARGO, [], None, NOON - timedelta(days=7), False),
        (EMBARGO, [], None, None, True),
    ],
)
def test_the_embargo_ends_by_a_validated_report_or_by_its_days(policy, states, day, arrived, expected):
    assert rules.embargoed(policy, rules.Awaiting(states, day, arrived), NOON) is expected


@pytest.mark.parametrize("states", [[], [P], [X]])
def test_a_release_ends_the_embargo_whatever_the_reports(states):
    kept_back = rules.Awaiting(states, None, None)
    assert rules.embargoed(EMBARGO, kept_back, NOON)
    assert not rules.embargoed(EMBARGO, replace(kept_back, released_at=NOON), NOON)

"""Limits on bulk access (R-I)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain import bulk
from appliance.domain.bulk import Limits, Way
from appliance.domain.errors import TryLater
from appliance.domain.lockout import HOUR

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
FEW = Limits(1, 3, 1, 3)


def ago(*minutes: float) -> list[datetime]:
    return [NOW - timedelta(minutes=m) for m in sorted(minutes, reverse=True)]


def wait_s(way: Way, times: list[datetime], more: int = 1, limits: Limits = FEW, now: datetime = NOW) -> object:
    try:
        bulk.check(way, times, more, now, limits)
    except TryLater as later:
        return later.facts["retry_after_s"]
    return 0


@pytest.mark.parametrize(
    ("way", "times", "more", "wait"),
    [
        (Way.OPENED, ago(1, 2), 1, 0),
        (Way.OPENED, ago(1, 2, 3), 1, 57 * 60),
        (Way.OPENED, ago(1, 2, 60), 1, 0),
        (Way.OPENED, ago(1, 2, 3), 2, 58 * 60),
        (Way.OPENED, ago(1, 2, 3), 9, 59 * 60),
        (Way.OPENED, [], 4, 3600),
        (Way.DOWNLOADED, ago(1, 60, 1439), 1, 60),
        (Way.DOWNLOADED, ago(1, 60, 1440), 1, 0),
    ],
)
def test_the_pause_ends_when_enough_of_the_window_has_passed(way, times, more, wait):
    assert wait_s(way, times, more) == wait


def test_the_defaults_are_those_of_the_rules():
    assert not bulk.is_told(Way.OPENED, 60, bulk.DEFAULTS)
    assert bulk.is_told(Way.OPENED, 61, bulk.DEFAULTS)
    assert not bulk.is_told(Way.DOWNLOADED, 20, bulk.DEFAULTS)
    assert bulk.is_told(Way.DOWNLOADED, 21, bulk.DEFAULTS)
    for way, most in ((Way.OPENED, 180), (Way.DOWNLOADED, 60)):
        assert wait_s(way, [NOW] * (most - 1), limits=bulk.DEFAULTS) == 0
        assert wait_s(way, [NOW] * most, limits=bulk.DEFAULTS) != 0


@pytest.mark.parametrize(("way", "cause"), [(Way.OPENED, "exams_hour"), (Way.DOWNLOADED, "downloads_day")])
def test_the_cause_names_the_limit(way, cause):
    with pytest.raises(TryLater, match=cause):
        bulk.check(way, [NOW] * 3, 1, NOW, FEW)


@given(st.lists(st.floats(0, 200), max_size=40))
def test_no_hour_ever_holds_more_than_the_pause_and_who_waits_as_told_passes(steps):
    let, now = [], NOW
    for minutes in steps:
        now += timedelta(minutes=minutes / 10)
        wait = wait_s(Way.OPENED, let, now=now)
        if wait:
            assert wait_s(Way.OPENED, let, now=now + timedelta(seconds=wait + 1)) == 0
        else:
            let.append(now)
        assert len(bulk.within(let, now, HOUR)) <= FEW.exams_pause_per_hour

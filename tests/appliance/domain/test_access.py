"""The gate's judgement: everything that may close it, one at a time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from appliance.domain.access import Facts, may_see, may_take

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
OPEN = Facts(NOW, NOW + HOUR, None, None, NOW - HOUR, None, NOW - HOUR, NOW + HOUR, None, "", None, "")


def test_an_open_grant_opens():
    assert may_see([OPEN], NOW)


@pytest.mark.parametrize(
    "closed",
    [
        {"gesture_at": NOW - timedelta(minutes=15)},
        {"session_until": NOW},
        {"session_ended_at": NOW},
        {"account_disabled_at": NOW},
        {"granted_from": NOW + HOUR},
        {"granted_to": NOW},
        {"share_from": NOW + HOUR},
        {"share_until": NOW},
        {"share_revoked_at": NOW},
        {"share_blocked": "identity"},
        {"study_withdrawn_at": NOW},
        {"identity_alarm": "two_patients"},
        {"share_from": None, "share_until": None},
    ],
)
def test_any_closed_fact_closes(closed):
    assert not may_see([replace(OPEN, **closed)], NOW)


def test_one_open_grant_is_enough_and_none_is_no():
    assert may_see([replace(OPEN, share_revoked_at=NOW), OPEN], NOW)
    assert not may_see([], NOW)


def test_a_block_for_attempts_leaves_holders_alone():
    assert may_see([replace(OPEN, share_blocked="attempts")], NOW)


def test_files_are_taken_only_where_the_share_that_opens_allows_it():
    allowed = replace(OPEN, share_downloads=True)
    assert may_take([OPEN, allowed], NOW)
    assert not may_take([OPEN], NOW)
    assert not may_take([OPEN, replace(allowed, share_revoked_at=NOW)], NOW)
    assert not may_take([], NOW)

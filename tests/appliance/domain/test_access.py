"""The gate's judgement: everything that may close it, one at a time."""

from datetime import UTC, datetime, timedelta

import pytest

from appliance.domain.access import (
    Grant,
    KeyFacts,
    Purpose,
    SessionFacts,
    TokenFacts,
    context_of,
    key_holder,
    may_deposit,
    may_see,
    may_take,
)
from appliance.domain.sign_in import Level, Means

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HOUR, TICK = timedelta(hours=1), timedelta(microseconds=1)
SESSION = SessionFacts(7, "810000000001", "10", "Cabinet", Means.PSC, NOW, NOW + HOUR, None, None)
WHO = context_of(SESSION)
OPEN = Grant(7, NOW - HOUR, None, NOW - HOUR, NOW + HOUR, None, "", None, "")


def test_an_open_grant_opens():
    assert may_see(WHO, [OPEN], NOW)


@pytest.mark.parametrize(
    "closed",
    [
        {"holder": 8},
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
    assert not may_see(WHO, [OPEN._replace(**closed)], NOW)


@pytest.mark.parametrize(
    ("facts", "until"),
    [
        ({}, NOW + timedelta(minutes=15)),
        ({"until": NOW + timedelta(minutes=1)}, NOW + timedelta(minutes=1)),
        ({"gesture_at": NOW - timedelta(minutes=15)}, NOW),
        ({"ended_at": NOW}, NOW),
        ({"disabled_at": NOW - HOUR}, NOW - HOUR),
        ({"ended_at": NOW, "disabled_at": NOW - TICK}, NOW - TICK),
        ({"ended_at": NOW + HOUR}, NOW + timedelta(minutes=15)),
    ],
)
def test_a_session_is_good_until_the_first_thing_that_ends_it(facts, until):
    who = context_of(SESSION._replace(**facts))
    assert who.until == until
    assert may_see(who, [OPEN], until - TICK) == (until - TICK >= OPEN.granted_from)
    assert not may_see(who, [OPEN], until)


def test_the_requester_is_a_person_in_a_context():
    assert (7, "810000000001", "10", "Cabinet", Means.PSC, Level.STATE, Purpose.CARE, WHO.until, True, False) == WHO
    assert context_of(SESSION._replace(means=Means.PASSWORD_EMAIL)).level is Level.HOSPITAL


def test_one_open_grant_is_enough_and_none_is_no():
    assert may_see(WHO, [OPEN._replace(share_revoked_at=NOW), OPEN], NOW)
    assert not may_see(WHO, [], NOW)
    assert not may_see(None, [OPEN], NOW)


def test_a_block_for_attempts_leaves_holders_alone():
    assert may_see(WHO, [OPEN._replace(share_blocked="attempts")], NOW)


def test_a_grant_without_a_share_opens_until_its_own_end():
    urgent = OPEN._replace(share_from=None, share_until=None, granted_to=NOW + TICK)
    assert may_see(WHO, [urgent], NOW)
    assert not may_see(WHO, [urgent], NOW + TICK)
    assert not may_take(WHO, [urgent], NOW)


def test_files_are_taken_only_where_the_share_that_opens_allows_it():
    allowed = OPEN._replace(share_downloads=True)
    assert may_take(WHO, [OPEN, allowed], NOW)
    assert not may_take(WHO, [OPEN], NOW)
    assert not may_take(WHO, [OPEN, allowed._replace(share_revoked_at=NOW)], NOW)
    assert not may_take(WHO, [], NOW)
    assert not may_take(None, [allowed], NOW)


TOKEN = TokenFacts(7, "810000000001", "10", "Cabinet", NOW + HOUR, None, NOW + HOUR, None, None)
KEY = KeyFacts(7, "archive", True, False, NOW + HOUR, None)


@pytest.mark.parametrize(
    "closed",
    [{"until": NOW}, {"ended_at": NOW}, {"session_until": NOW}, {"session_ended_at": NOW}, {"disabled_at": NOW}],
)
def test_a_token_closes_with_itself_its_session_or_its_account(closed):
    assert may_see(context_of(TOKEN), [OPEN], NOW)
    assert not may_see(context_of(TOKEN._replace(**closed)), [OPEN], NOW)


def test_a_key_never_opens_what_an_account_of_the_same_number_holds():
    assert not may_see(context_of(KEY), [OPEN], NOW)
    assert may_see(context_of(KEY), [OPEN._replace(holder=key_holder(7))], NOW)


@pytest.mark.parametrize("closed", [{"until": NOW}, {"revoked_at": NOW}, {"reads": False}])
def test_a_key_closes(closed):
    assert not may_see(context_of(KEY._replace(**closed)), [OPEN._replace(holder=key_holder(7))], NOW)


@pytest.mark.parametrize(
    ("caller", "may"),
    [
        (SESSION, False),
        (TOKEN, False),
        (KEY, False),
        (KEY._replace(deposits=True), True),
        (KEY._replace(deposits=True, until=NOW), False),
        (KEY._replace(deposits=True, revoked_at=NOW), False),
    ],
)
def test_only_a_living_key_made_for_it_deposits(caller, may):
    assert may_deposit(context_of(caller), NOW) is may
    assert not may_deposit(None, NOW)

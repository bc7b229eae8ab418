"""Limits on guessing (R-I)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain import lockout
from appliance.domain.errors import TryLater
from appliance.domain.lockout import Limits

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LIMITS = Limits()


def ago(*minutes: float) -> list[datetime]:
    return [NOW - timedelta(minutes=m) for m in sorted(minutes, reverse=True)]


def wait_s(account: Sequence[datetime] = (), address: Sequence[datetime] = ()) -> object:
    try:
        lockout.check_code(account, address, NOW, LIMITS)
    except TryLater as later:
        return later.facts["retry_after_s"]
    return 0


def test_nine_codes_in_an_hour_are_free():
    assert wait_s(ago(*range(9))) == 0


def test_ten_codes_in_an_hour_make_a_pause_of_a_quarter():
    assert wait_s(ago(*range(5, 15))) == 10 * 60
    assert wait_s(ago(*range(15, 25))) == 0


def test_a_slow_burst_does_not_shorten_the_pause():
    assert wait_s(ago(*range(7, 67, 6), 66.5)) == 8 * 60


def test_twenty_codes_in_a_day_end_the_day_at_midnight_in_paris():
    # It is ten in the morning in Paris: fourteen hours are left, however old the first failure is.
    assert wait_s(ago(*range(100, 500, 20))) == 14 * 3600


def test_what_failed_yesterday_counts_no_more():
    # Midnight in Paris was ten hours ago.
    assert wait_s(ago(*range(601, 1000, 20))) == 0
    assert wait_s(ago(*range(599, 980, 20))) == 0
    assert lockout.code_tries_left(ago(*range(601, 1000, 20)), NOW, LIMITS) == 10


def test_a_day_of_twenty_five_hours_is_one_day():
    late = datetime(2026, 10, 25, 22, 30, tzinfo=UTC)  # 23:30 in Paris, on the day with two o'clock twice
    early = [datetime(2026, 10, 24, 22, 5, tzinfo=UTC) + timedelta(seconds=n) for n in range(20)]
    assert late - early[0] < lockout.CODE_MEMORY
    with pytest.raises(TryLater) as later:
        lockout.check_code(early, [], late, LIMITS)
    assert later.value.facts["retry_after_s"] == 30 * 60


def test_an_address_has_more_room_because_a_practice_shares_it():
    assert wait_s(address=ago(*range(59))) == 0
    assert wait_s(address=[*ago(59.5), *ago(*range(59))]) == 30


@given(st.lists(st.floats(0, 3000), max_size=60))
def test_no_pause_outlasts_a_day(minutes):
    assert 0 <= wait_s(ago(*minutes), ago(*minutes)) <= 86_400


def test_tries_left_count_the_hour_and_the_day():
    assert lockout.code_tries_left([], NOW, LIMITS) == 10
    assert lockout.code_tries_left(ago(1, 2, 3), NOW, LIMITS) == 7
    assert lockout.code_tries_left(ago(*range(100, 595, 30), 2), NOW, LIMITS) == 2
    assert lockout.code_tries_left(ago(*range(40)), NOW, LIMITS) == 0


def password_wait_s(pair=(), account=(), address=(), near=()) -> object:
    try:
        lockout.check_password(pair, account, NOW, LIMITS)
        lockout.check_source(address, near, NOW, LIMITS)
    except TryLater as later:
        return later.facts["retry_after_s"]
    return 0


@pytest.mark.parametrize(("failures", "minutes"), [(4, 0), (5, 1), (6, 2), (7, 4), (8, 8), (9, 15), (40, 15)])
def test_each_wrong_password_after_the_fifth_doubles_the_wait(failures, minutes):
    assert password_wait_s(pair=[NOW] * failures) == minutes * 60


def test_an_attack_from_everywhere_suspends_passwords_for_an_hour_at_most():
    assert password_wait_s(account=ago(*([30] * 49))) == 0
    assert password_wait_s(account=ago(*([30] * 50))) == 30 * 60


def test_an_address_that_guesses_waits_ten_minutes():
    assert password_wait_s(address=ago(*([4] * 20))) == 6 * 60


def test_a_network_has_more_room_than_an_address():
    assert password_wait_s(near=ago(*([4] * 99))) == 0
    assert password_wait_s(near=ago(*([4] * 100))) == 6 * 60


def test_an_ipv6_address_and_its_network_are_counted_apart():
    assert lockout.address_key("2001:db8::1") != lockout.network_key("2001:db8::1")
    assert lockout.network_key("192.0.2.7") == "net:192.0.2.0/24"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix:" + "x" * 100, ("unix:" + "x" * 100)[:64]),
    ],
)
def test_addresses_that_share_a_fate(address, network):
    assert lockout.network(address) == network


@given(st.text(max_size=80))
def test_any_text_has_a_network(text):
    assert len(lockout.network(text)) <= 64


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.77", "192.0.2.77"),
        ("::ffff:192.0.2.77", "192.0.2.77"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
    ],
)
def test_a_whole_64_counts_as_one_address(address, key):
    assert lockout.address_key(address) == key

"""One-time codes: six digits, five minutes, five tries, one use."""

from datetime import UTC, datetime, timedelta

import pytest

from appliance.domain import otp
from appliance.domain.errors import Malformed, Refused, TryLater
from appliance.domain.otp import OtpFacts, OtpLimits

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LIMITS = OtpLimits()


def sent(seconds_ago: float, tries: int = 1, used: bool = False, replaced: bool = False) -> OtpFacts:
    return OtpFacts(NOW - timedelta(seconds=seconds_ago), tries, NOW if used else None, NOW if replaced else None)


@pytest.mark.parametrize("text", ["123456", " 123 456 ", "123\u00a0456"])
def test_six_digits_are_read_however_they_are_spaced(text):
    assert otp.digits(text) == "123456"


@pytest.mark.parametrize("text", ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "-12345", "1" * 10_000])
def test_what_is_not_six_digits_costs_no_try(text):
    with pytest.raises(Malformed, match="otp_digits"):
        otp.digits(text)


@pytest.mark.parametrize("facts", [sent(0), sent(299.9), sent(10, tries=5)])
def test_the_right_digits_open_in_time(facts):
    otp.check(facts, right=True, now=NOW, limits=LIMITS)


@pytest.mark.parametrize(
    ("facts", "cause"),
    [
        (sent(300), "otp_expired"),
        (sent(10, tries=6), "otp_tries"),
        (sent(10, used=True), "otp_used"),
        (sent(10, replaced=True), "otp_replaced"),
        (sent(10_000, tries=9, used=True, replaced=True), "otp_used"),
    ],
)
def test_even_the_right_digits_open_nothing_when(facts, cause):
    with pytest.raises(Refused, match=cause):
        otp.check(facts, right=True, now=NOW, limits=LIMITS)


def test_wrong_digits_say_how_many_tries_are_left():
    with pytest.raises(Refused, match="otp_wrong") as refused:
        otp.check(sent(1, tries=5), right=False, now=NOW, limits=LIMITS)
    assert refused.value.facts["left"] == 0


def ago(*minutes: float) -> list[datetime]:
    return [NOW - timedelta(minutes=m) for m in minutes]


@pytest.mark.parametrize(
    ("sends", "cause", "wait_s"),
    [
        (ago(0.5), "otp_pause", 30),
        (ago(50, 40, 30, 20, 10), "otp_hour", 600),
        (ago(*range(1000, 100, -90)), "otp_day", 440 * 60),
    ],
)
def test_too_many_codes_wait(sends, cause, wait_s):
    with pytest.raises(TryLater, match=cause) as later:
        otp.check_sending(sends, NOW, LIMITS)
    assert later.value.facts["retry_after_s"] == wait_s


@pytest.mark.parametrize("sends", [[], ago(1), ago(50, 40, 30, 20), ago(*range(3000, 1500, -90))])
def test_a_code_may_be_sent_below_the_limits(sends):
    otp.check_sending(sends, NOW, LIMITS)

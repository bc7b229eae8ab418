"""How long a session lives."""

from datetime import UTC, datetime, timedelta

import pytest

from appliance.domain.sessions import End, SessionLimits, ended, until, worth_writing
from appliance.domain.sign_in import Means

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LIMITS = SessionLimits()


@pytest.mark.parametrize(
    ("means", "hours"),
    [(Means.CARD, 10), (Means.PSC, 10), (Means.STAFF_TOTP, 10), (Means.PASSWORD_EMAIL, 4), (Means.PASSWORD_SMS, 4)],
)
def test_a_one_time_password_gives_a_shorter_session(means, hours):
    assert until(means, NOW, LIMITS) == NOW + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("idle_minutes", "left_minutes", "stored", "end"),
    [
        (0, 1, "", None),
        (14.99, 1, "", None),
        (15, 1, "", End.IDLE),
        (0, 0, "", End.LIMIT),
        (20, 0, "", End.LIMIT),
        (0, 1, "revoked", End.REVOKED),
        (0, 1, "logout", End.LOGOUT),
    ],
)
def test_why_a_session_is_over(idle_minutes, left_minutes, stored, end):
    gesture, absolute = NOW - timedelta(minutes=idle_minutes), NOW + timedelta(minutes=left_minutes)
    assert ended(gesture, absolute, stored, NOW, LIMITS) is end


def test_gestures_are_written_once_a_minute():
    assert not worth_writing(NOW - timedelta(seconds=59), NOW, LIMITS)
    assert worth_writing(NOW - timedelta(seconds=60), NOW, LIMITS)

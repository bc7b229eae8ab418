"""How long what was written about people stays (R-J)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.forgetting import NOTICE, Idle, Step, begun_by, goes_at, months_after, step

INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))
MONTHS = st.integers(0, 240)


def at(text: str) -> datetime:
    """An instant of UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("begun", "months", "over"),
    [
        ("2026-11-24T09:00", 24, "2028-11-24T09:00"),
        ("2026-12-31T23:59", 2, "2027-03-01T00:00"),
        ("2028-02-29T12:00", 24, "2030-03-01T00:00"),
        ("2028-02-29T12:00", 48, "2032-02-29T12:00"),
        ("2026-08-31T08:00", 6, "2027-03-01T00:00"),
    ],
)
def test_months_are_those_of_the_calendar(begun, months, over):
    assert months_after(at(begun), months) == at(over)


@given(INSTANTS, INSTANTS, MONTHS)
def test_what_began_later_never_goes_earlier(one, other, months):
    first, second = sorted((one, other))
    assert months_after(first, months) <= months_after(second, months)


@given(INSTANTS, INSTANTS, MONTHS)
def test_both_ways_of_asking_give_one_answer(begun, now, months):
    assert (begun <= begun_by(now, months)) == (months_after(begun, months) <= now)
    assert months_after(begun_by(now, months), months) <= now


DAYS = st.integers(-900, 900).map(lambda days: at("2026-11-24T09:00") + timedelta(days=days))


@given(DAYS, st.booleans(), st.none() | DAYS, st.none() | DAYS, st.booleans(), DAYS)
def test_no_account_goes_without_a_mail_30_days_before(seen, reachable, mailed, sent, failed, now):
    due = step(Idle(seen, reachable, mailed, sent, failed), now)
    if due is Step.PURGE:
        assert goes_at(seen) <= now
        assert mailed is not None
        assert sent is not None
        assert seen < mailed <= now
        assert sent + NOTICE <= now
    if now < goes_at(seen) - NOTICE:
        assert due is Step.KEEP
    if due is Step.MAIL:
        assert reachable

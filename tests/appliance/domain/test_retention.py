"""When the time of an exam is over (R-J)."""

from datetime import UTC, datetime, timedelta

import pytest

from appliance.domain.identifiers import StudyUID
from appliance.domain.rejection import RejectionCode, code_of
from appliance.domain.retention import Held, RetentionPolicy, over, spared

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def ago(days: float) -> datetime:
    """An instant so many days before now."""
    return NOW - timedelta(days=days)


@pytest.mark.parametrize(
    ("arrived", "ended", "gone"),
    [
        (ago(29.9), None, False),
        (ago(30), None, True),
        (ago(400), ago(9.9), False),
        (ago(400), ago(10), True),
        (ago(5), ago(400), False),  # it came again since
    ],
)
def test_over(arrived, ended, gone):
    policy = RetentionPolicy(timedelta(days=30), timedelta(days=10))
    assert over(Held(StudyUID("1.2"), arrived, ended), NOW, policy) is gone


@pytest.mark.parametrize(
    ("arrived", "ended", "unproven", "proven", "gone"),
    [
        (ago(89.9), None, ago(89.9), None, False),
        (ago(90), None, ago(90), None, True),
        (ago(200), ago(100), ago(89), None, False),  # one more was deposited since
        (ago(60), None, None, ago(29.9), False),
        (ago(60), None, None, ago(30), True),
        (ago(60), None, ago(60), ago(40), False),  # another object of it is still without proof
        (ago(60), ago(5), None, ago(40), False),  # a code opened it until the other day
    ],
)
def test_a_deposit_stays_until_a_while_after_its_proof(arrived, ended, unproven, proven, gone):
    held = Held(StudyUID("1.2"), arrived, ended, unproven, proven)
    assert over(held, NOW, RetentionPolicy(after_end=timedelta(days=10))) is gone
    assert spared(held) is (unproven is not None)


@pytest.mark.parametrize(
    ("scheme", "value", "code"),
    [("DCM", "113001", RejectionCode.QUALITY), ("DCM ", "113039", RejectionCode.RETENTION), ("DCM", "113000", None),
     ("99X", "113001", None), ("", "", None)],
)  # fmt: skip
def test_which_titles_reject(scheme, value, code):
    assert code_of(scheme, value) is code

"""The state of an exam: the first that applies."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from appliance.domain.exams import ExamFacts, ExamState, opens, state

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
WHOLE = ExamFacts(140, 140, 0, 140, True, True, None, False, False)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, ExamState.AVAILABLE),
        ({"withdrawn": True, "identity_alarm": True}, ExamState.WITHDRAWN),
        ({"identity_alarm": True, "embargoed": True}, ExamState.IDENTITY),
        ({"embargoed": True}, ExamState.EMBARGOED),
        ({"unreachable_since": NOW}, ExamState.AVAILABLE),
        ({"received": 0, "ready": 0, "unreachable_since": NOW, "complete": None}, ExamState.UNREACHABLE),
        ({"received": 0, "ready": 0, "complete": None}, ExamState.REQUESTED),
        ({"received": 0, "ready": 0, "complete": None, "failure": "study_unknown"}, ExamState.UNREACHABLE),
        ({"failure": "study_unknown"}, ExamState.AVAILABLE),
        ({"ready": 12}, ExamState.PREPARING),
        ({"received": 12, "ready": 12, "complete": None}, ExamState.PREPARING),
        ({"received": 128, "ready": 128, "complete": False}, ExamState.INCOMPLETE),
        ({"received": 12, "ready": 12, "complete": None, "expected": None, "pulling": True}, ExamState.PREPARING),
        ({"received": 12, "ready": 12, "complete": None, "unreachable_since": NOW}, ExamState.INCOMPLETE),
        ({"complete": None, "requested": False, "unreachable_since": NOW}, ExamState.UNKNOWN),
        ({"ready": 0, "undisplayable": 140}, ExamState.UNDISPLAYABLE),
        ({"complete": None}, ExamState.UNKNOWN),
    ],
)
def test_the_first_state_that_applies_is_shown(facts, expected):
    assert state(replace(WHOLE, **facts)) is expected


def test_what_has_no_image_does_not_open():
    assert not any(opens(s) for s in (ExamState.REQUESTED, ExamState.UNREACHABLE, ExamState.IDENTITY))
    assert opens(ExamState.PREPARING)

"""What a report of Storage Commitment proves, and where a sending stands."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.identifiers import SopUID
from appliance.domain.sending import (
    REPORT_LIFE,
    Commitment,
    Ending,
    ObjectState,
    Report,
    Standing,
    Verdict,
    judged,
    outcomes,
    standing,
    to_ask,
    to_find,
)

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
A, B = SopUID("1.1"), SopUID("1.2")
ASKED = Commitment("2.25.1", 1, "archive", (A, B), NOW)
UIDS = st.sampled_from(["1.1", "1.2", "1.3", ""])


@pytest.mark.parametrize(
    ("commitment", "node", "later", "verdict"),
    [
        (ASKED, "archive", timedelta(), Verdict.TAKEN),  # even before the node's answer to the request
        (replace(ASKED, accepted_at=NOW), "archive", timedelta(hours=47), Verdict.TAKEN),
        (replace(ASKED, accepted_at=NOW), "archive", REPORT_LIFE, Verdict.LATE),
        (ASKED, "other", timedelta(), Verdict.UNKNOWN),
        (None, "archive", timedelta(), Verdict.UNKNOWN),
        (replace(ASKED, ended_at=NOW, ending=Ending.REPORTED), "archive", REPORT_LIFE, Verdict.DUPLICATE),
        (replace(ASKED, ended_at=NOW, ending=Ending.REPORTED), "other", timedelta(), Verdict.UNKNOWN),
        (replace(ASKED, ended_at=NOW, ending=Ending.LAPSED), "archive", timedelta(), Verdict.LATE),
        (replace(ASKED, ended_at=NOW, ending=Ending.REFUSED), "archive", timedelta(), Verdict.LATE),
    ],
)
def test_which_report_counts(commitment, node, later, verdict):
    assert judged(commitment, node, NOW + later) is verdict


@given(st.dictionaries(UIDS, st.sampled_from(["CT", "MR"])), st.dictionaries(UIDS, st.integers(0, 0xFFFF)))
def test_only_what_is_named_as_safe_under_its_class_is_proven(safe, failed):
    found = {one.sop_uid: one for one in outcomes(Report("2.25.1", safe, failed), {A: "CT", B: "CT"})}
    assert set(found) == {A, B}
    for uid, one in found.items():
        assert (one.state is ObjectState.PROVEN) is (safe.get(uid) == "CT" and uid not in failed)
        assert one.state in (ObjectState.PROVEN, ObjectState.FAILED)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"waiting": 1, "proven": 5}, Standing.SENDING),
        ({"sent": 1, "failed": 5}, Standing.AWAITING),
        ({"proven": 5, "failed": 1}, Standing.PARTLY),
        ({"failed": 1}, Standing.FAILED),
        ({"proven": 1}, Standing.PROVEN),
    ],
)
def test_where_a_sending_stands(counts, expected):
    assert standing({ObjectState(state): count for state, count in counts.items()}) is expected


@pytest.mark.parametrize(
    ("commitments", "asked", "found"),
    [
        ([], [A, B], []),
        ([ASKED], [A, B], []),  # nobody knows whether it was heard
        ([replace(ASKED, accepted_at=NOW)], [], []),
        ([replace(ASKED, ended_at=NOW, ending=Ending.REFUSED)], [], [A, B]),
        ([replace(ASKED, objects=(A,), accepted_at=NOW, ended_at=NOW, ending=Ending.LAPSED)], [B], [A]),
        ([ASKED, replace(ASKED, uid="2.25.2", accepted_at=NOW)], [], []),
    ],
)
def test_who_is_asked_about_and_who_is_looked_for(commitments, asked, found):
    assert (to_ask([A, B], commitments), to_find([A, B], commitments)) == (asked, found)

"""States of reports as HL7 says them: the least finished word decides, what is not said is provisional."""

import pytest

from appliance.domain import results
from appliance.domain.reports import Relation, ReportState

V, C, P, X = ReportState.VALIDATED, ReportState.CORRECTED, ReportState.PROVISIONAL, ReportState.CANCELLED


@pytest.mark.parametrize(("order", "observations", "state"), [
    ("F", ["F"], V), ("F", [], V), ("", ["F", "F"], V), ("F", ["U"], V), ("C", ["F"], C), ("F", ["C"], C),
    ("", ["F", "C"], C), ("P", ["F"], P), ("F", ["P"], P), ("R", [], P), ("", ["R"], P), ("F", ["F", "P"], P),
    ("C", ["P"], P), ("S", [], P), ("A", ["F"], P), ("", [], P), ("", ["?"], P), ("X", ["F"], X), ("X", [], X),
    ("F", ["X"], X), ("F", ["W"], X), ("", ["D", "D"], X), ("F", ["F", "D"], V), ("F", ["D", "C"], C),
])  # fmt: skip
def test_a_result(order, observations, state):
    assert results.state_of_result(order, observations) is state


@pytest.mark.parametrize(("event", "completion", "availability", "state"), [
    ("T02", "LA", "AV", V), ("T02", "AU", "", V), ("T08", "LA", "AV", V), ("T04", "AU", "AV", V), ("T06", "LA", "", V),
    ("T10", "LA", "AV", C), ("T10", "PA", "AV", P),
    *(("T02", word, "AV", P) for word in ("DI", "DO", "IP", "PA", "IN", "")),
    ("T02", "LA", "CA", X), ("T02", "AU", "UN", X), ("T11", "LA", "AV", X), ("T11", "", "", X), ("T01", "", "", P),
])  # fmt: skip
def test_a_document(event, completion, availability, state):
    assert results.state_of_document(event, completion, availability) is state


def test_relations():
    assert (results.relation_of("T06"), results.relation_of("T10")) == (Relation.ADDS, Relation.REPLACES)
    assert {results.relation_of(event) for event in ("T01", "T02", "T04", "T08", "T11")} == {Relation.ALONE}

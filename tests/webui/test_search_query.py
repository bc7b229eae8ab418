"""The query parser and the matching of searches: no input breaks them, and they say what the standard says."""

import re

from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.errors import Malformed
from webui.dicomweb.matching import matches, wild
from webui.dicomweb.query import MOST_RESULTS, path_of, query_of

NAMES = st.sampled_from([
    "PatientName", "00100020", "StudyDate", "limit", "offset", "includefield", "fuzzymatching", "StudyInstanceUID",
    "emptyvaluematching", "multiplevaluematching", "RequestAttributesSequence.00400007"]) | st.text(max_size=12)
OBJECT = {
    "00100010": {"vr": "PN", "Value": [{"Alphabetic": "LEFÈVRE^Anne"}]},
    "00080020": {"vr": "DA", "Value": ["20261122"]},
    "00400275": {"vr": "SQ", "Value": [{"00400007": {"vr": "LO", "Value": ["Thorax"]}}]},
}  # fmt: skip


@given(st.lists(st.tuples(NAMES, st.text(max_size=40)), max_size=8))
def test_any_query_is_read_or_refused(pairs: list[tuple[str, str]]) -> None:
    try:
        query = query_of(pairs)
    except Malformed:
        return
    assert 0 <= query.limit <= MOST_RESULTS
    assert isinstance(matches(OBJECT, query), bool)


@given(st.text("ab*?", max_size=12), st.text("ab", max_size=12))
def test_wild_cards_are_those_of_the_standard(pattern: str, text: str) -> None:
    expected = re.fullmatch(pattern.replace("*", ".*").replace("?", "."), text) is not None
    assert wild(text, pattern) is expected


def test_many_stars_take_no_time() -> None:
    assert not wild("a" * 4000, "*a" * 1000 + "b")


def test_attributes_are_named_by_keyword_tag_or_path() -> None:
    assert path_of("PatientName") == path_of("00100010") == ("00100010",)
    assert path_of("RequestAttributesSequence.00400007") == ("00400275", "00400007")
    assert path_of("Nonsense") is None
    assert path_of("") is None


def test_a_path_reaches_into_sequences() -> None:
    assert matches(OBJECT, query_of([("RequestAttributesSequence.ScheduledProcedureStepDescription", "Thor*")]))
    assert not matches(OBJECT, query_of([("RequestAttributesSequence.ScheduledProcedureStepDescription", "Hand")]))


def test_the_slice_is_capped() -> None:
    query = query_of([("limit", "100000")])
    assert (query.limit, query.capped) == (MOST_RESULTS, True)

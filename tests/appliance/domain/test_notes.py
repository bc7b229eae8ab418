"""Notes: their text, and who reads them."""

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.errors import Malformed
from appliance.domain.identifiers import AccountId, ShareId, StudyUID
from appliance.domain.notes import (
    MOST_CHARACTERS,
    Draft,
    Note,
    Scope,
    draft_of,
    exported,
    is_for_the_hospital,
    may_read,
    text_of,
)
from appliance.domain.people import Identifier, PatientTraits

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
ME, OTHER = AccountId(1), AccountId(2)
A, B = ShareId("a"), ShareId("b")


def note(scope: Scope = Scope.PRIVATE, *shares: ShareId, **facts) -> Note:
    return Note(7, StudyUID("1.2.3"), ME, "Alix MARTIN", scope, "Voir", AT, shares=frozenset(shares), **facts)


@given(st.text(max_size=3 * MOST_CHARACTERS))
def test_a_text_is_refused_or_kept_without_what_draws_nothing_and_stays_as_it_is(typed):
    try:
        kept = text_of(typed)
    except Malformed as fault:
        if fault.cause not in ("note_text", "note_long"):
            raise
        return
    assert 0 < len(kept) <= MOST_CHARACTERS
    assert kept == text_of(kept)
    assert not set(kept) & set("\0\r\x1b\u202e\u2066")
    kept.encode()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Voir\r\nIRM  ", "Voir\nIRM"), ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("ab\u202ecd", "abcd"), ("a\0b", "ab"), ("é\ud800", "é"), ("👩\u200d⚕️", "👩\u200d⚕️"),
    ],
)  # fmt: skip
def test_what_is_kept_of_a_text(typed, kept):
    assert text_of(typed) == kept


@pytest.mark.parametrize(("typed", "cause"), [("", "note_text"), (" \n\0 ", "note_text"), ("x" * 2001, "note_long")])
def test_what_is_no_text(typed, cause):
    with pytest.raises(Malformed) as refused:
        text_of(typed)
    assert refused.value.cause == cause


def test_a_scope_is_one_of_three():
    assert draft_of("x", "hospital") == Draft("x", Scope.HOSPITAL)
    with pytest.raises(Malformed):
        draft_of("x", "everybody")


@pytest.mark.parametrize(
    ("one", "reader", "shares", "reads"),
    [
        (note(), ME, set(), True),
        (note(), OTHER, {A}, False),
        (note(Scope.HOSPITAL), OTHER, {A}, False),
        (note(Scope.HOSPITAL, A), OTHER, {A}, False),
        (note(Scope.CODE, A), OTHER, {A, B}, True),
        (note(Scope.CODE, A), OTHER, {B}, False),
        (note(Scope.CODE, A), OTHER, set(), False),
        (note(Scope.CODE), OTHER, set(), False),
        (note(deleted_at=AT), ME, {A}, False),
        (note(Scope.CODE, A, deleted_at=AT), OTHER, {A}, False),
    ],
)
def test_who_reads_a_note(one, reader, shares, reads):
    assert may_read(one, reader, shares) is reads


@given(st.sampled_from(Scope), st.sets(st.sampled_from([A, B])), st.sets(st.sampled_from([A, B])))
def test_a_colleague_reads_only_what_is_for_a_code_that_he_holds(scope, written_for, held):
    reads = may_read(note(scope, *written_for), OTHER, held)
    assert reads == (scope is Scope.CODE and bool(written_for & held))


def test_the_hospital_keeps_what_was_written_for_it():
    assert is_for_the_hospital(note(Scope.HOSPITAL))
    assert not is_for_the_hospital(note(Scope.CODE, A))
    assert not is_for_the_hospital(note(Scope.HOSPITAL, deleted_at=AT))
    traits = PatientTraits(Identifier("F-1", "HOSP"), "LEFÈVRE^Anne", "19610314", "F")
    told = json.loads(exported(note(Scope.HOSPITAL), traits, date(2026, 11, 22)))
    assert (told["patient"]["id"], told["author"], told["text"]) == ("F-1", "Alix MARTIN", "Voir")
    assert json.loads(exported(note(Scope.HOSPITAL), None, None))["patient"] is None

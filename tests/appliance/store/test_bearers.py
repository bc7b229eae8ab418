"""Tokens and keys on both databases: stored, found, ended, swept, and what the gate tells of them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from appliance.domain.access import KeyFacts, TokenFacts, context_of, may_see, may_take
from appliance.domain.bearers import Kind, Right
from appliance.domain.identifiers import ShareId, StudyUID
from appliance.store.gate import open_gate
from appliance.usecases.ports import BearerRow, Lives, StudyFacts
from tests.appliance.store.test_store import NOW, SOP, STUDY, fill

LATER = NOW + timedelta(minutes=30)
KEY = BearerRow(0, Kind.KEY, b"key", "archive", frozenset({Right.READ}), NOW, "root", LATER, None, (ShareId("s1"),))


def token_of(work) -> BearerRow:
    session = work.sessions.by_token(b"token")
    return replace(KEY, kind=Kind.TOKEN, token_hash=b"bearer", name="", session_id=session.id)


def test_the_gate_tells_tokens_and_keys_apart_and_what_they_hold(database):
    fill(database)
    with database.writing() as work:
        work.bearers.add(token_of(work))
        work.bearers.add(KEY)
    gate = open_gate(database)
    try:
        for digest, kind in ((b"bearer", TokenFacts), (b"key", KeyFacts)):
            frame = gate.frame(digest, STUDY, SOP)
            assert isinstance(frame.facts.caller, kind)
            assert frame.instance is not None
            assert may_see(context_of(frame.facts.caller), frame.facts.grants, NOW)
            assert not may_take(context_of(frame.facts.caller), frame.facts.grants, NOW)
            assert not may_see(context_of(frame.facts.caller), frame.facts.grants, LATER)
            assert gate.study(digest, StudyUID("9.9")) == StudyFacts(None)
        with database.writing() as work:
            work.shares.revoke(ShareId("s1"), NOW, "desk", "lost")
        for digest in (b"bearer", b"key"):
            facts = gate.study(digest, STUDY)
            assert facts.caller is not None
            assert not may_see(context_of(facts.caller), facts.grants, NOW)
    finally:
        gate.close()


def test_a_bearer_comes_back_as_it_was_stored_and_ends(database):
    fill(database)
    with database.writing() as work:
        number = work.bearers.add(KEY)
        token = work.bearers.add(token_of(work))
        assert work.bearers.by_token(b"key") == replace(KEY, id=number)
        assert work.bearers.studies(number) == [STUDY]
        assert (work.bearers.first_view(token, STUDY, NOW), work.bearers.first_view(token, STUDY, NOW)) == (True, False)
        work.bearers.used(number, NOW)
        work.bearers.end(number, NOW)
        work.bearers.end(number, LATER)
        assert [(row.ended_at, row.used_at) for row in work.bearers.all_keys()] == [(NOW, NOW)]
        assert work.bearers.key("archive") is None
        work.bearers.add(replace(KEY, token_hash=b"again"))
    with pytest.raises(IntegrityError), database.writing() as work:
        work.bearers.add(replace(KEY, token_hash=b"third"))


def test_tokens_go_with_their_sessions_and_keys_stay(database):
    fill(database)
    with database.writing() as work:
        token = work.bearers.add(token_of(work))
        work.bearers.first_view(token, STUDY, NOW)
        work.bearers.add(KEY)
    far = NOW + timedelta(days=400)
    with database.writing() as work:
        work.retention.sweep(Lives(sessions=far, codes=far, failures=far, bodies=far, jobs=far))
        assert work.bearers.by_token(b"bearer") is None
        assert work.bearers.by_token(b"key") is not None

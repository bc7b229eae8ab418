"""Notes and kept work on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from appliance.domain.identifiers import AccountId, ShareId
from appliance.domain.kept_work import MOST_BYTES, Work
from appliance.domain.notes import Note, Scope
from tests.appliance.store.test_forgetting import rows
from tests.appliance.store.test_store import NOW, STUDY, fill

LATER, END = NOW + timedelta(hours=1), NOW + timedelta(days=10)
SHARES = frozenset({ShareId("s1")})


def note(account: AccountId, scope: Scope = Scope.CODE) -> Note:
    return Note(0, STUDY, account, "Alix MARTIN", scope, "Voir l’IRM\n« avant »", NOW, shares=SHARES)


def test_a_note_comes_back_edited_with_its_first_version_kept(database, laid_url):
    account = fill(database)
    with database.writing() as work:
        number = work.notes.add(note(account))
        first = work.notes.by_id(number)
        assert first == replace(note(account), id=number)
        edited = replace(first, text="Vu", scope=Scope.HOSPITAL, version=2, edited_at=LATER, shares=frozenset())
        work.notes.revise(edited, LATER)
        assert work.notes.of_studies([STUDY]) == [edited]
        assert work.notes.of_studies([]) == []
        work.notes.delete(number, END)
        assert work.notes.of_studies([STUDY]) == []
        assert work.notes.by_id(number).deleted_at == END
    assert [(row["version"], row["text"]) for row in rows(laid_url, "note_version ORDER BY version")] == [
        (1, "Voir l’IRM\n« avant »"), (2, "Vu")]  # fmt: skip


def test_a_text_beyond_the_limit_is_refused_by_the_table(database):
    account = fill(database)
    with pytest.raises(IntegrityError), database.writing() as work:
        work.notes.add(replace(note(account), text="x" * 2001))


def test_work_is_replaced_and_nothing_at_first(database):
    account = fill(database)
    done = Work(1, None, {"1.2/1.2/1": [{"kind": "probe", "points": [{"x": 1.5, "y": 2}]}]}, ["1.2/1.2/1"])
    with database.writing() as work:
        assert work.kept_work.of(account, STUDY) == Work()
        work.kept_work.keep(account, STUDY, done, NOW)
        work.kept_work.keep(account, STUDY, replace(done, revision=2), LATER)
        assert work.kept_work.of(account, STUDY) == replace(done, revision=2)
        assert work.kept_work.of(AccountId(99), STUDY) == Work()
    with pytest.raises(IntegrityError), database.writing() as work:
        work.kept_work.keep(account, STUDY, replace(done, keys=["x" * MOST_BYTES]), NOW)


def test_notes_and_work_are_left_over_when_the_last_grant_is_forgotten(database, laid_url):
    account = fill(database)
    with database.writing() as work:
        number = work.notes.add(note(account))
        work.kept_work.keep(account, STUDY, Work(1), NOW)
        assert work.notes.left_over(10) == []
        assert work.kept_work.forget_left_over() == 0
        work.forgetting.shares(END, END, 10)
        [left] = work.notes.left_over(10)
        assert (left.id, left.shares) == (number, frozenset())
        assert work.kept_work.forget_left_over() == 1
        work.notes.forget([number])
    for gone in ("note", "note_version", "note_share", "kept_work"):
        assert rows(laid_url, gone) == [], gone

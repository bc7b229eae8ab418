"""Deposits and their way to a PACS, on both databases."""

from dataclasses import replace
from datetime import timedelta

from appliance.domain.identifiers import AccountId, SopUID
from appliance.domain.sending import Commitment, Ending, ObjectState, Outcome, Proof
from appliance.usecases.ports import Page, SendableRow
from tests.appliance.store.test_store import NOW, SOP, STUDY, file, fill

OTHER = SopUID("1.2.3.4.6")
LATER = NOW + timedelta(days=1)


def deposit(database) -> None:
    fill(database)
    second = replace(file(key="received/1.2.3/b.dcm"), facts=replace(file().facts, sop_uid=OTHER))
    with database.writing() as work:
        assert work.instances.add_next(second, NOW)
        for uid in (SOP, OTHER):
            work.sendings.deposited(uid, STUDY, NOW, anew=True)


def begin(database) -> int:
    with database.writing() as work:
        return work.sendings.add(STUDY, "archive", work.sendings.unproven(STUDY), NOW)


def test_what_is_proven_is_no_longer_sent(database):
    deposit(database)
    number = begin(database)
    with database.writing() as work:
        assert {one.sop_uid for one in work.sendings.files(number)} == {SOP, OTHER}
        work.sendings.settle(number, [Outcome(SOP, ObjectState.SENT), Outcome(OTHER, ObjectState.FAILED, "x", "C000")])
        assert work.sendings.by_id(number).counts == {"sent": 1, "failed": 1}
        work.sendings.prove(number, [SOP], Proof.COMMITMENT, LATER)
        row = work.sendings.deposit(STUDY)
        assert (row.objects, row.proven, row.deposited_at, row.unproven_at, row.proven_at) == (2, 1, NOW, NOW, LATER)
        assert [one.sop_uid for one in work.sendings.unproven(STUDY)] == [OTHER]
        assert [one.detail for one in work.sendings.objects(number, [ObjectState.FAILED])] == ["C000"]
        [held] = work.retention.unneeded(NOW + timedelta(days=20), 5)
        assert (held.unproven_at, held.proven_at) == (NOW, LATER)
    with database.reading() as work:
        assert [one.id for one in work.sendings.listed(Page(), "ARCH")[0]] == [number]
        assert work.sendings.listed(Page(), "nowhere") == ([], 0)
        assert work.sendings.deposits(Page(), "1.2.3")[1] == 1


def test_the_same_again_keeps_its_proof_and_another_content_does_not(database):
    deposit(database)
    number = begin(database)
    with database.writing() as work:
        work.sendings.prove(number, [SOP, OTHER], Proof.FIND, LATER)
        work.sendings.deposited(SOP, STUDY, LATER, anew=False)
        assert work.sendings.deposit(STUDY).proven == 2
        work.sendings.deposited(SOP, STUDY, LATER, anew=True)
        assert work.sendings.deposit(STUDY).unproven_at == LATER


def test_another_version_than_the_one_sent_is_not_proven(database):
    deposit(database)
    number = begin(database)
    with database.writing() as work:
        work.instances.supersede(work.instances.by_uid(SOP), file(data=b"e", key="received/1.2.3/c.dcm"), LATER)
        assert [one.sop_uid for one in work.sendings.files(number)] == [OTHER]
        work.sendings.prove(number, [SOP, OTHER], Proof.COMMITMENT, LATER)
        assert [one.sop_uid for one in work.sendings.unproven(STUDY)] == [SOP]


def test_what_was_taken_back_or_purged_is_not_a_deposit_any_more(database):
    deposit(database)
    with database.writing() as work:
        work.instances.reject(STUDY, [SOP], "113038", NOW)
        assert work.sendings.deposit(STUDY).objects == 1
        work.retention.purge(STUDY)
        assert work.sendings.deposit(STUDY) is None
        assert work.sendings.unproven(STUDY) == []


def test_a_commitment_ends_once(database):
    deposit(database)
    number = begin(database)
    asked = Commitment("2.25.9", number, "archive", (SOP, OTHER), NOW)
    with database.writing() as work:
        work.sendings.ask(asked)
        assert work.sendings.commitment("2.25.9") == asked
        work.sendings.accepted("2.25.9", LATER)
        work.sendings.ended("2.25.9", Ending.REPORTED, LATER)
        work.sendings.ended("2.25.9", Ending.LAPSED, LATER + timedelta(days=9))
        [found] = work.sendings.commitments(number)
        assert (found.accepted_at, found.ended_at, found.ending) == (LATER, LATER, Ending.REPORTED)
        assert work.sendings.commitment("2.25.8") is None


def test_what_was_made_here_is_sent_without_being_an_instance(database):
    fill(database)
    account, made = AccountId(7), SendableRow(OTHER, "1.2.840.10008.5.1.4.1.1.88.59", "", "sent/1.2.3/o.dcm", 0)
    with database.writing() as work:
        assert work.sendings.last_of(account, STUDY) is None
        number = work.sendings.add_made(STUDY, "archive", account, [made], NOW)
        assert work.sendings.files(number) == [replace(made, transfer_syntax="1.2.840.10008.1.2.1")]
        later = work.sendings.add_made(STUDY, "archive", account, [made], LATER)
        row = work.sendings.last_of(account, STUDY)
        assert (row.id, row.account_id, row.counts) == (later, 7, {"waiting": 1})
        assert [one.id for one in work.sendings.of_account(account, NOW)] == [number, later]
        assert [one.id for one in work.sendings.of_account(account, LATER)] == [later]
        assert work.sendings.of_account(AccountId(8), NOW) == []
        work.sendings.prove(number, [OTHER], Proof.FIND, LATER)
        assert work.sendings.by_id(number).counts == {"proven": 1}
        assert work.sendings.files(number) == []
        assert work.sendings.deposit(STUDY) is None

"""One suite for both databases: what the use cases rely on."""

import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from appliance.domain.access import context_of, may_see, may_take
from appliance.domain.errors import Unavailable
from appliance.domain.identifiers import AccountId, PersonId, SeriesUID, ShareId, SopUID, StudyUID
from appliance.domain.jobs import JobKind, JobState, Priority
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.people import Identifier, PatientTraits
from appliance.domain.segments import judged
from appliance.domain.sharing import Share, Trait, TraitSource
from appliance.domain.sign_in import Channel
from appliance.store.database import Database
from appliance.store.doorbells import doorbell
from appliance.store.gate import open_gate
from appliance.store.migrations import current, latest, migrate
from appliance.usecases.ports import (
    AccountRow,
    InstanceFacts,
    Message,
    Page,
    PreparedInstance,
    ReceivedFile,
    SessionRow,
    StudyFacts,
    StudyRow,
)

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TRAITS = PatientTraits(Identifier("F-1", "HOSP"), "LEFÈVRE^Anne", "19610314", "F")
STUDY, SERIES, SOP = StudyUID("1.2.3"), SeriesUID("1.2.3.4"), SopUID("1.2.3.4.5")
EVENT = Event(Family.ADMIN, "node.add", Actor("unix", "0"), "orthanc")


def study_row(person: PersonId) -> StudyRow:
    return StudyRow(STUDY, person, TRAITS, date(2026, 11, 22), "0912", "TDM", ("CT",), "A1", "", "pacs", expected=1)


def file(pixels: bytes = b"p", data: bytes = b"d", key: str = "received/1.2.3/1.2.3.4.5.a.dcm") -> ReceivedFile:
    facts = InstanceFacts(SOP, "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1", SERIES, STUDY, TRAITS, "CT", 1, 2)
    return ReceivedFile(key, 10, data * 32, pixels * 32, facts, "PACS")


def fill(database) -> AccountId:
    account = AccountRow(
        AccountId(0), "Doc@Example.org", "Alix", "MARTIN", "", "", "810000000001", "10", "hash", True, None, NOW,
        "card", NOW + timedelta(days=300), NOW, "good",
    )  # fmt: skip
    with database.writing() as work:
        person = work.people.ensure(TRAITS)
        work.studies.ensure(study_row(person))
        work.instances.add(file(), NOW)
        account_id = work.accounts.add(account)
        until = NOW + timedelta(days=10)
        traits = (Trait("given", "ANNE", TraitSource.PACS), Trait("birth", "19610314", TraitSource.PACS))
        share = Share(ShareId("s1"), person, NOW, "desk", NOW, until, studies=(STUDY,), traits=traits)
        work.shares.add(share, b"lookup", b"cipher")
        work.shares.redeem(share, account_id, NOW)
        session = SessionRow(0, b"token", account_id, None, "csrf", "password_email", "", NOW, NOW,
                             NOW + timedelta(hours=4), None, "", "")  # fmt: skip
        work.sessions.add(session)
    return account_id


def test_migrating_twice_leaves_the_schema_at_the_latest(database, laid_url):
    assert migrate(laid_url) == latest() == current(laid_url)


def test_what_somebody_may_open_is_asked_again(database):
    fill(database)
    night = NOW + timedelta(hours=16)
    before = night - timedelta(hours=20)
    with database.writing() as work:
        assert work.studies.given(night, before) == [STUDY]
        work.studies.asked(STUDY, NOW)
        assert work.studies.by_uid(STUDY).asked_at == NOW
        assert work.studies.given(night, before) == []
        assert work.studies.given(night, night) == [STUDY]
        assert work.studies.given(NOW + timedelta(days=11), night + timedelta(days=11)) == []


def test_a_share_comes_back_as_it_was_stored(database):
    account_id = fill(database)
    with database.reading() as work:
        share = work.shares.by_lookup(b"lookup")
        assert share is not None
        assert (share.studies, share.redeemers, share.issued_at) == ((STUDY,), 1, NOW)
        assert [t.value for t in share.traits] == ["ANNE", "19610314"]
        assert work.shares.lookup_taken(b"lookup")
        assert not work.shares.lookup_taken(b"other")
        assert work.shares.cipher(share.id) == b"cipher"
        assert [h.person.traits.name for h in work.shares.holdings(account_id)] == [TRAITS.name]
        assert work.accounts.by_email("DOC@example.org") is not None
        assert work.shares.listed(Page(), "lefèvre")[1] == 1
        assert work.shares.listed(Page(), "le%re")[1] == 0
        assert work.studies.listed(Page(), "LEFÈVRE")[0][0].uid == STUDY
        assert [p.id for p in work.people.by_name("LEFEV", 5)] == [share.person_id]


def sees(rule, facts: StudyFacts, now: datetime = NOW) -> bool:
    assert facts.caller is not None
    return rule(context_of(facts.caller), facts.grants, now)


def test_the_gate_opens_for_the_grant_and_closes_at_once(database):
    fill(database)
    gate = open_gate(database)
    try:
        frame = gate.frame(b"token", STUDY, SOP)
        assert frame.instance is not None
        assert frame.instance.key == file().key
        assert sees(may_see, frame.facts)
        assert not sees(may_take, frame.facts)
        assert not sees(may_see, frame.facts, NOW + timedelta(minutes=15))
        assert gate.study(b"token", StudyUID("9.9")) == StudyFacts(None)
        assert gate.study(b"stranger", STUDY) == StudyFacts(None)
        with database.writing() as work:
            work.shares.revoke(ShareId("s1"), NOW, "desk", "lost")
        assert not sees(may_see, gate.study(b"token", STUDY))
    finally:
        gate.close()


def test_the_gate_tells_whether_files_may_be_taken(database):
    account_id = fill(database)
    with database.writing() as work:
        person = work.people.ensure(TRAITS)
        share = Share(ShareId("s2"), person, NOW, "desk", NOW, NOW + timedelta(1), studies=(STUDY,), downloads=True)
        work.shares.add(share, b"another", b"cipher")
        work.shares.redeem(share, account_id, NOW)
    gate = open_gate(database)
    try:
        assert sees(may_take, gate.study(b"token", STUDY))
        with database.writing() as work:
            work.shares.revoke(ShareId("s2"), NOW, "desk", "lost")
        assert sees(may_see, gate.study(b"token", STUDY))
        assert not sees(may_take, gate.study(b"token", STUDY))
    finally:
        gate.close()


def test_a_duplicate_is_known_and_a_correction_is_a_new_version(database):
    fill(database)
    with database.appending() as work:
        assert not work.instances.add(file(), NOW)
        old = work.instances.by_uid(SOP)
        assert old is not None
        work.instances.supersede(old, file(data=b"e", key="received/1.2.3/1.2.3.4.5.b.dcm"), NOW)
        work.instances.conflict(old, file(pixels=b"q", key="quarantine/x.dcm"), NOW)
        made = PreparedInstance(SOP, old.version, 1, 2, 2, "f", b"o" * 16)
        assert not work.instances.prepared(made), "what was prepared of the old version is thrown away"
        current_row = work.instances.by_uid(SOP)
        assert current_row is not None
        assert (current_row.version, current_row.state) == (2, "received")
        assert work.instances.known_keys([file().key, "quarantine/x.dcm", "other"]) == {file().key, "quarantine/x.dcm"}
        assert work.instances.unprepared_series() == [(STUDY, SERIES)]
        assert work.studies.by_uid(STUDY).received == 1


def test_the_next_of_a_series_goes_the_short_road_and_nothing_else_does(database):
    fill(database)

    def arrived(sop: str, **changed) -> ReceivedFile:
        known = file(key=f"received/1.2.3/{sop}.a.dcm")
        return replace(known, facts=replace(known.facts, sop_uid=SopUID(sop), **changed))

    stranger = replace(TRAITS, identifier=Identifier("F-2", "HOSP"))
    with database.appending() as work:
        assert work.instances.add_next(arrived("1.2.3.4.6"), NOW)
        assert not work.instances.add_next(arrived("1.2.3.4.6"), NOW)
        assert not work.instances.add_next(arrived("1.2.3.4.7", series_uid=SeriesUID("9.9")), NOW)
        assert not work.instances.add_next(arrived("1.2.3.4.7", study_uid=StudyUID("9.9")), NOW)
        assert not work.instances.add_next(arrived("1.2.3.4.7", modality="PT"), NOW)
        assert not work.instances.add_next(arrived("1.2.3.4.7", traits=stranger), NOW)
    with database.reading() as work:
        one, other = work.instances.of_series(SERIES)
        assert (other.sop_uid, other.state, other.version, other.frames) == ("1.2.3.4.6", "received", 1, one.frames)
        assert (other.sha256, other.frames_key, other.native_frame_bytes) == (one.sha256, "", 0)


def test_a_job_is_held_by_one_and_comes_back_after_its_lease(database):
    with database.appending() as work:
        first = work.jobs.enqueue(JobKind.ECHO, "pacs", {"node": "pacs"}, now=NOW)
        assert work.jobs.enqueue(JobKind.ECHO, "pacs", {"node": "pacs"}, now=NOW, priority=9) == first
        assert work.jobs.ready(NOW - timedelta(seconds=1)) == frozenset()
        assert work.jobs.ready(NOW) == {JobKind.ECHO}
        mine = work.jobs.claim([JobKind.ECHO], "a", NOW, 10)
        assert mine is not None
        assert mine.id == first
        assert work.jobs.claim([JobKind.ECHO], "b", NOW, 10) is None
        assert work.jobs.ready(NOW) == frozenset()
        later = NOW + timedelta(seconds=11)
        assert work.jobs.ready(later) == {JobKind.ECHO}
        other = work.jobs.claim([JobKind.ECHO], "b", later, 10)
        assert other is not None
        assert not work.jobs.finish(mine, {}, later), "the lease was lost"
        assert work.jobs.finish(other, {"ok": True}, later)
        done = work.jobs.by_id(first)
        assert done is not None
        assert (done.state, done.result) == (JobState.DONE, {"ok": True})


def test_a_worker_kept_for_who_waits_takes_nothing_else(database):
    with database.appending() as work:
        work.jobs.enqueue(JobKind.PULL, "1.2", {}, now=NOW, priority=Priority.ISSUED)
        assert work.jobs.claim([JobKind.PULL], "kept", NOW, 10, Priority.WAITED_FOR) is None
        urgent = work.jobs.enqueue(JobKind.PULL, "1.3", {}, now=NOW, priority=Priority.WAITED_FOR)
        assert work.jobs.claim([JobKind.PULL], "kept", NOW, 10, Priority.WAITED_FOR).id == urgent


def test_what_waits_for_another_try_is_tried_now_and_nothing_else(database):
    with database.appending() as work:
        failed = work.jobs.enqueue(JobKind.PULL, "1.2", {}, now=NOW)
        mine = work.jobs.claim([JobKind.PULL], "a", NOW, 10)
        assert work.jobs.fail(mine, "timeout", NOW, 0.5)
        later = work.jobs.enqueue(JobKind.PULL, "1.3", {}, now=NOW, delay_s=600)
        work.jobs.hasten(JobKind.PULL, NOW)
        assert (work.jobs.by_id(failed).due, work.jobs.by_id(later).due) == (NOW, NOW + timedelta(seconds=600))


def test_a_job_dies_after_its_last_attempt_and_may_be_retried(database):
    with database.appending() as work:
        job_id = work.jobs.enqueue(JobKind.PULL, "1.2", {}, now=NOW, max_attempts=1)
        mine = work.jobs.claim([JobKind.PULL], "a", NOW, 10)
        assert mine is not None
        assert work.jobs.fail(mine, "timeout", NOW, 0.5)
        assert work.jobs.by_id(job_id).state is JobState.DEAD
        assert work.jobs.retry(job_id, NOW)
        assert work.jobs.cancel(job_id)
        assert work.jobs.claim([JobKind.PULL], "a", NOW, 10) is None


def test_nobody_writes_in_the_journal_twice_the_same_number(database):
    def write() -> None:
        for _ in range(20):
            with database.writing() as work:
                work.journal.append(EVENT, NOW)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as work:
        assert judged((), work.journal.chain(0, 1000), work.journal.head(), bool).broken_at is None
        records, total = work.journal.listed(Page(limit=5), "orthanc", "admin")
    assert total == 80
    assert records[0].event == EVENT


@pytest.mark.parametrize("verb", ["UPDATE journal SET body = 'x'", "DELETE FROM journal"])
def test_the_journal_cannot_be_changed(database, laid_url, verb):
    with database.writing() as work:
        work.journal.append(EVENT, NOW)
    engine = sa.create_engine(laid_url)
    with pytest.raises(sa.exc.DBAPIError, match="append only"), engine.begin() as connection:
        connection.execute(sa.text(verb))
    engine.dispose()


def test_a_sent_message_leaves_no_body(database):
    with database.writing() as work:
        assert not work.outbox.waiting(NOW)
        work.outbox.add(Message(Channel.SMS, "+33600000000", "", "123456"), NOW)
    with database.reading() as work:
        assert work.outbox.waiting(NOW)  # where nothing may be locked
    with database.writing() as work:
        row = work.outbox.claim(NOW, 30)
        assert row is not None
        assert row.message.text == "123456"
        assert not work.outbox.waiting(NOW)
        assert work.outbox.claim(NOW, 30) is None
        work.outbox.sent(row.id, NOW)
        assert work.outbox.listed(Page())[0][0].message.text == ""


def test_a_failed_block_writes_nothing(database):
    def fail() -> None:
        with database.writing() as work:
            work.journal.append(EVENT, NOW)
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    with database.reading() as work:
        assert work.journal.head()[0] == 0


def test_the_doorbell_rings_when_another_connection_commits(database):
    bell = doorbell(database)
    try:
        assert not bell.wait(0.05)
        with database.writing() as work:
            work.jobs.enqueue(JobKind.ECHO, "pacs", {}, now=NOW)
        assert bell.wait(2)
    finally:
        bell.close()


def test_a_doorbell_that_was_cut_off_is_hung_again_and_rings(laid_postgres_url):
    engine = sa.create_engine(laid_postgres_url)
    with closing(Database(laid_postgres_url, service="bridge")) as database, closing(doorbell(database)) as bell:
        with engine.connect() as other:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :name"
            other.execute(sa.text(others), {"name": "negatoscope-bridge"})
        assert not bell.wait(0.2)
        assert bell.wait(2)  # nobody heard what changed meanwhile
        with database.writing() as work:
            work.jobs.enqueue(JobKind.ECHO, "pacs", {}, now=NOW)
        assert bell.wait(2)
    engine.dispose()


def test_a_database_out_of_reach_is_told_by_the_doorbell():
    with closing(Database("postgresql+psycopg://nobody@/none?host=/nowhere")) as database:
        with pytest.raises(Unavailable, match="database"):
            doorbell(database)
        with pytest.raises(Unavailable, match="database"):
            database.speaks("bridge")


def test_a_view_is_first_once(database):
    fill(database)
    with database.writing() as work:
        session = work.sessions.by_token(b"token")
        assert session is not None
        assert work.sessions.first_view(session.id, STUDY, NOW)
        assert not work.sessions.first_view(session.id, STUDY, NOW)

"""What was written about people and whose time is over, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from appliance.domain.identifiers import AccountId, ShareId
from appliance.domain.reports import Place, Relation, Rendering, ReportState, Source
from appliance.domain.sharing import Origin, Share
from appliance.domain.sign_in import Channel
from appliance.usecases.ports import DocumentRow, ForgottenShares, Message, Page, PromiseRow
from tests.appliance.store.test_store import NOW, STUDY, TRAITS, fill

END = NOW + timedelta(days=10)


def version(unique_id: str, key: str = "") -> DocumentRow:
    return DocumentRow(
        id=0, unique_id=unique_id, set_id="1.9", version=0, relation=Relation.ALONE, parent_id="",
        state=ReportState.VALIDATED, title="", author="", author_facility="", mime="text/plain", sha256=b"d" * 32,
        key=key, source=Source.HL7, sender="", sop_uid="", important=False, sequence_at=NOW, stated_at=None,
        place=Place.ATTACHED, cause="", wait_until=None, asked_study="", accession="", accession_issuer="",
        patients=(), patient_name="", birth_date="", sex="", rendering=Rendering.DONE, reason="", html_key="",
        renderer=0, at=NOW,
    )  # fmt: skip


def rows(url, table):
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = connection.exec_driver_sql(f"SELECT * FROM {table}").mappings().all()
    engine.dispose()
    return found


def test_of_a_share_only_hash_dates_and_counts_stay(database, laid_url):
    fill(database)
    with database.writing() as work:
        assert work.forgetting.shares(END - timedelta(microseconds=1), NOW, 10) == ForgottenShares()
        assert work.forgetting.due(END - timedelta(microseconds=1)) == (0, 0, 0)
        assert work.forgetting.due(END) == (1, 0, 0)
        assert work.forgetting.shares(END, END, 10) == ForgottenShares(1, 1, 1)
        assert work.forgetting.due(END) == (0, 0, 0)
        assert work.forgetting.shares(END, END, 10) == ForgottenShares()
        assert work.shares.listed(Page())[1] == 0
        assert work.shares.by_lookup(b"lookup") is None
        assert work.shares.lookup_taken(b"lookup")
    for gone in ("share", "share_trait", "share_study", "redemption", "study_grant"):
        assert rows(laid_url, gone) == [], gone
    [left] = rows(laid_url, "past_share")
    assert {name: value for name, value in left.items() if isinstance(value, str)} == {}
    assert (bytes(left["lookup"]), left["redeemers"], left["studies"], bool(left["revoked"])) == (
        b"lookup",
        1,
        1,
        False,
    )


def test_a_revoked_share_ended_when_it_was_revoked(database):
    fill(database)
    with database.writing() as work:
        work.shares.revoke(ShareId("s1"), NOW, "desk", "lost")
        assert work.forgetting.shares(NOW, END, 10).shares == 1


def test_a_killed_turn_forgets_nothing(database):
    fill(database)

    def killed(work):
        work.forgetting.shares(END, END, 10)
        raise InterruptedError

    with pytest.raises(InterruptedError), database.writing() as work:
        killed(work)
    with database.writing() as work:
        assert work.shares.by_lookup(b"lookup").redeemers == 1
        assert work.forgetting.shares(END, END, 10) == ForgottenShares(1, 1, 1)


def test_grants_without_a_share_and_promises_go_after_their_own_end(database):
    account = fill(database)
    with database.writing() as work:
        person = work.people.ensure(TRAITS)
        row = PromiseRow(0, "810000000001", STUDY, person, Origin.EMERGENCY, "why", "desk", NOW, END)
        work.promises.add(row)
        work.shares.grant(row, account, NOW)
        assert work.forgetting.grants(END - timedelta(microseconds=1)) == 0
        assert work.forgetting.grants(END) == 2
        assert work.forgetting.grants(END) == 0
        assert work.shares.is_holder(ShareId("s1"), account)


def test_a_report_goes_whole_when_it_is_old_and_nobody_held_its_exam_since(database):
    fill(database)
    later = END + timedelta(days=1)
    with database.writing() as work:
        first = work.reports.add(replace(version("1.9", key="reports/a"), studies=(STUDY,), at=NOW))
        assert work.forgetting.reports(END - timedelta(microseconds=1), 10) == 0  # the code still lived
        assert work.forgetting.reports(END, 10) == 1
        assert work.reports.of_studies([STUDY]) == []
        assert work.forgetting.reports(END, 10) == 0
        [one] = work.forgetting.hidden_reports(10)
        assert (one.id, one.keys) == (first, ("reports/a",))
        again = replace(version("1.9", key="reports/a"), studies=(STUDY,), at=later)
        work.reports.add(replace(again, sequence_at=later))
        [one] = work.forgetting.hidden_reports(10)
        assert one.keys == ()  # it came again: its text is needed
        work.forgetting.drop_reports([one.id])
        assert work.forgetting.hidden_reports(10) == []
        [row] = work.reports.of_studies([STUDY])
        assert (row.at, row.place) == (later, Place.ATTACHED)


def test_an_old_version_stays_with_the_one_that_corrects_it(database):
    fill(database)
    with database.writing() as work:
        work.reports.add(replace(version("1.9"), at=NOW))
        work.reports.add(replace(version("1.10"), at=END + timedelta(days=1)))
        assert work.forgetting.reports(END, 10) == 0
        assert work.forgetting.reports(END + timedelta(days=1), 10) == 2


@pytest.mark.parametrize("held", ["share", "grant", "promise"])
def test_a_report_stays_while_its_exam_is_held(database, held):
    account = fill(database)
    far = END + timedelta(days=100)
    with database.writing() as work:
        work.reports.add(replace(version("1.9"), studies=(STUDY,), at=NOW))
        person = work.people.ensure(TRAITS)
        promise = PromiseRow(0, "810000000001", STUDY, person, Origin.EMERGENCY, "why", "desk", NOW, far)
        if held == "share":
            work.shares.add(Share(ShareId("s2"), person, NOW, "desk", NOW, far, studies=(STUDY,)), b"2", b"c")
        elif held == "grant":
            work.shares.grant(promise, account, NOW)
        else:
            work.promises.add(promise)
        assert work.forgetting.reports(END, 10) == 0
        assert work.forgetting.reports(far, 10) == 1


def test_of_an_account_only_its_number_stays(database, laid_url):
    account_id = fill(database)
    with database.writing() as work:
        message = work.outbox.add(Message(Channel.EMAIL, "doc@example.org", "", "text"), NOW)
        work.forgetting.mailed(account_id, message)
        [one] = work.forgetting.idle(NOW, AccountId(0), 10)
        assert (one.id, one.email, one.idle.seen_at, one.idle.mailed_at) == (account_id, "doc@example.org", NOW, NOW)
        assert work.forgetting.idle(NOW - timedelta(microseconds=1), AccountId(0), 10) == []
        assert work.forgetting.idle(NOW, account_id, 10) == []
        work.forgetting.account(account_id, END)
        assert work.forgetting.idle(END, AccountId(0), 10) == []
        assert work.forgetting.still_idle(account_id) is None
        assert work.sessions.by_token(b"token") is None
        assert work.accounts.by_id(account_id) is None
        assert work.shares.by_lookup(b"lookup").redeemers == 1  # a count, of nobody
    [left] = rows(laid_url, "account")
    words = {value for value in left.values() if isinstance(value, str) and value}
    assert words == {f"purged:{account_id}"}
    for gone in ("session", "study_grant", "outbox"):
        assert rows(laid_url, gone) == [], gone

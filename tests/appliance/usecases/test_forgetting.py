"""Forgetting what was written about people: whole turns, on a clock that moves."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from appliance.domain.errors import Refused, Unavailable
from appliance.domain.forgetting import months_after
from appliance.domain.kept_work import Change
from appliance.domain.notes import Draft, Scope
from appliance.domain.sign_in import Channel
from appliance.notify.words import OtpWords
from appliance.usecases.forgetting import Forgetting, Forgotten
from appliance.usecases.ports import Page
from appliance.usecases.sharing import Order
from tests.appliance.store.test_forgetting import version
from tests.appliance.usecases.conftest import DESK

BIRTH, GIVEN = "14/03/1961", "anne charlotte"


class FullDisk:
    """Objects of which none can be deleted."""

    def delete(self, key):
        raise Unavailable("storage")


class NoRoom:
    """Objects of which none can be written."""

    def put(self, key, data):
        raise Unavailable("storage")


def journaled(house, verb):
    return [one.event.facts for one in house.journal.listed(Page())[0] if one.event.verb == verb]


def test_a_code_is_forgotten_24_months_after_its_end_and_once(house, studies, physician, clock):
    issued = house.sharing.issue(Order(studies), DESK)
    house.sharing.redeem(physician, issued.code, BIRTH, GIVEN)
    clock.time = months_after(issued.share.expires_at, 24)
    clock.move(microseconds=-1)
    assert house.forgetting.turn().shares == 0
    clock.move(microseconds=1)
    assert house.forgetting.turn().shares == 1
    clock.move(days=-400)
    assert house.forgetting.turn().shares == 0
    clock.move(days=800)
    assert house.forgetting.turn().shares == 0
    assert journaled(house, "code.forgotten") == [{"shares": 1, "grants": 2, "redeemers": 1}]
    assert len(journaled(house, "code.redeem")) == 1  # the journal keeps who came in
    with pytest.raises(Refused) as refused:
        house.sharing.redeem(physician, issued.code, BIRTH, GIVEN)
    assert refused.value.cause != "expired"  # nobody remembers it


def test_a_clock_that_went_back_forgets_nothing_early(house, studies, clock):
    issued = house.sharing.issue(Order(studies), DESK)
    clock.move(days=-3000)
    assert house.forgetting.turn() == Forgotten()
    clock.time = issued.share.expires_at
    assert house.forgetting.turn() == Forgotten()


def test_a_report_whose_objects_cannot_be_deleted_is_seen_by_nobody_and_found_again(house, clock):
    house.objects.put("reports/a", b"text")
    with house.database.writing() as work:
        work.reports.add(replace(version("1.9", key="reports/a"), at=clock.now()))
    clock.time = months_after(clock.now(), 24)
    with pytest.raises(Unavailable):
        Forgetting(house.database, clock, FullDisk(), OtpWords("CH")).turn()
    assert house.objects.read("reports/a") == b"text"
    assert house.forgetting.turn() == Forgotten()
    assert list(house.objects.keys("reports")) == []
    assert journaled(house, "report.forgotten") == [{"reports": 1}]
    with house.database.reading() as work:
        assert work.reports.by_unique_id("1.9") is None


class Relay:
    """A mail relay that takes everything, or is away for good."""

    def __init__(self, fault=None):
        self.fault, self.sent = fault, []

    def send(self, message):
        if self.fault is not None:
            raise self.fault
        self.sent.append(message)


def courier(house, relay):
    while house.outbox.send_next({Channel.EMAIL: relay}):
        pass


def test_an_account_goes_after_24_months_and_a_mail_30_days_before(house, account, clock):
    relay, goes = Relay(), months_after(clock.now(), 24)
    clock.time = goes - timedelta(days=30, microseconds=1)
    assert house.forgetting.turn() == Forgotten()
    clock.time = goes - timedelta(days=30)
    assert house.forgetting.turn() == Forgotten(mailed=1)
    assert house.forgetting.turn() == Forgotten()
    courier(house, relay)
    [mail] = relay.sent
    assert f"{goes:%d/%m/%Y}" in mail.text
    clock.time = goes - timedelta(microseconds=1)
    assert house.forgetting.turn() == Forgotten()
    clock.time = goes
    assert house.forgetting.turn() == Forgotten(accounts=1)
    assert house.forgetting.turn() == Forgotten()
    with pytest.raises(Refused, match="account_unknown"):
        house.people.account(account.id)
    assert house.people.accounts(Page())[1] == 0
    with house.database.reading() as work:
        assert work.outbox.listed(Page())[1] == 0
        assert work.accounts.by_national_id(account.national_id) is None
    verbs = [one.event.verb for one in house.journal.listed(Page(), query=str(account.id))[0]]
    assert {"account.add", "account.farewell", "account.purge"} <= set(verbs)
    again = house.people.add_account(account, "", DESK)
    assert again != account.id  # the journal's number is nobody else's


def test_a_log_in_keeps_the_account(house, account, clock):
    goes = months_after(clock.now(), 24)
    clock.time = goes - timedelta(days=30)
    house.forgetting.turn()
    courier(house, Relay())
    clock.time = goes - timedelta(hours=1)
    with house.database.writing() as work:
        work.accounts.logged_in(account.id, clock.now())
    clock.time = goes + timedelta(days=365)
    assert house.forgetting.turn() == Forgotten()
    clock.time = months_after(goes - timedelta(hours=1), 24)
    assert house.forgetting.turn() == Forgotten(mailed=1)  # the old mail does not count


def test_without_a_mail_that_left_no_account_goes(house, account, clock):
    clock.time = months_after(clock.now(), 25)
    assert house.forgetting.turn() == Forgotten(mailed=1)
    courier(house, Relay(Refused("channel_off")))
    clock.move(days=6)
    assert house.forgetting.turn() == Forgotten()
    clock.move(days=1)
    assert house.forgetting.turn() == Forgotten(mailed=1)
    assert len(journaled(house, "message.dead")) == 1
    courier(house, Relay())
    clock.move(days=29)
    assert house.forgetting.turn() == Forgotten()
    clock.move(days=1)
    assert house.forgetting.turn() == Forgotten(accounts=1)


def test_whoever_cannot_be_told_stays_and_is_counted(house, account, clock):
    clock.time = months_after(clock.now(), 30)
    with house.database.writing() as work:
        work.accounts.change(replace(account, email_bounced_at=clock.now()))
    assert house.forgetting.turn() == Forgotten(unreachable=1)


def test_notes_and_work_go_with_the_code_and_a_note_for_the_hospital_is_a_file_first(
    house, studies, physician, account, clock, monkeypatch
):
    issued = house.sharing.issue(Order(studies), DESK)
    house.sharing.redeem(physician, issued.code, BIRTH, GIVEN)
    monkeypatch.setattr(house.exams, "may_see", lambda token, uid: True)
    uid = studies[0].uid
    for scope in Scope:
        house.notes.write(physician, b"", uid, Draft(f"pour {scope}", scope))
    gone = house.notes.write(physician, b"", uid, Draft("effacée", Scope.HOSPITAL))
    house.notes.delete(physician, b"", gone)
    house.kept_work.keep(physician, b"", uid, Change(0, None, {}, {"1.2/1.2/1": True}))
    clock.time = months_after(issued.share.expires_at, 24)
    clock.move(microseconds=-1)
    with house.database.writing() as work:
        work.accounts.logged_in(account.id, clock.now())
    assert house.forgetting.turn() == Forgotten()
    clock.move(microseconds=1)
    with pytest.raises(Unavailable):
        Forgetting(house.database, clock, NoRoom(), OtpWords("CH")).turn()
    with house.database.reading() as work:
        assert len(work.notes.of_studies([uid])) == 3  # nothing goes that is not a file yet
    assert house.forgetting.turn() == Forgotten(notes=4, works=1)
    [key] = house.objects.keys("exported")
    assert json.loads(house.objects.read(key))["text"] == "pour hospital"
    assert journaled(house, "note.forgotten") == [{"notes": 4, "exported": 1}]
    assert journaled(house, "work.forgotten") == [{"works": 1}]
    assert house.forgetting.turn() == Forgotten()

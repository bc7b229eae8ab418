"""Forgetting what was written about people: whole turns, on a clock that moves."""

from dataclasses import replace

import pytest

from appliance.domain.errors import Refused, Unavailable
from appliance.domain.forgetting import months_after
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


def journaled(house, verb):
    return [one.event.facts for one in house.journal.listed(Page())[0] if one.event.verb == verb]


def test_a_code_is_forgotten_24_months_after_its_end_and_once(house, studies, physician, clock):
    issued = house.sharing.issue(Order(studies), DESK)
    house.sharing.redeem(physician, issued.code, BIRTH, GIVEN)
    clock.time = months_after(issued.share.expires_at, 24)
    clock.move(microseconds=-1)
    assert house.forgetting.turn() == Forgotten()
    clock.move(microseconds=1)
    assert house.forgetting.turn() == Forgotten(shares=1)
    clock.move(days=-400)
    assert house.forgetting.turn() == Forgotten()
    clock.move(days=800)
    assert house.forgetting.turn() == Forgotten()
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
        Forgetting(house.database, clock, FullDisk()).turn()
    assert house.objects.read("reports/a") == b"text"
    assert house.forgetting.turn() == Forgotten()
    assert list(house.objects.keys("reports")) == []
    assert journaled(house, "report.forgotten") == [{"reports": 1}]
    with house.database.reading() as work:
        assert work.reports.by_unique_id("1.9") is None

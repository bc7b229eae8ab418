"""The life of a share on a real database."""

from dataclasses import replace

import pytest

from appliance.domain.errors import Malformed, Refused, TryLater
from appliance.domain.identifiers import StudyUID
from appliance.domain.jobs import JobKind
from appliance.domain.people import Identifier
from appliance.domain.sharing import Downloads, ShareState, state
from appliance.usecases.ports import Page
from appliance.usecases.sharing import Order
from tests.appliance.usecases.conftest import DESK, TRAITS

BIRTH, GIVEN = "14/03/1961", "anne charlotte"


def wrong(code: str) -> str:
    """A well-formed code that was never issued."""
    from appliance.domain import share_codes

    seven = code[:6] + ("A" if code[6] != "A" else "B")
    return seven + share_codes.check_character(seven)


def test_a_code_is_issued_pulled_and_redeemed_once(house, studies, physician):
    issued = house.sharing.issue(Order(studies, comment="contrôle"), DESK)
    for _ in range(2):
        assert house.sharing.redeem(physician, issued.code, BIRTH, GIVEN) == issued.share.id
    view = house.sharing.held(physician, issued.share.id)
    assert [s.uid for s in view.studies] == ["1.2.3", "1.2.4"]
    assert view.share.redeemers == 1
    jobs, _ = house.queue.listed(Page())
    asked = {(kind, uid) for kind in (JobKind.PULL, JobKind.REASK) for uid in ("1.2.3", "1.2.4")}
    assert {(j.kind, j.subject) for j in jobs} == asked
    verbs = [r.event.verb for r in house.journal.listed(Page(), family="code")[0]]
    assert verbs == ["code.redeem", "code.issue"]
    assert house.segments.verify().broken_at is None


@pytest.mark.parametrize(("birth", "given"), [("15/03/1961", GIVEN), (BIRTH, "Anna")])
def test_any_wrong_factor_gets_one_answer_and_the_journal_has_the_cause(house, studies, physician, birth, given):
    issued = house.sharing.issue(Order(studies), DESK)
    with pytest.raises(Refused) as refused:
        house.sharing.redeem(physician, issued.code, birth, given)
    with pytest.raises(Refused) as unknown:
        house.sharing.redeem(physician, wrong(issued.code), BIRTH, GIVEN)
    assert refused.value.cause == unknown.value.cause == "no_match"
    assert (refused.value.facts["left"], unknown.value.facts["left"]) == (9, 8)
    causes = [r.event.cause for r in house.journal.listed(Page(), "code.refused")[0]]
    assert causes == ["unknown", "birth_date" if birth != BIRTH else "given_name"]


def test_a_slip_costs_nothing(house, studies, physician):
    issued = house.sharing.issue(Order(studies), DESK)
    slip = ("A" if issued.code[0] != "A" else "B") + issued.code[1:]
    for _ in range(30):
        with pytest.raises(Malformed, match="code_slip"):
            house.sharing.redeem(physician, slip, BIRTH, GIVEN)
    assert house.sharing.redeem(physician, issued.code, BIRTH, GIVEN)


def test_ten_failures_in_an_hour_pause_the_account(house, studies, physician, clock):
    issued = house.sharing.issue(Order(studies), DESK)
    for _ in range(10):
        with pytest.raises(Refused):
            house.sharing.redeem(physician, wrong(issued.code), BIRTH, GIVEN)
    with pytest.raises(TryLater, match="code_limit") as later:
        house.sharing.redeem(physician, issued.code, BIRTH, GIVEN)
    assert later.value.facts["retry_after_s"] == 900
    clock.move(minutes=15)
    assert house.sharing.redeem(physician, issued.code, BIRTH, GIVEN)


def test_a_share_under_attack_is_blocked_and_its_holder_keeps_access(house, studies, physician):
    issued = house.sharing.issue(Order(studies), DESK)
    house.sharing.redeem(physician, issued.code, BIRTH, GIVEN)
    stranger = replace(physician, id=99, address="198.51.100.1")
    for _ in range(10):
        with pytest.raises(Refused):
            house.sharing.redeem(stranger, issued.code, BIRTH, "Anna")
    assert state(house.sharing.shown(issued.code).share, house.clock.now()) is ShareState.BLOCKED
    assert house.sharing.held(physician, issued.share.id).studies
    house.sharing.unblock(issued.share.id, DESK, administrator=False)
    assert state(house.sharing.shown(issued.code).share, house.clock.now()) is ShareState.VALID


def test_an_expired_code_tells_its_cause_once_all_three_match(house, studies, physician, clock):
    issued = house.sharing.issue(Order(studies, days=1), DESK)
    clock.move(days=3)
    with pytest.raises(Refused) as refused:
        house.sharing.redeem(physician, issued.code, BIRTH, GIVEN)
    assert refused.value.cause == "expired"
    house.sharing.extend(issued.code, 10, DESK)
    assert house.sharing.redeem(physician, issued.code, BIRTH, GIVEN)


def test_a_revoked_share_stays_in_the_list_without_its_exams(house, studies, physician):
    issued = house.sharing.issue(Order(studies), DESK)
    house.sharing.redeem(physician, issued.code, BIRTH, GIVEN)
    house.sharing.revoke(issued.share.id, "lost", DESK)
    assert house.sharing.held(physician, issued.share.id).studies == ()
    assert len(house.sharing.holdings(physician.id)) == 1
    with pytest.raises(Refused, match="revoked"):
        house.sharing.revoke(issued.share.id, "again", DESK)
    with pytest.raises(Refused, match="revoked"):
        house.sharing.code(issued.share.id, DESK)


def test_a_foreign_share_looks_unknown(house, studies, physician):
    issued = house.sharing.issue(Order(studies), DESK)
    for share_id in (issued.share.id, "nothing"):
        with pytest.raises(Refused, match="not_found"):
            house.sharing.held(physician, share_id)


def test_two_persons_are_never_one_share(house, studies):
    other = replace(studies[1], traits=replace(TRAITS, identifier=Identifier("F-2", "HOSP")))
    with pytest.raises(Refused, match="two_persons"):
        house.sharing.issue(Order([studies[0], other]), DESK)
    assert house.sharing.listed(Page())[1] == 0


LACKING = [
    ({}, "given_name_needed"),
    ({"given_name": "Tête"}, "birth_date_needed"),
    ({"given_name": "Tête", "birth_date": "31/02/1960"}, "birth_date"),
]


@pytest.mark.parametrize(("order", "cause"), LACKING)
def test_the_desk_types_what_the_record_lacks(house, studies, order, cause):
    bare = replace(studies[0], traits=replace(TRAITS, name="FANTOME", birth_date=""))
    with pytest.raises((Refused, Malformed), match=cause):
        house.sharing.issue(Order([bare], **order), DESK)


def test_what_the_desk_typed_opens_the_share(house, studies, physician):
    bare = replace(studies[0], uid=StudyUID("1.9"), traits=replace(TRAITS, name="FANTOME", birth_date=""))
    issued = house.sharing.issue(Order([bare], given_name="Tête", birth_date="01/02/1960"), DESK)
    assert house.sharing.redeem(physician, issued.code, "1/2/1960", "tete")


def test_the_code_is_printed_again_and_journaled(house, studies):
    issued = house.sharing.issue(Order(studies), DESK)
    assert house.sharing.code(issued.share.id, DESK) == issued.code
    assert house.journal.listed(Page())[0][0].event.verb == "code.reveal"


@pytest.mark.parametrize(("order", "cause"), [({"days": 9999}, "days"), ({"comment": "x" * 600}, "comment")])
def test_an_order_out_of_bounds_is_malformed(house, studies, order, cause):
    with pytest.raises(Malformed, match=cause):
        house.sharing.issue(Order(studies, **order), DESK)


@pytest.mark.parametrize(
    ("policy", "asked", "downloads"),
    [("never", False, False), ("choice", False, False), ("choice", True, True), ("always", False, True),
     ("always", True, True)],
)  # fmt: skip
def test_a_share_carries_what_the_hospital_lets_the_desk_say_of_downloads(house, studies, policy, asked, downloads):
    house.sharing.policy = replace(house.sharing.policy, downloads=Downloads(policy))
    issued = house.sharing.issue(Order(studies, downloads=asked), DESK)
    assert house.sharing.shown(issued.share.id).share.downloads is downloads
    (record,) = house.journal.listed(Page(), "code.issue")[0]
    assert record.event.facts["downloads"] is downloads


def test_downloads_are_refused_where_the_hospital_never_lets_them_be(house, studies):
    with pytest.raises(Refused, match="downloads_never"):
        house.sharing.issue(Order(studies, downloads=True), DESK)
    assert house.sharing.listed(Page())[1] == 0

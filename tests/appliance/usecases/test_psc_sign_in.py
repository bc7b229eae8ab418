"""Pro Santé Connect as the use case sees it: one log-in, one browser, once; accounts, proofs, promises."""

from dataclasses import replace
from datetime import timedelta

import pytest

from appliance.domain import accounts
from appliance.domain.errors import Fault, Refused, TryLater, Unavailable
from appliance.domain.identifiers import StudyUID
from appliance.domain.psc import PscIdentity
from appliance.domain.sign_in import Means
from appliance.usecases.ports import Page, PromiseRow
from appliance.usecases.psc_sign_in import PscSignIn

HERE = "192.0.2.7"
DOC = PscIdentity("810000000001", "Alix", "MARTIN", ("60", "10"), "eidas1", "Cabinet", "id-token")


@pytest.fixture
def psc(house) -> PscSignIn:
    return house.psc_sign_in


def journal(house):
    return [(r.event.verb, r.event.cause) for r in house.journal.listed(Page(), family="login")[0]]


def stored(house, number=DOC.national_id):
    with house.database.reading() as work:
        return work.accounts.by_national_id(number)


def test_a_log_in_is_taken_once_by_the_browser_that_began(psc, house):
    asked = psc.start("", HERE, wants_account=True)
    query = {"state": asked.state, "code": "c"}
    for browser in ("", "another"):
        with pytest.raises(Refused) as info:
            psc.returned(query, browser, HERE)
        assert (info.value.cause, info.value.facts["reference"][0]) == ("psc_state", "R")
    back = psc.returned(query, asked.browser, HERE)
    assert (back.code, back.nonce, back.verifier, back.wants_account) == ("c", asked.nonce, asked.verifier, True)
    with pytest.raises(Refused, match="psc_state"):
        psc.returned(query, asked.browser, HERE)
    assert journal(house) == [("psc.refused", "state")] * 3
    assert len(asked.verifier) >= 43


def test_two_tabs_of_one_browser_do_not_spoil_each_other(psc):
    first = psc.start("", HERE, wants_account=False)
    second = psc.start(first.browser, HERE, wants_account=False)
    assert second.browser == first.browser
    for asked in (second, first):
        assert psc.returned({"state": asked.state, "code": "c"}, first.browser, HERE).nonce == asked.nonce


def test_a_log_in_waits_ten_minutes(psc, clock):
    asked = psc.start("", HERE, wants_account=False)
    clock.move(minutes=9, seconds=59)
    late = psc.start("", HERE, wants_account=False)
    assert psc.returned({"state": asked.state, "code": "c"}, asked.browser, HERE)
    clock.move(minutes=10)
    with pytest.raises(Refused, match="psc_state"):
        psc.returned({"state": late.state, "code": "c"}, late.browser, HERE)


@pytest.mark.parametrize(
    ("answer", "cause", "reason"),
    [
        ({"error": "access_denied"}, "psc_cancelled", "access_denied"),
        ({"error": "invalid_scope"}, "psc_token", "error"),
        ({"error": "temporarily_unavailable"}, "psc_down", "temporarily_unavailable"),
        ({"code": ""}, "psc_token", "code"),
        ({}, "psc_token", "code"),
        ({"code": "c", "iss": "https://evil.example"}, "psc_token", "mix_up"),
        ({"error": "access_denied", "iss": "https://evil.example"}, "psc_token", "mix_up"),
    ],
)
def test_what_the_browser_carries_back_is_judged_and_used_up(psc, house, answer, cause, reason):
    asked = psc.start("", HERE, wants_account=False)
    with pytest.raises(Fault) as info:
        psc.returned({"state": asked.state, **answer}, asked.browser, HERE)
    assert info.value.cause == cause
    assert journal(house) == [("psc.refused", reason)]
    with pytest.raises(Refused, match="psc_state"):
        psc.returned({"state": asked.state, "code": "c"}, asked.browser, HERE)


def test_nobody_fills_the_journal_or_the_tickets(psc):
    for _ in range(20):
        with pytest.raises(Refused, match="psc_state"):
            psc.returned({"state": "x", "code": "c"}, "y", HERE)
    with pytest.raises(TryLater, match="password_address"):
        psc.returned({"state": "x", "code": "c"}, "y", HERE)
    for _ in range(30):
        psc.start("", HERE, wants_account=False)
    with pytest.raises(TryLater, match="psc_starts"):
        psc.start("", HERE, wants_account=False)
    assert psc.start("", "198.51.100.1", wants_account=False)


def test_the_trouble_of_the_provider_is_journaled(psc, house):
    told = psc.refused(Unavailable("psc_down", reason="timeout"), HERE)
    assert isinstance(told, Unavailable)
    assert told.facts["reference"] == "R0001"
    assert journal(house) == [("psc.refused", "timeout")]


def test_a_stranger_gets_an_account_that_rests_on_his_e_cps(psc, house, clock):
    opened = psc.enter(DOC, HERE, "a browser")
    assert opened.session.requester.means is Means.PSC
    assert opened.session.until == clock.now() + timedelta(hours=10)
    found = stored(house)
    assert (found.proof, found.proof_status, found.last_psc_at) == ("psc", "good", clock.now())
    assert (found.given_name, found.family_name, found.profession) == ("Alix", "MARTIN", "10")
    assert (found.email, found.organisation, found.last_login_at) == ("", "Cabinet", clock.now())
    psc.enter(replace(DOC, family_name="MARTIN-PETIT"), HERE)
    assert (stored(house).id, stored(house).family_name) == (found.id, "MARTIN-PETIT")
    assert journal(house) == [("login", ""), ("login", "")]


def test_a_card_that_still_holds_stays_the_proof(psc, house, account, clock):
    psc.enter(DOC, HERE)
    assert (stored(house).proof, stored(house).last_psc_at) == ("card", clock.now())
    clock.move(days=401)
    psc.enter(DOC, HERE)
    assert (stored(house).proof, stored(house).proof_until) == ("psc", None)


def test_a_revoked_card_gives_way_to_the_e_cps(psc, house, account):
    with house.database.writing() as work:
        work.accounts.change(replace(account, proof_status="revoked"))
    psc.enter(DOC, HERE)
    assert (stored(house).proof, stored(house).proof_status) == ("psc", "good")


def test_an_e_cps_alone_carries_the_one_time_password_for_ninety_days(psc, house, clock):
    psc.enter(DOC, HERE)
    row = stored(house)
    facts = accounts.ProofFacts(
        accounts.Proof(row.proof), row.proof_until, accounts.ProofStatus(row.proof_status), row.proof_checked_at,
        row.last_psc_at, None, True,
    )  # fmt: skip
    accounts.check_otp_allowed(facts, clock.now() + timedelta(days=89, hours=23), accounts.ProofPolicy())
    with pytest.raises(Refused, match="psc_too_old"):
        accounts.check_otp_allowed(facts, clock.now() + timedelta(days=90), accounts.ProofPolicy())
    revoked = replace(facts, status=accounts.ProofStatus.REVOKED)
    with pytest.raises(Refused, match="card_revoked"):
        accounts.check_otp_allowed(revoked, clock.now(), accounts.ProofPolicy())


@pytest.mark.parametrize("professions", [(), ("60",), ("",)])
def test_other_professions_are_refused_and_no_account_is_made(psc, house, professions):
    with pytest.raises(Refused) as info:
        psc.enter(replace(DOC, professions=professions), HERE)
    assert (info.value.cause, info.value.facts["reference"]) == ("psc_role", "R0001")
    assert journal(house) == [("psc.refused", "profession")]
    assert stored(house) is None


def test_a_disabled_account_stays_closed(psc, house, account):
    from tests.appliance.usecases.conftest import DESK

    house.people.disable(account.id, DESK)
    with pytest.raises(Refused) as info:
        psc.enter(DOC, HERE)
    assert info.value.cause == "disabled"
    assert stored(house).last_psc_at is None


def test_promises_are_kept_and_leaving_knows_the_providers_token_once(psc, house, studies, clock):
    with house.database.writing() as work:
        person = work.people.ensure(studies[0].traits)
        work.studies.ensure(replace(studies[0], person_id=person))
        end = clock.now() + timedelta(hours=4)
        work.promises.add(
            PromiseRow(0, DOC.national_id, StudyUID("1.2.3"), person, "urgence", "appel", "accueil", clock.now(), end)
        )
    opened = psc.enter(DOC, HERE)
    digest = house.secrets.hashed(opened.token)
    assert house.exams.may_see(digest, StudyUID("1.2.3"))
    assert not house.exams.may_see(digest, StudyUID("1.2.4"))
    assert (psc.left(opened.token), psc.left(opened.token), psc.left("x")) == ("id-token", "", "")

"""A one-time password works only while what proved the physician holds today."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from appliance.domain.accounts import Proof, ProofFacts, ProofPolicy, ProofStatus, check_otp_allowed
from appliance.domain.errors import Refused

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
POLICY = ProofPolicy()
CARD = ProofFacts(Proof.CARD, NOW + 300 * DAY, ProofStatus.GOOD, NOW - DAY / 2, None, None, otp_enabled=True)
PSC = ProofFacts(Proof.PSC, None, ProofStatus.GOOD, NOW, NOW - 89 * DAY, None, otp_enabled=True)


@pytest.mark.parametrize("facts", [CARD, PSC, replace(CARD, checked_at=NOW - 1.9 * DAY)])
def test_a_proof_that_holds_allows_the_password(facts):
    check_otp_allowed(facts, NOW, POLICY)


@pytest.mark.parametrize(
    ("facts", "cause"),
    [
        (replace(CARD, until=NOW), "card_expired"),
        (replace(CARD, until=None), "card_expired"),
        (replace(CARD, status=ProofStatus.REVOKED), "card_revoked"),
        (replace(CARD, status=ProofStatus.UNKNOWN), "card_unchecked"),
        (replace(CARD, checked_at=None), "card_unchecked"),
        (replace(CARD, checked_at=NOW - 2 * DAY), "card_unchecked"),
        (replace(CARD, disabled_at=NOW - DAY), "disabled"),
        (replace(CARD, otp_enabled=False), "otp_off"),
        (replace(CARD, proof=Proof.NONE), "no_proof"),
        (replace(PSC, last_psc_at=NOW - 90 * DAY), "psc_too_old"),
        (replace(PSC, last_psc_at=None), "psc_too_old"),
        (replace(PSC, status=ProofStatus.UNKNOWN), "card_unchecked"),
        (replace(PSC, status=ProofStatus.REVOKED), "card_revoked"),
    ],
)
def test_a_proof_that_fails_refuses_the_password(facts, cause):
    with pytest.raises(Refused, match=cause):
        check_otp_allowed(facts, NOW, POLICY)

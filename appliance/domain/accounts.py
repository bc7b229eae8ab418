"""What stands behind an account: a one-time password works only while that proof holds today (S04, S05)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from appliance.domain.errors import Refused


class Proof(StrEnum):
    """What proved who the physician is."""

    NONE = ""
    CARD = "card"
    PSC = "psc"


class ProofStatus(StrEnum):
    """What was found when the proof was last checked."""

    UNKNOWN = "unknown"
    GOOD = "good"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class ProofPolicy:
    """Settings of the hospital (R-I: grace of the revocation list for one-time passwords)."""

    check_life: timedelta = timedelta(hours=24)
    grace: timedelta = timedelta(hours=24)
    psc_life: timedelta = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class ProofFacts:
    """The proof as stored: end of the certificate, last check, last Pro Santé Connect log-in."""

    proof: Proof
    until: datetime | None
    status: ProofStatus
    checked_at: datetime | None
    last_psc_at: datetime | None
    disabled_at: datetime | None
    otp_enabled: bool


def card_stands(facts: ProofFacts, now: datetime) -> bool:
    """Whether the card that proved the account still does, as far as is known; another way in then leaves it so."""
    return (
        facts.proof is Proof.CARD
        and facts.status is not ProofStatus.REVOKED
        and facts.until is not None
        and now < facts.until
    )


def check_otp_allowed(facts: ProofFacts, now: datetime, policy: ProofPolicy) -> None:
    """Return when the account may log in without its card.

    Raises
    ------
    Refused
        ``disabled``, ``otp_off``, ``no_proof``, ``card_expired``, ``card_revoked``, ``card_unchecked`` or
        ``psc_too_old``.
    """
    if facts.disabled_at is not None:
        raise Refused("disabled")
    if not facts.otp_enabled:
        raise Refused("otp_off")
    if facts.proof is Proof.NONE:
        raise Refused("no_proof")
    if facts.status is ProofStatus.REVOKED:
        raise Refused("card_revoked")
    if facts.proof is Proof.PSC:
        _check_psc(facts, now, policy)
    else:
        _check_card(facts, now, policy)


def _check_card(facts: ProofFacts, now: datetime, policy: ProofPolicy) -> None:
    if facts.until is None or now >= facts.until:
        raise Refused("card_expired", at=facts.until)
    fresh = facts.checked_at is not None and now < facts.checked_at + policy.check_life + policy.grace
    if facts.status is not ProofStatus.GOOD or not fresh:
        raise Refused("card_unchecked")


def _check_psc(facts: ProofFacts, now: datetime, policy: ProofPolicy) -> None:
    if facts.last_psc_at is None or now >= facts.last_psc_at + policy.psc_life:
        raise Refused("psc_too_old", at=facts.last_psc_at)
    if facts.status is not ProofStatus.GOOD:
        raise Refused("card_unchecked")

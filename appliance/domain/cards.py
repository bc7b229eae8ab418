"""What a card must prove to open the door, and what its holder is told when it does not.

How a certificate is judged is the business of an adapter; here is what its verdict means for a log-in.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from appliance.domain.errors import Refused

DAY = timedelta(days=1)
WARNED_DAYS = (60, 15, 3)
"""How long before the card ends its holder is told, once each."""
UNVERIFIED = frozenset({"crl_missing", "crl_forged", "ocsp_missing", "ocsp_forged", "ocsp_stale", "trust"})
"""Causes that say nothing of the card: what is known of it goes on counting for its grace."""
_TOLD = {
    "none": "card_none",
    "unreadable": "card_unreadable",
    "wrong_issuer": "card_issuer",
    "foreign_issuer": "card_issuer",
    "untrusted": "card_issuer",
    "organisation": "card_issuer",
    "not_yet_valid": "card_early",
    "expired": "card_ended",
    "wrong_usage": "card_usage",
    "revoked": "card_opposed",
    "no_identity": "card_no_rpps",
    "no_rpps": "card_no_rpps",
    "profession": "card_profession",
}
TOLD = frozenset({*_TOLD.values(), "card_unverified"})
"""Every cause that the holder of a card may be told."""


@dataclass(frozen=True, slots=True)
class Card:
    """Whom a believed certificate names.

    ``national_id`` is whole, its type digit first; ``rpps`` its eleven digits when it is one. ``profession`` is a code
    of TRE_G15. ``until`` is the last instant of the certificate, ``fresh_until`` that of what is known of revocations.
    """

    national_id: str
    rpps: str
    family_name: str
    given_name: str
    profession: str
    organisation: str
    until: datetime
    fresh_until: datetime


def refusal(reason: str, at: datetime | None = None, claims: str = "") -> Refused:
    """Return what the holder is told for the ``reason`` that the journal gets.

    ``at`` is the date that matters, ``claims`` the national identifier that the certificate gives: it proves nothing.
    """
    told = _TOLD.get(reason, "card_unverified")
    return Refused(told, reason=reason, at=at, claims=claims)


def check_admitted(card: Card, professions: Collection[str]) -> None:
    """Return when the holder is somebody who may have an account here.

    Raises
    ------
    Refused
        ``card_no_rpps`` or ``card_profession``.
    """
    if not card.rpps:
        raise refusal("no_rpps", claims=card.national_id)
    if card.profession not in professions:
        raise refusal("profession", claims=card.national_id)


def warning_due(until: datetime, warned_days: int, now: datetime) -> int:
    """Return which warning of `WARNED_DAYS` is due, 0 when none; ``warned_days`` is the last one sent, 0 for none."""
    left = until - now
    if left <= timedelta(0):
        return 0
    due = min((days for days in WARNED_DAYS if left <= days * DAY), default=0)
    return due if due and (not warned_days or due < warned_days) else 0


def days_left(until: datetime, now: datetime) -> int:
    """Return the days until the card ends, a begun one counted."""
    return max(0, -(-(until - now) // DAY))

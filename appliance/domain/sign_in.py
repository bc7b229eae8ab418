"""Who is in: the requester behind a session, and what a log-in asks for."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Means(StrEnum):
    """How somebody identified; names go to the journal."""

    PASSWORD_EMAIL = "password_email"
    PASSWORD_SMS = "password_sms"
    PASSWORD_TOTP = "password_totp"
    PASSKEY = "passkey"
    CARD = "card"
    PSC = "psc"
    STAFF_TOTP = "staff_totp"
    STAFF_PASSKEY = "staff_passkey"
    STAFF_CARD = "staff_card"
    TOKEN = "token"
    """Made by a session for another viewer."""
    KEY = "key"
    """Given to a machine."""


STRONG = frozenset({Means.CARD, Means.PSC})
"""Means that prove who somebody is anew; what gives another way in asks for one of these, or the password."""


def is_strong(means: Means) -> bool:
    """Whether a session so opened may give its account another way in."""
    return means in STRONG


class Level(StrEnum):
    """How strongly somebody proved who he is (R-K)."""

    STATE = "state"
    """By a means that the State issues: a card, Pro Santé Connect."""
    HOSPITAL = "hospital"
    """By a means that the hospital homologated."""


def level_of(means: Means) -> Level:
    """Return the level of a means."""
    return _LEVELS[means]


_LEVELS = {
    means: Level.STATE if means in (Means.CARD, Means.PSC, Means.STAFF_CARD) else Level.HOSPITAL for means in Means
}


class Channel(StrEnum):
    """How a one-time code travels."""

    EMAIL = "email"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class Requester:
    """Who asks (R-K): person, profession, means, address; the access function takes this, not a session."""

    kind: str
    """``account``, ``staff`` or ``key``."""
    id: int
    label: str
    means: Means
    session_id: int
    address: str = ""
    profession: str = ""
    national_id: str = ""
    organisation: str = ""
    role: str = ""
    email: str = ""
    user_agent: str = ""
    bearer_id: int = 0
    """Of a token or a key: its number, for the journal's memory of what it viewed."""
    must_set_up: bool = False
    """Of the staff: password and authenticator are still those that somebody else gave."""


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session just found valid. ``csrf`` goes into forms; ``idle_until`` and ``until`` drive the countdown."""

    requester: Requester
    csrf: str
    idle_until: datetime
    until: datetime
    notes: str = ""
    """Small state of pages kept on the server (a search), JSON text."""

"""Staff of the hospital and what each role may do."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """A role of the staff."""

    DESK = "desk"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Somebody of the staff who logs in at the desk."""

    id: int
    login: str
    name: str
    role: Role
    password_hash: str
    totp_secret: str
    disabled_at: datetime | None = None
    totp_step: int = 0
    must_set_up: bool = False
    """Password and authenticator were given by somebody else: both are replaced at the next log-in."""
    national_id: str = ""
    """Of the card (CPS or CPE) that opens this access too."""


class Act(StrEnum):
    """What somebody of the staff may be allowed to do on the pages of the desk."""

    ISSUE = "issue"
    """Find patients; issue, extend, revoke, unblock and reprint codes."""
    EMERGENCY = "emergency"
    """Give exams by telephone, and end that."""
    UNBLOCK_IDENTITY = "unblock_identity"
    """Lift a block that an identity alarm made."""
    RELEASE_EMBARGO = "release_embargo"
    """Open an exam before its report, on the word of its radiologist."""
    MANAGE_STAFF = "manage_staff"
    READ_JOURNAL = "read_journal"


_MAY = {
    Role.DESK: frozenset({Act.ISSUE, Act.EMERGENCY}),
    Role.ADMINISTRATOR: frozenset(
        {Act.ISSUE, Act.EMERGENCY, Act.UNBLOCK_IDENTITY, Act.RELEASE_EMBARGO, Act.MANAGE_STAFF}
    ),
    Role.AUDITOR: frozenset({Act.READ_JOURNAL}),
}
"""Whoever reads the journal does nothing that stands in it, and those who act do not read it."""


def may(role: Role, act: Act) -> bool:
    """Whether the role may do this."""
    return act in _MAY[role]


def acts(role: Role) -> frozenset[Act]:
    """Return everything that the role may do."""
    return _MAY[role]

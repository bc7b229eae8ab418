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


def may_issue(role: Role) -> bool:
    """Whether the role issues, extends and revokes codes."""
    return role in (Role.DESK, Role.ADMINISTRATOR)

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


def may_issue(role: Role) -> bool:
    """Whether the role issues, extends and revokes codes."""
    return role in (Role.DESK, Role.ADMINISTRATOR)

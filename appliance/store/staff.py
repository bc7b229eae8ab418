"""People of the hospital."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from appliance.domain.staff import Role, StaffMember
from appliance.store.tables import staff


class SqlStaff:
    """`appliance.usecases.ports.Staff`."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    def add(self, member: StaffMember) -> int:
        """Return the id; the login must be free."""
        values = {
            "login": member.login,
            "name": member.name,
            "role": member.role,
            "password_hash": member.password_hash,
            "totp_secret": member.totp_secret,
            "must_set_up": member.must_set_up,
            "national_id": member.national_id,
        }
        return int(self._c.execute(sa.insert(staff).returning(staff.c.id), values).scalar_one())

    def by_id(self, staff_id: int) -> StaffMember | None:
        """Return the member, or None."""
        return self._one(staff.c.id == staff_id)

    def by_login(self, login: str) -> StaffMember | None:
        """Return the member, or None."""
        return self._one(staff.c.login == login)

    def listed(self) -> Sequence[StaffMember]:
        """Return everybody, by login."""
        return [_member(row) for row in self._c.execute(sa.select(staff).order_by(staff.c.login))]

    def remove(self, login: str, at: datetime) -> bool:
        """Disable for good; the row stays, since the journal speaks of it."""
        return self._set(staff.c.login == login, disabled_at=at)

    def reset(self, login: str, password_hash: str, totp_secret: str, *, must_set_up: bool = True) -> bool:
        """Give a first password and authenticator secret, to be replaced at the next log-in; not to one who left."""
        return self._set(
            sa.and_(staff.c.login == login, staff.c.disabled_at.is_(None)),
            password_hash=password_hash,
            totp_secret=totp_secret,
            totp_step=0,
            must_set_up=must_set_up,
        )

    def by_national_id(self, national_id: str) -> StaffMember | None:
        """Return the member whose card bears this identifier, or None."""
        return self._one(staff.c.national_id == national_id) if national_id else None

    def set_up(self, staff_id: int, password_hash: str, totp_secret: str) -> None:
        """Keep what the member chose at the first log-in."""
        self._set(
            staff.c.id == staff_id, password_hash=password_hash, totp_secret=totp_secret, must_set_up=False
        )

    def used_step(self, staff_id: int, step: int) -> None:
        """Remember the last time step used: the same digits never open twice."""
        self._set(staff.c.id == staff_id, totp_step=step)

    def _one(self, where: sa.ColumnElement[bool]) -> StaffMember | None:
        row = self._c.execute(sa.select(staff).where(where)).first()
        return _member(row) if row else None

    def _set(self, where: sa.ColumnElement[bool], **values: Any) -> bool:
        return self._c.execute(sa.update(staff).where(where).values(values)).rowcount == 1


def _member(row: sa.Row[Any]) -> StaffMember:
    return StaffMember(
        row.id,
        row.login,
        row.name,
        Role(row.role),
        row.password_hash,
        row.totp_secret,
        row.disabled_at,
        row.totp_step,
        row.must_set_up,
        row.national_id,
    )

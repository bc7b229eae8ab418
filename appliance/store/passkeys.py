"""WebAuthn credentials of physicians and staff."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from appliance.store.tables import passkey
from appliance.usecases.ports import PasskeyRow


class SqlPasskeys:
    """`appliance.usecases.ports.Passkeys`."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    def add(self, row: PasskeyRow) -> int:
        """Return the id; the credential must be new."""
        values = {k: v for k, v in asdict(row).items() if k != "id"}
        return int(self._c.execute(sa.insert(passkey).returning(passkey.c.id), values).scalar_one())

    def by_credential(self, credential_id: bytes) -> PasskeyRow | None:
        """Return the passkey, or None."""
        found = self._many(passkey.c.credential_id == credential_id)
        return found[0] if found else None

    def of(self, *, account_id: int | None = None, staff_id: int | None = None) -> Sequence[PasskeyRow]:
        """Return those of one physician, or of one member of the staff, oldest first."""
        if account_id is not None:
            return self._many(passkey.c.account_id == account_id)
        return self._many(passkey.c.staff_id == staff_id) if staff_id is not None else []

    def used(self, passkey_id: int, sign_count: int, at: datetime) -> None:
        """Remember the counter of the authenticator."""
        self._set(passkey_id, sign_count=sign_count, used_at=at)

    def rename(self, passkey_id: int, name: str) -> None:
        """Call it otherwise."""
        self._set(passkey_id, name=name[:64])

    def remove(self, passkey_id: int) -> None:
        """Forget it."""
        self._c.execute(sa.delete(passkey).where(passkey.c.id == passkey_id))

    def _many(self, where: sa.ColumnElement[bool]) -> list[PasskeyRow]:
        rows = self._c.execute(sa.select(passkey).where(where).order_by(passkey.c.id))
        return [PasskeyRow(**row._mapping) for row in rows]

    def _set(self, passkey_id: int, **values: Any) -> None:
        self._c.execute(sa.update(passkey).where(passkey.c.id == passkey_id).values(values))

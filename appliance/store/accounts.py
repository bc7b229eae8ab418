"""Correspondent physicians."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from appliance.domain.identifiers import AccountId
from appliance.store.rows import contains, page_of
from appliance.store.tables import account
from appliance.usecases.ports import AccountRow, Page


class SqlAccounts:
    """`appliance.usecases.ports.Accounts`. E-mail addresses are compared in lower case."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    def add(self, row: AccountRow) -> AccountId:
        """Return the id given; national identifier and address, when there is one, must be free."""
        values = _values(row)
        made = self._c.execute(sa.insert(account).returning(account.c.id), values).scalar_one()
        return AccountId(made)

    def by_id(self, account_id: AccountId) -> AccountRow | None:
        """Return the account, or None."""
        return self._one(account.c.id == account_id)

    def address(self, account_id: AccountId) -> str:
        """Return where to write to an account that is open: all of it that the bridge may see."""
        where = sa.and_(account.c.id == account_id, account.c.disabled_at.is_(None))
        return str(self._c.execute(sa.select(account.c.email).where(where)).scalar() or "")

    def by_email(self, email: str) -> AccountRow | None:
        """Return the account, or None."""
        return self._one(account.c.email == email.lower()) if email else None

    def by_national_id(self, national_id: str) -> AccountRow | None:
        """Return the account, or None."""
        return self._one(account.c.national_id == national_id)

    def change(self, row: AccountRow) -> None:
        """Write every column of an account read in the same transaction."""
        self._set(row.id, **_values(row))

    def proven_by_card(self, after: AccountId, limit: int) -> Sequence[AccountRow]:
        """Return accounts that rest on a card, by id, for the nightly look."""
        where = sa.and_(account.c.id > after, account.c.proof == "card", account.c.disabled_at.is_(None))
        rows = self._c.execute(sa.select(account).where(where).order_by(account.c.id).limit(limit))
        return [_account(row) for row in rows]

    def listed(self, page: Page, query: str = "") -> tuple[Sequence[AccountRow], int]:
        """Return accounts by name."""
        there = sa.select(account).where(account.c.purged_at.is_(None))
        statement = there.order_by(account.c.family_name, account.c.given_name)
        if query:
            fields = (account.c.family_name, account.c.given_name, account.c.email, account.c.national_id)
            statement = statement.where(sa.or_(*(contains(f, query) for f in fields)))
        rows, total = page_of(self._c, statement, page)
        return [_account(row) for row in rows], total

    def disable(self, account_id: AccountId, at: datetime | None) -> None:
        """Disable at an instant, or enable with None."""
        self._set(account_id, disabled_at=at)

    def logged_in(self, account_id: AccountId, at: datetime) -> None:
        """Remember the last log-in."""
        self._set(account_id, last_login_at=at)

    def _one(self, where: sa.ColumnElement[bool]) -> AccountRow | None:
        row = self._c.execute(sa.select(account).where(where, account.c.purged_at.is_(None))).first()
        return _account(row) if row else None

    def _set(self, account_id: AccountId, **values: Any) -> None:
        self._c.execute(sa.update(account).where(account.c.id == account_id).values(values))


def _values(row: AccountRow) -> dict[str, Any]:
    values = {k: v for k, v in asdict(row).items() if k != "id"}
    values["email"] = row.email.lower()
    return values


def _account(row: sa.Row[Any]) -> AccountRow:
    return AccountRow(**row._mapping)

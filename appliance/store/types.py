"""Column types that behave the same on SQLite and PostgreSQL."""

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect


class Instant(sa.TypeDecorator[datetime]):
    """Aware UTC in and out, stored as integer microseconds: SQLite would hand back naive datetimes."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Return microseconds since 1970."""
        return None if value is None else round(value.timestamp() * 1e6)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return an aware datetime."""
        return None if value is None else datetime.fromtimestamp(value / 1e6, UTC)


class Day(sa.TypeDecorator[date]):
    """A calendar day as ``AAAA-MM-JJ`` text."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        """Return ISO text."""
        return None if value is None else value.isoformat()

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        """Return the date."""
        return None if value is None else date.fromisoformat(value)


Key = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""A row number: SQLite gives numbers by itself only to INTEGER PRIMARY KEY."""

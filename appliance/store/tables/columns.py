"""What tables are made of. Lengths are CHECKed: SQLite has no lengths of its own."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, Integer, Text

from appliance.store.types import Instant

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def text(name: str, limit: int, **kw: Any) -> Column[str]:
    """Return a column of so many characters at most, never null."""
    return Column(name, Text, sa.CheckConstraint(f"length({name}) <= {limit}", name=name), nullable=False, **kw)


def word(name: str, limit: int = 64) -> Column[str]:
    """Return a short text, empty unless given."""
    return text(name, limit, server_default="")


def uid(name: str, *args: Any, **kw: Any) -> Column[str]:
    """Return a column of a DICOM UID (PS3.5 9.1)."""
    kw.setdefault("nullable", False)
    return Column(name, Text, *args, sa.CheckConstraint(f"length({name}) <= 64", name=name), **kw)


def when(name: str, **kw: Any) -> Column[Any]:
    """Return an instant."""
    return Column(name, Instant, **kw)


def count(name: str) -> Column[int]:
    """Return a number that begins at nought."""
    return Column(name, Integer, nullable=False, server_default="0")


def flag(name: str) -> Column[bool]:
    """Return a yes or no that begins as no."""
    return Column(name, Boolean, nullable=False, server_default=sa.false())

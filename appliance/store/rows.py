"""Small things every repository says."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from appliance.usecases.ports import Page


def page_of(connection: Connection, statement: sa.Select[Any], page: Page) -> tuple[Sequence[sa.Row[Any]], int]:
    """Return the rows of one page and how many there are in all."""
    total = connection.execute(sa.select(sa.func.count()).select_from(statement.order_by(None).subquery())).scalar_one()
    rows = connection.execute(statement.offset(page.offset).limit(page.limit)).all()
    return rows, int(total)


def contains(column: sa.ColumnElement[Any], query: str) -> sa.ColumnElement[bool]:
    """Return the condition that ``column`` holds ``query`` anywhere, whatever the case; `%` and `_` are letters."""
    return sa.func.lower(column).contains(query.lower(), autoescape=True)

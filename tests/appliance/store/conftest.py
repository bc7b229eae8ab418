"""Every store test runs on SQLite and on PostgreSQL."""

from collections.abc import Iterator

import pytest

from appliance.store.database import Database


@pytest.fixture
def database(laid_url: str) -> Iterator[Database]:
    """A database with every table."""
    opened = Database(laid_url, threads=8)
    yield opened
    opened.close()

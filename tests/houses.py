"""A house for a test, on real adapters, without what only costs time: schema laid once a run, passwords cheap.

The full cost of a password is tested in ``tests/appliance/crypto``, the migrations in ``tests/appliance/store``, and
both run whole in the journeys.
"""

import tempfile
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher

from appliance.bootstrap import House, open_house
from appliance.config.settings import Settings
from appliance.crypto.passwords import Argon2Passwords
from appliance.store.migrations import migrate
from appliance.usecases.ports import Clock


def new_house(settings: Settings, clock: Clock | None = None) -> House:
    """Return an open house whose SQLite file is new; close it at the end."""
    lay(settings.database_url)
    return open_house(settings, clock=clock, passwords=cheap_passwords())


def lay(url: str) -> None:
    """Make a new SQLite file with every table."""
    path = Path(url.removeprefix("sqlite:///"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_empty())


def cheap_passwords() -> Argon2Passwords:
    """Return passwords that cost next to nothing."""
    return Argon2Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@cache
def _empty() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "empty.db")
        migrate(f"sqlite:///{path}")
        assert not path.with_name("empty.db-wal").exists()
        return path.read_bytes()

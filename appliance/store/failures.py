"""Counted failures (R-I)."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.engine import Connection

from appliance.store.tables import failure

_MINE = sa.and_(failure.c.kind == bindparam("k"), failure.c.key == bindparam("y"))
_SINCE = sa.select(failure.c.at).where(_MINE, failure.c.at >= bindparam("t")).order_by(failure.c.at)


class SqlFailures:
    """`appliance.usecases.ports.Failures`."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    def add(self, kind: str, key: str, at: datetime) -> None:
        """Count one."""
        self._c.execute(sa.insert(failure), {"kind": kind, "key": key[:128], "at": at})

    def since(self, kind: str, key: str, since: datetime) -> Sequence[datetime]:
        """Return when, oldest first."""
        return self._c.execute(_SINCE, {"k": kind, "y": key[:128], "t": since}).scalars().all()

    def count(self, kind: str, since: datetime) -> int:
        """Return how many of a kind, over all keys."""
        counted = sa.select(sa.func.count()).where(failure.c.kind == kind, failure.c.at >= since)
        return int(self._c.execute(counted).scalar_one())

    def keys(self, kind: str, since: datetime) -> Sequence[str]:
        """Return the keys that have some of a kind, each once, in order."""
        found = sa.select(failure.c.key).distinct().where(failure.c.kind == kind, failure.c.at >= since)
        return self._c.execute(found.order_by(failure.c.key)).scalars().all()

    def clear(self, kind: str, key: str) -> None:
        """Start again from none."""
        self._c.execute(sa.delete(failure).where(_MINE), {"k": kind, "y": key[:128]})

"""PACS nodes."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from appliance.domain.nodes import Method, Node
from appliance.store.tables import node

_STATUS = {"last_answer", "unreachable_since"}


class SqlNodes:
    """`appliance.usecases.ports.Nodes`."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    def listed(self) -> Sequence[Node]:
        """Return every node by name."""
        return [_node(row) for row in self._c.execute(sa.select(node).order_by(node.c.name))]

    def by_name(self, name: str) -> Node | None:
        """Return the node, or None."""
        row = self._c.execute(sa.select(node).where(node.c.name == name)).first()
        return _node(row) if row else None

    def add(self, node_: Node) -> bool:
        """Return False when the name is taken."""
        if self.by_name(node_.name) is not None:
            return False
        self._c.execute(sa.insert(node), _columns(node_))
        return True

    def edit(self, name: str, node_: Node) -> bool:
        """Replace the settings; what was observed of the node stays."""
        values = {k: v for k, v in _columns(node_).items() if k not in _STATUS}
        return self._c.execute(sa.update(node).where(node.c.name == name).values(values)).rowcount == 1

    def remove(self, name: str) -> bool:
        """Return whether it was there."""
        return self._c.execute(sa.delete(node).where(node.c.name == name)).rowcount == 1

    def answered(self, name: str, at: datetime) -> None:
        """The node answered."""
        self._set(name, last_answer=at, unreachable_since=None)

    def silent(self, name: str, since: datetime) -> None:
        """The node does not answer, since the first time it did not."""
        self._c.execute(
            sa.update(node)
            .where(node.c.name == name, node.c.unreachable_since.is_(None))
            .values(unreachable_since=since)
        )

    def learned(self, name: str, *, required_keys_only: bool) -> None:
        """Remember that the node refuses optional keys (R-G)."""
        self._set(name, required_keys_only=required_keys_only)

    def _set(self, name: str, **values: Any) -> None:
        self._c.execute(sa.update(node).where(node.c.name == name).values(values))


def _columns(value: Node) -> dict[str, Any]:
    return {**asdict(value), "allowed_senders": "\\".join(value.allowed_senders)}


def _node(row: sa.Row[Any]) -> Node:
    known = dict(row._mapping)
    known["method"] = Method(known["method"])
    known["allowed_senders"] = tuple(s for s in known["allowed_senders"].split("\\") if s)
    return Node(**known)

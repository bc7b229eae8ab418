"""PACS nodes: their settings, and asking them by job."""

from collections.abc import Mapping, Sequence
from typing import Any

from appliance.domain.errors import Refused
from appliance.domain.jobs import JobKind
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.nodes import Node, checked
from appliance.usecases.ports import Clock, UnitOfWork
from appliance.usecases.queue import Queue

ECHO_WAIT_S = 15.0


class Nodes:
    """The peers of the hospital network."""

    def __init__(self, database: UnitOfWork, clock: Clock, queue: Queue) -> None:
        self._db = database
        self._clock = clock
        self._queue = queue

    def listed(self) -> Sequence[Node]:
        """Return every node by name."""
        with self._db.reading() as work:
            return work.nodes.listed()

    def get(self, name: str) -> Node:
        """Return the node; raise `Refused` ``node_unknown``."""
        with self._db.reading() as work:
            node = work.nodes.by_name(name)
        if node is None:
            raise Refused("node_unknown")
        return node

    def add(self, node: Node, actor: Actor) -> None:
        """Add a node; raise `Malformed` or `Refused` ``node_exists``."""
        with self._db.writing() as work:
            if not work.nodes.add(checked(node)):
                raise Refused("node_exists")
            work.journal.append(Event(Family.ADMIN, "node.add", actor, node.name), self._clock.now())

    def edit(self, name: str, node: Node, actor: Actor) -> None:
        """Replace its settings; raise `Malformed` or `Refused` ``node_unknown``."""
        with self._db.writing() as work:
            if not work.nodes.edit(name, checked(node)):
                raise Refused("node_unknown")
            work.journal.append(Event(Family.ADMIN, "node.edit", actor, name), self._clock.now())

    def remove(self, name: str, actor: Actor) -> None:
        """Remove it; raise `Refused` ``node_unknown``."""
        with self._db.writing() as work:
            if not work.nodes.remove(name):
                raise Refused("node_unknown")
            work.journal.append(Event(Family.ADMIN, "node.remove", actor, name), self._clock.now())

    def echo(self, name: str) -> Mapping[str, Any]:
        """Return ``{ok, ms, cause}`` of a C-ECHO done by the bridge; raise `Unavailable` when nobody did it."""
        self.get(name)
        return self._queue.ask(JobKind.ECHO, name, {"node": name}, wait_s=ECHO_WAIT_S)

    def answered(self, name: str) -> None:
        """The node answered."""
        with self._db.appending() as work:
            work.nodes.answered(name, self._clock.now())

    def silent(self, name: str) -> None:
        """The node does not answer."""
        with self._db.appending() as work:
            work.nodes.silent(name, self._clock.now())

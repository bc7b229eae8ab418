"""PACS nodes: their settings, and asking them by job."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from appliance.domain import diagnosis
from appliance.domain.diagnosis import Examination
from appliance.domain.errors import Malformed, Refused
from appliance.domain.jobs import Job, JobKind, JobState
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.nodes import Node, checked
from appliance.usecases.authenticators import sealed
from appliance.usecases.ports import Clock, Secrets, UnitOfWork
from appliance.usecases.queue import Queue

ECHO_WAIT_S = 15.0
DOCTOR_WAIT_S = 90.0
"""The examination itself is bounded by 60 s; another may be under way."""


class Nodes:
    """The peers of the hospital network."""

    def __init__(self, database: UnitOfWork, clock: Clock, queue: Queue, secrets: Secrets) -> None:
        self._db = database
        self._clock = clock
        self._queue, self._secrets = queue, secrets

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

    def told(self, node: Node, scheme: str, secret: str) -> Node:
        """Return the node with what we say to it, ``basic`` or ``bearer``, sealed; nothing without a scheme."""
        if not scheme:
            return replace(node, credentials="")
        if scheme not in ("basic", "bearer") or not secret.isprintable() or not 1 <= len(secret) <= 2048:
            raise Malformed("node_credentials")
        return replace(node, credentials=f"{scheme}:{sealed(self._secrets, secret)}")

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

    def examine(self, name: str, actor: Actor) -> int:
        """Return the number of an examination asked of the bridge; raise `Refused` ``node_unknown``."""
        self.get(name)
        with self._db.writing() as work:
            number = self._queue.waited_for(work, JobKind.DOCTOR, name, {"node": name}, DOCTOR_WAIT_S)
            work.journal.append(Event(Family.ADMIN, "node.doctor", actor, name), self._clock.now())
        return number

    def examination(self, number: int, seen: int = 0, wait_s: float = 0) -> Examination:
        """Return an examination once it has more than ``seen`` steps or is over, or after ``wait_s``.

        Raises
        ------
        Refused
            ``job_unknown``.
        """

        def news(one: Job) -> bool:
            return one.kind is not JobKind.DOCTOR or self._over(one) or _steps(one) > seen

        job = self._queue.watched(number, news, wait_s)
        if job.kind is not JobKind.DOCTOR:
            raise Refused("job_unknown")
        facts, findings = diagnosis.read(job.result or {})
        cause = "" if job.state is JobState.DONE else self._why(job) if self._over(job) else ""
        return Examination(job.id, str(job.payload["node"]), self._over(job), cause, facts, findings)

    def _over(self, job: Job) -> bool:
        late = job.deadline is not None and job.deadline <= self._clock.now()
        return late or job.state not in (JobState.WAITING, JobState.RUNNING)

    def _why(self, job: Job) -> str:
        # A job that nobody took while somebody waited: the bridge does not run.
        untouched = job.state is JobState.WAITING or job.error == "too_late"
        return "bridge" if untouched else job.error or str(job.state)

    def answered(self, name: str) -> None:
        """The node answered."""
        with self._db.appending() as work:
            work.nodes.answered(name, self._clock.now())

    def silent(self, name: str) -> None:
        """The node does not answer."""
        with self._db.appending() as work:
            work.nodes.silent(name, self._clock.now())


def _steps(job: Job) -> int:
    return len((job.result or {}).get("steps", []))

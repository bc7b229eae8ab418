"""The job *doctor*: examines a node and shows each step as it ends."""

from collections.abc import Mapping, Sequence
from typing import Any

from appliance.domain import diagnosis
from appliance.domain.diagnosis import Finding, StepName, Verdict
from appliance.domain.errors import Refused
from appliance.domain.jobs import Job
from appliance.domain.nodes import Node
from appliance.domain.sharing import PARIS
from appliance.usecases.authenticators import opened
from pacs_bridge.doctor.case import Case, Means
from pacs_bridge.doctor.examination import examine
from pacs_bridge.ports import House, Queue
from pacs_bridge.query.associations import Secure
from pacs_bridge.receive.arrivals import Arrivals
from pacs_bridge.work import Beat


class Doctor:
    """The handler. ``ports`` are those that our acceptor listens on, the plain one and that of TLS."""

    def __init__(
        self, house: House, queue: Queue, arrivals: Arrivals, secure: Secure, ports: tuple[int, int | None]
    ) -> None:
        self._house, self._queue, self._arrivals, self._secure = house, queue, arrivals, secure
        self._ports = ports

    def examine(self, job: Job, beat: Beat) -> Mapping[str, Any]:
        """Return facts of the node and the steps; raise `Refused` ``node_unknown``."""
        node = self._node(str(job.payload.get("node", "")))
        today = self._house.clock.now().astimezone(PARIS).date()
        case = Case(node, Means(self._arrivals, self._secure, *self._ports, today, self._unseal))

        def told(findings: Sequence[Finding]) -> bool:
            beat(len(findings), len(diagnosis.ladder(node.method)))
            return self._queue.note(job, diagnosis.written(findings, node, case.ours))

        findings = examine(case, told)
        self._remember(node, findings)
        return diagnosis.written(findings, node, case.ours)

    def _unseal(self, sealed: str) -> str:
        return opened(self._house.secrets, sealed)

    def _node(self, name: str) -> Node:
        with self._house.database.reading() as work:
            node = work.nodes.by_name(name)
        if node is None:
            raise Refused("node_unknown")
        return node

    def _remember(self, node: Node, findings: Sequence[Finding]) -> None:
        reached = any(f.name in (StepName.ASSOCIATION, StepName.HTTP) and f.verdict is Verdict.OK for f in findings)
        now = self._house.clock.now()
        with self._house.database.appending() as work:
            if reached:
                work.nodes.answered(node.name, now)
            else:
                work.nodes.silent(node.name, now)

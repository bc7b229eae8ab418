"""Jobs of the bridge (design.md, Processes): from payload to use of the network to result."""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from appliance.domain.errors import Fault, Malformed, Refused, Unavailable
from appliance.domain.identifiers import StudyUID, study_uid
from appliance.domain.jobs import Job
from appliance.domain.nodes import Node
from appliance.domain.searching import Query, query_of
from appliance.domain.sharing import PARIS
from pacs_bridge.ports import House
from pacs_bridge.query import echo, finding
from pacs_bridge.query.answers import Row
from pacs_bridge.query.associations import Secure, by_default
from pacs_bridge.receive.arrivals import Arrivals
from pacs_bridge.retrieve.contexts import classes_for
from pacs_bridge.retrieve.pulling import Brought, Request, pull
from pacs_bridge.work import Beat

Result = Mapping[str, Any]
TRY_AGAIN = frozenset({"aborted", "timeout", "refused", "unreachable", "cancelled"})
_log = logging.getLogger(__name__)


class Handlers:
    """Handlers of `echo find pull reask`; each raises a `Fault` whose cause ends in the job's row."""

    def __init__(self, house: House, arrivals: Arrivals, secure: Secure = by_default) -> None:
        self._house, self._arrivals, self._secure = house, arrivals, secure

    def echo(self, job: Job, _beat: Beat) -> Result:
        """Return ``{ok, ms, cause}``."""
        node = self._node(str(job.payload.get("node", "")))
        result = echo.echo(node, self._secure)
        self._remember(node, answered=bool(result["ok"]))
        return result

    def find(self, job: Job, _beat: Beat) -> Result:
        """Return ``{studies, more, nodes}``; a silent node is one line of ``nodes``, not a failure."""
        if str(job.payload.get("level") or "STUDY") != "STUDY":
            raise Malformed("level")
        wanted = query_of(job.payload.get("query") or {})
        limit = min(int(job.payload.get("limit") or finding.MOST), finding.MOST)
        nodes = self._nodes(job.payload.get("nodes"))
        whole_s = self._seconds(job)
        studies: list[Row] = []
        lines: list[Row] = []
        more = False
        for node, answer in self._ask_all(nodes, wanted, limit, whole_s):
            if isinstance(answer, Fault):
                lines.append({"name": node.name, "ok": False, "cause": answer.cause})
                continue
            lines.append({"name": node.name, "ok": True, "cause": ""})
            studies += answer.studies
            more = more or answer.more
        return {"studies": studies[:limit], "more": more or len(studies) > limit, "nodes": lines}

    def pull(self, job: Job, beat: Beat) -> Result:
        """Return ``{received, expected, complete, cause}``; raise when it should be tried again."""
        uid = study_uid(str(job.payload.get("study_uid", "")))
        node, row = self._where(uid, job.payload.get("node"))
        expected = self._expected(node, uid)
        classes = classes_for(sorted(set(expected.values())) if expected else row["sop_classes"], row["modalities"])
        total = len(expected) if expected else int(row["instances"] or 0)
        before = self._held(uid)

        def told(count: int) -> bool:
            return beat(min(count, total or count), total)

        whole = bool(expected) and set(expected) <= before
        brought = Brought(0) if whole else self._bring(Request(node, uid, classes, told, self._secure))
        return self._judge(uid, expected, row["instances"], brought)

    def reask(self, job: Job, _beat: Beat) -> Result:
        """Return ``{change}``: what the node of a study says of it now, judged."""
        uid = study_uid(str(job.payload.get("study_uid", "")))
        with self._house.database.reading() as work:
            study = work.studies.by_uid(uid)
        if study is None:
            raise Refused("study_unknown")
        answer = self._ask(self._node(study.node), Query(study_uid=uid), 2, finding.WHOLE_S)
        if isinstance(answer, Fault):
            raise answer
        return {"change": self._house.reasking.judge(uid, answer.studies[0] if answer.studies else None)}

    # --- of find ---

    def _ask_all(
        self, nodes: Sequence[Node], wanted: Query, limit: int, whole_s: float
    ) -> Sequence[tuple[Node, finding.Found | Fault]]:
        """Ask every node at once: one that hangs delays nobody's answer beyond the deadline."""
        answers: dict[str, finding.Found | Fault] = {}

        def ask(node: Node) -> None:
            answers[node.name] = self._ask(node, wanted, limit, whole_s)

        # Threads of the process, not of a pool: one that hangs must not hold its end back.
        threads = [threading.Thread(target=ask, args=(node,), daemon=True) for node in nodes]
        for thread in threads:
            thread.start()
        end = time.monotonic() + whole_s
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))
        return [(node, answers.get(node.name, Unavailable("timeout"))) for node in nodes]

    def _ask(self, node: Node, wanted: Query, limit: int, whole_s: float) -> finding.Found | Fault:
        today = self._house.clock.now().astimezone(PARIS).date()
        try:
            found = finding.find_studies(node, wanted, today, finding.Patience(limit, whole_s, self._secure))
        except Fault as fault:
            self._remember(node, answered=False)
            return fault
        self._remember(node, answered=True)
        if found.required_keys_only:
            with self._house.database.appending() as work:
                work.nodes.learned(node.name, required_keys_only=True)
        return found

    def _seconds(self, job: Job) -> float:
        if job.deadline is None:
            return finding.WHOLE_S
        left = (job.deadline - self._house.clock.now()).total_seconds() - 0.5
        if left <= 0:
            raise Unavailable("too_late")
        return min(left, finding.WHOLE_S)

    # --- of pull ---

    def _where(self, uid: StudyUID, named: object) -> tuple[Node, Row]:
        """Return the node that holds the study and its row; raise when nobody has it."""
        names = [str(named)] if named else None
        nodes = self._nodes(names)
        if not nodes:
            raise Refused("no_node")
        faults: list[Fault] = []
        for node, answer in self._ask_all(nodes, Query(study_uid=uid), 2, finding.WHOLE_S):
            if isinstance(answer, Fault):
                faults.append(answer)
            elif answer.studies:
                return node, answer.studies[0]
        if faults:
            with self._house.database.appending() as work:
                work.studies.unreachable(uid, self._house.clock.now())
            raise Unavailable(faults[0].cause)
        raise Refused("study_unknown")

    def _expected(self, node: Node, uid: StudyUID) -> Mapping[str, str]:
        """Return the instances the node names, empty when it does not do IMAGE level."""
        try:
            return finding.find_images(node, uid, secure=self._secure).classes
        except (Fault, finding.KeysNotSupported) as exc:
            _log.info("instances not listed by %s: %s", node.name, type(exc).__name__)
            return {}

    def _bring(self, request: Request) -> Brought:
        try:
            return pull(self._house, self._arrivals, request)
        except Fault as fault:
            self._remember(request.node, answered=False)
            return Brought(0, fault.cause)

    def _judge(self, uid: StudyUID, expected: Mapping[str, str], told: int | None, brought: Brought) -> Result:
        """Complete = the UIDs of IMAGE level are all in the store; else counts; else unknown."""
        held = self._held(uid)
        count = len(expected) or told
        complete: bool | None = None
        if expected:
            complete = set(expected) <= held
        elif told:
            complete = len(held) >= told
        with self._house.database.appending() as work:
            work.studies.counted(uid, count, complete=complete)
            away = not complete and (brought.cause in TRY_AGAIN or brought.cause.startswith("tls"))
            work.studies.unreachable(uid, self._house.clock.now() if away else None)
        if away or (brought.cause and not held):
            # A job that brought nothing has failed: its cause is what the exam's page tells.
            raise Unavailable(brought.cause)
        return {"received": len(held), "expected": count, "complete": complete,
                "cause": "" if complete else brought.cause}  # fmt: skip

    def _held(self, uid: StudyUID) -> set[str]:
        with self._house.database.reading() as work:
            return set(map(str, work.instances.held(uid)))

    # --- of all ---

    def _node(self, name: str) -> Node:
        with self._house.database.reading() as work:
            node = work.nodes.by_name(name)
        if node is None:
            raise Refused("node_unknown")
        return node

    def _nodes(self, names: Sequence[str] | None) -> Sequence[Node]:
        if names:
            return [self._node(str(name)) for name in names]
        with self._house.database.reading() as work:
            return work.nodes.listed()

    def _remember(self, node: Node, *, answered: bool) -> None:
        now = self._house.clock.now()
        with self._house.database.appending() as work:
            if answered:
                work.nodes.answered(node.name, now)
            else:
                work.nodes.silent(node.name, now)

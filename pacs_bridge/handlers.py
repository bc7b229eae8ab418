"""Jobs of the bridge (design.md, Processes): from payload to use of the network to result."""

from collections.abc import Mapping
from typing import Any

from appliance.domain.errors import Fault, Malformed, Refused, Unavailable
from appliance.domain.identifiers import study_uid
from appliance.domain.jobs import Job
from appliance.domain.searching import Query, query_of
from pacs_bridge.ports import House
from pacs_bridge.query import finding
from pacs_bridge.query.answers import Row
from pacs_bridge.query.associations import Secure, by_default
from pacs_bridge.query.nodes import Nodes
from pacs_bridge.receive.arrivals import Arrivals
from pacs_bridge.retrieve.bringing import Bringing
from pacs_bridge.work import Beat

Result = Mapping[str, Any]
MARGIN_S = 0.5
"""Between the last word to a search and the end of whoever waits for it."""


class Handlers:
    """Handlers of `echo find pull reask`; each raises a `Fault` whose cause ends in the job's row."""

    def __init__(self, house: House, arrivals: Arrivals, secure: Secure = by_default) -> None:
        self._house = house
        self._nodes = Nodes(house, secure)
        self.pull = Bringing(house, arrivals, self._nodes, secure).bring

    def echo(self, job: Job, _beat: Beat) -> Result:
        """Return ``{ok, ms, cause}``."""
        node = self._nodes.named(str(job.payload.get("node", "")))
        return self._nodes.echo(node)

    def find(self, job: Job, _beat: Beat) -> Result:
        """Return ``{studies, more, nodes}``; a silent node is one line of ``nodes``, not a failure."""
        if str(job.payload.get("level") or "STUDY") != "STUDY":
            raise Malformed("level")
        wanted = query_of(job.payload.get("query") or {})
        limit = min(int(job.payload.get("limit") or finding.MOST), finding.MOST)
        nodes = self._nodes.those(job.payload.get("nodes"))
        answers = {node.name: answer for node, answer in self._nodes.answers(nodes, wanted, limit, self._seconds(job))}
        studies: list[Row] = []
        lines: list[Row] = []
        more = False
        for node in nodes:
            answer = answers[node.name]
            if isinstance(answer, Fault):
                lines.append({"name": node.name, "ok": False, "cause": answer.cause})
                continue
            lines.append({"name": node.name, "ok": True, "cause": ""})
            studies += answer.studies
            more = more or answer.more
        return {"studies": studies[:limit], "more": more or len(studies) > limit, "nodes": lines}

    def reask(self, job: Job, _beat: Beat) -> Result:
        """Return ``{change}``: what the node of a study says of it now, judged."""
        uid = study_uid(str(job.payload.get("study_uid", "")))
        with self._house.database.reading() as work:
            study = work.studies.by_uid(uid)
        if study is None:
            raise Refused("study_unknown")
        answer = self._nodes.ask(self._nodes.named(study.node), Query(study_uid=uid), 2, finding.WHOLE_S)
        if isinstance(answer, Fault):
            raise answer
        return {"change": self._house.reasking.judge(uid, answer.studies[0] if answer.studies else None)}

    def _seconds(self, job: Job) -> float:
        if job.deadline is None:
            return finding.WHOLE_S
        left = (job.deadline - self._house.clock.now()).total_seconds() - MARGIN_S
        if left <= 0:
            raise Unavailable("too_late")
        return min(left, finding.WHOLE_S)

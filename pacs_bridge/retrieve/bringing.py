"""One job *pull*: find who has the study, bring what is missing of it, say whether it is whole."""

import logging
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from appliance.domain.errors import Fault, Refused, Unavailable
from appliance.domain.identifiers import StudyUID, study_uid
from appliance.domain.jobs import Job
from appliance.domain.nodes import Method, Node
from appliance.domain.searching import Query
from pacs_bridge.dicomweb.fetching import fetch
from pacs_bridge.ports import House
from pacs_bridge.query import finding
from pacs_bridge.query.answers import Row
from pacs_bridge.query.associations import Secure
from pacs_bridge.query.nodes import Nodes
from pacs_bridge.receive.arrivals import Arrivals
from pacs_bridge.retrieve.contexts import classes_for
from pacs_bridge.retrieve.pulling import Brought, Request, pull
from pacs_bridge.retrieve.targets import Target, complete, targets
from pacs_bridge.retrieve.vigil import Vigil
from pacs_bridge.work import Beat

Result = Mapping[str, Any]
AWAY = frozenset({"aborted", "timeout", "refused", "unreachable"})
INCOMPLETE_TRIES = 5
"""A node that says it is done and has not given all may have had a bad moment; not five."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Study:
    """What its node says of a study."""

    node: Node
    row: Row
    images: finding.Images

    @property
    def told(self) -> int | None:
        count = self.row["instances"]
        return int(count) if count else None

    @property
    def count(self) -> int | None:
        return len(self.images.uids) if self.images.whole else self.told


class Bringing:
    """The handler of pulls."""

    def __init__(self, house: House, arrivals: Arrivals, nodes: Nodes, secure: Secure) -> None:
        self._house, self._arrivals, self._nodes, self._secure = house, arrivals, nodes, secure

    def bring(self, job: Job, beat: Beat) -> Result:
        """Return ``{received, expected, complete, cause}``; raise when it should be tried again."""
        uid = study_uid(str(job.payload.get("study_uid", "")))
        progress = _Progress(beat)

        def silence(away: bool) -> None:
            self._unreachable(uid, away=away)

        vigil = Vigil(progress.wanted, silence)
        vigil.begin()
        try:
            study = self._found(uid, job.payload.get("node"), vigil)
            brought = self._brought(uid, study, vigil, progress)
        finally:
            vigil.end()
        return self._judged(uid, study, brought, last=job.attempts >= min(INCOMPLETE_TRIES, job.max_attempts))

    def _found(self, uid: StudyUID, named: object, vigil: Vigil) -> _Study:
        """Return what the node that has it says; raise when nobody has it."""
        nodes = self._nodes.those([str(named)] if named else None)
        if not nodes:
            raise Refused("no_node")
        faults: list[Fault] = []
        for node, answer in self._nodes.answers(nodes, Query(study_uid=uid), 2, finding.WHOLE_S):
            if isinstance(answer, Fault):
                faults.append(answer)
            elif answer.studies:
                vigil.heard()
                study = _Study(node, answer.studies[0], self._listed(node, uid, vigil))
                self._known(uid, study)
                return study
        if faults:
            self._unreachable(uid, away=True)
            raise Unavailable(faults[0].cause)
        raise Refused("study_unknown")

    def _listed(self, node: Node, uid: StudyUID, vigil: Vigil) -> finding.Images:
        """Return the instances the node names, none when it does not do IMAGE level."""
        try:
            return self._nodes.images(node, uid, vigil.heard)
        except (Fault, finding.KeysNotSupported) as exc:
            _log.info("instances not listed by %s: %s", node.name, type(exc).__name__)
            return finding.Images()

    def _known(self, uid: StudyUID, study: _Study) -> None:
        """Tell who waits how many there will be."""
        if study.count:
            with self._house.database.appending() as work:
                work.studies.counted(uid, study.count, complete=None)

    def _brought(self, uid: StudyUID, study: _Study, vigil: Vigil, progress: "_Progress") -> Brought:
        held = self._held(uid)
        wanted = targets(uid, study.images, held)
        if not wanted:
            return Brought()
        progress.begin(len(held & study.images.uids), study.count)
        classes = sorted({study.images.classes[one] for one in study.images.uids - held})
        proposed = classes_for(classes or study.row["sop_classes"], study.row["modalities"])
        request = Request(study.node, uid, proposed, vigil, progress.arrived, self._secure)
        brought = self._asked(request, wanted)
        if brought.refused:
            # It does not retrieve by series or image, or not so many at once: the whole, then.
            progress.begin(0, study.count)
            brought = self._asked(request, [Target(uid)])
        return brought

    def _asked(self, request: Request, wanted: Collection[Target]) -> Brought:
        try:
            if request.node.method is Method.WADO:
                return fetch(self._house, self._arrivals, request, list(wanted), self._nodes.unseal)
            return pull(self._house, self._arrivals, request, list(wanted))
        except Fault as fault:
            self._nodes.remember(request.node, answered=False)
            return Brought(fault.cause)

    def _judged(self, uid: StudyUID, study: _Study, brought: Brought, *, last: bool) -> Result:
        held = self._held(uid)
        whole = complete(study.images, study.told, held, brought.cause)
        away = not whole and (brought.cause in AWAY or brought.cause.startswith("tls"))
        with self._house.database.appending() as work:
            work.studies.counted(uid, study.count, complete=whole)
            work.studies.unreachable(uid, self._house.clock.now() if away else None)
        if not whole and (away or brought.cause == "cancelled" or (brought.cause and not held)):
            # A job that brought nothing has failed: its cause is what the exam's page tells.
            raise Unavailable(brought.cause)
        if whole is False and not last:
            raise Unavailable(brought.cause or "incomplete")
        cause = "" if whole else brought.cause
        return {"received": len(held), "expected": study.count, "complete": whole, "cause": cause}

    def _held(self, uid: StudyUID) -> set[str]:
        with self._house.database.reading() as work:
            return set(map(str, work.instances.held(uid)))

    def _unreachable(self, uid: StudyUID, *, away: bool) -> None:
        try:
            with self._house.database.appending() as work:
                work.studies.unreachable(uid, self._house.clock.now() if away else None)
        except Fault as fault:
            _log.warning("silence not noted: %s", fault.cause)


class _Progress:
    """How far one job is, for its row; instances are counted by the threads that receive them."""

    def __init__(self, beat: Beat) -> None:
        self._beat, self._lock = beat, threading.Lock()
        self._done = self._total = 0

    def begin(self, held: int, total: int | None) -> None:
        """Count on from what is here already."""
        with self._lock:
            self._done, self._total = held, total or 0

    def arrived(self) -> None:
        """One more."""
        with self._lock:
            self._done += 1
        self.wanted()

    def wanted(self) -> bool:
        """Tell how far it is; return whether somebody still wants it."""
        done, total = self._done, self._total
        return self._beat(min(done, total or done), total)

"""The nodes of the house, asked one or all at once, and what is remembered of each."""

import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from appliance.domain.errors import Fault, Refused, Unavailable
from appliance.domain.identifiers import StudyUID
from appliance.domain.jobs import JobKind
from appliance.domain.nodes import Method, Node
from appliance.domain.searching import Query
from appliance.domain.sharing import PARIS
from appliance.usecases.authenticators import opened
from pacs_bridge.dicomweb import asking as web
from pacs_bridge.ports import House
from pacs_bridge.query import echo, finding
from pacs_bridge.query.associations import Secure, by_default

Answer = finding.Found | Fault


class Nodes:
    """Every node that the settings name."""

    def __init__(self, house: House, secure: Secure = by_default) -> None:
        self._house, self._secure = house, secure

    def named(self, name: str) -> Node:
        """Return a node; raise `Refused` ``node_unknown``."""
        with self._house.database.reading() as work:
            node = work.nodes.by_name(name)
        if node is None:
            raise Refused("node_unknown")
        return node

    def those(self, names: Sequence[str] | None) -> Sequence[Node]:
        """Return the nodes named, or all of them."""
        if names:
            return [self.named(str(name)) for name in names]
        with self._house.database.reading() as work:
            return work.nodes.listed()

    def ask(self, node: Node, wanted: Query, limit: int, whole_s: float) -> Answer:
        """Return what a node answers, or how it failed."""
        today = self._house.clock.now().astimezone(PARIS).date()
        patience = finding.Patience(limit, whole_s, self._secure)
        try:
            if node.method is Method.WADO:
                found = web.find_studies(node, wanted, today, patience, self.unseal)
            else:
                found = finding.find_studies(node, wanted, today, patience)
        except Fault as fault:
            self.remember(node, answered=False)
            return fault
        self.remember(node, answered=True)
        if found.required_keys_only:
            with self._house.database.appending() as work:
                work.nodes.learned(node.name, required_keys_only=True)
        return found

    def echo(self, node: Node) -> Mapping[str, Any]:
        """Return ``{ok, ms, cause}``: a C-ECHO, or the smallest search of a DICOMweb node."""
        if node.method is Method.WADO:
            result: Mapping[str, Any] = web.echo(node, self._secure, self.unseal)
        else:
            result = echo.echo(node, self._secure)
        self.remember(node, answered=bool(result["ok"]))
        return result

    def images(self, node: Node, uid: StudyUID, heard: Callable[[], None]) -> finding.Images:
        """Return the instances that a node names; raise `Unavailable` or `finding.KeysNotSupported`."""
        if node.method is Method.WADO:
            return web.find_images(node, uid, self._secure, self.unseal, heard)
        return finding.find_images(node, uid, secure=self._secure, heard=heard)

    def unseal(self, sealed: str) -> str:
        """Return the secret of a node; raise `Unavailable` ``key``."""
        return opened(self._house.secrets, sealed)

    def answers(
        self, nodes: Sequence[Node], wanted: Query, limit: int, whole_s: float
    ) -> Iterator[tuple[Node, Answer]]:
        """Yield the answer of every node as it comes; one that hangs delays nobody's beyond the deadline."""
        came: queue.SimpleQueue[tuple[Node, Answer]] = queue.SimpleQueue()

        def ask(node: Node) -> None:
            came.put((node, self.ask(node, wanted, limit, whole_s)))

        # Threads of the process, not of a pool: one that hangs must not hold its end back.
        for node in nodes:
            threading.Thread(target=ask, args=(node,), daemon=True).start()
        end = time.monotonic() + whole_s
        silent = {node.name: node for node in nodes}
        while silent:
            try:
                node, answer = came.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                break
            silent.pop(node.name, None)
            yield node, answer
        for node in silent.values():
            yield node, Unavailable("timeout")

    def remember(self, node: Node, *, answered: bool) -> None:
        """Note that a node answers or not; when it does again, what waits for another try is tried now."""
        now = self._house.clock.now()
        with self._house.database.appending() as work:
            if not answered:
                work.nodes.silent(node.name, now)
                return
            before = work.nodes.by_name(node.name)
            work.nodes.answered(node.name, now)
            if before is not None and before.unreachable_since is not None:
                for kind in (JobKind.PULL, JobKind.SEND, JobKind.PROVE):
                    work.jobs.hasten(kind, now)

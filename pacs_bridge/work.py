"""Threads that work off the job table: claim, keep the lease while working, finish or fail.

Never decides what a job does: that is `handlers`. A job that outlives its lease belongs to another.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from appliance.domain.errors import Fault
from appliance.domain.jobs import Job, JobKind
from pacs_bridge.ports import Queue

BEAT_S = 2.0
"""How soon a worker notices that its job was cancelled; the lease itself would bear more."""
LOOK_S = 1.0
_log = logging.getLogger(__name__)

Beat = Callable[[int, int], bool]
Handler = Callable[[Job, Beat], Mapping[str, Any]]


class Bell:
    """Wakes the workers of this process that a kind of job concerns; a ring while they are busy is not lost."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rings: Counter[JobKind] = Counter()
        self._closed = False

    def ring(self, kinds: Iterable[JobKind]) -> None:
        """There is work of these kinds."""
        with self._condition:
            self._rings.update(kinds)
            self._condition.notify_all()

    def close(self) -> None:
        """Wake everybody for the last time."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    def rings(self, kinds: Iterable[JobKind]) -> int:
        """Return how often it rang for these kinds; look at it before looking for work."""
        with self._condition:
            return sum(self._rings[kind] for kind in kinds)

    @property
    def closed(self) -> bool:
        """Whether the process ends."""
        return self._closed

    def wait(self, kinds: Iterable[JobKind], seen: int, seconds: float) -> None:
        """Wait until it rang for `kinds` since `seen`, or closes, or `seconds` went by (a job may be due later)."""
        with self._condition:
            self._condition.wait_for(lambda: self._closed or self.rings(kinds) != seen, seconds)


class Held:
    """A job being worked on: its progress, and the lease kept alive beside the work."""

    def __init__(self, queue: Queue, job: Job, bell: Bell) -> None:
        self._queue, self._job, self._bell = queue, job, bell
        self._done = self._total = 0
        self._ours = True
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"lease-{job.id}", daemon=True)
        self._thread.start()

    def beat(self, done: int, total: int) -> bool:
        """Note how far the work is; False: stop, the job is no longer ours or the process ends."""
        self._done, self._total = done, total
        return self._ours and not self._bell.closed

    def end(self) -> None:
        """Stop keeping the lease."""
        self._ended.set()
        self._thread.join(5)

    def _keep(self) -> None:
        # Progress is shown within a second, the lease kept even while nothing moves.
        shown, silent_s = (0, 0), 0.0
        while not self._ended.wait(1.0):
            silent_s += 1.0
            now = (self._done, self._total)
            if now == shown and silent_s < BEAT_S:
                continue
            shown, silent_s = now, 0.0
            try:
                self._ours = self._queue.beat(self._job, *now)
            except Fault as fault:
                _log.warning("job %d: lease not kept: %s", self._job.id, fault.cause)


class Worker:
    """One thread for some kinds of jobs, and of those only for what has ``least`` priority."""

    def __init__(
        self, queue: Queue, bell: Bell, handlers: Mapping[JobKind, Handler], holder: str, least: int = 0
    ) -> None:
        self._queue, self._bell, self._handlers, self._holder = queue, bell, handlers, holder
        self._least = least
        self._thread = threading.Thread(target=self._run, name=holder, daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def join(self, seconds: float) -> bool:
        """Wait for the end of its last job; True when it ended."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        kinds: Sequence[JobKind] = tuple(self._handlers)
        while not self._bell.closed:
            seen = self._bell.rings(kinds)
            try:
                job = self._queue.claim(kinds, self._holder, self._least)
            except Fault as fault:
                _log.warning("no work claimed: %s", fault.cause)
                job = None
            if job is None:
                self._bell.wait(kinds, seen, LOOK_S)
            else:
                self._work(job)

    def _work(self, job: Job) -> None:
        held = Held(self._queue, job, self._bell)
        error = ""
        result: Mapping[str, Any] = {}
        try:
            result = self._handlers[job.kind](job, held.beat)
        except Fault as fault:
            error = fault.cause
        except Exception as exc:
            # The outermost loop of this thread: a job that breaks must not end the others.
            _log.exception("job %d (%s) broke", job.id, job.kind)
            error = f"internal:{type(exc).__name__}"
        finally:
            held.end()
        self._report(job, result, error)

    def _report(self, job: Job, result: Mapping[str, Any], error: str) -> None:
        try:
            if error:
                self._queue.fail(job, error)
            else:
                self._queue.finish(job, result)
        except Fault as fault:
            _log.error("job %d: outcome not written: %s", job.id, fault.cause)

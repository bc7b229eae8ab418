"""Killable workers: one 600-byte file can hold a decoder for a minute, and must cost seconds.

A task has one try in the fast lane, where its limit grows with the size of its file, and one in the
slow lane. What fails there is named: ``timeout``, ``memory``, ``corrupt``.
"""

import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass

from pebble import ProcessExpired, ProcessPool

from pacs_bridge.prepare.confine import MEMORY_BYTES, confine
from pacs_bridge.prepare.making import Made, Rendered, ReportTask, Task


@dataclass(frozen=True, slots=True)
class Lanes:
    """Time limits of a task, seconds; both grow with the size of the file."""

    fast_s: float = 2.0
    slow_s: float = 10.0
    bytes_a_second: int = 4 << 20

    def limit_s(self, task: Task | ReportTask, *, slow: bool) -> float:
        """Return how long the task may take in its lane."""
        size = task.source.stat().st_size if task.source.exists() else 0
        return (self.slow_s if slow else self.fast_s) + size / self.bytes_a_second


class Pool:
    """A few worker processes. Use as a context manager, or `close` it."""

    def __init__(
        self, workers: int = 2, lanes: Lanes | None = None, memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        self._workers = workers
        self._lanes = lanes or Lanes()
        self._pool = ProcessPool(
            max_workers=workers, initializer=confine, initargs=(os.getpid(), memory_bytes),
            context=multiprocessing.get_context("spawn"))

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Kill the workers and wait for them."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def made(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Made]]:
        """Yield what became of each task, in order; a few are always under way."""
        running: deque[tuple[Task, Future[Made]]] = deque()
        for task in tasks:
            running.append((task, self._scheduled(task, slow=False)))
            if len(running) > 2 * self._workers:
                yield self._collected(*running.popleft())
        while running:
            yield self._collected(*running.popleft())

    def rendered(self, task: ReportTask) -> Rendered:
        """Return what became of a report; its one try has the limit of the slow lane: nobody waits for it."""
        limit = self._lanes.limit_s(task, slow=True)
        future: Future[Rendered] = self._pool.schedule(_render, args=[task], timeout=limit)
        try:
            return future.result()
        except (TimeoutError, MemoryError, ProcessExpired) as exc:
            return Rendered(reason=_reason(exc))

    def _scheduled(self, task: Task, *, slow: bool) -> "Future[Made]":
        # By name, not by import: the bridge itself must not load decoders.
        limit = self._lanes.limit_s(task, slow=slow)
        future: Future[Made] = self._pool.schedule(_make, args=[task], timeout=limit)
        return future

    def _collected(self, task: Task, future: "Future[Made]") -> tuple[Task, Made]:
        try:
            return task, future.result()
        except TimeoutError:
            return task, self._retried(task)
        except (MemoryError, ProcessExpired) as exc:
            return task, Made(reason=_reason(exc))

    def _retried(self, task: Task) -> Made:
        try:
            return self._scheduled(task, slow=True).result()
        except (TimeoutError, MemoryError, ProcessExpired) as exc:
            return Made(reason=_reason(exc))


def _reason(exc: Exception) -> str:
    if isinstance(exc, TimeoutError):
        return "timeout"
    return "memory" if isinstance(exc, MemoryError) else "corrupt"


def _make(task: Task) -> Made:
    """Run in the worker: only there are the decoders imported, after the limits stand."""
    from pacs_bridge.prepare.worker import make

    return make(task)


def _render(task: ReportTask) -> Rendered:
    """Run in the worker, as `_make`."""
    from pacs_bridge.prepare.reports.rendering import render

    return render(task)

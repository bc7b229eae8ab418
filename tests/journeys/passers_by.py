"""Who asks the running product for something every 100 ms, while others give it work: a modality, a reader of pages."""

import itertools
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.journeys.running import Demo
from tests.peers.sender import EXPLICIT, Sender

VERIFICATION = "1.2.840.10008.1.1"
EVERY_S = 0.1


@dataclass
class Passer:
    """One who asks again and again: how long each answer took, seconds, and what failed."""

    ask: Callable[[int], None]
    waits_s: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def until(self, over: threading.Event) -> None:
        """Ask every 100 ms, later when an answer takes longer."""
        for number in itertools.count():
            began = time.monotonic()
            try:
                self.ask(number)
            except (OSError, ValueError) as exc:
                self.failures.append(f"{number}: {exc!r}")
            self.waits_s.append(time.monotonic() - began)
            if over.wait(max(0.0, EVERY_S - (time.monotonic() - began))):
                return

    def said(self) -> str:
        """Return the figures in words."""
        waits = sorted(self.waits_s)
        p99 = waits[int(len(waits) * 0.99)]
        return f"{len(waits)} answers, p99 {p99 * 1000:.0f} ms, longest {waits[-1] * 1000:.0f} ms"


class Echoes:
    """C-ECHO, in turn over an association held open and over one of its own."""

    def __init__(self, port: int) -> None:
        self._sender = Sender(port, calling="PASSER")
        self._held = self._sender.associated(VERIFICATION, EXPLICIT)

    def ask(self, number: int) -> None:
        """Ask once; raise `ValueError` when the answer is not Success."""
        if number % 2:
            status = self._sender.echo(self._held)
        else:
            with self._sender.associated(VERIFICATION, EXPLICIT) as peer:
                status = self._sender.echo(peer)
                self._sender.released(peer)
        if status != 0:
            raise ValueError(f"C-ECHO: {status}")

    def close(self) -> None:
        """End the association held open."""
        with self._held:
            self._sender.released(self._held)


@contextmanager
def passing_by(demo: Demo) -> Iterator[dict[str, Passer]]:
    """Let both ask until the end of the block."""
    echoes, over = Echoes(demo.ready["dicom"]["port"]), threading.Event()

    def page(_: int) -> None:
        with urllib.request.urlopen(f"{demo.web}/login/otp", timeout=30) as answer:
            if b'name="csrf"' not in answer.read():
                raise ValueError("no form")

    passers = {"echo": Passer(echoes.ask), "page": Passer(page)}
    threads = [threading.Thread(target=one.until, args=[over]) for one in passers.values()]
    for thread in threads:
        thread.start()
    try:
        yield passers
    finally:
        over.set()
        for thread in threads:
            thread.join(60)
        echoes.close()

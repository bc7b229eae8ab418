"""Watches one retrieval from beside it: says when the node falls silent, and ends what is cancelled or hangs.

::

    hearing --WORD_S without a sign--> silent (told once) --any sign--> hearing (told)
       | job cancelled: C-CANCEL, then abort       | QUIET_S: abort
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

WORD_S = 3.5
"""Nothing heard for so long is told to whoever waits (within 5 s); the retrieval goes on."""
QUIET_S = 60.0
"""Neither a response nor an instance for so long: the node hangs."""
CANCEL_S = 2.0
"""From C-CANCEL to abort."""
TICK_S = 0.25


@dataclass(frozen=True, slots=True)
class Ending:
    """How what is under way is ended: asked to, or cut."""

    cancel: Callable[[], None]
    abort: Callable[[], None]


@dataclass(slots=True)
class _Leg:
    ending: Ending
    cancelled_at: float | None = None
    done: threading.Event = field(default_factory=threading.Event)


class Vigil:
    """The watch over one job, from `begin` to `end`.

    Parameters
    ----------
    wanted
        Returns False once nobody wants the retrieval any more.
    silence
        Told True when the node falls silent, False when it is heard again.
    """

    def __init__(self, wanted: Callable[[], bool], silence: Callable[[bool], None]) -> None:
        self._wanted, self._silence = wanted, silence
        self._lock = threading.Lock()
        self._heard, self._silent = time.monotonic(), False
        self._leg: _Leg | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="vigil", daemon=True)
        self.stopped = False

    @property
    def quiet_s(self) -> float:
        """Return for how long nothing was heard."""
        return time.monotonic() - self._heard

    def begin(self) -> None:
        """Start to watch."""
        self._thread.start()

    def end(self) -> None:
        """Stop watching."""
        self._over.set()
        self._thread.join(5)

    def heard(self) -> None:
        """The node gave a sign of life."""
        self._heard = time.monotonic()
        with self._lock:
            again, self._silent = self._silent, False
        if again:
            self._silence(False)

    @contextmanager
    def over(self, ending: Ending) -> Iterator[None]:
        """Watch over one request while the block runs."""
        self._leg = _Leg(ending)
        try:
            yield
        finally:
            self._leg = None

    def _watch(self) -> None:
        while not self._over.wait(TICK_S):
            if self.quiet_s > WORD_S:
                self._tell()
            self.stopped = self.stopped or not self._wanted()
            leg = self._leg
            if leg is not None:
                self._judge(leg)

    def _tell(self) -> None:
        with self._lock:
            first, self._silent = not self._silent, True
        if first:
            self._silence(True)

    def _judge(self, leg: _Leg) -> None:
        now = time.monotonic()
        if self.stopped and leg.cancelled_at is None:
            leg.cancelled_at = now
            leg.ending.cancel()
        late = leg.cancelled_at is not None and now - leg.cancelled_at > CANCEL_S
        if late or self.quiet_s > QUIET_S:
            leg.ending.abort()
            self._leg = None

"""Objects that we asked for are made durable beside the next one's arrival.

Only for retrievals: who pushes an object may forget it once it is acknowledged, so that one is durable before the
answer; a PACS that was asked keeps its own, and what was lost here is asked for again: completeness counts rows.
"""

import logging
import queue
import threading

from appliance.domain.errors import Fault
from pacs_bridge.receive.session import Reception

WAITING = 16
"""Objects received and not yet durable: the peer waits beyond that."""
_log = logging.getLogger(__name__)


class Later:
    """One thread that finishes receptions in the order in which they came. Use as a context manager."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Reception | None] = queue.Queue(WAITING)
        self._thread = threading.Thread(target=self._run, name="durable", daemon=True)
        self.cause = ""
        """Why an object was not kept, the first one."""

    def __enter__(self) -> "Later":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._queue.put(None)
        self._thread.join()

    def of(self, reception: Reception) -> Reception:
        """Return the reception whose end is for later."""
        return _Postponed(reception, self._queue)

    def _run(self) -> None:
        while (reception := self._queue.get()) is not None:
            try:
                reception.close()
            except Exception as exc:  # whatever one object provokes must not end the others
                cause = exc.cause if isinstance(exc, Fault) else type(exc).__name__
                _log.warning("object not kept: %s", cause)
                self.cause = self.cause or cause
                reception.discard()


class _Postponed:
    def __init__(self, reception: Reception, waiting: "queue.Queue[Reception | None]") -> None:
        self._reception, self._waiting = reception, waiting

    def write(self, data: memoryview) -> None:
        self._reception.write(data)

    def close(self) -> bool:
        self._waiting.put(self._reception)
        return False

    def discard(self) -> None:
        self._reception.discard()

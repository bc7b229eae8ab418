"""Cards that come and go, as events. With `pcsc`, the only importer of pyscard.

A thread of its own waits in SCardGetStatusChange, which a change wakes at once. pyscard's own CardMonitor is not used:
one for the whole process, with a thread that nobody can end.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from cps_card import pcsc
from cps_card.errors import CardUnavailable
from cps_card.pcsc import Reader

_GLANCE_MS = 500
_RETRY_S = 1.0


@dataclass(frozen=True, slots=True)
class CardEvent:
    """A card came (``inserted``) or went; ``card`` is ``cps3``, ``cps4``, ``foreign`` or ``busy``."""

    inserted: bool
    reader: str
    card: str
    atr: str


@dataclass(frozen=True, slots=True)
class _There:
    """What lies in a reader; ``count`` tells a card taken out and put back from one that stayed."""

    reader: Reader
    count: int


class CardMonitor:
    """Tells ``heard`` of every card that comes or goes, from its own thread; cards already there come first.

    While PC/SC does not answer no card is there: those known are told gone, and it is asked again every second. Use as
    a context manager; leaving it ends the thread within a second.
    """

    def __init__(self, heard: Callable[[CardEvent], None]) -> None:
        pcsc.library()
        self._heard = heard
        self._ending = threading.Event()
        self._present: dict[str, _There] = {}
        self._thread = threading.Thread(target=self._run, name="card monitor", daemon=True)

    def __enter__(self) -> "CardMonitor":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join(_RETRY_S + 1)

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self._watch()
            except CardUnavailable:
                self._tell({})
                self._ending.wait(_RETRY_S)

    def _watch(self) -> None:
        scard = pcsc.library()
        with pcsc.context(scard) as ctx:
            while not self._ending.is_set():
                states = pcsc.states(scard, ctx)
                self._tell({one[0]: _There(pcsc.seen(scard, *one), one[1] >> 16) for one in states})
                if states:
                    known = [(name, state & ~scard.SCARD_STATE_CHANGED) for name, state, _ in states]
                    scard.SCardGetStatusChange(ctx, _GLANCE_MS, known)
                else:
                    self._ending.wait(_GLANCE_MS / 1000)

    def _tell(self, seen: dict[str, _There]) -> None:
        there = {name: one for name, one in seen.items() if one.reader.state != "empty"}
        for name, one in list(self._present.items()):
            if name not in there or (there[name].count, there[name].reader.atr) != (one.count, one.reader.atr):
                del self._present[name]
                self._heard(_event(one.reader, inserted=False))
        for name, one in there.items():
            if name not in self._present:
                self._present[name] = one
                self._heard(_event(one.reader, inserted=True))


def _event(reader: Reader, *, inserted: bool) -> CardEvent:
    return CardEvent(inserted, reader.name, reader.state, reader.atr)

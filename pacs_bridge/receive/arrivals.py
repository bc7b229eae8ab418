"""Who waits for what: pulls under way, told of each instance that is kept. One per process."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from appliance.domain.errors import Refused
from appliance.domain.identifiers import SopUID, StudyUID


@dataclass(slots=True)
class Expected:
    """One retrieval under way. ``message_id`` is that of our C-MOVE-RQ, None for a C-GET.

    ``originators`` are the AE titles that a C-STORE may name for it: ours, and that of the node, for archives there
    are that put their own. ``wrong`` once the node sent for it what was not asked for.
    """

    study_uid: StudyUID
    originators: frozenset[str]
    message_id: int | None
    arrived: set[SopUID] = field(default_factory=set)
    told: Callable[[], None] = lambda: None
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """(0000,1030), (0000,1031) of a C-STORE-RQ: whose C-MOVE it serves; None for a push."""

    aet: str = ""
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """A peer that our policy refused: ``cause`` is ``called_ae`` or ``calling_ae``."""

    calling: str
    address: str
    cause: str


@dataclass(slots=True)
class Trial:
    """One instance that the doctor has a node send to us, to be looked at and not kept.

    ``syntaxes`` are those that the sender proposed for it, ``received`` the one in use; ``refused`` are those whom
    our own door turned away meanwhile.
    """

    our_aet: str
    message_id: int
    sop_uid: str
    syntaxes: set[str] = field(default_factory=set)
    received: list[str] = field(default_factory=list)
    refused: list[TurnedAway] = field(default_factory=list)
    heard: threading.Event = field(default_factory=threading.Event)

    def ordered(self, origin: Origin) -> bool:
        """Whether a C-STORE says that it serves this very C-MOVE."""
        return (origin.aet, origin.message_id) == (self.our_aet, self.message_id)


class Arrivals:
    """The retrievals of this process, and the doctor's trials."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._expected: list[Expected] = []
        self._trials: list[Trial] = []

    @contextmanager
    def trying(self, trial: Trial) -> Iterator[Trial]:
        """Take what serves the trial aside while the block runs."""
        with self._lock:
            self._trials.append(trial)
        try:
            yield trial
        finally:
            with self._lock:
                self._trials.remove(trial)

    def trial(self, origin: Origin, sop_uid: str) -> Trial | None:
        """Return the trial that a C-STORE serves: as it says, or, where it says less, by its instance.

        Some archives name no C-MOVE, others its number under their own AE title.
        """
        with self._lock:
            named = [t for t in self._trials if t.ordered(origin)]
            likely = [t for t in self._trials if t.sop_uid == sop_uid and origin.message_id in (None, t.message_id)]
        return next(iter([*named, *likely]), None)

    def turned_away(self, calling: str, address: str, cause: str) -> None:
        """Tell the trials of a peer that our door refused."""
        with self._lock:
            for trial in self._trials:
                trial.refused.append(TurnedAway(calling, address, cause))

    @contextmanager
    def expecting(self, expected: Expected) -> Iterator[Expected]:
        """Be told of instances while the block runs."""
        with self._lock:
            self._expected.append(expected)
        try:
            yield expected
        finally:
            with self._lock:
                self._expected.remove(expected)

    def check(self, origin: Origin, study_uid: StudyUID) -> None:
        """Raise `Refused` ``wrong_instance`` when a C-MOVE of ours brings another study.

        Only when that message number is under way: the number of an older one says nothing.
        """
        serving = self._serving(origin)
        if serving and study_uid not in {e.study_uid for e in serving}:
            for expected in serving:
                expected.wrong = True
            raise Refused("wrong_instance")

    def kept(self, study_uid: StudyUID, sop_uid: SopUID) -> None:
        """Tell whoever waits for the study that an instance is durable."""
        with self._lock:
            waiting = [e for e in self._expected if e.study_uid == study_uid]
            for expected in waiting:
                expected.arrived.add(sop_uid)
        for expected in waiting:
            expected.told()

    def _serving(self, origin: Origin) -> list[Expected]:
        if origin.message_id is None:
            return []
        with self._lock:
            return [e for e in self._expected if e.message_id == origin.message_id and origin.aet in e.originators]

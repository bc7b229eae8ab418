"""A node under examination: what it is examined with, and what the steps so far have learnt of it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pydicom.dataset import Dataset

from appliance.domain.diagnosis import Fact, Ours, Verdict
from appliance.domain.errors import Unavailable
from appliance.domain.nodes import Method, Node
from pacs_bridge.dicomweb.link import Unseal
from pacs_bridge.query.associations import Offer, Secure, Waits
from pacs_bridge.receive.arrivals import Arrivals

WHOLE_S = 60.0
LEAST_S = 1.0
"""A step with less time left is not begun."""


@dataclass(frozen=True, slots=True)
class Means:
    """What the doctor examines with. ``port`` and ``tls_port`` are those that our acceptor listens on.

    ``unseal`` opens what a DICOMweb node is told of us.
    """

    arrivals: Arrivals
    secure: Secure
    port: int
    tls_port: int | None
    today: date
    unseal: Unseal


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step ended."""

    verdict: Verdict = Verdict.OK
    cause: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sample:
    """What retrieval is tried on: one instance, or, where the node lists none, one small series."""

    study_uid: str
    series_uid: str
    sop_uid: str = ""
    sop_class: str = ""
    modality: str = ""


@dataclass(slots=True)
class Charsets:
    """In which character sets the answers came: counts only."""

    declared: dict[str, int] = field(default_factory=dict)
    absent: int = 0
    """Names beyond ASCII without a character set."""
    mistaken: int = 0
    """Names in UTF-8 that are said to be something else."""
    unreadable: int = 0
    garbled: int = 0
    """Names of UTF-8 that somebody read as Latin-1 and wrote again."""


@dataclass(slots=True)
class Case:
    """The examination of one node. ``end`` is that of the current step, on the monotonic clock."""

    node: Node
    means: Means
    whole_end: float = field(default_factory=lambda: time.monotonic() + WHOLE_S)
    end: float = 0.0
    our_host: str = ""
    services: frozenset[str] = frozenset()
    studies: Sequence[Dataset] = ()
    """What a search by QIDO-RS gave, for the next step; only counts of it are told."""
    sample: Sample | None = None
    charsets: Charsets = field(default_factory=Charsets)
    answers: int = 0
    accepted: Sequence[str] = ()
    """Transfer syntaxes that the node would store to us in, by a C-GET."""
    proposed: Sequence[str] = ()
    """Those that it proposed when it stored to us, by a C-MOVE."""
    received: Sequence[str] = ()

    @property
    def ours(self) -> Ours:
        """Where the node reaches us."""
        return Ours(self.our_host, self.means.port, self.means.tls_port)

    def left(self) -> float:
        """Return the seconds left to this step, never negative."""
        return max(0.0, self.end - time.monotonic())

    def offer(self, offer: Offer) -> Offer:
        """Return the offer bounded by this step."""
        left = max(0.1, self.left())
        waits = Waits(min(offer.waits.connect_s, left), min(offer.waits.associate_s, left), left)
        return Offer(offer.contexts, offer.extended, waits, self.means.secure)


def failed(case: Case, away: Unavailable, verdict: Verdict = Verdict.FAIL) -> Outcome:
    """Return how a step ended that could not go on, the status as the protocol writes it."""
    facts: dict[str, Fact] = {name: fact for name, fact in away.facts.items() if isinstance(fact, str | int)}
    status = facts.get("status")
    if isinstance(status, int):
        facts["status"] = f"HTTP {status}" if case.node.method is Method.WADO else f"0x{status:04X}"
    return Outcome(verdict, away.cause, facts)

"""What a hospital information system tells in HL7 v2 (R-H), as values; what each event does; which message is newer.

Reading the wire is the bridge's; what an event does to the index is `appliance.usecases.feed`'s.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from appliance.domain.people import Identifier, IdentifierType, PatientTraits

INS_OIDS = frozenset({"1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.9"})
"""NIR and NIA of the national health identity."""
INS_TEST_OIDS = frozenset({"1.2.250.1.213.1.4.10", "1.2.250.1.213.1.4.11"})
AHEAD = timedelta(hours=26)
"""A message dated further in the future would keep every later one from winning; a zone may be wrong by a day."""


class Deed(StrEnum):
    """What an event does."""

    TRAITS = "traits"
    MERGE = "merge"
    CHANGE = "change"
    LINK = "link"
    UNLINK = "unlink"
    NOTHING = "nothing"


_EVENTS = {
    **dict.fromkeys(("A01", "A04", "A05", "A08", "A28", "A31"), Deed.TRAITS),
    "A40": Deed.MERGE, "A47": Deed.CHANGE, "A24": Deed.LINK, "A37": Deed.UNLINK, "A29": Deed.NOTHING,
}  # fmt: skip


def deed_of(event: str) -> Deed:
    """Return what an ADT event does; moves, discharges and the like do nothing here."""
    return _EVENTS.get(event, Deed.NOTHING)


class MessageState(StrEnum):
    """What became of a message."""

    APPLIED = "applied"
    STALE = "stale"
    """Older than what is known of its patient: kept out."""
    IGNORED = "ignored"
    """Understood, and without effect on images."""
    REJECTED = "rejected"
    """A data error: kept whole, to be replayed or dropped."""
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """When a message was made: MSH-7, then MSH-13 of messages of one instant (0 without one)."""

    at: datetime
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Header:
    """MSH of a message; ``kind`` and ``event`` are MSH-9 (``ADT``, ``A08``)."""

    sender: str
    control_id: str
    kind: str
    event: str
    moment: Moment


@dataclass(frozen=True, slots=True)
class Patient:
    """PID: who is meant and how this system knows the person.

    ``given`` are folded lists (R-A): of the repetition L its second and its third component, of D the second.
    """

    identifiers: tuple[Identifier, ...]
    name: str
    families: tuple[str, ...] = ()
    given: tuple[tuple[str, ...], ...] = ()
    birth_date: str = ""
    sex: str = ""

    def traits(self) -> PatientTraits:
        """Return the traits under the first local identifier."""
        first = next((i for i in self.identifiers if i.type is IdentifierType.PI), self.identifiers[0])
        return PatientTraits(first, self.name, self.birth_date, self.sex)


@dataclass(frozen=True, slots=True)
class Group:
    """A patient, and the identifiers of MRG-1 that this one takes over or replaces."""

    patient: Patient
    former: tuple[Identifier, ...] = ()


@dataclass(frozen=True, slots=True)
class PatientMessage:
    """An ADT message read whole."""

    header: Header
    deed: Deed
    groups: tuple[Group, ...] = field(default=())


def is_newer(said: Moment, known: Moment | None) -> bool:
    """Whether what was said at ``said`` wins over what was said at ``known``; of two alike the later arrival does."""
    return known is None or said >= known

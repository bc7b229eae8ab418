"""Who is who: traits told by the hospital, links between people, alarms that wait for a decision; messages taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from appliance.domain.feed import MessageState, Moment, Patient
from appliance.domain.identifiers import PersonId, StudyUID
from appliance.domain.identity import AlarmCause, Decision, Profile
from appliance.domain.people import Identifier, PatientTraits
from appliance.domain.sharing import Trait
from appliance.usecases.ports.common import Page


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """An identity in doubt. ``study_uid`` names the study that alone is doubted, or that brought the doubt.

    ``said`` is what was told and is not believed yet; ``other_id`` the second record of a merge.
    """

    id: int
    cause: AlarmCause
    person_id: PersonId
    raised_at: datetime
    source: str
    other_id: PersonId | None = None
    study_uid: StudyUID | None = None
    said: Patient | None = None
    decision: Decision | None = None
    decided_at: datetime | None = None
    decided_by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message of the feed as it is remembered; ``body`` only while it waits to be replayed."""

    id: int
    sender: str
    control_id: str
    kind: str
    event: str
    said_at: datetime
    received_at: datetime
    state: MessageState
    cause: str = ""
    peer: str = ""
    body: bytes = b""


class Identities(Protocol):
    """Beside `People`: what is told of people, and what is doubted."""

    def profile(self, person_id: PersonId) -> Profile:
        """Return all that is believed of a person."""
        ...

    def told(self, person_id: PersonId) -> Sequence[Trait]:
        """Return first names and birth dates that the hospital's feed gave."""
        ...

    def describe(self, person_id: PersonId, said: Patient) -> None:
        """Believe these traits in place of those told before."""
        ...

    def heard(self, person_id: PersonId) -> Moment | None: ...
    def hear(self, person_id: PersonId, moment: Moment) -> None: ...
    def attach(self, person_id: PersonId, identifiers: Sequence[Identifier], at: datetime) -> None:
        """Give the person those of the identifiers that nobody has."""
        ...

    def retire(self, identifiers: Sequence[Identifier], status: str, at: datetime) -> None:
        """They are used no more; whoever comes under them is still found."""
        ...

    def join(self, keep: PersonId, gone: PersonId) -> None:
        """Everything of ``gone`` becomes ``keep``'s."""
        ...

    def split(self, person_id: PersonId, identifiers: Sequence[Identifier]) -> PersonId:
        """Return a new person who has these identifiers and the studies under them."""
        ...

    def link(self, one: PersonId, other: PersonId, moment: Moment, *, linked: bool) -> bool:
        """Remember that two records are, or are not, one person; False when something newer was said."""
        ...

    def linked(self, person_id: PersonId) -> Sequence[PersonId]: ...
    def raise_alarm(self, row: AlarmRow) -> int:
        """Return the number of the alarm; one that is open for the same cause and person is told anew."""
        ...

    def alarm(self, alarm_id: int) -> AlarmRow | None: ...
    def open_alarms(self, person_id: PersonId) -> Sequence[AlarmRow]: ...
    def alarms(self, page: Page, *, whole: bool = False) -> tuple[Sequence[AlarmRow], int]:
        """Return open alarms, oldest first; with ``whole`` the decided ones too, newest first."""
        ...

    def unexplained(self) -> Sequence[tuple[StudyUID, PersonId, str]]:
        """Return studies that are closed by an alarm nobody wrote down, with its cause."""
        ...

    def decide(self, alarm_id: int, decision: Decision, by: str, reason: str, at: datetime) -> None: ...
    def traits_of(self, person_id: PersonId) -> PatientTraits | None: ...


class Messages(Protocol):
    """Messages of the hospital's feed."""

    def by_control(self, sender: str, control_id: str) -> MessageRow | None: ...
    def by_id(self, message_id: int) -> MessageRow | None: ...
    def keep(self, row: MessageRow) -> int:
        """Write the message down, over the same one taken before."""
        ...

    def set_state(self, message_id: int, state: MessageState, cause: str) -> None:
        """Say what became of it; only a rejected one keeps its body."""
        ...

    def listed(self, page: Page, query: str = "") -> tuple[Sequence[MessageRow], int]:
        """Return messages, newest first; ``query`` is a state, an event, a sender or a control identifier."""
        ...

    def rejected(self) -> int:
        """Return how many wait for somebody."""
        ...

    def last_at(self) -> datetime | None: ...
    def forget(self, before: datetime) -> int:
        """Delete what was received before and waits for nobody; return how many."""
        ...

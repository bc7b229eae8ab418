"""The hospital's feed (R-H): each message once, each patient's newest word, one transaction a message.

The answer AA may leave only after `Feed.take` returned. What a message cannot be read for is kept by `Feed.reject`,
replayed by the bridge, dropped by an administrator.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from appliance.domain.errors import Malformed, Refused
from appliance.domain.feed import AHEAD, Deed, Group, Header, MessageState, Patient, PatientMessage, is_newer
from appliance.domain.identifiers import PersonId, StudyUID
from appliance.domain.identity import AlarmCause, Difference
from appliance.domain.journal import Actor, Event, Family
from appliance.domain.people import Identifier, IdentifierType
from appliance.domain.results import OrderMessage
from appliance.usecases.doubting import concerned, doubt
from appliance.usecases.joining import compared, join_or_doubt, people_of, profile_of
from appliance.usecases.ports import AlarmRow, Clock, MessageRow, Page, UnitOfWork, Work

_TAKEN = frozenset({MessageState.APPLIED, MessageState.STALE, MessageState.IGNORED})
KEPT = timedelta(days=400)
"""How long the number of a message is remembered."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message as it came, and the address it came from."""

    body: bytes
    peer: str = ""


class Feed:
    """Messages of the hospital information system."""

    def __init__(self, database: UnitOfWork, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    def take(self, message: PatientMessage | OrderMessage, arrived: Arrived) -> MessageState:
        """Do what a message about people or orders says, once; return what became of it.

        Raises
        ------
        Malformed
            ``field`` when it is dated in the future.
        """
        now, header = self._clock.now(), message.header
        check_date(header, now)
        with self._db.writing() as work:
            known = work.messages.by_control(header.sender, header.control_id)
            if known is not None and known.state in _TAKEN:
                return known.state
            turn = _Turn(work, header, actor_of(header, arrived), now)
            state = turn.ordered(message) if isinstance(message, OrderMessage) else turn.done(message)
            work.messages.keep(_row(header, arrived.peer, now, state))
        return state

    def taken(self, header: Header) -> MessageState | None:
        """Return what became of a message that was taken before, None when it was not; raise as `take`."""
        check_date(header, self._clock.now())
        with self._db.reading() as work:
            known = work.messages.by_control(header.sender, header.control_id)
        return known.state if known is not None and known.state in _TAKEN else None

    def took(self, header: Header, arrived: Arrived, state: MessageState) -> None:
        """Remember a message whose effect is committed: what it did must bear being done twice."""
        with self._db.writing() as work:
            work.messages.keep(_row(header, arrived.peer, self._clock.now(), state))

    def reject(self, header: Header, arrived: Arrived, cause: str) -> None:
        """Keep a message with a data error, whole."""
        now = self._clock.now()
        with self._db.writing() as work:
            known = work.messages.by_control(header.sender, header.control_id)
            if known is not None and known.state in _TAKEN:
                return
            number = work.messages.keep(_row(header, arrived.peer, now, MessageState.REJECTED, cause, arrived.body))
            work.journal.append(
                Event(Family.SYSTEM, "hl7.reject", actor_of(header, arrived), str(number), cause), now
            )

    def connection_ended(self, peer: str, counts: dict[str, int], cause: str) -> None:
        """One record a connection: how many messages of each answer."""
        with self._db.writing() as work:
            actor = Actor("hl7", peer, peer, peer)
            event = Event(Family.SYSTEM, "hl7.connection", actor, cause=cause, facts=dict(counts))
            work.journal.append(event, self._clock.now())

    # --- whoever watches ---

    def listed(self, page: Page, query: str = "") -> tuple[Sequence[MessageRow], int]:
        """Return messages, newest first, without their bodies."""
        with self._db.reading() as work:
            return work.messages.listed(page, query)

    def standing(self) -> tuple[int, datetime | None]:
        """Return how many messages wait to be replayed, and when the last one came."""
        with self._db.reading() as work:
            return work.messages.rejected(), work.messages.last_at()

    def shown(self, message_id: int, actor: Actor) -> MessageRow:
        """Return a message with its body while it is kept; journaled, for it may hold a patient's traits."""
        with self._db.writing() as work:
            row = _present(work, message_id)
            if row.body:
                work.journal.append(Event(Family.ADMIN, "hl7.show", actor, str(message_id)), self._clock.now())
        return row

    def waiting(self, message_id: int) -> MessageRow:
        """Return a rejected message; raise `Refused` ``message_unknown`` or ``message_done``."""
        with self._db.reading() as work:
            return _rejected(work, message_id)

    def replayed(self, message_id: int, actor: Actor) -> None:
        """Journal that somebody asked for a replay; raises as `waiting`."""
        with self._db.writing() as work:
            _rejected(work, message_id)
            work.journal.append(Event(Family.ADMIN, "hl7.replay", actor, str(message_id)), self._clock.now())

    def drop(self, message_id: int, actor: Actor) -> None:
        """Give up a rejected message: its body goes; raises as `waiting`."""
        with self._db.writing() as work:
            row = _rejected(work, message_id)
            work.messages.set_state(message_id, MessageState.DROPPED, row.cause)
            work.journal.append(Event(Family.ADMIN, "hl7.drop", actor, str(message_id), row.cause), self._clock.now())

    def forget(self) -> int:
        """Forget the numbers of old messages."""
        with self._db.writing() as work:
            return work.messages.forget(self._clock.now() - KEPT)


def check_date(header: Header, now: datetime) -> None:
    """Raise `Malformed` ``field`` when a message is dated in the future: none would be newer for as long."""
    if header.moment.at > now + AHEAD:
        raise Malformed("field", field="MSH-7")


def actor_of(header: Header, arrived: Arrived) -> Actor:
    """Return the system that speaks, for the journal."""
    return Actor("hl7", header.sender[:64], header.sender[:64], arrived.peer)


class _Turn:
    """One message in its transaction."""

    def __init__(self, work: Work, header: Header, actor: Actor, now: datetime) -> None:
        self._work, self._header, self._actor, self._now = work, header, actor, now
        self._source = f"{header.sender} {header.kind}^{header.event} {header.control_id}"

    def done(self, message: PatientMessage) -> MessageState:
        """Do it."""
        if message.deed is Deed.NOTHING:
            return MessageState.IGNORED
        if message.deed in (Deed.LINK, Deed.UNLINK):
            return self._link(message.groups[0].patient, message.groups[1].patient, message.deed)
        if message.deed is Deed.TRAITS:
            believed = [self._traits(group.patient) for group in message.groups]
            return MessageState.APPLIED if any(believed) else MessageState.STALE
        for group in message.groups:
            self._replace(group, "merged" if message.deed is Deed.MERGE else "changed")
        return MessageState.APPLIED

    def ordered(self, message: OrderMessage) -> MessageState:
        """Check whose the exams here are that an order names, and give them its accession number when they had none."""
        people = people_of(self._work, message.patient.identifiers)
        found = ((self._work.studies.by_uid(StudyUID(uid)), number) for uid, number in message.studies)
        known = [(study, number) for study, number in found if study is not None]
        for study, number in known:
            if study.person_id not in people:
                self._doubt(AlarmCause.TWO_PATIENTS, study.person_id, message.patient, uid=study.uid)
            elif number and not study.accession:
                self._work.studies.ensure(replace(study, accession=number))
        return MessageState.APPLIED if known else MessageState.IGNORED

    def _traits(self, patient: Patient) -> bool:
        """Believe the newest word about a patient; False when something newer was said."""
        known = people_of(self._work, _of_type(patient.identifiers, IdentifierType.PI))
        person = known[0] if known else self._by_national_id(patient) or self._new(patient)
        if not is_newer(self._header.moment, self._work.identities.heard(person)):
            return False
        for other in known[1:]:
            join_or_doubt(self._work, person, other, patient, self._source, self._actor, self._now)
        self._work.identities.attach(person, patient.identifiers, self._now)
        self._relate(person, patient)
        self._believe(person, patient)
        return True

    def _replace(self, group: Group, status: str) -> None:
        """MRG-1 gives way to PID-3. The act holds however old the message is; its traits must be the newest."""
        patient, former = group.patient, group.former
        keep = people_of(self._work, patient.identifiers)
        gone = people_of(self._work, former)
        person = keep[0] if keep else gone[0] if gone else self._new(patient)
        for other in [*keep[1:], *gone]:
            if other != person:
                join_or_doubt(self._work, person, other, patient, self._source, self._actor, self._now)
        self._work.identities.attach(person, [*patient.identifiers, *former], self._now)
        self._work.identities.retire([one for one in former if one not in patient.identifiers], status, self._now)
        if not keep and gone:
            facts = {"status": status}
            event = Event(Family.SYSTEM, "identity.change", self._actor, str(person), facts=facts)
            self._work.journal.append(event, self._now)
        if is_newer(self._header.moment, self._work.identities.heard(person)):
            self._believe(person, patient)

    def _link(self, one: Patient, other: Patient, deed: Deed) -> MessageState:
        first, second = (self._person(patient) for patient in (one, other))
        if first == second:
            if deed is Deed.UNLINK:
                self._doubt(AlarmCause.UNLINKED, first, other)
            return MessageState.APPLIED
        new = self._work.identities.link(first, second, self._header.moment, linked=deed is Deed.LINK)
        return MessageState.APPLIED if new else MessageState.STALE

    def _person(self, patient: Patient) -> PersonId:
        known = people_of(self._work, patient.identifiers)
        return known[0] if known else self._new(patient)

    def _new(self, patient: Patient) -> PersonId:
        person = self._work.people.ensure(patient.traits())
        self._work.identities.attach(person, patient.identifiers, self._now)
        return person

    def _by_national_id(self, patient: Patient) -> PersonId | None:
        """Return who has this national identity and no other number of the same authority."""
        authorities = {one.authority for one in _of_type(patient.identifiers, IdentifierType.PI)}
        for person_id in people_of(self._work, _of_type(patient.identifiers, IdentifierType.INS)):
            person = self._work.people.by_id(person_id)
            mine = {one.authority for one in _of_type(person.identifiers if person else (), IdentifierType.PI)}
            if not mine & authorities and compared(self._work, person_id, profile_of(patient)) is Difference.NONE:
                return person_id
        return None

    def _relate(self, person: PersonId, patient: Patient) -> None:
        """Whoever else has this national identity is the same person, or one of the two is wrong."""
        for other in people_of(self._work, _of_type(patient.identifiers, IdentifierType.INS)):
            if other == person:
                continue
            if compared(self._work, other, profile_of(patient)) is Difference.NONE:
                self._work.identities.link(person, other, self._header.moment, linked=True)
            else:
                self._doubt(AlarmCause.MERGE, person, patient, other)

    def _believe(self, person: PersonId, patient: Patient) -> None:
        """Take the traits over, unless codes were given out on others or they are somebody else's."""
        difference = compared(self._work, person, profile_of(patient))
        shares = concerned(self._work, person, self._now)
        self._work.identities.hear(person, self._header.moment)
        if difference is Difference.CONTRADICTION and (shares or self._work.studies.of_person(person)):
            self._doubt(AlarmCause.SHARED, person, patient)
        elif difference is Difference.MATERIAL and shares:
            self._doubt(AlarmCause.TRAITS, person, patient)
        else:
            self._work.identities.describe(person, patient)
            for share in shares:
                self._work.shares.add_traits(share.id, self._work.identities.told(person))
            self._retell(person, patient)

    def _retell(self, person: PersonId, said: Patient) -> None:
        """What is to be decided is the newest word: one that was taken back must not be confirmed."""
        for alarm in self._work.identities.open_alarms(person):
            if alarm.cause in (AlarmCause.TRAITS, AlarmCause.SHARED) and alarm.said is not None:
                self._work.identities.raise_alarm(replace(alarm, said=said, source=self._source))

    def _doubt(
        self,
        cause: AlarmCause,
        person: PersonId,
        said: Patient,
        other: PersonId | None = None,
        uid: StudyUID | None = None,
    ) -> None:
        row = AlarmRow(0, cause, person, self._now, self._source, other, uid, said)
        doubt(self._work, row, self._actor, self._now)


def _of_type(identifiers: Sequence[Identifier], kind: IdentifierType) -> list[Identifier]:
    return [one for one in identifiers if one.type is kind]


def _row(
    header: Header, peer: str, now: datetime, state: MessageState, cause: str = "", body: bytes = b""
) -> MessageRow:
    return MessageRow(
        0, header.sender, header.control_id, header.kind, header.event, header.moment.at, now, state, cause, peer[:64],
        body,
    )  # fmt: skip


def _present(work: Work, message_id: int) -> MessageRow:
    row = work.messages.by_id(message_id)
    if row is None:
        raise Refused("message_unknown")
    return row


def _rejected(work: Work, message_id: int) -> MessageRow:
    row = _present(work, message_id)
    if row.state is not MessageState.REJECTED:
        raise Refused("message_done")
    return row

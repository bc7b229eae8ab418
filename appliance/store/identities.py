"""What is told of people beside their identifiers, the links between them, and the alarms about them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from appliance.domain import identity
from appliance.domain.feed import Moment, Patient
from appliance.domain.identifiers import PersonId, StudyUID
from appliance.domain.identity import OF_ONE_STUDY, AlarmCause, Decision, Profile
from appliance.domain.names import fold
from appliance.domain.people import Identifier, IdentifierType, PatientTraits
from appliance.domain.sharing import Trait, TraitSource
from appliance.store.people import SqlPeople, family_key
from appliance.store.rows import page_of
from appliance.store.tables import (
    identifier,
    identity_alarm,
    person,
    person_link,
    person_trait,
    promise,
    share,
    study,
    study_grant,
)
from appliance.usecases.ports import AlarmRow, Page

_OPEN = identity_alarm.c.decided_at.is_(None)


class SqlIdentities:
    """`appliance.usecases.ports.Identities`."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    # --- what is believed ---

    def profile(self, person_id: PersonId) -> Profile:
        """Return all that is believed of a person."""
        traits = self.traits_of(person_id)
        known = identity.profile(traits) if traits else Profile()
        told = self._told(person_id)
        return Profile(
            (*known.families, *(tuple(value.split(" ")) for kind, value in told if kind == "family")),
            (*known.given, *(tuple(value.split(" ")) for kind, value in told if kind == "given")),
            (*known.births, *(value for kind, value in told if kind == "birth")),
            known.sex,
        )

    def told(self, person_id: PersonId) -> Sequence[Trait]:
        """Return first names and birth dates that the hospital's feed gave."""
        return [Trait(kind, value, TraitSource.ADT) for kind, value in self._told(person_id) if kind != "family"]

    def describe(self, person_id: PersonId, said: Patient) -> None:
        """Believe these traits in place of those told before."""
        row = {"name": said.name, "family_key": family_key(said.name), "birth_date": said.birth_date, "sex": said.sex}
        values = {name: value for name, value in row.items() if value}
        if values:
            self._c.execute(sa.update(person).where(person.c.id == person_id).values(values))
        self._c.execute(sa.delete(person_trait).where(person_trait.c.person_id == person_id))
        rows = [{"person_id": person_id, "kind": kind, "value": value} for kind, value in _told_by(said)]
        if rows:
            self._c.execute(sa.insert(person_trait), rows)

    def heard(self, person_id: PersonId) -> Moment | None:
        """Return the moment of the newest message that was believed."""
        columns = sa.select(person.c.heard_at, person.c.heard_sequence).where(person.c.id == person_id)
        row = self._c.execute(columns).first()
        return Moment(row.heard_at, row.heard_sequence) if row is not None and row.heard_at is not None else None

    def hear(self, person_id: PersonId, moment: Moment) -> None:
        """Remember the moment."""
        values = {"heard_at": moment.at, "heard_sequence": moment.sequence}
        self._c.execute(sa.update(person).where(person.c.id == person_id).values(values))

    def traits_of(self, person_id: PersonId) -> PatientTraits | None:
        """Return the traits of a person."""
        found = SqlPeople(self._c).by_id(person_id)
        return found.traits if found else None

    # --- identifiers ---

    def attach(self, person_id: PersonId, identifiers: Sequence[Identifier], at: datetime) -> None:
        """Give the person those of the identifiers that nobody has."""
        for one in identifiers:
            if self._c.execute(sa.select(identifier.c.id).where(_is(one))).first() is None:
                self._c.execute(sa.insert(identifier), {
                    "person_id": person_id, "value": one.value, "authority": one.authority, "type": one.type,
                    "authority_oid": one.authority_oid, "valid_from": at,
                })  # fmt: skip

    def retire(self, identifiers: Sequence[Identifier], status: str, at: datetime) -> None:
        """They are used no more; whoever comes under them is still found."""
        for one in identifiers:
            self._c.execute(sa.update(identifier).where(_is(one)).values(status=status, valid_to=at))

    def join(self, keep: PersonId, gone: PersonId) -> None:
        """Everything of ``gone`` becomes ``keep``'s."""
        for table in (identifier, study, share, study_grant, promise):
            self._c.execute(sa.update(table).where(table.c.person_id == gone).values(person_id=keep))
        for name in ("person_id", "other_id"):
            moved = sa.update(identity_alarm).where(identity_alarm.c[name] == gone)
            self._c.execute(moved.values({name: keep}))
        for column in (person_link.c.one_id, person_link.c.other_id):
            self._c.execute(sa.delete(person_link).where(column == gone))
        self._c.execute(sa.update(person).where(person.c.merged_into == gone).values(merged_into=keep))
        self._c.execute(sa.update(person).where(person.c.id == gone).values(merged_into=keep))

    def split(self, person_id: PersonId, identifiers: Sequence[Identifier]) -> PersonId:
        """Return a new person who has these identifiers and the studies under them."""
        empty = {"name": "", "family_key": "", "birth_date": "", "sex": ""}
        made = PersonId(self._c.execute(sa.insert(person).returning(person.c.id), empty).scalar_one())
        for one in identifiers:
            where = _is(one) & (identifier.c.person_id == person_id)
            self._c.execute(sa.update(identifier).where(where).values(person_id=made, status="", valid_to=None))
        local = [one for one in identifiers if one.type is IdentifierType.PI]
        under = [(study.c.patient_id == one.value) & study.c.issuer.in_(("", one.authority)) for one in local]
        moved = sa.select(study.c.uid).where(study.c.person_id == person_id, sa.or_(sa.false(), *under))
        uids = self._c.execute(moved).scalars().all()
        for column in (study.c.uid, study_grant.c.study_uid, promise.c.study_uid):
            self._c.execute(sa.update(column.table).where(column.in_(uids)).values(person_id=made))
        return made

    def link(self, one: PersonId, other: PersonId, moment: Moment, *, linked: bool) -> bool:
        """Remember that two records are, or are not, one person; False when something newer was said."""
        pair = {"one_id": min(one, other), "other_id": max(one, other)}
        mine = sa.and_(*(person_link.c[name] == value for name, value in pair.items()))
        values = {"linked": linked, "said_at": moment.at, "sequence": moment.sequence}
        known = self._c.execute(sa.select(person_link).where(mine)).first()
        if known is None:
            self._c.execute(sa.insert(person_link), {**pair, **values})
            return True
        if moment < Moment(known.said_at, known.sequence):
            return False
        self._c.execute(sa.update(person_link).where(mine).values(values))
        return True

    def linked(self, person_id: PersonId) -> Sequence[PersonId]:
        """Return who is said to be the same person."""
        mine = sa.or_(person_link.c.one_id == person_id, person_link.c.other_id == person_id)
        rows = self._c.execute(sa.select(person_link).where(mine, person_link.c.linked))
        return sorted({PersonId(n) for row in rows for n in (row.one_id, row.other_id)} - {person_id})

    # --- alarms ---

    def raise_alarm(self, row: AlarmRow) -> int:
        """Return the number of the alarm; one that is open for the same cause and person is told anew."""
        values = {
            "cause": row.cause, "person_id": row.person_id, "other_id": row.other_id, "study_uid": row.study_uid,
            "said": _written(row.said), "source": row.source[:512], "raised_at": row.raised_at,
        }  # fmt: skip
        same = sa.and_(
            _OPEN,
            *(identity_alarm.c[name].is_not_distinct_from(values[name]) for name in ("cause", "person_id", "other_id")),
            identity_alarm.c.study_uid.is_not_distinct_from(row.study_uid),
        )
        known = self._c.execute(sa.select(identity_alarm.c.id).where(same)).scalar()
        if known is None:
            made = self._c.execute(sa.insert(identity_alarm).returning(identity_alarm.c.id), values).scalar_one()
            return int(made)
        kept = {"said": values["said"], "source": values["source"]}
        self._c.execute(sa.update(identity_alarm).where(identity_alarm.c.id == known).values(kept))
        return int(known)

    def alarm(self, alarm_id: int) -> AlarmRow | None:
        """Return the alarm, or None."""
        row = self._c.execute(sa.select(identity_alarm).where(identity_alarm.c.id == alarm_id)).first()
        return _alarm(row) if row else None

    def open_alarms(self, person_id: PersonId) -> Sequence[AlarmRow]:
        """Return those about a person, as the first or the second."""
        mine = sa.or_(identity_alarm.c.person_id == person_id, identity_alarm.c.other_id == person_id)
        rows = self._c.execute(sa.select(identity_alarm).where(mine, _OPEN).order_by(identity_alarm.c.id))
        return [_alarm(row) for row in rows]

    def alarms(self, page: Page, *, whole: bool = False) -> tuple[Sequence[AlarmRow], int]:
        """Return open alarms, oldest first; with ``whole`` the decided ones too, newest first."""
        statement = sa.select(identity_alarm)
        if whole:
            statement = statement.order_by(identity_alarm.c.id.desc())
        else:
            statement = statement.where(_OPEN).order_by(identity_alarm.c.id)
        rows, total = page_of(self._c, statement, page)
        return [_alarm(row) for row in rows], total

    def unexplained(self) -> Sequence[tuple[StudyUID, PersonId, str]]:
        """Return studies that are closed by an alarm nobody wrote down, with its cause."""
        theirs = [identity_alarm.c[name] == study.c.person_id for name in ("person_id", "other_id")]
        whole = identity_alarm.c.cause.not_in(sorted(OF_ONE_STUDY)) & sa.or_(*theirs)
        mine = sa.or_(identity_alarm.c.study_uid == study.c.uid, whole)
        bare = study.c.identity_alarm != "", ~sa.exists().where(_OPEN, mine)
        rows = self._c.execute(sa.select(study.c.uid, study.c.person_id, study.c.identity_alarm).where(*bare))
        return [(StudyUID(row.uid), PersonId(row.person_id), row.identity_alarm) for row in rows]

    def decide(self, alarm_id: int, decision: Decision, by: str, reason: str, at: datetime) -> None:
        """Write how it ended."""
        values = {"decision": decision, "decided_by": by[:256], "reason": reason[:512], "decided_at": at}
        self._c.execute(sa.update(identity_alarm).where(identity_alarm.c.id == alarm_id).values(values))

    def _told(self, person_id: PersonId) -> list[tuple[str, str]]:
        mine = sa.select(person_trait.c.kind, person_trait.c.value).where(person_trait.c.person_id == person_id)
        return [(row.kind, row.value) for row in self._c.execute(mine.order_by(person_trait.c.id))]


def _is(one: Identifier) -> sa.ColumnElement[bool]:
    names = ("value", "authority", "type")
    return sa.and_(*(identifier.c[name] == getattr(one, name) for name in names))


def _told_by(said: Patient) -> list[tuple[str, str]]:
    rows = [("given", " ".join(tokens)) for tokens in said.given]
    rows += [("family", " ".join(fold(family))) for family in said.families]
    rows += [("birth", said.birth_date)] if said.birth_date else []
    return [(kind, value[:512]) for kind, value in dict.fromkeys(rows) if value]


def _written(said: Patient | None) -> dict[str, Any] | None:
    if said is None:
        return None
    return {
        "identifiers": [[i.value, i.authority, i.type, i.authority_oid] for i in said.identifiers],
        "name": said.name, "families": list(said.families), "given": [list(g) for g in said.given],
        "birth_date": said.birth_date, "sex": said.sex,
    }  # fmt: skip


def _read(said: dict[str, Any] | None) -> Patient | None:
    if said is None:
        return None
    return Patient(
        identifiers=tuple(Identifier(v, a, IdentifierType(t), oid) for v, a, t, oid in said["identifiers"]),
        name=said["name"], families=tuple(said["families"]), given=tuple(tuple(g) for g in said["given"]),
        birth_date=said["birth_date"], sex=said["sex"],
    )  # fmt: skip


def _alarm(row: sa.Row[Any]) -> AlarmRow:
    return AlarmRow(
        id=row.id,
        cause=AlarmCause(row.cause),
        person_id=PersonId(row.person_id),
        raised_at=row.raised_at,
        source=row.source,
        other_id=None if row.other_id is None else PersonId(row.other_id),
        study_uid=None if row.study_uid is None else StudyUID(row.study_uid),
        said=_read(row.said),
        decision=Decision(row.decision) if row.decision else None,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        reason=row.reason,
    )

"""Patients: one person, several identifiers, each of an authority (R-K)."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from appliance.domain import names
from appliance.domain.identifiers import PersonId
from appliance.domain.people import Identifier, IdentifierType, PatientTraits, Person
from appliance.store.tables import identifier, person, study

_SHOWN = person.c.merged_into.is_(None) & (
    person.c.heard_at.is_(None) | sa.exists().where(study.c.person_id == person.c.id)
)
"""Whom a search finds: the feed tells of everybody in the hospital, and most have no exam."""


class SqlPeople:
    """`appliance.usecases.ports.People`."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    def ensure(self, traits: PatientTraits) -> PersonId:
        """Return the person of this identifier and authority, made if new.

        An absent identifier says nothing: without one, only equal traits are one person. The traits of a known
        person are left alone: whether another name under the same identifier is a correction or another patient is
        not this room's to decide.
        """
        row = traits.identifier
        known = self._person_id(row) if row.value else self._unidentified(traits)
        if known is not None:
            return known
        values = {
            "name": traits.name,
            "family_key": family_key(traits.name),
            "birth_date": traits.birth_date,
            "sex": traits.sex,
        }
        made = self._c.execute(sa.insert(person).returning(person.c.id), values).scalar_one()
        if not row.value:
            return PersonId(made)
        self._c.execute(
            sa.insert(identifier),
            {
                "person_id": made,
                "value": row.value,
                "authority": row.authority,
                "type": row.type,
                "authority_oid": row.authority_oid,
            },
        )
        return PersonId(made)

    def by_id(self, person_id: PersonId) -> Person | None:
        """Return the person, or None."""
        found = self._people(person.c.id == person_id, 1)
        return found[0] if found else None

    def by_identifier(self, wanted: Identifier) -> Person | None:
        """Return the person who has it, or None."""
        known = self._person_id(wanted)
        return None if known is None else self.by_id(known)

    def by_value(self, value: str) -> Sequence[Person]:
        """Return whoever has this value, of any authority."""
        ids = sa.select(identifier.c.person_id).where(identifier.c.value == value)
        return self._people(person.c.id.in_(ids), 50)

    def by_name(self, folded_family: str, limit: int) -> Sequence[Person]:
        """Return people whose folded family name starts so."""
        mine = person.c.family_key.startswith(folded_family, autoescape=True)
        return self._people(mine & _SHOWN, limit)

    def by_birth(self, birth_date: str, limit: int) -> Sequence[Person]:
        """Return people born that day, eight digits."""
        return self._people((person.c.birth_date == birth_date) & _SHOWN, limit)

    def _person_id(self, wanted: Identifier) -> PersonId | None:
        where = sa.and_(
            identifier.c.value == wanted.value,
            identifier.c.authority == wanted.authority,
            identifier.c.type == wanted.type,
        )
        return self._c.execute(sa.select(identifier.c.person_id).where(where)).scalar()

    def _unidentified(self, traits: PatientTraits) -> PersonId | None:
        """Return who has these very traits and no identifier."""
        same = sa.and_(
            person.c.name == traits.name,
            person.c.birth_date == traits.birth_date,
            person.c.sex == traits.sex,
            ~sa.exists().where(identifier.c.person_id == person.c.id),
        )
        found = self._c.execute(sa.select(person.c.id).where(same).order_by(person.c.id)).scalar()
        return None if found is None else PersonId(found)

    def _people(self, where: sa.ColumnElement[bool], limit: int) -> list[Person]:
        rows = self._c.execute(
            sa.select(person).where(where).order_by(person.c.family_key, person.c.id).limit(limit)
        ).all()
        of = sa.select(identifier).where(identifier.c.person_id.in_([row.id for row in rows]))
        found = self._c.execute(of.order_by(identifier.c.id)).all()
        return [_person(row, [i for i in found if i.person_id == row.id]) for row in rows]


def family_key(name: str) -> str:
    """Return the folded family name of a PN, tokens joined by a space; empty when there is none."""
    return " ".join(names.fold(name.split("=")[0].split("^")[0]))[:256]


def _person(row: sa.Row[Any], rows: Sequence[sa.Row[Any]]) -> Person:
    found = tuple(Identifier(i.value, i.authority, IdentifierType(i.type), i.authority_oid) for i in rows)
    first = found[0] if found else Identifier("")
    traits = PatientTraits(first, row.name, row.birth_date, row.sex)
    return Person(row.id, traits, found)

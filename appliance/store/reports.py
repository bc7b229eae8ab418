"""Versions of reports, the exams they belong to, and who opened them."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from appliance.domain.identifiers import AccountId, StudyUID
from appliance.domain.people import Identifier, IdentifierType
from appliance.domain.reports import Place, Relation, Rendering, ReportState, Source
from appliance.store.rows import contains, page_of
from appliance.store.tables import document, document_read, document_study, instance, rejected
from appliance.usecases.ports import DocumentRow, Page

_READ = {
    "sqlite": sqlite.insert(document_read).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(document_read).on_conflict_do_nothing(),
}
_ORDER = (document.c.sequence_at.desc(), document.c.version.desc())


class SqlReports:
    """`appliance.usecases.ports.Reports`."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    def add(self, row: DocumentRow) -> int:
        """Return the id given; the number of the version is the next of its set."""
        values = _values(row) | {"version": self._last(row.set_id) + 1}
        made = int(self._c.execute(sa.insert(document).returning(document.c.id), values).scalar_one())
        self._link(made, row.studies)
        return made

    def by_id(self, document_id: int) -> DocumentRow | None:
        """Return the version, or None."""
        return self._one(document.c.id == document_id)

    def by_unique_id(self, unique_id: str) -> DocumentRow | None:
        """Return the newest version under an identity, or None."""
        return self._one(document.c.unique_id == unique_id)

    def of_set(self, set_id: str) -> Sequence[DocumentRow]:
        """Return the versions of a set, newest first."""
        return self._many(document.c.set_id == set_id)

    def of_studies(self, uids: Sequence[StudyUID]) -> Sequence[DocumentRow]:
        """Return every version attached to one of the exams, newest first, but those whose object was taken back."""
        ids = sa.select(document_study.c.document_id).where(document_study.c.study_uid.in_(uids))
        mine = sa.and_(document.c.id.in_(ids), document.c.place == Place.ATTACHED)
        taken_back = document.c.sop_uid.in_(sa.select(rejected.c.sop_uid))
        return self._many(sa.and_(mine, sa.not_(taken_back))) if uids else []

    def of_objects(self, uid: StudyUID) -> Sequence[DocumentRow]:
        """Return every version that came as a DICOM object of the exam, newest first."""
        objects = sa.select(instance.c.sop_uid).where(instance.c.study_uid == uid, instance.c.state == "document")
        return self._many(document.c.sop_uid.in_(objects))

    def join(self, old_set: str, new_set: str) -> None:
        """Put the versions of one set behind those of another, in their order."""
        last = self._last(new_set)
        where = document.c.set_id == old_set
        self._c.execute(sa.update(document).where(where).values(set_id=new_set, version=document.c.version + last))

    def place(self, row: DocumentRow, studies: Sequence[StudyUID]) -> None:
        """Write where a version lies."""
        values = {"place": row.place, "cause": row.cause, "wait_until": row.wait_until}
        self._c.execute(sa.update(document).where(document.c.id == row.id).values(values))
        self._c.execute(sa.delete(document_study).where(document_study.c.document_id == row.id))
        self._link(row.id, studies)

    def waiting(self, page: Page, query: str = "") -> tuple[Sequence[DocumentRow], int]:
        """Return the queue, oldest first; ``query`` looks in name, accession, title, sender."""
        statement = sa.select(document).where(document.c.place == Place.QUEUE).order_by(document.c.at, document.c.id)
        if query:
            fields = (document.c.patient_name, document.c.accession, document.c.title, document.c.sender)
            statement = statement.where(sa.or_(*(contains(field, query) for field in fields)))
        rows, total = page_of(self._c, statement, page)
        return self._filled(rows), total

    def waiting_for(self, study_uid: StudyUID, accession: str) -> Sequence[DocumentRow]:
        """Return the versions that wait for this exam, oldest first."""
        named = document.c.asked_study == study_uid
        if accession:
            named = sa.or_(named, document.c.accession == accession)
        return self._many(sa.and_(document.c.place == Place.WAITING, named))[::-1]

    def overdue(self, now: datetime, limit: int) -> Sequence[DocumentRow]:
        """Return versions that have waited long enough."""
        return self._many(sa.and_(document.c.place == Place.WAITING, document.c.wait_until <= now), limit)

    def to_render(self, renderer: int, limit: int) -> Sequence[int]:
        """Return versions with bytes that no renderer, or an older one, has made readable."""
        where = sa.and_(document.c.renderer < renderer, document.c.key != "")
        rows = self._c.execute(sa.select(document.c.id).where(where).order_by(document.c.id.desc()).limit(limit))
        return [int(row.id) for row in rows]

    def rendered(self, document_id: int, html_key: str, renderer: int, reason: str) -> None:
        """Say what became of the text."""
        state = Rendering.REFUSED if reason else Rendering.DONE
        values = {"html_key": html_key, "renderer": renderer, "reason": reason[:64], "rendering": state}
        self._c.execute(sa.update(document).where(document.c.id == document_id).values(values))

    def read_by(self, document_id: int, account_id: AccountId, at: datetime) -> bool:
        """Remember the first reading; False when there was one."""
        row = {"document_id": document_id, "account_id": account_id, "at": at}
        statement = _READ[self._c.dialect.name].execution_options(preserve_rowcount=True)
        return self._c.execute(statement, row).rowcount == 1

    def opened(self, account_id: AccountId, document_ids: Sequence[int]) -> frozenset[int]:
        """Return those of the versions that the account has opened."""
        mine = sa.and_(document_read.c.account_id == account_id, document_read.c.document_id.in_(document_ids))
        return frozenset(self._c.execute(sa.select(document_read.c.document_id).where(mine)).scalars())

    def readers(self, document_ids: Sequence[int]) -> Sequence[AccountId]:
        """Return who opened any of the versions."""
        where = document_read.c.document_id.in_(document_ids)
        found = self._c.execute(sa.select(document_read.c.account_id).where(where).distinct()).scalars()
        return sorted(AccountId(one) for one in found)

    def _last(self, set_id: str) -> int:
        most = sa.select(sa.func.max(document.c.version)).where(document.c.set_id == set_id)
        return int(self._c.execute(most).scalar() or 0)

    def _link(self, document_id: int, studies: Sequence[StudyUID]) -> None:
        rows = [{"document_id": document_id, "study_uid": uid} for uid in dict.fromkeys(studies)]
        if rows:
            self._c.execute(sa.insert(document_study), rows)

    def _one(self, where: sa.ColumnElement[bool]) -> DocumentRow | None:
        return next(iter(self._many(where, 1)), None)

    def _many(self, where: sa.ColumnElement[bool], limit: int | None = None) -> list[DocumentRow]:
        return self._filled(self._c.execute(sa.select(document).where(where).order_by(*_ORDER).limit(limit)).all())

    def _filled(self, rows: Sequence[sa.Row[Any]]) -> list[DocumentRow]:
        ids = [row.id for row in rows]
        links = self._c.execute(sa.select(document_study).where(document_study.c.document_id.in_(ids))).all()
        studies: dict[int, list[StudyUID]] = {}
        for link in links:
            studies.setdefault(link.document_id, []).append(StudyUID(link.study_uid))
        return [_row(row._asdict(), tuple(sorted(studies.get(row.id, ())))) for row in rows]


def _values(row: DocumentRow) -> dict[str, Any]:
    values = {name: value for name, value in asdict(row).items() if name not in ("id", "studies")}
    values["patients"] = [
        {"value": one.value, "authority": one.authority, "type": one.type, "oid": one.authority_oid}
        for one in row.patients
    ]
    return values


def _row(row: dict[str, Any], studies: tuple[StudyUID, ...]) -> DocumentRow:
    known = dict(row)
    known["patients"] = tuple(
        Identifier(one["value"], one["authority"], IdentifierType(one["type"]), one["oid"]) for one in row["patients"]
    )
    closed = {"relation": Relation, "state": ReportState, "source": Source, "place": Place, "rendering": Rendering}
    known |= {name: kind(row[name]) for name, kind in closed.items()}
    return DocumentRow(**known, studies=studies)

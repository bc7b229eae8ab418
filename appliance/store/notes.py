"""Notes on exams with all their versions."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from appliance.domain.identifiers import AccountId, ShareId, StudyUID
from appliance.domain.notes import Note, Scope
from appliance.store.tables import note, note_share, note_version, study_grant

_FIRST = note_version.alias("first")
_CURRENT = sa.and_(note_version.c.note_id == note.c.id, note_version.c.version == note.c.version)
_NOTES = sa.select(
    note, note_version.c.scope, note_version.c.text, note_version.c.at, _FIRST.c.at.label("written_at")
).select_from(
    note.join(note_version, _CURRENT).join(_FIRST, sa.and_(_FIRST.c.note_id == note.c.id, _FIRST.c.version == 1))
)
_HELD = sa.exists().where(study_grant.c.account_id == note.c.account_id, study_grant.c.study_uid == note.c.study_uid)


class SqlNotes:
    """`appliance.usecases.ports.Notes`."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    def add(self, row: Note) -> int:
        """Return the id given."""
        values = {"study_uid": row.study_uid, "account_id": row.author_id, "author": row.author}
        made = int(self._c.execute(sa.insert(note).returning(note.c.id), values).scalar_one())
        self._version(made, row, row.written_at)
        return made

    def by_id(self, note_id: int) -> Note | None:
        """Return the note, deleted or not, or None."""
        return next(iter(self._many(_NOTES.where(note.c.id == note_id))), None)

    def of_studies(self, uids: Sequence[StudyUID]) -> Sequence[Note]:
        """Return the notes of these exams that are not deleted, oldest first."""
        return self._many(_NOTES.where(note.c.study_uid.in_(uids), note.c.deleted_at.is_(None)))

    def revise(self, row: Note, at: datetime) -> None:
        """Add the version that the note now reads as."""
        self._c.execute(sa.update(note).where(note.c.id == row.id).values(version=row.version))
        self._c.execute(sa.delete(note_share).where(note_share.c.note_id == row.id))
        self._version(row.id, row, at)

    def delete(self, note_id: int, at: datetime) -> None:
        """Mark it as deleted."""
        self._c.execute(sa.update(note).where(note.c.id == note_id).values(deleted_at=at))

    def left_over(self, limit: int) -> Sequence[Note]:
        """Return notes, deleted or not, whose author holds no grant of the exam any more, living or over."""
        return self._many(_NOTES.where(~_HELD).limit(limit))

    def forget(self, ids: Sequence[int]) -> None:
        """Drop notes with their versions."""
        for one in (note_share, note_version):
            self._c.execute(sa.delete(one).where(one.c.note_id.in_(ids)))
        self._c.execute(sa.delete(note).where(note.c.id.in_(ids)))

    def _version(self, note_id: int, row: Note, at: datetime) -> None:
        values = {"note_id": note_id, "version": row.version, "scope": row.scope, "text": row.text, "at": at}
        self._c.execute(sa.insert(note_version), values)
        if row.shares:
            self._c.execute(sa.insert(note_share), [{"note_id": note_id, "share_id": one} for one in row.shares])

    def _many(self, statement: sa.Select[Any]) -> list[Note]:
        rows = self._c.execute(statement.order_by(note.c.id)).all()
        shares: dict[int, set[ShareId]] = defaultdict(set)
        mine = sa.select(note_share).where(note_share.c.note_id.in_([row.id for row in rows]))
        for one in self._c.execute(mine):
            shares[one.note_id].add(ShareId(one.share_id))
        return [
            Note(
                row.id, StudyUID(row.study_uid), AccountId(row.account_id), row.author, Scope(row.scope), row.text,
                row.written_at, row.version, row.at if row.version > 1 else None, row.deleted_at,
                frozenset(shares[row.id]),
            )
            for row in rows
        ]  # fmt: skip

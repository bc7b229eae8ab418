"""Notes on exams, and what physicians did on exams."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from appliance.domain.identifiers import AccountId, StudyUID
from appliance.domain.kept_work import Work as Done
from appliance.domain.notes import Note


class Notes(Protocol):
    """Notes; deleted ones too, and every version stays."""

    def add(self, note: Note) -> int:
        """Return the id given."""
        ...

    def by_id(self, note_id: int) -> Note | None: ...
    def of_studies(self, uids: Sequence[StudyUID]) -> Sequence[Note]:
        """Return the notes of these exams that are not deleted, oldest first."""
        ...

    def revise(self, note: Note, at: datetime) -> None:
        """Add the version that the note now reads as."""
        ...

    def delete(self, note_id: int, at: datetime) -> None:
        """Mark it as deleted."""
        ...

    def left_over(self, limit: int) -> Sequence[Note]:
        """Return notes, deleted or not, whose author holds no grant of the exam any more, living or over."""
        ...

    def forget(self, ids: Sequence[int]) -> None:
        """Drop notes with their versions."""
        ...


class KeptWork(Protocol):
    """Work by account and exam."""

    def of(self, account_id: AccountId, uid: StudyUID) -> Done:
        """Return it; nothing at revision 0 where there is none."""
        ...

    def keep(self, account_id: AccountId, uid: StudyUID, work: Done, at: datetime) -> None: ...
    def forget_left_over(self) -> int:
        """Drop the work of who holds no grant of the exam any more; return of how many."""
        ...

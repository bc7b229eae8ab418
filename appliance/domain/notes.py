"""Notes of physicians on an exam: what may be written, and who may read it.

A note is private unless its author says otherwise. « Code » means whoever holds one of the codes that opened the exam
to its author when he wrote; « hospital » means the staff of the desk, and no colleague.
"""

import json
import unicodedata
from collections.abc import Set
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from appliance.domain.errors import Malformed
from appliance.domain.identifiers import AccountId, ShareId, StudyUID
from appliance.domain.people import PatientTraits

MOST_CHARACTERS = 2000
MOST_NOTES = 200
"""Of one author on one exam."""
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Make a line read otherwise than it is written."""


class Scope(StrEnum):
    """Whom a note is for."""

    PRIVATE = "private"
    CODE = "code"
    HOSPITAL = "hospital"


@dataclass(frozen=True, slots=True)
class Note:
    """A note as it reads now. ``version`` counts from 1; ``shares`` are the codes that a note for them is for."""

    id: int
    study_uid: StudyUID
    author_id: AccountId
    author: str
    scope: Scope
    text: str
    written_at: datetime
    version: int = 1
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    shares: frozenset[ShareId] = field(default=frozenset())


@dataclass(frozen=True, slots=True)
class Draft:
    """What is about to be written, and for whom."""

    text: str
    scope: Scope = Scope.PRIVATE


def text_of(typed: str) -> str:
    """Return the text as it is kept: lines stay, characters that draw nothing or turn the writing round go.

    Raises
    ------
    Malformed
        ``note_text`` when nothing is left, ``note_long``.
    """
    lines = typed.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    text = "".join(c for c in lines if c == "\n" or not _is_hidden(c)).strip()
    if not text:
        raise Malformed("note_text")
    if len(text) > MOST_CHARACTERS:
        raise Malformed("note_long", most=MOST_CHARACTERS)
    return text


def draft_of(typed: str, scope: str) -> Draft:
    """Return what a form holds; raises as `text_of`, and `Malformed` ``note_text`` for a scope that is none."""
    try:
        return Draft(text_of(typed), Scope(scope))
    except ValueError as exc:
        raise Malformed("note_text") from exc


def may_read(note: Note, reader: AccountId, shares: Set[ShareId]) -> bool:
    """Whether a physician to whom the exam is open, by these shares now, may read the note."""
    if note.deleted_at is not None:
        return False
    if note.author_id == reader:
        return True
    return note.scope is Scope.CODE and bool(note.shares & shares)


def is_for_the_hospital(note: Note) -> bool:
    """Whether the staff of the desk may read the note, and the hospital keeps it."""
    return note.deleted_at is None and note.scope is Scope.HOSPITAL


def exported(note: Note, traits: PatientTraits | None, day: date | None) -> bytes:
    """Return a note as the file, JSON, that goes into the patient's record: whose it is, of which exam, by whom."""
    patient = {"id": traits.identifier.value, "issuer": traits.identifier.authority, "name": traits.name,
               "birth_date": traits.birth_date} if traits else None  # fmt: skip
    told = {
        "patient": patient, "study_uid": note.study_uid, "study_date": day.isoformat() if day else None,
        "author": note.author, "written_at": note.written_at.isoformat(),
        "edited_at": note.edited_at.isoformat() if note.edited_at else None, "text": note.text,
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def _is_hidden(character: str) -> bool:
    return character in _TURNS or unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn")

"""Notes on exams, every version of them, and what physicians did on exams."""

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Integer, Table, Text

from appliance.store.tables.columns import metadata, text, uid, when, word
from appliance.store.types import Key

note = Table(
    "note",
    metadata,
    Column("id", Key, primary_key=True),
    uid("study_uid", ForeignKey("study.uid")),
    Column("account_id", Key, ForeignKey("account.id"), nullable=False),
    word("author", 256),
    Column("version", Integer, nullable=False, server_default="1"),
    when("deleted_at"),
    sa.Index("ix_note_study", "study_uid"),
    sa.Index("ix_note_account", "account_id"),
)
"""``version`` is the one that is read; ``author`` is the name that stood there when it was written."""

note_version = Table(
    "note_version",
    metadata,
    Column("note_id", Key, ForeignKey("note.id"), primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    text("scope", 8),
    text("text", 2000),
    when("at", nullable=False),
)
"""Nothing of a note is overwritten."""

note_share = Table(
    "note_share",
    metadata,
    Column("note_id", Key, ForeignKey("note.id"), primary_key=True, autoincrement=False),
    Column("share_id", Text, ForeignKey("share.id"), primary_key=True),
    sa.Index("ix_note_share_share", "share_id"),
)
"""The codes whose holders a note is for."""

kept_work = Table(
    "kept_work",
    metadata,
    Column("account_id", Key, ForeignKey("account.id"), primary_key=True, autoincrement=False),
    uid("study_uid", ForeignKey("study.uid"), primary_key=True),
    Column("revision", Integer, nullable=False),
    text("body", 262144),
    when("at", nullable=False),
    sa.Index("ix_kept_work_study", "study_uid"),
)
"""Marks, starred images, windows and layout of one physician on one exam; JSON of `appliance.domain.kept_work`."""

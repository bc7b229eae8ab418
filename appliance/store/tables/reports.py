"""Reports: versions, what exams they are of, who read them."""

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, Table

from appliance.store.tables.columns import count, flag, metadata, text, uid, when, word
from appliance.store.types import Key

document = Table(
    "document",
    metadata,
    Column("id", Key, primary_key=True),
    text("unique_id", 256),
    text("set_id", 256, index=True),
    Column("version", Integer, nullable=False, server_default="1"),
    word("relation", 8),
    word("parent_id", 256),
    text("state", 16),
    word("title", 256),
    word("author", 256),
    word("author_facility", 256),
    word("mime", 128),
    Column("sha256", LargeBinary, nullable=False),
    word("key", 512),
    text("source", 8),
    word("sender", 256),
    word("sop_uid", 64),
    flag("important"),
    when("sequence_at", nullable=False),
    when("stated_at"),
    text("place", 16),
    word("cause", 32),
    when("wait_until"),
    word("asked_study", 64),
    word("accession", 64),
    word("accession_issuer", 256),
    Column("patients", sa.JSON, nullable=False),
    word("patient_name", 1024),
    word("birth_date", 8),
    word("sex", 16),
    text("rendering", 8),
    word("reason", 64),
    word("html_key", 512),
    count("renderer"),
    when("at", nullable=False),
    sa.UniqueConstraint("set_id", "version"),
    sa.UniqueConstraint("unique_id", "sha256", "state", "sequence_at"),
    sa.Index("ix_document_place", "place", "wait_until"),
    sa.Index("ix_document_sop_uid", "sop_uid"),
)
"""One version of a report. ``sequence_at`` orders versions, ``stated_at`` is the date that is shown."""

document_study = Table(
    "document_study",
    metadata,
    Column("document_id", Key, ForeignKey("document.id"), primary_key=True, autoincrement=False),
    uid("study_uid", ForeignKey("study.uid"), primary_key=True),
    sa.Index("ix_document_study_study", "study_uid"),
)

document_read = Table(
    "document_read",
    metadata,
    Column("document_id", Key, ForeignKey("document.id"), primary_key=True, autoincrement=False),
    Column("account_id", Key, ForeignKey("account.id"), primary_key=True, autoincrement=False),
    when("at", nullable=False),
    sa.Index("ix_document_read_account", "account_id"),
)
"""Who opened which version, the first time: the receipt of an important result, and who hears of a correction."""

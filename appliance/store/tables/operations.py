"""Work, journal, messages."""

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, Table, Text

from appliance.store.tables.columns import count, metadata, text, when, word
from appliance.store.types import Key

job = Table(
    "job",
    metadata,
    Column("id", Key, primary_key=True),
    text("kind", 16),
    text("subject", 128),
    Column("payload", sa.JSON, nullable=False),
    text("state", 16),
    count("priority"),
    when("due", nullable=False),
    when("created", nullable=False),
    when("deadline"),
    when("lease_until"),
    word("holder", 128),
    count("attempts"),
    Column("max_attempts", Integer, nullable=False),
    count("done"),
    count("total"),
    word("error", 256),
    Column("result", sa.JSON(none_as_null=True)),
    when("ended"),
    sa.Index("ix_job_ready", "state", "priority", "due"),
    sa.Index("ix_job_subject", "kind", "subject"),
)

journal = Table(
    "journal",
    metadata,
    Column("number", Key, primary_key=True, autoincrement=False),
    when("at", nullable=False),
    text("family", 16),
    word("actor", 256),
    word("subject", 128),
    Column("body", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    sa.Index("ix_journal_family", "family"),
    sa.Index("ix_journal_actor", "actor", "number"),
    sa.Index("ix_journal_subject", "subject"),
)

journal_head = Table(
    "journal_head",
    metadata,
    Column("one", Integer, sa.CheckConstraint("one = 1", name="one"), primary_key=True, autoincrement=False),
    Column("number", Key, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)

journal_anchor = Table(
    "journal_anchor",
    metadata,
    Column("last", Key, primary_key=True, autoincrement=False),
    Column("first", Key, nullable=False),
    when("first_at", nullable=False),
    when("last_at", nullable=False),
    Column("before", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    when("sealed_at", nullable=False),
    Column("signature", LargeBinary, nullable=False),
)

journal_purge = Table(
    "journal_purge",
    metadata,
    Column("last", Key, ForeignKey("journal_anchor.last"), primary_key=True, autoincrement=False),
    when("at", nullable=False),
)
"""Which segments went: writing a row takes their records away (`store.guards`)."""

outbox = Table(
    "outbox",
    metadata,
    Column("id", Key, primary_key=True),
    text("channel", 8),
    text("recipient", 254),
    word("subject", 256),
    word("text", 65536),
    text("state", 16),
    count("attempts"),
    when("created", nullable=False),
    when("due", nullable=False),
    when("sent_at"),
    word("error", 256),
    sa.Index("ix_outbox_due", "state", "due"),
)

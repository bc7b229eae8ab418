"""Sessions, codes sent, failures."""

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, LargeBinary, Table

from appliance.store.tables.columns import count, metadata, text, uid, when, word
from appliance.store.types import Key

session = Table(
    "session",
    metadata,
    Column("id", Key, primary_key=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("account_id", Key, ForeignKey("account.id"), index=True),
    Column("staff_id", Key, ForeignKey("staff.id")),
    text("csrf", 64),
    text("means", 32),
    word("address", 64),
    when("created_at", nullable=False),
    when("gesture_at", nullable=False),
    when("until", nullable=False),
    when("ended_at"),
    word("end_cause", 32),
    word("notes", 4096),
    word("user_agent", 256),
)

session_view = Table(
    "session_view",
    metadata,
    Column("session_id", Key, ForeignKey("session.id"), primary_key=True),
    uid("study_uid", primary_key=True),
    when("at", nullable=False),
)
"""A view is journaled once a session and study; this row says that it is done."""

otp = Table(
    "otp",
    metadata,
    Column("id", Key, primary_key=True),
    Column("pending_hash", LargeBinary, nullable=False, unique=True),
    Column("account_id", Key, ForeignKey("account.id"), index=True),
    Column("staff_id", Key, ForeignKey("staff.id")),
    word("channel", 8),
    Column("code_hash", LargeBinary, nullable=False),
    when("sent_at", nullable=False),
    count("tries"),
    when("used_at"),
    when("replaced_at"),
)

failure = Table(
    "failure",
    metadata,
    Column("id", Key, primary_key=True),
    text("kind", 32),
    text("key", 128),
    when("at", nullable=False),
    sa.Index("ix_failure_key", "kind", "key", "at"),
)

"""Patients, what the hospital's feed says of them, facilities and nodes (R-K: a person is not an identifier)."""

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, Table, Text

from appliance.store.tables.columns import flag, metadata, text, uid, when, word
from appliance.store.types import Key

person = Table(
    "person",
    metadata,
    Column("id", Key, primary_key=True),
    text("name", 1024),
    text("family_key", 256),
    word("birth_date", 8),
    word("sex", 16),
    when("heard_at"),
    Column("heard_sequence", sa.BigInteger, nullable=False, server_default="0"),
    Column("merged_into", Key),
    sa.Index("ix_person_family", "family_key"),
    sa.Index("ix_person_birth", "birth_date"),
)

identifier = Table(
    "identifier",
    metadata,
    Column("id", Key, primary_key=True),
    Column("person_id", Key, ForeignKey("person.id"), nullable=False, index=True),
    text("value", 64),
    word("authority", 256),
    word("authority_oid", 64),
    word("oid_type", 16),
    text("type", 16),
    word("status", 16),
    when("valid_from"),
    when("valid_to"),
    sa.UniqueConstraint("value", "authority", "type"),
)

person_trait = Table(
    "person_trait",
    metadata,
    Column("id", Key, primary_key=True),
    Column("person_id", Key, ForeignKey("person.id"), nullable=False, index=True),
    text("kind", 8),
    text("value", 512),
)
"""What the hospital's feed said last: ``given`` and ``family`` names, folded, and dates of ``birth``."""

person_link = Table(
    "person_link",
    metadata,
    Column("one_id", Key, ForeignKey("person.id"), primary_key=True),
    Column("other_id", Key, ForeignKey("person.id"), primary_key=True),
    flag("linked"),
    when("said_at", nullable=False),
    Column("sequence", sa.BigInteger, nullable=False, server_default="0"),
)
"""Two records said to be one person without being merged; the lower number comes first."""

identity_alarm = Table(
    "identity_alarm",
    metadata,
    Column("id", Key, primary_key=True),
    text("cause", 16),
    Column("person_id", Key, ForeignKey("person.id"), nullable=False, index=True),
    Column("other_id", Key, ForeignKey("person.id")),
    uid("study_uid", nullable=True),
    Column("said", sa.JSON(none_as_null=True)),
    word("source", 512),
    when("raised_at", nullable=False),
    word("decision", 16),
    when("decided_at", index=True),
    word("decided_by", 256),
    word("reason", 512),
)

hl7_message = Table(
    "hl7_message",
    metadata,
    Column("id", Key, primary_key=True),
    text("sender", 227),
    text("control_id", 199),
    word("kind", 8),
    word("event", 8),
    when("said_at", nullable=False),
    when("received_at", nullable=False, index=True),
    text("state", 16, index=True),
    word("cause", 64),
    word("peer", 64),
    Column("body", LargeBinary, nullable=False),
    sa.UniqueConstraint("sender", "control_id"),
)
"""That a message was taken; its body only while it is rejected."""

facility = Table(
    "facility",
    metadata,
    Column("id", Key, primary_key=True),
    text("name", 256, unique=True),
    word("finess_ej", 16),
    word("finess_et", 16),
    word("oid", 64),
)

node = Table(
    "node",
    metadata,
    Column("name", Text, primary_key=True),
    text("aet", 16),
    text("host", 253),
    Column("port", Integer, nullable=False),
    text("method", 8),
    flag("tls"),
    text("our_aet", 16),
    word("charset", 64),
    word("issuer", 256),
    word("facility", 256),
    Column("pn_limit", Integer, nullable=False, server_default="64"),
    word("allowed_senders", 1024),
    word("url", 1024),
    word("credentials", 4096),
    flag("supports_issuer"),
    flag("required_keys_only"),
    when("last_answer"),
    when("unreachable_since"),
)

"""Exams, their objects, and what was deposited and sent of them."""

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, ForeignKey, Integer, LargeBinary, Table

from appliance.store.tables.columns import count, metadata, text, uid, when, word
from appliance.store.types import Day, Key

study = Table(
    "study",
    metadata,
    uid("uid", primary_key=True),
    Column("person_id", Key, ForeignKey("person.id"), nullable=False, index=True),
    text("patient_id", 64),
    word("issuer", 256),
    text("patient_name", 1024),
    word("birth_date", 8),
    word("sex", 16),
    Column("date", Day),
    word("time", 16),
    word("description", 1024),
    word("modalities", 256),
    word("accession", 64),
    word("accession_issuer", 256),
    word("facility", 256),
    word("node", 64),
    Column("expected", Integer),
    Column("complete", Boolean),
    when("requested_at"),
    when("unreachable_since"),
    when("withdrawn_at"),
    word("identity_alarm", 64),
    when("arrived_at"),
    when("asked_at"),
    when("released_at"),
    sa.Index("ix_study_accession", "accession"),
)

series = Table(
    "series",
    metadata,
    uid("uid", primary_key=True),
    uid("study_uid", ForeignKey("study.uid"), index=True),
    Column("number", Integer),
    word("modality", 16),
    word("description", 1024),
    word("body_part", 64),
)

instance = Table(
    "instance",
    metadata,
    uid("sop_uid", primary_key=True),
    uid("sop_class"),
    uid("transfer_syntax"),
    uid("series_uid", ForeignKey("series.uid"), index=True),
    uid("study_uid", ForeignKey("study.uid"), index=True),
    Column("number", Integer),
    text("key", 512),
    Column("size_bytes", sa.BigInteger, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("pixels_sha256", LargeBinary, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    text("state", 16),
    word("reason", 64),
    Column("frames", Integer, nullable=False, server_default="1"),
    count("rows"),
    count("columns"),
    word("frames_key", 512),
    Column("frame_offsets", LargeBinary, nullable=False, server_default=""),
    word("native_key", 512),
    Column("native_frame_bytes", sa.BigInteger, nullable=False, server_default="0"),
    when("received_at", nullable=False),
    sa.Index("ix_instance_state", "state"),
    sa.Index("ix_instance_key", "key"),
)

rejected = Table(
    "rejected",
    metadata,
    uid("sop_uid", primary_key=True),
    uid("study_uid", index=True),
    text("code", 16),
    when("at", nullable=False),
)
"""Objects that a rejection note takes back; the note may come before them."""

superseded = Table(
    "superseded",
    metadata,
    Column("id", Key, primary_key=True),
    uid("sop_uid", index=True),
    Column("version", Integer, nullable=False),
    text("key", 512),
    text("why", 32),
    Column("sha256", LargeBinary, nullable=False),
    word("calling_aet", 16),
    when("at", nullable=False),
)
"""Older versions (``corrected``) and other contents under a known UID (``conflict``), kept aside."""

deposited = Table(
    "deposited",
    metadata,
    uid("sop_uid", primary_key=True),
    uid("study_uid", index=True),
    when("at", nullable=False),
    when("proven_at"),
    word("proven_by", 64),
    word("proof", 16),
)
"""Objects that were handed in and are in no PACS until it is proven."""

sending = Table(
    "sending",
    metadata,
    Column("id", Key, primary_key=True),
    uid("study_uid", ForeignKey("study.uid"), index=True),
    text("node", 64),
    when("asked_at", nullable=False),
    Column("account_id", Key, index=True),
)
"""``account_id``: of the physician whose measures they are; none of a deposit."""

sent_object = Table(
    "sent_object",
    metadata,
    Column("sending_id", Key, ForeignKey("sending.id"), primary_key=True, autoincrement=False),
    uid("sop_uid", primary_key=True),
    uid("sop_class"),
    Column("version", Integer, nullable=False),
    text("state", 16),
    word("cause", 64),
    word("detail", 64),
    Column("key", sa.Text, server_default="", nullable=False),
)
"""``version`` is that of the instance when the sending was asked for: another one is not proven by it.

``key``: where an object lies that was made here and is no instance.
"""

commitment = Table(
    "commitment",
    metadata,
    uid("uid", primary_key=True),
    Column("sending_id", Key, ForeignKey("sending.id"), nullable=False, index=True),
    Column("objects", sa.JSON, nullable=False),
    when("asked_at", nullable=False),
    when("accepted_at"),
    when("ended_at"),
    word("ending", 16),
)
"""Storage commitments by Transaction UID; ``objects`` are SOP Instance UIDs."""

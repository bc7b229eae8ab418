"""Every table. Lengths are CHECKed: SQLite has no lengths of its own."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, ForeignKey, Integer, LargeBinary, Table, Text

from appliance.store.types import Day, Instant, Key

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _text(name: str, limit: int, **kw: Any) -> Column[str]:
    return Column(name, Text, sa.CheckConstraint(f"length({name}) <= {limit}", name=name), nullable=False, **kw)


def _word(name: str, limit: int = 64) -> Column[str]:
    return _text(name, limit, server_default="")


def _uid(name: str, *args: Any, **kw: Any) -> Column[str]:
    kw.setdefault("nullable", False)
    return Column(name, Text, *args, sa.CheckConstraint(f"length({name}) <= 64", name=name), **kw)


def _when(name: str, **kw: Any) -> Column[Any]:
    return Column(name, Instant, **kw)


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default="0")


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=sa.false())


# --- patients and facilities (R-K: a person is not an identifier) ---------------------------------

person = Table(
    "person",
    metadata,
    Column("id", Key, primary_key=True),
    _text("name", 1024),
    _text("family_key", 256),
    _word("birth_date", 8),
    _word("sex", 16),
    _when("heard_at"),
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
    _text("value", 64),
    _word("authority", 256),
    _word("authority_oid", 64),
    _word("oid_type", 16),
    _text("type", 16),
    _word("status", 16),
    _when("valid_from"),
    _when("valid_to"),
    sa.UniqueConstraint("value", "authority", "type"),
)

person_trait = Table(
    "person_trait",
    metadata,
    Column("id", Key, primary_key=True),
    Column("person_id", Key, ForeignKey("person.id"), nullable=False, index=True),
    _text("kind", 8),
    _text("value", 512),
)
"""What the hospital's feed said last: ``given`` and ``family`` names, folded, and dates of ``birth``."""

person_link = Table(
    "person_link",
    metadata,
    Column("one_id", Key, ForeignKey("person.id"), primary_key=True),
    Column("other_id", Key, ForeignKey("person.id"), primary_key=True),
    _flag("linked"),
    _when("said_at", nullable=False),
    Column("sequence", sa.BigInteger, nullable=False, server_default="0"),
)
"""Two records said to be one person without being merged; the lower number comes first."""

identity_alarm = Table(
    "identity_alarm",
    metadata,
    Column("id", Key, primary_key=True),
    _text("cause", 16),
    Column("person_id", Key, ForeignKey("person.id"), nullable=False, index=True),
    Column("other_id", Key, ForeignKey("person.id")),
    _uid("study_uid", nullable=True),
    Column("said", sa.JSON(none_as_null=True)),
    _word("source", 512),
    _when("raised_at", nullable=False),
    _word("decision", 16),
    _when("decided_at", index=True),
    _word("decided_by", 256),
    _word("reason", 512),
)

hl7_message = Table(
    "hl7_message",
    metadata,
    Column("id", Key, primary_key=True),
    _text("sender", 227),
    _text("control_id", 199),
    _word("kind", 8),
    _word("event", 8),
    _when("said_at", nullable=False),
    _when("received_at", nullable=False, index=True),
    _text("state", 16, index=True),
    _word("cause", 64),
    _word("peer", 64),
    Column("body", LargeBinary, nullable=False),
    sa.UniqueConstraint("sender", "control_id"),
)
"""That a message was taken; its body only while it is rejected."""

facility = Table(
    "facility",
    metadata,
    Column("id", Key, primary_key=True),
    _text("name", 256, unique=True),
    _word("finess_ej", 16),
    _word("finess_et", 16),
    _word("oid", 64),
)

node = Table(
    "node",
    metadata,
    Column("name", Text, primary_key=True),
    _text("aet", 16),
    _text("host", 253),
    Column("port", Integer, nullable=False),
    _text("method", 8),
    _flag("tls"),
    _text("our_aet", 16),
    _word("charset", 64),
    _word("issuer", 256),
    _word("facility", 256),
    Column("pn_limit", Integer, nullable=False, server_default="64"),
    _word("allowed_senders", 1024),
    _word("url", 1024),
    _word("credentials", 4096),
    _flag("supports_issuer"),
    _flag("required_keys_only"),
    _when("last_answer"),
    _when("unreachable_since"),
)

# --- exams ----------------------------------------------------------------------------------------

study = Table(
    "study",
    metadata,
    _uid("uid", primary_key=True),
    Column("person_id", Key, ForeignKey("person.id"), nullable=False, index=True),
    _text("patient_id", 64),
    _word("issuer", 256),
    _text("patient_name", 1024),
    _word("birth_date", 8),
    _word("sex", 16),
    Column("date", Day),
    _word("time", 16),
    _word("description", 1024),
    _word("modalities", 256),
    _word("accession", 64),
    _word("accession_issuer", 256),
    _word("facility", 256),
    _word("node", 64),
    Column("expected", Integer),
    Column("complete", Boolean),
    _when("requested_at"),
    _when("unreachable_since"),
    _when("withdrawn_at"),
    _word("identity_alarm", 64),
    _when("arrived_at"),
    _when("asked_at"),
    _when("released_at"),
    sa.Index("ix_study_accession", "accession"),
)

series = Table(
    "series",
    metadata,
    _uid("uid", primary_key=True),
    _uid("study_uid", ForeignKey("study.uid"), index=True),
    Column("number", Integer),
    _word("modality", 16),
    _word("description", 1024),
    _word("body_part", 64),
)

instance = Table(
    "instance",
    metadata,
    _uid("sop_uid", primary_key=True),
    _uid("sop_class"),
    _uid("transfer_syntax"),
    _uid("series_uid", ForeignKey("series.uid"), index=True),
    _uid("study_uid", ForeignKey("study.uid"), index=True),
    Column("number", Integer),
    _text("key", 512),
    Column("size_bytes", sa.BigInteger, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("pixels_sha256", LargeBinary, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    _text("state", 16),
    _word("reason", 64),
    Column("frames", Integer, nullable=False, server_default="1"),
    _count("rows"),
    _count("columns"),
    _word("frames_key", 512),
    Column("frame_offsets", LargeBinary, nullable=False, server_default=""),
    _word("native_key", 512),
    Column("native_frame_bytes", sa.BigInteger, nullable=False, server_default="0"),
    _when("received_at", nullable=False),
    sa.Index("ix_instance_state", "state"),
    sa.Index("ix_instance_key", "key"),
)

rejected = Table(
    "rejected",
    metadata,
    _uid("sop_uid", primary_key=True),
    _uid("study_uid", index=True),
    _text("code", 16),
    _when("at", nullable=False),
)
"""Objects that a rejection note takes back; the note may come before them."""

superseded = Table(
    "superseded",
    metadata,
    Column("id", Key, primary_key=True),
    _uid("sop_uid", index=True),
    Column("version", Integer, nullable=False),
    _text("key", 512),
    _text("why", 32),
    Column("sha256", LargeBinary, nullable=False),
    _word("calling_aet", 16),
    _when("at", nullable=False),
)
"""Older versions (``corrected``) and other contents under a known UID (``conflict``), kept aside."""

deposited = Table(
    "deposited",
    metadata,
    _uid("sop_uid", primary_key=True),
    _uid("study_uid", index=True),
    _when("at", nullable=False),
    _when("proven_at"),
    _word("proven_by", 64),
    _word("proof", 16),
)
"""Objects that were handed in and are in no PACS until it is proven."""

sending = Table(
    "sending",
    metadata,
    Column("id", Key, primary_key=True),
    _uid("study_uid", ForeignKey("study.uid"), index=True),
    _text("node", 64),
    _when("asked_at", nullable=False),
)

sent_object = Table(
    "sent_object",
    metadata,
    Column("sending_id", Key, ForeignKey("sending.id"), primary_key=True, autoincrement=False),
    _uid("sop_uid", primary_key=True),
    _uid("sop_class"),
    Column("version", Integer, nullable=False),
    _text("state", 16),
    _word("cause", 64),
    _word("detail", 64),
)
"""``version`` is that of the instance when the sending was asked for: another one is not proven by it."""

commitment = Table(
    "commitment",
    metadata,
    _uid("uid", primary_key=True),
    Column("sending_id", Key, ForeignKey("sending.id"), nullable=False, index=True),
    Column("objects", sa.JSON, nullable=False),
    _when("asked_at", nullable=False),
    _when("accepted_at"),
    _when("ended_at"),
    _word("ending", 16),
)
"""Storage commitments by Transaction UID; ``objects`` are SOP Instance UIDs."""

document = Table(
    "document",
    metadata,
    Column("id", Key, primary_key=True),
    _text("unique_id", 256),
    _text("set_id", 256, index=True),
    Column("version", Integer, nullable=False, server_default="1"),
    _word("relation", 8),
    _word("parent_id", 256),
    _text("state", 16),
    _word("title", 256),
    _word("author", 256),
    _word("author_facility", 256),
    _word("mime", 128),
    Column("sha256", LargeBinary, nullable=False),
    _word("key", 512),
    _text("source", 8),
    _word("sender", 256),
    _word("sop_uid", 64),
    _flag("important"),
    _when("sequence_at", nullable=False),
    _when("stated_at"),
    _text("place", 16),
    _word("cause", 32),
    _when("wait_until"),
    _word("asked_study", 64),
    _word("accession", 64),
    _word("accession_issuer", 256),
    Column("patients", sa.JSON, nullable=False),
    _word("patient_name", 1024),
    _word("birth_date", 8),
    _word("sex", 16),
    _text("rendering", 8),
    _word("reason", 64),
    _word("html_key", 512),
    _count("renderer"),
    _when("at", nullable=False),
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
    _uid("study_uid", ForeignKey("study.uid"), primary_key=True),
    sa.Index("ix_document_study_study", "study_uid"),
)

document_read = Table(
    "document_read",
    metadata,
    Column("document_id", Key, ForeignKey("document.id"), primary_key=True, autoincrement=False),
    Column("account_id", Key, ForeignKey("account.id"), primary_key=True, autoincrement=False),
    _when("at", nullable=False),
    sa.Index("ix_document_read_account", "account_id"),
)
"""Who opened which version, the first time: the receipt of an important result, and who hears of a correction."""

# --- shares and grants ----------------------------------------------------------------------------

share = Table(
    "share",
    metadata,
    Column("id", Text, primary_key=True),
    Column("lookup", LargeBinary, nullable=False, unique=True),
    Column("cipher", LargeBinary, nullable=False),
    Column("person_id", Key, ForeignKey("person.id"), nullable=False, index=True),
    _word("facility", 256),
    _text("issued_by", 256),
    _when("issued_at", nullable=False),
    _when("not_before", nullable=False),
    _when("expires_at", nullable=False),
    _when("blocked_at"),
    _word("blocked_cause", 32),
    _when("revoked_at"),
    _word("revoked_by", 256),
    _word("revoked_cause", 256),
    _word("comment", 512),
    Column("max_redeemers", Integer, nullable=False),
    _flag("downloads"),
    sa.Index("ix_share_issued", "issued_at"),
)

share_trait = Table(
    "share_trait",
    metadata,
    Column("id", Key, primary_key=True),
    Column("share_id", Text, ForeignKey("share.id"), nullable=False, index=True),
    _text("kind", 8),
    _text("value", 512),
    _text("source", 8),
    _flag("truncated"),
)

share_study = Table(
    "share_study",
    metadata,
    Column("share_id", Text, ForeignKey("share.id"), primary_key=True),
    _uid("study_uid", ForeignKey("study.uid"), primary_key=True),
)

redemption = Table(
    "redemption",
    metadata,
    Column("share_id", Text, ForeignKey("share.id"), primary_key=True),
    Column("account_id", Key, ForeignKey("account.id"), primary_key=True),
    _when("at", nullable=False),
    sa.Index("ix_redemption_account", "account_id"),
)

study_grant = Table(
    "study_grant",
    metadata,
    Column("id", Key, primary_key=True),
    Column("account_id", Key, ForeignKey("account.id"), nullable=False),
    Column("person_id", Key, ForeignKey("person.id"), nullable=False),
    _uid("study_uid", ForeignKey("study.uid")),
    _text("origin", 16),
    Column("share_id", Text, ForeignKey("share.id")),
    _word("rights", 64),
    _when("valid_from", nullable=False),
    _when("valid_to"),
    sa.UniqueConstraint("account_id", "study_uid", "share_id"),
    sa.Index("ix_study_grant_study", "study_uid"),
)
"""``valid_to`` is empty when the grant lives as long as its share."""

# --- people who log in ----------------------------------------------------------------------------

account = Table(
    "account",
    metadata,
    Column("id", Key, primary_key=True),
    _text("email", 254),
    _text("given_name", 128),
    _text("family_name", 128),
    _word("organisation", 256),
    _word("phone", 32),
    _text("national_id", 32, unique=True),
    _word("profession", 8),
    _word("password_hash", 256),
    _flag("otp_enabled"),
    _when("disabled_at"),
    _when("created_at", nullable=False),
    _word("proof", 8),
    _when("proof_until"),
    _when("proof_checked_at"),
    _word("proof_status", 16),
    _when("last_psc_at"),
    _when("last_login_at"),
    Column("certificate", LargeBinary),
    _when("email_verified_at"),
    _when("email_bounced_at"),
    _when("phone_verified_at"),
    _word("totp_secret", 256),
    _count("totp_step"),
    _count("warned_days"),
    sa.Index(
        "ux_account_email",
        "email",
        unique=True,
        sqlite_where=sa.text("email <> ''"),
        postgresql_where=sa.text("email <> ''"),
    ),
)
"""A physician who came by card has no address yet: only addresses that are there are unique."""

staff = Table(
    "staff",
    metadata,
    Column("id", Key, primary_key=True),
    _text("login", 64, unique=True),
    _text("name", 128),
    _text("role", 16),
    _text("password_hash", 256),
    _text("totp_secret", 256),
    _count("totp_step"),
    _when("disabled_at"),
    _flag("must_set_up"),
    _word("national_id", 32),
)

bearer = Table(
    "bearer",
    metadata,
    Column("id", Key, primary_key=True),
    _text("kind", 8),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    _word("name", 64),
    _flag("reads"),
    _flag("deposits"),
    Column("session_id", Key, ForeignKey("session.id"), index=True),
    _when("created_at", nullable=False),
    _word("created_by", 256),
    _when("until", nullable=False),
    _when("ended_at"),
    _when("used_at"),
    sa.Index(
        "ux_bearer_key",
        "name",
        unique=True,
        sqlite_where=sa.text("kind = 'key' AND ended_at IS NULL"),
        postgresql_where=sa.text("kind = 'key' AND ended_at IS NULL"),
    ),
)
"""A token of a session for one share, or the key of a machine; of living keys the names are unique."""

bearer_share = Table(
    "bearer_share",
    metadata,
    Column("bearer_id", Key, ForeignKey("bearer.id"), primary_key=True, autoincrement=False),
    Column("share_id", Text, ForeignKey("share.id"), primary_key=True),
)

bearer_view = Table(
    "bearer_view",
    metadata,
    Column("bearer_id", Key, ForeignKey("bearer.id"), primary_key=True, autoincrement=False),
    _uid("study_uid", primary_key=True),
    _when("at", nullable=False),
)

passkey = Table(
    "passkey",
    metadata,
    Column("id", Key, primary_key=True),
    Column("account_id", Key, ForeignKey("account.id"), index=True),
    Column("staff_id", Key, ForeignKey("staff.id")),
    Column("credential_id", LargeBinary, nullable=False, unique=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", sa.BigInteger, nullable=False, server_default="0"),
    _word("name", 64),
    _when("created_at", nullable=False),
    _when("used_at"),
)

ticket = Table(
    "ticket",
    metadata,
    Column("id", Key, primary_key=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    _text("kind", 16),
    Column("facts", sa.JSON, nullable=False),
    _when("until", nullable=False, index=True),
    _when("used_at"),
)
"""Single use, short-lived: between the card host and the portal, to an identity provider and back, to a mailbox."""

promise = Table(
    "promise",
    metadata,
    Column("id", Key, primary_key=True),
    _text("national_id", 32, index=True),
    _uid("study_uid", ForeignKey("study.uid")),
    Column("person_id", Key, ForeignKey("person.id"), nullable=False),
    _text("origin", 16),
    _word("reason", 512),
    _text("made_by", 256),
    _when("made_at", nullable=False),
    _when("valid_to", nullable=False),
    _when("taken_at"),
)
"""A grant to somebody who has not logged in yet; it becomes a grant at the next log-in."""

session = Table(
    "session",
    metadata,
    Column("id", Key, primary_key=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("account_id", Key, ForeignKey("account.id"), index=True),
    Column("staff_id", Key, ForeignKey("staff.id")),
    _text("csrf", 64),
    _text("means", 32),
    _word("address", 64),
    _when("created_at", nullable=False),
    _when("gesture_at", nullable=False),
    _when("until", nullable=False),
    _when("ended_at"),
    _word("end_cause", 32),
    _word("notes", 4096),
    _word("user_agent", 256),
)

session_view = Table(
    "session_view",
    metadata,
    Column("session_id", Key, ForeignKey("session.id"), primary_key=True),
    _uid("study_uid", primary_key=True),
    _when("at", nullable=False),
)
"""A view is journaled once a session and study; this row says that it is done."""

otp = Table(
    "otp",
    metadata,
    Column("id", Key, primary_key=True),
    Column("pending_hash", LargeBinary, nullable=False, unique=True),
    Column("account_id", Key, ForeignKey("account.id"), index=True),
    Column("staff_id", Key, ForeignKey("staff.id")),
    _word("channel", 8),
    Column("code_hash", LargeBinary, nullable=False),
    _when("sent_at", nullable=False),
    _count("tries"),
    _when("used_at"),
    _when("replaced_at"),
)

failure = Table(
    "failure",
    metadata,
    Column("id", Key, primary_key=True),
    _text("kind", 32),
    _text("key", 128),
    _when("at", nullable=False),
    sa.Index("ix_failure_key", "kind", "key", "at"),
)

# --- work, journal, messages ----------------------------------------------------------------------

job = Table(
    "job",
    metadata,
    Column("id", Key, primary_key=True),
    _text("kind", 16),
    _text("subject", 128),
    Column("payload", sa.JSON, nullable=False),
    _text("state", 16),
    _count("priority"),
    _when("due", nullable=False),
    _when("created", nullable=False),
    _when("deadline"),
    _when("lease_until"),
    _word("holder", 128),
    _count("attempts"),
    Column("max_attempts", Integer, nullable=False),
    _count("done"),
    _count("total"),
    _word("error", 256),
    Column("result", sa.JSON(none_as_null=True)),
    _when("ended"),
    sa.Index("ix_job_ready", "state", "priority", "due"),
    sa.Index("ix_job_subject", "kind", "subject"),
)

journal = Table(
    "journal",
    metadata,
    Column("number", Key, primary_key=True, autoincrement=False),
    _when("at", nullable=False),
    _text("family", 16),
    _word("actor", 256),
    _word("subject", 128),
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

outbox = Table(
    "outbox",
    metadata,
    Column("id", Key, primary_key=True),
    _text("channel", 8),
    _text("recipient", 254),
    _word("subject", 256),
    _word("text", 65536),
    _text("state", 16),
    _count("attempts"),
    _when("created", nullable=False),
    _when("due", nullable=False),
    _when("sent_at"),
    _word("error", 256),
    sa.Index("ix_outbox_due", "state", "due"),
)

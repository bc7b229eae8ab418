"""People and machines that log in, and with what."""

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, LargeBinary, Table, Text

from appliance.store.tables.columns import count, flag, metadata, text, uid, when, word
from appliance.store.types import Key

account = Table(
    "account",
    metadata,
    Column("id", Key, primary_key=True),
    text("email", 254),
    text("given_name", 128),
    text("family_name", 128),
    word("organisation", 256),
    word("phone", 32),
    text("national_id", 32, unique=True),
    word("profession", 8),
    word("password_hash", 256),
    flag("otp_enabled"),
    when("disabled_at"),
    when("created_at", nullable=False),
    word("proof", 8),
    when("proof_until"),
    when("proof_checked_at"),
    word("proof_status", 16),
    when("last_psc_at"),
    when("last_login_at"),
    Column("certificate", LargeBinary),
    when("email_verified_at"),
    when("email_bounced_at"),
    when("phone_verified_at"),
    word("totp_secret", 256),
    count("totp_step"),
    count("warned_days"),
    Column("farewell", Key),
    when("purged_at"),
    sa.Index(
        "ux_account_email",
        "email",
        unique=True,
        sqlite_where=sa.text("email <> ''"),
        postgresql_where=sa.text("email <> ''"),
    ),
)
"""A physician who came by card has no address yet: only addresses that are there are unique.

``farewell``: the message of the outbox that said that the account will go. A purged one keeps its number, which the
journal names and nobody else may get.
"""

staff = Table(
    "staff",
    metadata,
    Column("id", Key, primary_key=True),
    text("login", 64, unique=True),
    text("name", 128),
    text("role", 16),
    text("password_hash", 256),
    text("totp_secret", 256),
    count("totp_step"),
    when("disabled_at"),
    flag("must_set_up"),
    word("national_id", 32),
)

bearer = Table(
    "bearer",
    metadata,
    Column("id", Key, primary_key=True),
    text("kind", 8),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    word("name", 64),
    flag("reads"),
    flag("deposits"),
    Column("session_id", Key, ForeignKey("session.id"), index=True),
    when("created_at", nullable=False),
    word("created_by", 256),
    when("until", nullable=False),
    when("ended_at"),
    when("used_at"),
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
    uid("study_uid", primary_key=True),
    when("at", nullable=False),
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
    word("name", 64),
    when("created_at", nullable=False),
    when("used_at"),
)

ticket = Table(
    "ticket",
    metadata,
    Column("id", Key, primary_key=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    text("kind", 16),
    Column("facts", sa.JSON, nullable=False),
    when("until", nullable=False, index=True),
    when("used_at"),
)
"""Single use, short-lived: between the card host and the portal, to an identity provider and back, to a mailbox."""

promise = Table(
    "promise",
    metadata,
    Column("id", Key, primary_key=True),
    text("national_id", 32, index=True),
    uid("study_uid", ForeignKey("study.uid")),
    Column("person_id", Key, ForeignKey("person.id"), nullable=False),
    text("origin", 16),
    word("reason", 512),
    text("made_by", 256),
    when("made_at", nullable=False),
    when("valid_to", nullable=False),
    when("taken_at"),
)
"""A grant to somebody who has not logged in yet; it becomes a grant at the next log-in."""

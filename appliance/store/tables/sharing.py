"""Shares and grants."""

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, Table, Text

from appliance.store.tables.columns import count, flag, metadata, text, uid, when, word
from appliance.store.types import Key

share = Table(
    "share",
    metadata,
    Column("id", Text, primary_key=True),
    Column("lookup", LargeBinary, nullable=False, unique=True),
    Column("cipher", LargeBinary, nullable=False),
    Column("person_id", Key, ForeignKey("person.id"), nullable=False, index=True),
    word("facility", 256),
    text("issued_by", 256),
    when("issued_at", nullable=False),
    when("not_before", nullable=False),
    when("expires_at", nullable=False),
    when("blocked_at"),
    word("blocked_cause", 32),
    when("revoked_at"),
    word("revoked_by", 256),
    word("revoked_cause", 256),
    word("comment", 512),
    Column("max_redeemers", Integer, nullable=False),
    flag("downloads"),
    sa.Index("ix_share_issued", "issued_at"),
)

share_trait = Table(
    "share_trait",
    metadata,
    Column("id", Key, primary_key=True),
    Column("share_id", Text, ForeignKey("share.id"), nullable=False, index=True),
    text("kind", 8),
    text("value", 512),
    text("source", 8),
    flag("truncated"),
)

share_study = Table(
    "share_study",
    metadata,
    Column("share_id", Text, ForeignKey("share.id"), primary_key=True),
    uid("study_uid", ForeignKey("study.uid"), primary_key=True),
    sa.Index("ix_share_study_study", "study_uid"),
)

past_share = Table(
    "past_share",
    metadata,
    Column("lookup", LargeBinary, primary_key=True),
    when("issued_at", nullable=False),
    when("ended_at", nullable=False),
    flag("revoked"),
    count("redeemers"),
    count("studies"),
    when("forgotten_at", nullable=False),
)
"""What is left of a share 24 months after its end: whose it was is gone, and its code is never given out again."""

redemption = Table(
    "redemption",
    metadata,
    Column("share_id", Text, ForeignKey("share.id"), primary_key=True),
    Column("account_id", Key, ForeignKey("account.id"), primary_key=True),
    when("at", nullable=False),
    sa.Index("ix_redemption_account", "account_id"),
)

study_grant = Table(
    "study_grant",
    metadata,
    Column("id", Key, primary_key=True),
    Column("account_id", Key, ForeignKey("account.id"), nullable=False),
    Column("person_id", Key, ForeignKey("person.id"), nullable=False),
    uid("study_uid", ForeignKey("study.uid")),
    text("origin", 16),
    Column("share_id", Text, ForeignKey("share.id")),
    word("rights", 64),
    when("valid_from", nullable=False),
    when("valid_to"),
    sa.UniqueConstraint("account_id", "study_uid", "share_id"),
    sa.Index("ix_study_grant_study", "study_uid"),
)
"""``valid_to`` is empty when the grant lives as long as its share."""

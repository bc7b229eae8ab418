"""Tokens for one share and keys of machines."""

import sqlalchemy as sa
from alembic import op

from appliance.store.types import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "bearer",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("reads", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("deposits", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("session_id", _KEY, sa.ForeignKey("session.id")),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("created_by", sa.Text(), server_default="", nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.Column("ended_at", Instant()),
        sa.Column("used_at", Instant()),
        sa.CheckConstraint("length(kind) <= 8", name="kind"),
        sa.CheckConstraint("length(name) <= 64", name="name"),
        sa.CheckConstraint("length(created_by) <= 256", name="created_by"),
    )
    op.create_index("ix_bearer_session_id", "bearer", ["session_id"])
    living = sa.text("kind = 'key' AND ended_at IS NULL")
    op.create_index("ux_bearer_key", "bearer", ["name"], unique=True, sqlite_where=living, postgresql_where=living)
    op.create_table(
        "bearer_share",
        sa.Column("bearer_id", _KEY, sa.ForeignKey("bearer.id"), primary_key=True, autoincrement=False),
        sa.Column("share_id", sa.Text(), sa.ForeignKey("share.id"), primary_key=True),
    )
    op.create_table(
        "bearer_view",
        sa.Column("bearer_id", _KEY, sa.ForeignKey("bearer.id"), primary_key=True, autoincrement=False),
        sa.Column("study_uid", sa.Text(), primary_key=True),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("length(study_uid) <= 64", name="study_uid"),
    )

"""Notes on exams with their versions, and what physicians did on exams."""

import sqlalchemy as sa
from alembic import op

from appliance.store.types import Instant

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "note",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("study_uid", sa.Text(), sa.ForeignKey("study.uid"), nullable=False),
        sa.Column("account_id", _KEY, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("author", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("deleted_at", Instant()),
        sa.CheckConstraint("length(study_uid) <= 64", name="study_uid"),
        sa.CheckConstraint("length(author) <= 256", name="author"),
    )
    op.create_index("ix_note_study", "note", ["study_uid"])
    op.create_index("ix_note_account", "note", ["account_id"])
    op.create_table(
        "note_version",
        sa.Column("note_id", _KEY, sa.ForeignKey("note.id"), primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("length(scope) <= 8", name="scope"),
        sa.CheckConstraint("length(text) <= 2000", name="text"),
    )
    op.create_table(
        "note_share",
        sa.Column("note_id", _KEY, sa.ForeignKey("note.id"), primary_key=True, autoincrement=False),
        sa.Column("share_id", sa.Text(), sa.ForeignKey("share.id"), primary_key=True),
    )
    op.create_index("ix_note_share_share", "note_share", ["share_id"])
    op.create_table(
        "kept_work",
        sa.Column("account_id", _KEY, sa.ForeignKey("account.id"), primary_key=True, autoincrement=False),
        sa.Column("study_uid", sa.Text(), sa.ForeignKey("study.uid"), primary_key=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("length(study_uid) <= 64", name="study_uid"),
        sa.CheckConstraint("length(body) <= 262144", name="body"),
    )
    op.create_index("ix_kept_work_study", "kept_work", ["study_uid"])

"""Anchors of the journal's months, and which of them were purged."""

import sqlalchemy as sa
from alembic import op

from appliance.store.types import Instant

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "journal_anchor",
        sa.Column("last", _KEY, nullable=False, autoincrement=False),
        sa.Column("first", _KEY, nullable=False),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", Instant(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("last", name="pk_journal_anchor"),
    )
    op.create_table(
        "journal_purge",
        sa.Column("last", _KEY, nullable=False, autoincrement=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["last"], ["journal_anchor.last"], name="fk_journal_purge_last"),
        sa.PrimaryKeyConstraint("last", name="pk_journal_purge"),
    )

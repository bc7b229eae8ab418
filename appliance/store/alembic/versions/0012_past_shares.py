"""What is left of a share long after its end, and the way from an exam to its shares."""

import sqlalchemy as sa
from alembic import op

from appliance.store.types import Instant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the index."""
    op.create_table(
        "past_share",
        sa.Column("lookup", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=False),
        sa.Column("revoked", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("redeemers", sa.Integer(), server_default="0", nullable=False),
        sa.Column("studies", sa.Integer(), server_default="0", nullable=False),
        sa.Column("forgotten_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("lookup", name="pk_past_share"),
    )
    op.create_index("ix_share_study_study", "share_study", ["study_uid"])

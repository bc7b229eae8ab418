"""Objects that the imaging department took back."""

import sqlalchemy as sa
from alembic import op

from appliance.store.types import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "rejected",
        sa.Column("sop_uid", sa.Text(), nullable=False),
        sa.Column("study_uid", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("length(sop_uid) <= 64", name="ck_rejected_sop_uid"),
        sa.CheckConstraint("length(study_uid) <= 64", name="ck_rejected_study_uid"),
        sa.CheckConstraint("length(code) <= 16", name="ck_rejected_code"),
        sa.PrimaryKeyConstraint("sop_uid", name="pk_rejected"),
    )
    op.create_index("ix_rejected_study_uid", "rejected", ["study_uid"])

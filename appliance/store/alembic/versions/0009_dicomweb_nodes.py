"""Nodes that are asked by DICOMweb: their address, and what they are told who we are."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    with op.batch_alter_table("node") as batch:
        batch.add_column(sa.Column("url", sa.Text(), server_default="", nullable=False))
        batch.add_column(sa.Column("credentials", sa.Text(), server_default="", nullable=False))
        batch.create_check_constraint("url", "length(url) <= 1024")
        batch.create_check_constraint("credentials", "length(credentials) <= 4096")

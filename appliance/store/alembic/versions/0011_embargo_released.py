"""When an exam was let out of its embargo before a report or its days did."""

import sqlalchemy as sa
from alembic import op

from appliance.store.types import Instant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("study", sa.Column("released_at", Instant(), nullable=True))

"""When the PACS of a study was last asked about it, and answered."""

import sqlalchemy as sa
from alembic import op

from appliance.store.types import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("study", sa.Column("asked_at", Instant(), nullable=True))

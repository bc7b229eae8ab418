"""What an account was told before it goes, and when it went."""

import sqlalchemy as sa
from alembic import op

from appliance.store.types import Instant

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("account", sa.Column("farewell", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
    op.add_column("account", sa.Column("purged_at", Instant(), nullable=True))

"""Objects that are made here and sent, and who asked for it."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the columns."""
    op.add_column("sending", sa.Column("account_id", _KEY, nullable=True))
    op.create_index("ix_sending_account_id", "sending", ["account_id"])
    op.add_column("sent_object", sa.Column("key", sa.Text(), server_default="", nullable=False))

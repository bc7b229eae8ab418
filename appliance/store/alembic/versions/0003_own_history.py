"""The journal by who acted: somebody's own log-ins are found without reading everybody's."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.create_index("ix_journal_actor", "journal", ["actor", "number"])

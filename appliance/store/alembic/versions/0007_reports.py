"""Reports: versions, the exams they belong to, who read them.

The first `document` was laid before anything wrote into it: it is made anew, not rebuilt column by column.
"""

import sqlalchemy as sa
from alembic import op

from appliance.store.types import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_GIVEN = (("unique_id", 256), ("set_id", 256), ("state", 16), ("source", 8), ("place", 16), ("rendering", 8))
_MAYBE = (
    ("relation", 8), ("parent_id", 256), ("title", 256), ("author", 256), ("author_facility", 256), ("mime", 128),
    ("key", 512), ("sender", 256), ("sop_uid", 64), ("cause", 32), ("asked_study", 64), ("accession", 64),
    ("accession_issuer", 256), ("patient_name", 1024), ("birth_date", 8), ("sex", 16), ("reason", 64), ("html_key", 512),
)  # fmt: skip


def upgrade() -> None:
    """Make the tables."""
    op.drop_table("document")
    _documents()
    op.create_table(
        "document_study",
        _document(),
        sa.Column("study_uid", sa.Text(), sa.ForeignKey("study.uid"), primary_key=True),
        sa.CheckConstraint("length(study_uid) <= 64", name="study_uid"),
    )
    op.create_index("ix_document_study_study", "document_study", ["study_uid"])
    op.create_table(
        "document_read",
        _document(),
        sa.Column("account_id", _KEY, sa.ForeignKey("account.id"), primary_key=True, autoincrement=False),
        sa.Column("at", Instant(), nullable=False),
    )
    op.create_index("ix_document_read_account", "document_read", ["account_id"])
    op.create_index("ix_study_accession", "study", ["accession"])


def _document() -> sa.Column[int]:
    return sa.Column("document_id", _KEY, sa.ForeignKey("document.id"), primary_key=True, autoincrement=False)


def _documents() -> None:
    given = [sa.Column(name, sa.Text(), nullable=False) for name, _ in _GIVEN]
    maybe = [sa.Column(name, sa.Text(), server_default="", nullable=False) for name, _ in _MAYBE]
    op.create_table(
        "document",
        sa.Column("id", _KEY, primary_key=True),
        *given,
        *maybe,
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("important", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("sequence_at", Instant(), nullable=False),
        sa.Column("stated_at", Instant(), nullable=True),
        sa.Column("wait_until", Instant(), nullable=True),
        sa.Column("patients", sa.JSON(), nullable=False),
        sa.Column("renderer", sa.Integer(), server_default="0", nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.UniqueConstraint("set_id", "version"),
        sa.UniqueConstraint("unique_id", "sha256", "state", "sequence_at"),
        *(sa.CheckConstraint(f"length({name}) <= {most}", name=name) for name, most in (*_GIVEN, *_MAYBE)),
    )
    op.create_index("ix_document_set_id", "document", ["set_id"])
    op.create_index("ix_document_place", "document", ["place", "wait_until"])
    op.create_index("ix_document_sop_uid", "document", ["sop_uid"])

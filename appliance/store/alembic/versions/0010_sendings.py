"""What was deposited, what of it was sent to a PACS, and how its arrival is proven."""

import sqlalchemy as sa
from alembic import op

from appliance.store.types import Instant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "deposited",
        sa.Column("sop_uid", sa.Text(), nullable=False),
        sa.Column("study_uid", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("proven_at", Instant()),
        sa.Column("proven_by", sa.Text(), server_default="", nullable=False),
        sa.Column("proof", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("length(sop_uid) <= 64", name="ck_deposited_sop_uid"),
        sa.CheckConstraint("length(study_uid) <= 64", name="ck_deposited_study_uid"),
        sa.CheckConstraint("length(proven_by) <= 64", name="ck_deposited_proven_by"),
        sa.CheckConstraint("length(proof) <= 16", name="ck_deposited_proof"),
        sa.PrimaryKeyConstraint("sop_uid", name="pk_deposited"),
    )
    op.create_index("ix_deposited_study_uid", "deposited", ["study_uid"])
    op.create_table(
        "sending",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("study_uid", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.CheckConstraint("length(study_uid) <= 64", name="ck_sending_study_uid"),
        sa.CheckConstraint("length(node) <= 64", name="ck_sending_node"),
        sa.ForeignKeyConstraint(["study_uid"], ["study.uid"], name="fk_sending_study_uid"),
        sa.PrimaryKeyConstraint("id", name="pk_sending"),
    )
    op.create_index("ix_sending_study_uid", "sending", ["study_uid"])
    op.create_table(
        "sent_object",
        sa.Column("sending_id", _KEY, nullable=False, autoincrement=False),
        sa.Column("sop_uid", sa.Text(), nullable=False),
        sa.Column("sop_class", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), server_default="", nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("length(sop_uid) <= 64", name="ck_sent_object_sop_uid"),
        sa.CheckConstraint("length(sop_class) <= 64", name="ck_sent_object_sop_class"),
        sa.CheckConstraint("length(state) <= 16", name="ck_sent_object_state"),
        sa.CheckConstraint("length(cause) <= 64", name="ck_sent_object_cause"),
        sa.CheckConstraint("length(detail) <= 64", name="ck_sent_object_detail"),
        sa.ForeignKeyConstraint(["sending_id"], ["sending.id"], name="fk_sent_object_sending_id"),
        sa.PrimaryKeyConstraint("sending_id", "sop_uid", name="pk_sent_object"),
    )
    op.create_table(
        "commitment",
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("sending_id", _KEY, nullable=False),
        sa.Column("objects", sa.JSON(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("accepted_at", Instant()),
        sa.Column("ended_at", Instant()),
        sa.Column("ending", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("length(uid) <= 64", name="ck_commitment_uid"),
        sa.CheckConstraint("length(ending) <= 16", name="ck_commitment_ending"),
        sa.ForeignKeyConstraint(["sending_id"], ["sending.id"], name="fk_commitment_sending_id"),
        sa.PrimaryKeyConstraint("uid", name="pk_commitment"),
    )
    op.create_index("ix_commitment_sending_id", "commitment", ["sending_id"])

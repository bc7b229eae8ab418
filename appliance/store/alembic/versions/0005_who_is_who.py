"""What the hospital's feed says of people, identities in doubt, and the messages taken."""

import sqlalchemy as sa
from alembic import op

from appliance.store.types import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _words(*names: tuple[str, int]) -> list[sa.schema.SchemaItem]:
    """Return texts that may be empty, with the limits of their lengths."""
    columns: list[sa.schema.SchemaItem] = [_text(name) for name, _ in names]
    return [*columns, *_limits(*names)]


def _limits(*names: tuple[str, int]) -> list[sa.schema.SchemaItem]:
    return [sa.CheckConstraint(f"length({name}) <= {most}", name=name) for name, most in names]


def upgrade() -> None:
    """Extend people, make the tables."""
    op.add_column("person", sa.Column("heard_at", Instant(), nullable=True))
    op.add_column("person", sa.Column("heard_sequence", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("person", sa.Column("merged_into", _KEY, nullable=True))
    _people()
    _alarms()
    _messages()


def _people() -> None:
    op.create_table(
        "person_trait",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("person_id", _KEY, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        *_limits(("kind", 8), ("value", 512)),
    )
    op.create_index("ix_person_trait_person_id", "person_trait", ["person_id"])
    op.create_table(
        "person_link",
        sa.Column("one_id", _KEY, sa.ForeignKey("person.id"), primary_key=True, autoincrement=False),
        sa.Column("other_id", _KEY, sa.ForeignKey("person.id"), primary_key=True, autoincrement=False),
        sa.Column("linked", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("said_at", Instant(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), server_default="0", nullable=False),
    )


def _alarms() -> None:
    op.create_table(
        "identity_alarm",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("person_id", _KEY, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("other_id", _KEY, sa.ForeignKey("person.id"), nullable=True),
        sa.Column("study_uid", sa.Text(), nullable=True),
        sa.Column("said", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("raised_at", Instant(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=True),
        *_words(("source", 512), ("decision", 16), ("decided_by", 256), ("reason", 512)),
        *_limits(("cause", 16), ("study_uid", 64)),
    )
    op.create_index("ix_identity_alarm_person_id", "identity_alarm", ["person_id"])
    op.create_index("ix_identity_alarm_decided_at", "identity_alarm", ["decided_at"])


def _messages() -> None:
    op.create_table(
        "hl7_message",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("control_id", sa.Text(), nullable=False),
        sa.Column("said_at", Instant(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        *_words(("kind", 8), ("event", 8), ("cause", 64), ("peer", 64)),
        *_limits(("sender", 227), ("control_id", 199), ("state", 16)),
        sa.UniqueConstraint("sender", "control_id"),
    )
    op.create_index("ix_hl7_message_received_at", "hl7_message", ["received_at"])
    op.create_index("ix_hl7_message_state", "hl7_message", ["state"])

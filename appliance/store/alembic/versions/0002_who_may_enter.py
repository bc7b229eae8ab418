"""Card, passkeys, authenticator, tickets between hosts, and grants that wait for a person.

A physician who came by card has no address yet: only addresses that are there must be unique.
"""

import sqlalchemy as sa
from alembic import op

from appliance.store.types import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def upgrade() -> None:
    """Extend the people who log in."""
    _extend()
    _make_tables()


def _extend() -> None:
    with op.batch_alter_table("account") as account:
        account.drop_constraint("uq_account_email", type_="unique")
        account.add_column(sa.Column("certificate", sa.LargeBinary(), nullable=True))
        for name in ("email_verified_at", "email_bounced_at", "phone_verified_at"):
            account.add_column(sa.Column(name, Instant(), nullable=True))
        account.add_column(_text("totp_secret"))
        for name in ("totp_step", "warned_days"):
            account.add_column(sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    there = sa.text("email <> ''")
    op.create_index(
        "ux_account_email", "account", ["email"], unique=True, sqlite_where=there, postgresql_where=there
    )
    # Those who used one-time passwords until now proved their address by it.
    op.execute("UPDATE account SET email_verified_at = created_at WHERE otp_enabled AND email <> ''")
    op.execute("UPDATE account SET phone_verified_at = created_at WHERE otp_enabled AND phone <> ''")
    op.add_column("session", _text("user_agent"))
    op.add_column("staff", sa.Column("must_set_up", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("staff", _text("national_id"))


def _make_tables() -> None:
    op.create_table(
        "passkey",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("account_id", _KEY, nullable=True),
        sa.Column("staff_id", _KEY, nullable=True),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), server_default="0", nullable=False),
        _text("name"),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_passkey_account_id"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_passkey_staff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_passkey"),
        sa.UniqueConstraint("credential_id", name="uq_passkey_credential_id"),
    )
    op.create_index("ix_passkey_account_id", "passkey", ["account_id"])
    op.create_table(
        "ticket",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_ticket"),
        sa.UniqueConstraint("token_hash", name="uq_ticket_token_hash"),
    )
    op.create_index("ix_ticket_until", "ticket", ["until"])
    op.create_table(
        "promise",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("national_id", sa.Text(), nullable=False),
        sa.Column("study_uid", sa.Text(), nullable=False),
        sa.Column("person_id", _KEY, nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        _text("reason"),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("valid_to", Instant(), nullable=False),
        sa.Column("taken_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["study_uid"], ["study.uid"], name="fk_promise_study_uid"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_promise_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_promise"),
    )
    op.create_index("ix_promise_national_id", "promise", ["national_id"])

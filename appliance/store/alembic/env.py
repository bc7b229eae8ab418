"""Alembic's entry: hands over to `appliance.store.migrations`, which owns the transaction."""

from alembic import context

context.configure(**context.config.attributes["configure"])
context.run_migrations()

"""How Alembic runs here: on the connection that it is given, and on no other.

There is no address of a database in this file, so that no migration can reach one that the gate
has not let through.
"""

from __future__ import annotations

from alembic import context

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=context.config.attributes.get("metadata"),
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()

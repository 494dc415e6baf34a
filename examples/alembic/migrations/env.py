"""Alembic's environment of the to-do list. Two lines guard its database."""

import os

from alembic import context
from sqlalchemy import create_engine, pool

from strongroom.integrations.alembic import guard  # the first line

engine = create_engine(os.environ["DATABASE_URL"], poolclass=pool.NullPool)
with engine.connect() as connection:
    guard(connection)  # the second line
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()

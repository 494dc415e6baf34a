"""Whatever env.py does to connect, it reaches the copy first and the verified database then."""

from typing import TYPE_CHECKING

import pytest

from strongroom.errors import MigrationError
from strongroom.migrations import migrate

if TYPE_CHECKING:
    from conftest import App

ADD = 'op.add_column("runner", sa.Column("club", sa.Text))'
HEAD = "from alembic import context\nimport sqlalchemy as sa\n"
RUN = """
context.configure(connection=connection, **options)
with context.begin_transaction():
    context.run_migrations()
"""
ENVS = {
    "the connection that it is given": HEAD
    + 'connection = context.config.attributes["connection"]\noptions = {}\n'
    + RUN,
    "psycopg2, by an address of its own": HEAD
    + "options = {}\n"
    + 'connection = sa.create_engine("postgresql+psycopg2://x@127.0.0.1:1/x").connect()\n'
    + RUN,
    "one transaction for each revision": HEAD
    + 'options = {"transaction_per_migration": True}\n'
    + 'connection = sa.create_engine("postgresql+psycopg://x@127.0.0.1:1/x").connect()\n'
    + RUN,
    "asyncpg": """
import asyncio
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine

def run(connection):
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()

async def main():
    engine = create_async_engine("postgresql+asyncpg://x@127.0.0.1:1/x")
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()

asyncio.run(main())
""",
}


def test_env_py_runs_as_it_is(app: "App") -> None:
    last = "0001"
    for number, (how, env) in enumerate(ENVS.items(), start=2):
        (app.scripts / "env.py").write_text(env)
        first, second = f"{number:04}", f"{number:04}_more"
        app.revision(first, f'op.add_column("runner", sa.Column("a{first}", sa.Text))', down=last)
        app.revision(second, f'op.add_column("run", sa.Column("b{first}", sa.Text))', down=first)
        done = migrate(app.configuration, app.ini)
        assert done.applied == (first, second), how
        assert done.proof is not None, how
        assert {"public.runner", "public.run"} <= set(done.proof.rehearsal.measures.locks), how
        assert app.rows("SELECT version_num FROM alembic_version") == [(second,)], how
        last = second


def test_another_engine_than_postgresql_is_refused(app: "App") -> None:
    (app.scripts / "env.py").write_text(
        HEAD + 'options = {}\nconnection = sa.create_engine("sqlite://").connect()\n' + RUN
    )
    app.revision("0002", ADD)
    before = app.facts()
    with pytest.raises(MigrationError, match="cannot be led through the gate"):
        migrate(app.configuration, app.ini)
    assert app.facts() == before


def test_an_engine_that_connects_past_sqlalchemy_never_reaches_the_database_in_a_rehearsal(
    app: "App",
) -> None:
    made = f"lambda: psycopg.connect(**{app.administrator!r})"
    (app.scripts / "env.py").write_text(
        HEAD
        + f"import psycopg\nmake = {made}\noptions = {{}}\n"
        + 'engine = sa.create_engine("postgresql+psycopg://", creator=make)\n'
        + "connection = engine.connect()\n"
        + RUN
    )
    app.revision("0002", ADD)
    before = app.facts()
    with pytest.raises(MigrationError, match="past the gate"):
        migrate(app.configuration, app.ini)
    assert app.facts() == before


def test_branches_and_their_merge_are_applied_and_indexes_made_concurrently(app: "App") -> None:
    app.revision("left", ADD)
    app.revision("right", 'op.add_column("run", sa.Column("note", sa.Text))')
    app.revision("merged", "pass", down=("left", "right"))
    app.revision(
        "index",
        """
        with op.get_context().autocommit_block():
            op.create_index("by_note", "run", ["note"], postgresql_concurrently=True)
        """,
        down="merged",
    )
    done = migrate(app.configuration, app.ini)
    assert set(done.applied) == {"left", "right", "merged", "index"}
    assert app.rows("SELECT version_num FROM alembic_version") == [("index",)]
    assert app.rows("SELECT indisvalid FROM pg_index WHERE indexrelid = 'by_note'::regclass") == [
        (True,)
    ]

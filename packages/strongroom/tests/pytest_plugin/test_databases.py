"""Databases of one test or worker, copied from a template that was migrated once."""

from __future__ import annotations

from typing import Any

MIGRATIONS = """
import pytest
from collections import Counter

@pytest.fixture(scope="session")
def strongroom_migrations():
    def migrate(database):
        with open({log!r}, "a") as log:
            log.write("migrated\\n")
        with database.connect() as connection:
            connection.execute("CREATE TABLE accounts (id bigserial PRIMARY KEY, email text)")
            connection.execute("INSERT INTO accounts (email) VALUES ('first@tests.invalid')")
    return migrate
"""
ONE_OF_ITS_OWN = """
with strongroom_database.connect() as connection:
    assert connection.execute("SELECT count(*) FROM accounts").fetchone() == (1,)
    connection.execute("INSERT INTO accounts (email) VALUES (%s)", (strongroom_mark,))
"""
BY_ADDRESS = """
import asyncio, asyncpg, psycopg2, sqlalchemy
connection = psycopg2.connect(strongroom_database.url)
connection.close()
engine = sqlalchemy.create_engine(strongroom_database.address("postgresql+psycopg"))
with engine.begin() as connection:
    name = connection.scalar(sqlalchemy.text("SELECT current_database()"))
assert name == strongroom_database.name
engine.dispose()
async def ask():
    connection = await asyncpg.connect(strongroom_database.url)
    try:
        return await connection.fetchval("SELECT current_setting('application_name')")
    finally:
        await connection.close()
assert asyncio.run(ask()) == strongroom_mark
"""
SHARED = """
with strongroom_worker_database.connect() as connection:
    connection.execute("INSERT INTO accounts (email) VALUES ('again')")
    seen = connection.execute("SELECT count(*) FROM accounts").fetchone()[0]
assert seen == {seen}
"""
FIXTURES = "strongroom_database, strongroom_worker_database, strongroom_mark"


def test_each_test_has_the_migrated_database_for_itself(project: Any) -> None:
    log = project.directory / "log"
    bodies = {f"copy_{n}": ONE_OF_ITS_OWN for n in range(5)}
    bodies |= {"address": BY_ADDRESS, "one": SHARED.format(seen=2), "two": SHARED.format(seen=3)}
    project.write(bodies, url="", fixtures=FIXTURES)
    project.write_conftest(MIGRATIONS.format(log=str(log)))
    run = project.run("-W", "error")
    assert run.returncode == 0, run.stdout
    assert log.read_text() == "migrated\n"  # once, for all of them


def test_nothing_is_left_on_the_server_afterwards(project: Any, server: Any) -> None:
    project.write_conftest(
        "import pytest\n"
        "from strongroom.integrations.pytest import FreshServer\n"
        "@pytest.fixture(scope='session')\n"
        "def strongroom_server():\n"
        f"    info = {server.administrator()!r}\n"
        "    return FreshServer(lambda name: {**info, 'dbname': name})\n"
    )
    trace = project.directory / "conftest.py"
    text = trace.read_text()
    names = "open('names', 'a').write(strongroom_database.name + '\\n'); assert False"
    project.write({"one": names, "two": names}, url="", fixtures=FIXTURES)
    trace.write_text(text)
    run = project.run()
    assert "2 failed" in run.stdout, run.stdout
    made = set((project.directory / "names").read_text().split())
    assert len(made) == 2
    from strongroom.postgres.connections import connect_as_configured as connect

    with connect(server.administrator()) as connection:
        there = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
    assert not made & there
    assert not [name for name in there if name.startswith("strongroom_test_template_")]


def test_only_databases_that_this_made_can_be_dropped(server: Any, database: Any) -> None:
    import pytest

    from strongroom.integrations.pytest import FreshDatabase, FreshServer

    with pytest.raises(ValueError, match=database.name):
        FreshServer(server.administrator).drop(FreshDatabase(database.name, database.conninfo))
    database.execute("SELECT 1")

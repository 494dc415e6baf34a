"""What comes before the guard, after its first look, or in another process, is judged as well."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

STOPPED = 4
WRITES = "INSERT INTO accounts (email) VALUES ('user@example.com')"
POOL = """
import {driver}
pool = {driver}.connect({url!r})
"""
USES = f"""
import early
early.pool.cursor().execute("{WRITES}")
early.pool.commit()
"""
ASYNCPG_POOL = """
import asyncio, asyncpg
loop = asyncio.new_event_loop()
pool = loop.run_until_complete(asyncpg.connect({url!r}))
"""
ASYNCPG_USES = f"""
import early
early.loop.run_until_complete(early.pool.execute("{WRITES}"))
"""
FIRST = f"""
import pytest
@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests():
    import psycopg
    with psycopg.connect({{url!r}}) as connection:
        connection.execute("{WRITES}")
"""
PSQL = f"""
import os, subprocess
subprocess.run(["psql", "-qX", "-d", os.environ["DATABASE_URL"], "-c", "{WRITES}"], check=True)
"""
CHILD = f"""
import psycopg
def write(url):
    with psycopg.connect(url) as connection:
        connection.execute("{WRITES}")
"""
STARTS = """
import child, multiprocessing
process = multiprocessing.get_context({method!r}).Process(target=child.write, args=(URL,))
process.start()
process.join()
assert process.exitcode == 0
"""


@pytest.mark.parametrize(
    ("plugin", "body"),
    [
        (POOL.replace("{driver}", "psycopg"), USES),
        (POOL.replace("{driver}", "psycopg2"), USES),
        (ASYNCPG_POOL, ASYNCPG_USES),
        (FIRST, "pass"),
    ],
    ids=["psycopg", "psycopg2", "asyncpg", "first of all"],
)
def test_a_plugin_that_comes_earlier_brings_no_real_connection_in(
    plugin: str, body: str, project: Any, accounts: Any
) -> None:
    production = accounts("production")
    project.write({"pooled": body}, url=production.url)
    (project.directory / "early.py").write_text(plugin.format(url=production.url))
    run = project.run("-p", "early", PYTHONPATH=str(project.directory))
    assert run.returncode != 0, run.stdout
    assert not project.imported
    assert production.rows == 0
    if plugin != FIRST:
        assert "that was opened before the run was guarded leads to the pinned" in run.stderr
        assert run.returncode == STOPPED


def test_a_plugin_that_comes_later_is_guarded_while_it_is_imported(
    project: Any, accounts: Any
) -> None:
    production = accounts("production")
    project.write({"nothing": "pass"}, url="")
    (project.directory / "early.py").write_text(f"{CHILD}\nwrite({production.url!r})\n")
    run = project.run("-p", "strongroom", "-p", "early", PYTHONPATH=str(project.directory))
    assert "RealDatabaseError: A test connected to" in run.stderr, run.stdout
    assert production.rows == 0


def test_a_connection_that_came_earlier_to_a_database_for_tests_stays_open(
    project: Any, accounts: Any
) -> None:
    blank = accounts("test")
    project.write({"pooled": USES}, url=blank.url)
    (project.directory / "early.py").write_text(POOL.format(driver="psycopg", url=blank.url))
    run = project.run("-p", "early", PYTHONPATH=str(project.directory))
    assert run.returncode == 0, run.stdout
    assert blank.rows == 1


@pytest.mark.parametrize(("arguments", "status"), [((), STOPPED), (("-n", "1"), 1)])
def test_an_address_that_comes_while_collecting_is_judged_before_the_first_test(
    arguments: tuple[str, ...], status: int, project: Any, accounts: Any
) -> None:
    production = accounts("production")
    project.write({"writes": PSQL}, url="")
    below = project.directory / "below" / "this"
    below.mkdir(parents=True)
    (project.directory / "test_accounts.py").rename(below / "test_accounts.py")
    (below / "conftest.py").write_text(
        f"import os\nos.environ['DATABASE_URL'] = {production.url!r}\n"
    )
    run = project.run(*arguments)
    assert run.returncode == status, run.stdout
    assert "DATABASE_URL leads to the pinned database" in run.stdout + run.stderr
    assert production.rows == 0


def test_an_address_that_a_fixture_sets_is_judged_before_anything_takes_it(
    project: Any, accounts: Any
) -> None:
    production, blank = accounts("production"), accounts("test")
    project.write({"writes": PSQL}, url="", fixtures="address, server")
    project.write_conftest(f"""
import pytest
@pytest.fixture(params=[{production.url!r}, {blank.url!r}], ids=["real", "for tests"])
def address(request, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", request.param)
@pytest.fixture
def server(address):
    exec({PSQL!r})
""")
    run = project.run("-rfE")
    assert run.returncode == 1, run.stdout
    assert "1 passed, 1 error" in run.stdout
    assert "has given it the address of a real database: DATABASE_URL leads to" in run.stdout
    assert (production.rows, blank.rows) == (0, 2)


def test_processes_that_multiprocessing_starts_are_guarded(project: Any, accounts: Any) -> None:
    production, blank = accounts("production"), accounts(None)
    methods = ("spawn", "forkserver", "fork")
    (project.directory / "child.py").write_text(CHILD)
    project.write({name: STARTS.format(method=name) for name in methods}, url=production.url)
    run = project.run(PYTHONPATH=str(project.directory))
    assert "3 failed" in run.stdout, run.stdout
    assert run.stdout.count("RealDatabaseError: A test connected to") == len(methods)
    assert production.rows == 0
    project.write({name: STARTS.format(method=name) for name in methods}, url=blank.url)
    assert project.run(PYTHONPATH=str(project.directory)).returncode == 0
    assert blank.rows == len(methods)


@pytest.mark.parametrize(
    ("name", "text"),
    [(".env", "DATABASE_URL={url}\n"), ("alembic.ini", "[alembic]\nsqlalchemy.url = {url}\n")],
)
def test_files_of_the_project_are_read_before_a_conftest_is(
    name: str, text: str, project: Any, accounts: Any
) -> None:
    production = accounts("production")
    project.write({"nothing": "pass"}, url="")
    path: Path = project.directory / name
    path.write_text(text.format(url=production.url))
    run = project.run()
    assert run.returncode == STOPPED, run.stdout
    assert name in run.stderr
    assert not project.imported

"""Real runs of pytest, in processes of their own, against real databases."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

STOPPED = 4
"""pytest's status for wrong usage: nothing was collected."""
WITHOUT = ("-p", "no:strongroom")
WRITES = "INSERT INTO accounts (email) VALUES ('user@example.com')"
WRITES_QUOTED = WRITES.replace("'", "\\'")


def test_a_run_with_the_address_of_production_stops_before_collection(
    project: Any, accounts: Any, drivers: Any
) -> None:
    production = accounts("production")
    project.write(drivers)
    without = project.run(*WITHOUT, DATABASE_URL=production.url)
    assert without.returncode == 0, without.stdout
    assert production.rows == len(drivers)  # the loss, as it happens without the plugin
    (project.directory / "imported").unlink()
    run = project.run(DATABASE_URL=production.url)
    assert run.returncode == STOPPED
    assert not project.imported
    assert "DATABASE_URL leads to the pinned database" in run.stderr
    assert "environment production" in run.stderr
    assert production.rows == len(drivers)


def test_a_connection_to_production_is_closed_before_its_first_statement(
    project: Any, accounts: Any, drivers: Any
) -> None:
    production = accounts("production")
    project.write(drivers, url=production.url)
    run = project.run("-rf", "--tb=line", COLUMNS="300")
    assert run.returncode == 1, run.stdout
    assert f"{len(drivers)} failed" in run.stdout
    for driver in drivers:
        line = next(line for line in run.stdout.splitlines() if f"::test_{driver} -" in line)
        assert "RealDatabaseError: A test connected to the pinned database" in line
    assert production.rows == 0


@pytest.mark.parametrize("environment", ["test", None])
def test_databases_for_tests_and_unpinned_ones_are_used_as_ever(
    environment: str | None, project: Any, accounts: Any, drivers: Any
) -> None:
    database = accounts(environment)
    project.write(drivers)
    run = project.run("-W", "error", DATABASE_URL=database.url)
    assert run.returncode == 0, run.stdout + run.stderr
    assert database.rows == len(drivers)
    assert "could not verify" not in run.stdout


def test_the_password_of_a_real_database_is_never_shown(project: Any, accounts: Any) -> None:
    production = accounts("production")
    project.write({"nothing": "pass"})
    address = production.url.replace("@/", ":tell-nobody@/")
    run = project.run(DATABASE_URL=address)
    assert run.returncode == STOPPED
    assert "tell-nobody" not in run.stdout + run.stderr


WRITTEN = {
    "APP_CONFIG": '{{"db": {{"main": "{url}"}}}}',
    "CELERY_BROKER": "sqla+{url}",
    "MY_DSN": "host={host} port={port} dbname={name} user={user}",
    "ASYNC_URL": "{asyncpg}&ssl=prefer&server_settings=none",
    "PYTEST_ADDOPTS": "--override-ini=addopts= -o cache_dir={url}",
}
IN_PARTS = {"HOST": "{host}", "PORT": "{port}", "DATABASE": "{name}", "USER": "{user}"}


def test_an_address_is_found_however_it_is_written(project: Any, accounts: Any) -> None:
    production = accounts("staging")
    project.write({"nothing": "pass"})
    info = production.conninfo
    given = {
        "url": production.url,
        "asyncpg": production.url.replace("postgresql:", "postgresql+asyncpg:"),
        "host": info["host"],
        "port": info["port"],
        "name": info["dbname"],
        "user": info["user"],
    }
    variables = {
        **WRITTEN,
        **{f"PG{part}": text for part, text in IN_PARTS.items()},
        **{f"DB_{part}": text for part, text in IN_PARTS.items()},
        "DB_NAME": info["dbname"],
    }
    run = project.run(**{name: text.format(**given) for name, text in variables.items()})
    assert run.returncode == STOPPED, run.stdout
    assert "environment staging" in run.stderr
    for name in (*WRITTEN, "PGHOST, PGPORT, PGDATABASE", "DB_HOST and its kin"):
        assert f"{name} leads to the pinned database" in run.stderr, name
    assert not project.imported


def test_djangos_settings_are_read_before_a_conftest_is(project: Any, accounts: Any) -> None:
    production = accounts("production")
    project.write({"nothing": "pass"}, url=production.url)
    (project.directory / "shop_settings.py").write_text(
        f"URL = {production.url!r}\n"
        "from urllib.parse import urlsplit, parse_qs\n"
        "_parts = urlsplit(URL); _query = parse_qs(_parts.query)\n"
        "DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql',\n"
        "    'NAME': _parts.path[1:], 'USER': _parts.username,\n"
        "    'HOST': _query['host'][0], 'PORT': _query['port'][0]}}\n"
    )
    run = project.run(DJANGO_SETTINGS_MODULE="shop_settings")
    assert run.returncode == STOPPED, run.stdout
    assert "Django's DATABASES['default'] leads to" in run.stderr
    assert not project.imported


def test_what_a_conftest_adds_is_judged_before_collection(project: Any, accounts: Any) -> None:
    production = accounts("production")
    project.write({"nothing": "(_ for _ in ()).throw(AssertionError('it ran'))"})
    project.write_conftest(f"os.environ['DATABASE_URL'] = {production.url!r}\n")
    run = project.run()
    assert run.returncode == STOPPED, run.stdout
    assert "collected" not in run.stdout


def test_a_role_without_rights_does_not_make_a_pinned_database_fair_game(
    project: Any, accounts: Any
) -> None:
    production = accounts("production")
    production.execute("CREATE ROLE weak LOGIN PASSWORD 'weak'")
    try:
        project.write({"nothing": "pass"})
        address = production.url.replace("strongroom_admin@", "weak:weak@")
        run = project.run(DATABASE_URL=address)
        assert run.returncode == STOPPED, run.stdout
        assert "whose environment this role may not read" in run.stderr
    finally:
        production.execute("DROP OWNED BY weak; DROP ROLE weak")


def test_what_cannot_be_reached_is_told_and_is_no_success(project: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        port = taken.getsockname()[1]
        project.write({"nothing": "pass"})
        run = project.run(DATABASE_URL=f"postgresql://app:secret@127.0.0.1:{port}/shop")
    assert run.returncode == 0, run.stdout
    assert "strongroom: could not verify" in run.stdout
    assert f"DATABASE_URL (shop on 127.0.0.1, port {port})" in run.stdout
    assert "secret" not in run.stdout


def test_a_run_without_addresses_loads_no_driver(project: Any) -> None:
    names = "{'psycopg', 'psycopg2', 'asyncpg', 'django', 'sqlalchemy', 'strongroom.config'}"
    project.write({"nothing": f"import sys; assert not {names} & set(sys.modules)"}, url="x://y")
    run = project.run("-p", "no:hypothesispytest")
    assert run.returncode == 0, run.stdout


def test_a_database_that_the_run_pins_itself_is_its_own(project: Any, accounts: Any) -> None:
    blank = accounts(None)
    project.write(
        {
            "own": f"""
import psycopg
from uuid import uuid4
from strongroom.identity.observation import Identity
from strongroom.identity.schema import create_schema
with psycopg.connect(URL) as connection:
    create_schema(connection, Identity(str(uuid4()), "production", str(uuid4())), readers=())
with psycopg.connect(URL) as connection:
    connection.execute("{WRITES}")
"""
        },
        url=blank.url,
    )
    own = project.run()
    assert own.returncode == 0, own.stdout
    assert blank.rows == 1
    later = project.run()  # to another run the same database is a real one
    assert later.returncode == 1, later.stdout
    assert blank.rows == 1


def test_workers_are_guarded_and_know_when_the_run_began(project: Any, accounts: Any) -> None:
    production, blank = accounts("production"), accounts(None)
    body = f"import psycopg; psycopg.connect({{url!r}}).execute('{WRITES_QUOTED}')"
    project.write(
        {
            "real": body.format(url=production.url),
            "own": "import psycopg; psycopg.connect(URL).close()",
        },
        url=blank.url,
    )
    project.write_conftest(f"""
from uuid import uuid4
def pytest_configure(config):
    if hasattr(config, "workerinput"):
        return
    import psycopg
    from strongroom.identity.observation import Identity
    from strongroom.identity.schema import create_schema
    with psycopg.connect({blank.url!r}) as connection:
        create_schema(connection, Identity(str(uuid4()), "production", str(uuid4())), readers=())
""")
    run = project.run("-n", "2", "-rf")
    assert "1 failed, 1 passed" in run.stdout, run.stdout
    assert "RealDatabaseError" in run.stdout
    assert production.rows == 0


@pytest.mark.parametrize(
    ("imported", "arguments"), [("by the outer run", ("-n", "1")), ("by the inner run", ())]
)
def test_a_run_inside_a_run_leaves_the_guard_in_its_place(
    imported: str, arguments: tuple[str, ...], project: Any, accounts: Any, drivers: Any
) -> None:
    production = accounts("production")
    inner, imports = project.directory / "inner.py", "import asyncpg, psycopg, psycopg2"
    inner.write_text(f"{imports}\ndef test_inner(): pass\n")
    body = f"""
{imports if imported == "by the outer run" else ""}
import pytest
assert pytest.main(["-q", "-p", "no:cacheprovider", {str(inner)!r}]) == 0
"""
    writes = {name: drivers[name] for name in ("psycopg", "psycopg2", "asyncpg")}
    project.write({"another_run": body, **writes}, url=production.url)
    run = project.run(*arguments, "-rf")
    assert "3 failed, 1 passed" in run.stdout, run.stdout
    assert run.stdout.count("RealDatabaseError: A test") >= 3
    assert production.rows == 0


def test_a_strongroom_toml_for_anything_but_tests_stops_the_run(
    project: Any, sample: Any, tmp_path: Path
) -> None:
    project.write({"nothing": "pass"}, url="")
    as_it_is = project.run(STRONGROOM_CONFIG=str(sample.path))
    assert as_it_is.returncode == 0, as_it_is.stderr  # the sample's environment is test
    text = sample.path.read_text().replace('environment = "test"', 'environment = "production"')
    sample.path.write_text(text)
    run = project.run(STRONGROOM_CONFIG=str(sample.path))
    assert run.returncode == STOPPED, run.stdout
    assert f"{sample.path} leads to the database pinned as production" in run.stderr
    (tmp_path / "strongroom.toml").write_text(text)
    (tmp_path / "strongroom.lock").write_bytes(sample.lock_path.read_bytes())
    found = project.run()
    assert found.returncode == STOPPED, found.stdout


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTEST_XDIST_WORKER": "gw0", "STRONGROOM_CONFIG": "/nowhere"},
        {"CI": "1", "PYTEST_ADDOPTS": "--noconftest"},
    ],
    ids=lambda variables: next(iter(variables)),
)
def test_no_variable_lets_a_run_collect_with_a_real_database(
    variables: dict[str, str], project: Any, accounts: Any
) -> None:
    production = accounts("production")
    project.write({"nothing": "pass"})
    run = project.run(DATABASE_URL=production.url, **variables)
    assert run.returncode == STOPPED, run.stdout
    assert "collected" not in run.stdout
    assert not project.imported


@pytest.mark.parametrize(
    "variables",
    [{"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}, {"PYTEST_ADDOPTS": "-p no:strongroom"}],
    ids=lambda variables: next(iter(variables)),
)
def test_a_project_can_refuse_to_run_without_the_guard(
    variables: dict[str, str], project: Any
) -> None:
    project.write({"nothing": "pass"})
    run = project.run("-o", "required_plugins=strongroom", **variables)
    assert run.returncode == STOPPED, run.stdout
    assert "Missing required plugins: strongroom" in run.stderr

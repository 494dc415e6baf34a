"""Small projects, one per driver, and the databases that they could be pointed at."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from strongroom.identity.observation import Identity
from strongroom.identity.schema import create_schema
from strongroom.integrations.pytest.databases import FreshServer
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.server.supervisor import RunningServer

HEAD = """\
import os
from urllib.parse import parse_qs, urlsplit
URL = {where}
_parts = urlsplit(URL)
_query = {{name: values[0] for name, values in parse_qs(_parts.query).items()}}
DATABASE = {{
    "ENGINE": "django.db.backends.postgresql",
    "NAME": _parts.path[1:], "USER": _parts.username,
    "HOST": _query.get("host"), "PORT": _query.get("port"),
}}
"""
WRITES = "INSERT INTO accounts (email) VALUES ('user@example.com')"

_PSYCOPG = f"""
import psycopg
with psycopg.connect(URL) as connection:
    connection.execute("{WRITES}")
"""
_PSYCOPG_POOL_STYLE = f"""
from psycopg import connect
with connect(URL) as connection:
    connection.execute("{WRITES}")
"""
_PSYCOPG_ASYNC = f"""
import asyncio, psycopg
async def write():
    async with await psycopg.AsyncConnection.connect(URL) as connection:
        await connection.execute("{WRITES}")
asyncio.run(write())
"""
_PSYCOPG2 = f"""
from psycopg2 import connect
connection = connect(URL)
connection.cursor().execute("{WRITES}")
connection.commit()
connection.close()
"""
_PSYCOPG2_CLASS = f"""
import psycopg2.extensions
connection = psycopg2.extensions.connection(URL)
assert isinstance(psycopg2.connect(URL), psycopg2.extensions.connection)
connection.cursor().execute("{WRITES}")
connection.commit()
connection.close()
"""
_LIBPQ = f"""
from psycopg import pq
connection = pq.PGconn.connect(URL.encode())
assert connection.status == pq.ConnStatus.OK
connection.exec_(b"{WRITES}")
connection.finish()
"""
_ASYNCPG = f"""
import asyncio
from asyncpg import connect
async def write():
    connection = await connect(URL)
    await connection.execute("{WRITES}")
    await connection.close()
asyncio.run(write())
"""
_ASYNCPG_POOL = f"""
import asyncio, asyncpg
async def write():
    async with asyncpg.create_pool(URL, min_size=1, max_size=1) as pool:
        await pool.execute("{WRITES}")
asyncio.run(write())
"""
_SQLALCHEMY = f"""
import sqlalchemy
engine = sqlalchemy.create_engine(URL.replace("postgresql://", "postgresql+DRIVER://"))
with engine.begin() as connection:
    connection.execute(sqlalchemy.text("{WRITES}"))
engine.dispose()
"""
_SQLALCHEMY_ASYNC = f"""
import asyncio, sqlalchemy
from sqlalchemy.ext.asyncio import create_async_engine
async def write():
    engine = create_async_engine(URL.replace("postgresql://", "postgresql+asyncpg://"))
    try:
        async with engine.begin() as connection:
            await connection.execute(sqlalchemy.text("{WRITES}"))
    finally:
        await engine.dispose()
asyncio.run(write())
"""
_DJANGO = f"""
import django
from django.conf import settings
if not settings.configured:
    settings.configure(DATABASES={{"default": DATABASE}})
django.setup()
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("{WRITES}")
connection.close()
"""

DRIVERS: Mapping[str, str] = {
    "psycopg": _PSYCOPG,
    "psycopg_imported_name": _PSYCOPG_POOL_STYLE,
    "psycopg_async": _PSYCOPG_ASYNC,
    "psycopg2": _PSYCOPG2,
    "psycopg2_class": _PSYCOPG2_CLASS,
    "psycopg_libpq": _LIBPQ,
    "asyncpg": _ASYNCPG,
    "asyncpg_pool": _ASYNCPG_POOL,
    "sqlalchemy_psycopg": _SQLALCHEMY.replace("DRIVER", "psycopg"),
    "sqlalchemy_psycopg2": _SQLALCHEMY.replace("DRIVER", "psycopg2"),
    "sqlalchemy_asyncpg": _SQLALCHEMY_ASYNC,
    "django": _DJANGO,
}
"""For each driver, statements that write one account into the database at ``URL``."""


@dataclass(frozen=True)
class Project:
    """A directory with a test in it, on which pytest is run as a user runs it."""

    directory: Path

    @property
    def imported(self) -> bool:
        """Whether anything of the project was imported: a conftest is the first that is."""
        return (self.directory / "imported").exists()

    def write(
        self, bodies: Mapping[str, str], *, url: str | None = None, fixtures: str = ""
    ) -> None:
        """Write a test for each body, with ``URL`` from a variable or as given."""
        where = "os.environ['DATABASE_URL']" if url is None else repr(url)
        tests = [HEAD.format(where=where)]
        for name, body in bodies.items():
            tests += [
                f"def test_{name}({fixtures}):",
                *(f"    {line}" for line in body.splitlines()),
                "",
            ]
        (self.directory / "test_accounts.py").write_text("\n".join(tests))
        self.write_conftest("")

    def write_conftest(self, text: str) -> None:
        """Write a conftest that leaves a trace when it is imported."""
        trace = "import os, pathlib\n(pathlib.Path(__file__).parent / 'imported').touch()\n"
        (self.directory / "conftest.py").write_text(trace + text)

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run pytest with these variables, and with nothing of ours beside."""
        # Plugins that have nothing to do with it would be most of such a run's time.
        others = ["hypothesispytest", "anyio", "timeout", *([] if "-n" in arguments else ["xdist"])]
        without = [word for name in others for word in ("-p", f"no:{name}")]
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        # Where the strongroom that is tried was put in front of the installed one, here as well.
        paths = [variables.pop("PYTHONPATH", ""), os.environ.get("PYTHONPATH", "")]
        if any(paths):
            kept["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        (self.directory / "pytest.ini").write_text("[pytest]\n")
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *without, *arguments],
            check=False,
            capture_output=True,
            text=True,
            cwd=self.directory,
            env={**kept, "PYTHONDONTWRITEBYTECODE": "1", **variables},
        )


@dataclass(frozen=True)
class Accounts:
    """A database with a table of accounts."""

    conninfo: dict[str, str | int]
    url: str

    @property
    def rows(self) -> int:
        with connect(self.conninfo) as connection:
            return int(connection.execute("SELECT count(*) FROM accounts").fetchall()[0][0])

    def execute(self, statement: str) -> None:
        with connect(self.conninfo, autocommit=True) as connection:
            connection.execute(statement.encode())


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture(scope="session")
def drivers() -> Mapping[str, str]:
    """For each driver, the body of a test that writes one account by it."""
    return DRIVERS


@pytest.fixture
def accounts(server: RunningServer) -> Iterator[Callable[..., Accounts]]:
    """Makes databases with accounts, pinned as an environment or not at all."""
    servers = FreshServer(server.administrator)
    with ExitStack() as stack:

        def make(environment: str | None) -> Accounts:
            fresh = stack.enter_context(servers.database("guard_"))
            made = Accounts(dict(fresh.conninfo), fresh.url)
            made.execute("CREATE TABLE accounts (id bigserial PRIMARY KEY, email text NOT NULL)")
            if environment is not None:
                identity = Identity(str(uuid4()), environment, str(uuid4()))
                with connect(made.conninfo) as connection:
                    create_schema(connection, identity, readers=())
            return made

        yield make

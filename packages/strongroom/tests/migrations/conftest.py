"""A tiny application with an Alembic project, as ``alembic init`` makes one."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from strongroom.backups import take
from strongroom.config import CONFIGURATION_NAME, Configuration, default_document, load
from strongroom.identity import init, open_database
from strongroom.migrations import migrate
from strongroom.postgres.connections import ConnectionInfo
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.protection import protect
from strongroom.testing.settings import LOGICAL

# The address of nobody: where env.py leads by itself, no server is.
INI = """
[alembic]
script_location = %(here)s/versions_of_app
sqlalchemy.url = postgresql+psycopg://nobody@127.0.0.1:1/nothing
path_separator = os
"""


@pytest.fixture(autouse=True)
def _projects_are_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests change a project's files faster than Python tells their compiled forms apart."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)


# As `alembic init` writes it, without its logging and its offline half.
ENV = """
from alembic import context
from sqlalchemy import engine_from_config, pool

config = context.config
connectable = engine_from_config(
    config.get_section(config.config_ini_section, {}),
    prefix="sqlalchemy.",
    poolclass=pool.NullPool,
)
with connectable.connect() as connection:
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        context.run_migrations()
"""

REVISION = '''
"""{words}"""
from alembic import op
import sqlalchemy as sa

revision = "{revision}"
down_revision = {down!r}
depends_on = None
{head}


def upgrade():
{upgrade}


def downgrade():
{downgrade}
'''

FIRST = """
op.create_table(
    "runner",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("email", sa.Text),
)
op.create_table(
    "run",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("runner_id", sa.Integer, sa.ForeignKey("runner.id", ondelete="CASCADE")),
    sa.Column("distance_m", sa.Integer, nullable=False),
)
"""
FIRST += """
for name in ("shoe", "lap", "route"):
    op.create_table(name, sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text))
"""
ROWS = """
INSERT INTO shoe SELECT n, 'shoe ' || n FROM generate_series(1, 200) n;
INSERT INTO lap SELECT n, 'lap ' || n FROM generate_series(1, 200) n;
INSERT INTO route SELECT n, 'route ' || n FROM generate_series(1, 200) n;
INSERT INTO runner SELECT n, 'runner ' || n, n || '@example.org' FROM generate_series(1, 100) n;
INSERT INTO run SELECT n, 1 + n % 100, 1000 + n FROM generate_series(1, 1000) n;
"""


FACTS = (
    "SELECT version_num FROM alembic_version",
    *(
        f"SELECT count(*), sum(hashtextextended(r::text, 0)) FROM {table} r"
        for table in ("runner", "run", "shoe", "lap", "route")
    ),
    (
        "SELECT c.relname, a.attname, a.atttypid::regtype::text, a.attnotnull "
        "FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 ORDER BY 1, 2"
    ),
)


@dataclass(frozen=True)
class App:
    """One application: its home, and its revisions."""

    configuration: Configuration
    administrator: ConnectionInfo = field(default_factory=dict)

    @property
    def ini(self) -> Path:
        return self.configuration.directory / "alembic.ini"

    @property
    def scripts(self) -> Path:
        return self.configuration.directory / "versions_of_app"

    def revision(
        self,
        name: str,
        upgrade: str,
        *,
        down: object = "0001",
        downgrade: str = "pass",
        head: str = "",
    ) -> None:
        """Write a revision as its author would."""
        text = REVISION.format(
            words=name,
            revision=name,
            down=down,
            head=head,
            upgrade=textwrap.indent(textwrap.dedent(upgrade).strip(), "    "),
            downgrade=textwrap.indent(textwrap.dedent(downgrade).strip(), "    "),
        )
        (self.scripts / "versions" / f"{name}.py").write_text(text)

    def rows(self, query: str) -> list[Any]:
        with connect(self.administrator) as connection:
            return connection.execute(query.encode()).fetchall()

    def execute(self, statement: str) -> None:
        """Do something as a superuser, past every guard."""
        with connect(self.administrator, autocommit=True) as connection:
            connection.execute(statement.encode())

    def facts(self) -> list[Any]:
        """Everything that a failed migration must have left alone."""
        with connect(self.administrator) as connection:
            return [connection.execute(query.encode()).fetchall() for query in FACTS]


@pytest.fixture(scope="session")
def app_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home, at rest: its first revision, a hundred runners, a thousand runs, one backup."""
    home: Path = tmp_path_factory.mktemp("app") / "home"
    (home / "versions_of_app" / "versions").mkdir(parents=True)
    home.chmod(0o700)
    path = home / CONFIGURATION_NAME
    path.write_text(
        default_document(application="club", environment="test", database="club") + LOGICAL
    )
    (home / "alembic.ini").write_text(INI)
    (home / "versions_of_app" / "env.py").write_text(ENV)
    app = App(load(path))
    app.revision("0001", FIRST, down=None)
    init(app.configuration)
    with open_database(app.configuration) as database:
        migrate(database, app.ini)
        with connect(database.conninfo()) as connection:
            connection.execute(ROWS)
        take(app.configuration, database)
    protect(app.configuration)
    return home


@pytest.fixture
def app(app_template: Path, tmp_path: Path) -> Iterator[App]:
    """A copy of that application for one test; its server runs as long as the test does."""
    home = tmp_path / "home"
    subprocess.run(["cp", "-a", "--reflink=auto", app_template, home], check=True)
    configuration = load(home / CONFIGURATION_NAME)
    with open_database(configuration) as database:
        yield App(configuration, database.administrator())

"""Alembic projects as ``alembic init`` makes them, run by Alembic alone and through the gate."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from laboratory import Target
from sqlalchemy import Connection, NullPool, create_engine

from strongroom.config import Configuration
from strongroom.identity import open_database
from strongroom.migrations import Confirm, Migrated, migrate
from strongroom.migrations.project import Direction

ENV = """
from alembic import context
from sqlalchemy import MetaData, engine_from_config, pool

config = context.config
known = config.attributes.get("metadata") or MetaData()
connectable = engine_from_config(
    config.get_section(config.config_ini_section, {}), prefix="sqlalchemy.", poolclass=pool.NullPool
)
with connectable.connect() as connection:
    if "gate" in config.attributes:
        config.attributes["gate"](connection)
    context.configure(connection=connection, target_metadata=known)
    with context.begin_transaction():
        context.run_migrations()
"""
REVISION = """
from alembic import op
import sqlalchemy as sa

revision, down_revision, depends_on = {revision!r}, {down!r}, None
strongroom_effects = {effects!r}


def upgrade():
{upgrade}


def downgrade():
{downgrade}
"""

TEMPLATE = """
from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision, down_revision, depends_on = ${repr(up_revision)}, ${repr(down_revision)}, None


def upgrade():
    ${upgrades}


def downgrade():
    ${downgrades}
"""


@dataclass(frozen=True)
class AlembicProject:
    """One project: its revisions, and no address of its own."""

    directory: Path

    @classmethod
    def made(cls, directory: Path) -> AlembicProject:
        (directory / "versions").mkdir(parents=True)
        (directory / "env.py").write_text(ENV)
        (directory / "script.py.mako").write_text(TEMPLATE)
        return cls(directory)

    def revision(
        self,
        revision: str,
        upgrade: str,
        *,
        down: str | None = None,
        downgrade: str = "pass",
        effects: tuple[str, ...] = (),
    ) -> None:
        """Write a revision as its author would."""
        text = REVISION.format(
            revision=revision,
            down=down,
            effects=effects,
            upgrade=textwrap.indent(textwrap.dedent(upgrade).strip(), "    "),
            downgrade=textwrap.indent(textwrap.dedent(downgrade).strip(), "    "),
        )
        (self.directory / "versions" / f"{revision}.py").write_text(text)

    def text(self, revision: str) -> str:
        """What stands in a revision, also in one that Alembic has generated."""
        (path,) = (self.directory / "versions").glob(f"{revision}*.py")
        return path.read_text()

    def config(self, target: Target, **attributes: object) -> Config:
        """What ``alembic`` reads, with the address of a database in it."""
        config = Config()
        config.set_main_option("script_location", str(self.directory))
        config.set_main_option("path_separator", "os")
        config.set_main_option("sqlalchemy.url", target.url.replace("%", "%%"))
        config.attributes.update(attributes)
        return config

    def bare(self, target: Target, direction: Direction = "upgrade", to: str = "head") -> None:
        """``alembic upgrade`` or ``downgrade``, with nothing in between."""
        getattr(command, direction)(self.config(target), to)

    def gated(
        self,
        target: Target,
        configuration: Configuration,
        direction: Direction = "upgrade",
        to: str = "head",
        *,
        confirm: Confirm | None = None,
    ) -> Migrated:
        """``strongroom migrate``: a backup is proven and the copy tried before the database."""
        config = self.config(target)
        return migrate(configuration, config, direction=direction, target=to, confirm=confirm)

    def guarded(
        self, target: Target, configuration: Configuration, direction: Direction, to: str
    ) -> None:
        """``alembic upgrade`` or ``downgrade`` with the gate's two lines in ``env.py``."""
        from strongroom.integrations.alembic import guard

        with open_database(configuration) as database:
            config = self.config(target, gate=lambda connection: guard(connection, database))
            getattr(command, direction)(config, to)


@contextmanager
def connecting(target: Target) -> Iterator[Connection]:
    """Connect with SQLAlchemy for a moment."""
    engine = create_engine(target.url, poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


def tables(target: Target) -> set[str]:
    """The tables of a database, without their schema."""
    return {label.removeprefix("public.") for label in target.contents()}

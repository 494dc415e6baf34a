"""An Alembic project: its revisions, and its ``env.py`` run for one purpose at a time."""

from __future__ import annotations

import io
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from strongroom.errors import MigrationError, MigrationFailedError
from strongroom.migrations.failures import RAISED, reading_errors, running_errors
from strongroom.migrations.heads import steps_left
from strongroom.migrations.isolation import isolated
from strongroom.migrations.settings import alembic_files
from strongroom.migrations.steering import Target, Watcher, steered
from strongroom.postgres.catalogue import label_of

Direction = Literal["upgrade", "downgrade", "stamp"]
# Asked over the connection of env.py, which may have a search path of its own.
_WHERE = text("""
SELECT CAST(coalesce(pg_catalog.current_schema(), 'public') AS text),
       (SELECT CAST(n.nspname AS text)
          FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE c.oid = pg_catalog.to_regclass(pg_catalog.quote_ident(CAST(:name AS text))))
""")


@dataclass(frozen=True)
class Heads:
    """Where a database stands, and the table that says so."""

    revisions: tuple[str, ...]
    version_table: str
    """Its label, with the schema that it is really in."""
    default_schema: str = "public"
    """Where names without a schema lead, on the connections of this ``env.py``."""
    table_name: str = "alembic_version"
    table_schema: str | None = None
    """As ``env.py`` says it to Alembic."""


@dataclass(frozen=True)
class Course:
    """The steps that a database is to go, from where it stands."""

    direction: Direction
    target: str
    begins: tuple[str, ...]
    steps: tuple[Any, ...]
    """Alembic's own, in the order in which they run."""


class Project:
    """What an application's ``alembic.ini``, or its ``pyproject.toml``, leads to."""

    def __init__(self, config: Config | Path | str) -> None:
        self.config = config if isinstance(config, Config) else alembic_config(Path(config))
        with isolated(), reading_errors("reading the revisions"):
            self.script = ScriptDirectory.from_config(self.config)

    def course(self, direction: Direction, target: str, heads: tuple[str, ...]) -> Course:
        """Find the way from ``heads`` to ``target``.

        Raises:
            MigrationError: there is none, or the revisions cannot be read.
        """
        with isolated(), reading_errors("reading the revisions"):  # they are imported here
            steps = tuple(self._steps(direction, target, heads or ()))
        return Course(direction, target, heads, steps)

    def _steps(self, direction: Direction, target: str, current: Any) -> list[Any]:  # noqa: ANN401
        # Alembic's command line is made of these three; its commands hide which step runs.
        if direction == "upgrade":
            return self.script._upgrade_revs(target, current)  # noqa: SLF001  see above
        if direction == "downgrade":
            return self.script._downgrade_revs(target, current)  # noqa: SLF001  see above
        return list(self.script._stamp_revs(target, current))  # noqa: SLF001  see above

    def heads(self, target: Target, destination: str) -> Heads:
        """Ask a database where it stands, through ``env.py`` and its version table.

        Args:
            target: the database.
            destination: what ``env.py`` is told of where the run is going.
        """
        found: list[Heads] = []

        def look(current: Any, context: MigrationContext) -> list[Any]:  # noqa: ANN401  Alembic's
            found.append(_heads_of(tuple(current), context))
            return []

        with reading_errors("asking where the database stands"):
            self._run(target, look, Watcher(), dont_mutate=True, destination_rev=destination)
        if not found:
            raise MigrationError(
                f"{self.script.env_py_location} ran no migration context.",
                next_step="let env.py call context.run_migrations() when it has a connection",
            )
        if len(found) > 1:
            raise MigrationError(
                f"{self.script.env_py_location} runs {len(found)} migration contexts, of several "
                "databases or schemas, and a migration is of one. Nothing was changed.",
                next_step="let -x tell env.py which one it is to run, and migrate each",
            )
        return found[0]

    def run(
        self,
        target: Target,
        course: Course,
        *,
        watcher: Watcher,
        on_step: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Run what is left of a course on a database, by the project's own ``env.py``.

        Raises:
            MigrationError: a revision failed; what PostgreSQL said is in it, without values.
        """
        running = "the migrations"

        def steps(current: Any, _: MigrationContext) -> Iterator[Any]:  # noqa: ANN401  Alembic's
            nonlocal running
            for step in steps_left(course.steps, course.begins, tuple(current)):
                running = f"revision {name_of(step)}"
                on_step(name_of(step))
                yield step

        try:
            with running_errors("running the migrations"):
                self._run(target, steps, watcher, destination_rev=course.target)
        except MigrationFailedError as error:
            raise MigrationFailedError(
                error.message.replace("the migrations", running, 1),
                next_step=error.next_step,
                sqlstate=error.sqlstate,
            ) from error

    def rendered(self, step: Any, heads: tuple[str, ...], at: Heads) -> str:  # noqa: ANN401
        """Write one step as SQL without a database, and without ``env.py``.

        Args:
            step: Alembic's.
            heads: where it begins.
            at: the version table that it moves.

        Raises:
            MigrationError: the revision asks the database something, so that only running it
                tells what it does.
        """
        written = io.StringIO()
        with EnvironmentContext(
            self.config, self.script, fn=lambda _, __: [step], as_sql=True
        ) as environment:
            environment.configure(
                dialect_name="postgresql",
                output_buffer=written,
                dialect_opts={"paramstyle": "named"},
                literal_binds=True,
                starting_rev=heads,  # type: ignore[arg-type]  # a tuple where branches are open
                transactional_ddl=False,
                version_table=at.table_name,
                version_table_schema=at.table_schema,
            )
            try:
                with isolated():
                    environment.run_migrations()
            except RAISED as error:
                raise MigrationError(
                    f"Revision {name_of(step)} cannot be written as SQL beforehand: "
                    f"{type(error).__name__}.",
                    next_step="strongroom migrate, which runs it on a copy first",
                ) from error
        return _without_remarks(written.getvalue())

    def _run(
        self,
        target: Target,
        function: Callable[..., Any],
        watcher: Watcher,
        **options: Any,  # noqa: ANN401  Alembic's own
    ) -> None:
        given = self.config.attributes.get("connection")
        with steered(target, watcher) as engine, engine.connect() as connection:
            self.config.attributes["connection"] = connection
            try:
                with EnvironmentContext(self.config, self.script, fn=function, **options):
                    self.script.run_env()
            finally:
                self.config.attributes["connection"] = given
                if given is None:
                    del self.config.attributes["connection"]


def name_of(step: Any) -> str:  # noqa: ANN401  Alembic's step
    """Name the revision that a step applies, takes back, or stamps."""
    revision = getattr(step, "revision", None)
    if revision is not None:
        return str(revision.revision)
    return " ".join(getattr(step, "to_", ())) or "base"


def _heads_of(current: tuple[str, ...], context: MigrationContext) -> Heads:
    name, told = context.version_table, context.version_table_schema
    default, found = "public", None
    if context.connection is not None:
        default, found = context.connection.execute(_WHERE, {"name": name}).one()
    return Heads(current, label_of(told or found or default, name), default, name, told)


def alembic_config(path: Path, *, x: Sequence[str] = ()) -> Config:
    """Read ``alembic.ini``, with what ``pyproject.toml`` beside it says, or that alone.

    Args:
        path: one of them, or their directory.
        x: what ``env.py`` reads by ``get_x_argument``, each as ``name=value``.

    Raises:
        MigrationError: neither is there.
    """
    ini, toml = alembic_files(path)
    if ini is None and toml is None:
        raise MigrationError(
            f"There is no Alembic configuration at {path}.",
            next_step="strongroom migrate --alembic PATH, with the path of alembic.ini",
        )
    return Config(ini, toml_file=toml, cmd_opts=Namespace(x=list(x)) if x else None)


def _without_remarks(text: str) -> str:
    lines = (line for line in text.splitlines() if not line.startswith("-- Running "))
    return "\n".join(lines).strip()

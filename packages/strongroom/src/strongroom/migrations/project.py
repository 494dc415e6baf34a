"""An Alembic project: its revisions, and its ``env.py`` run for one purpose at a time."""

from __future__ import annotations

import io
import sysconfig
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import psycopg
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy.exc import SQLAlchemyError

from strongroom.errors import MigrationError, MigrationFailedError, StrongroomError
from strongroom.migrations.isolation import isolated
from strongroom.migrations.steering import Target, Watcher, steered
from strongroom.postgres.connections import words_of

Direction = Literal["upgrade", "downgrade", "stamp"]
ALEMBIC_INI = "alembic.ini"
_OURS = Path(__file__).parents[1]


@dataclass(frozen=True)
class Heads:
    """Where a database stands, and the table that says so."""

    revisions: tuple[str, ...]
    version_table: str


class Project:
    """What an application's ``alembic.ini`` leads to."""

    def __init__(self, config: Config | Path | str) -> None:
        self.config = config if isinstance(config, Config) else Config(_ini(Path(config)))
        with _alembic_errors("reading the revisions"), isolated():
            self.script = ScriptDirectory.from_config(self.config)

    def steps(
        self, direction: Direction, target: str, heads: tuple[str, ...] | str | None
    ) -> list[Any]:
        """Alembic's own steps from ``heads`` to ``target``, in the order in which they run."""
        with isolated():  # the revisions are imported here
            return self._steps(direction, target, heads or ())

    def _steps(self, direction: Direction, target: str, current: Any) -> list[Any]:  # noqa: ANN401
        # Alembic's command line is made of these three; its commands hide which step runs.
        if direction == "upgrade":
            return self.script._upgrade_revs(target, current)  # noqa: SLF001  see above
        if direction == "downgrade":
            return self.script._downgrade_revs(target, current)  # noqa: SLF001  see above
        return list(self.script._stamp_revs(target, current))  # noqa: SLF001  see above

    def heads(self, target: Target) -> Heads:
        """Ask a database where it stands, through ``env.py`` and its version table."""
        found: list[Heads] = []

        def look(current: Any, context: MigrationContext) -> list[Any]:  # noqa: ANN401  Alembic's
            schema = context.version_table_schema or "public"
            found.append(Heads(tuple(current), f"{schema}.{context.version_table}"))
            return []

        self._run(target, look, Watcher(), dont_mutate=True)
        if not found:
            raise MigrationError(
                f"{self.script.env_py_location} ran no migration context.",
                next_step="let env.py call context.run_migrations() when it has a connection",
            )
        return found[0]

    def run(
        self,
        target: Target,
        direction: Direction,
        destination: str,
        *,
        watcher: Watcher,
        on_step: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Run the steps to ``destination`` on a database, by the project's own ``env.py``.

        Raises:
            MigrationError: a revision failed; what PostgreSQL said is in it, without values.
        """
        running = "the migrations"

        def steps(current: Any, _: MigrationContext) -> Iterator[Any]:  # noqa: ANN401  Alembic's
            nonlocal running
            for step in self.steps(direction, destination, current):
                running = f"revision {name_of(step)}"
                on_step(name_of(step))
                yield step

        try:
            self._run(target, steps, watcher, destination_rev=destination)
        except MigrationFailedError as error:
            raise MigrationFailedError(
                error.message.replace("the migrations", running, 1),
                next_step=error.next_step,
                sqlstate=error.sqlstate,
            ) from error

    def rendered(self, step: Any, heads: tuple[str, ...]) -> str:  # noqa: ANN401  Alembic's step
        """Write one step as SQL without a database, and without ``env.py``.

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
            )
            try:
                with isolated():
                    environment.run_migrations()
            except (Exception, SystemExit) as error:  # a revision may raise anything
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
                with (
                    _alembic_errors("running the migrations"),
                    EnvironmentContext(self.config, self.script, fn=function, **options),
                ):
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


def _ini(path: Path) -> str:
    found = path / ALEMBIC_INI if path.is_dir() else path
    if not found.is_file():
        raise MigrationError(
            f"There is no Alembic configuration at {found}.",
            next_step="strongroom migrate --alembic PATH, with the path of alembic.ini",
        )
    return str(found)


def _without_remarks(text: str) -> str:
    lines = (line for line in text.splitlines() if not line.startswith("-- Running "))
    return "\n".join(lines).strip()


def _place_of(error: BaseException) -> str:
    """Where in the application's own files it happened: the innermost line outside of packages."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [one for one in frames if Path(one.filename).exists() and not _is_installed(one.filename)]
    return f", at {own[-1].filename}, line {own[-1].lineno}" if own else ""


def _is_installed(filename: str) -> bool:
    """Whether a file belongs to a package or to Python, and not to who writes migrations."""
    paths = sysconfig.get_paths()
    roots = [Path(paths[name]) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    return any(Path(filename).is_relative_to(one) for one in (*roots, _OURS))


@contextmanager
def _alembic_errors(doing: str) -> Iterator[None]:
    """Turn what Alembic, SQLAlchemy, drivers and revisions raise into ``MigrationError``."""
    try:
        yield
    except (StrongroomError, KeyboardInterrupt):
        raise
    except CommandError as error:
        raise MigrationError(
            f"Alembic refused while {doing}: {error}".rstrip(".") + ".",
            next_step="alembic history, to see which revisions there are",
        ) from error
    except (Exception, SystemExit) as error:  # a revision may raise anything
        original = getattr(error, "orig", None) or error
        sqlstate = getattr(original, "sqlstate", None) or getattr(original, "pgcode", None)
        raise MigrationFailedError(
            f"A failure while {doing}: {_words_of(original)}{_place_of(error)}.",
            next_step="mend it there; nothing of the failed transaction remains",
            sqlstate=sqlstate,
        ) from error


def _words_of(error: BaseException) -> str:
    """What went wrong, without any value of a row: a driver's words may quote some."""
    if isinstance(error, psycopg.Error):
        return words_of(error).rstrip(".")
    if isinstance(error, SQLAlchemyError):
        return f"{type(error).__name__}: {error}".splitlines()[0].rstrip(".")
    return type(error).__name__
